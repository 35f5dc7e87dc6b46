//! Tokens of the objective language.

use super::error::{ObjectiveError, Span};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A number with the unit written right after it, if any.
    Number(f64, Option<String>),
    Name(String),
    /// One of `+ - * / ( ) < <= > >=`.
    Symbol(&'static str),
    End,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

const SYMBOLS: [&str; 10] = ["<=", ">=", "<", ">", "+", "-", "*", "/", "(", ")"];

/// The token that begins at or after byte `from`.
pub(super) fn next(text: &str, from: usize) -> Result<Token, ObjectiveError> {
    let rest = text.get(from..).unwrap_or("");
    let start = from + (rest.len() - rest.trim_start().len());
    let rest = rest.trim_start();
    let token = |kind, length| Ok(Token { kind, span: Span { start, end: start + length } });
    let Some(first) = rest.chars().next() else { return token(Kind::End, 0) };
    if let Some(symbol) = SYMBOLS.into_iter().find(|s| rest.starts_with(s)) {
        return token(Kind::Symbol(symbol), symbol.len());
    }
    if first.is_ascii_digit() || first == '.' {
        let (number, length) = number(rest, text, start)?;
        let unit: String = rest[length..].chars().take_while(|c| c.is_alphabetic() || *c == '%').collect();
        let length = length + unit.len();
        return token(Kind::Number(number, (!unit.is_empty()).then_some(unit)), length);
    }
    if is_name(first) {
        let name = name(rest);
        return token(Kind::Name(name.to_owned()), name.len());
    }
    let problem = match first {
        '=' => "a constraint is written with <=, <, >= or >".to_owned(),
        other => format!("unexpected character {other:?}: expected a name, a number or an operator"),
    };
    Err(ObjectiveError::at(text, Span { start, end: start + first.len_utf8() }, problem))
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | ':')
}

/// Names may hold `.` and `-` between name characters (`http-settings.workers`), so a subtraction of names is
/// written with blanks.
fn name(rest: &str) -> &str {
    let mut end = 0;
    for (i, c) in rest.char_indices() {
        let joins = matches!(c, '.' | '-') && rest[i + 1..].chars().next().is_some_and(is_name);
        if !is_name(c) && !joins {
            break;
        }
        end = i + c.len_utf8();
    }
    &rest[..end]
}

fn number(rest: &str, text: &str, start: usize) -> Result<(f64, usize), ObjectiveError> {
    let bytes = rest.as_bytes();
    let digits = |mut i: usize| {
        while bytes.get(i).is_some_and(u8::is_ascii_digit) {
            i += 1;
        }
        i
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    let value = rest[..end].parse::<f64>().ok().filter(|v| v.is_finite());
    let span = Span { start, end: start + end.max(1) };
    let problem = || ObjectiveError::at(text, span, "not a number: write for instance 50, 0.5 or 1e3");
    Ok((value.ok_or_else(problem)?, end))
}
