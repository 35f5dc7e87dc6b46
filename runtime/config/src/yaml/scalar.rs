//! Plain scalars to values by the core schema of YAML 1.2.

use granit_parser::ScalarStyle;
use serde_json::Number;

use crate::node::Value;

pub(super) fn is_plain(style: ScalarStyle) -> bool {
    matches!(style, ScalarStyle::Plain)
}

/// The value of a scalar; `yes`, `no`, `on` and `off` are text, as YAML 1.2 says.
pub(super) fn resolve(text: &str, style: ScalarStyle, tag: Option<&str>) -> Result<Value, String> {
    let value = match tag {
        Some("str") => return Ok(Value::Text(text.to_owned())),
        None if !is_plain(style) => return Ok(Value::Text(text.to_owned())),
        _ => plain(text)?,
    };
    let fits = matches!(
        (tag, &value),
        (Some("int" | "float"), Value::Number(_))
            | (Some("bool"), Value::Bool(_))
            | (Some("null"), Value::Null)
            | (None, _)
    );
    if fits {
        Ok(value)
    } else {
        Err(format!("`{text}` does not fit its tag `!!{}`", tag.unwrap_or_default()))
    }
}

fn plain(text: &str) -> Result<Value, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Err(infinite(text)),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Err(infinite(text));
    }
    if unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && let Some(number) = number(text, unsigned)?
    {
        return Ok(Value::Number(number));
    }
    Ok(Value::Text(text.to_owned()))
}

fn infinite(text: &str) -> String {
    format!("`{text}` is not a finite number; quote it if it is text")
}

fn number(text: &str, unsigned: &str) -> Result<Option<Number>, String> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            let all_digits = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
            if unsigned.len() != text.len() || !all_digits {
                return Ok(None);
            }
            return match u64::from_str_radix(digits, radix) {
                Ok(value) => Ok(Some(value.into())),
                Err(_) => Err(too_large(text)),
            };
        }
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        let text = text.strip_prefix('+').unwrap_or(text);
        return match (text.parse::<u64>(), text.parse::<i64>()) {
            (Ok(value), _) => Ok(Some(value.into())),
            (_, Ok(value)) => Ok(Some(value.into())),
            _ => Err(too_large(text)),
        };
    }
    if !is_decimal(unsigned) {
        return Ok(None);
    }
    match text.parse::<f64>().ok().and_then(Number::from_f64) {
        Some(number) => Ok(Some(number)),
        None => Err(too_large(text)),
    }
}

fn too_large(text: &str) -> String {
    format!("the number `{text}` is too large; quote it if it is text")
}

/// `[0-9]* [. [0-9]*] [e [-+] [0-9]+]` with at least one digit before the exponent.
fn is_decimal(text: &str) -> bool {
    let digits = |s: &str| s.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent_fits
}
