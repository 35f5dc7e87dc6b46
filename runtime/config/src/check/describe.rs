//! Words for what a schema refuses; values of secrets are never repeated.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

use crate::quantity::check_format;
use crate::suggest::nearest;

/// Message and hint for one refusal.
pub(super) fn describe(error: &ValidationError<'_>, path: &str, secret: bool) -> (String, Option<String>) {
    use ValidationErrorKind as Kind;
    let value = error.instance().as_ref();
    let shown = if secret { String::new() } else { format!(", found {}", brief(value)) };
    let must = |what: String| (format!("`{path}` must {what}{shown}"), None);
    match error.kind() {
        Kind::Type { kind } => wrong(path, &kinds(kind), value, secret),
        Kind::Enum { options } => {
            let options: Vec<&Value> = options.as_array().into_iter().flatten().collect();
            not_one_of(path, &options, value, secret)
        }
        Kind::Constant { expected_value } => must(format!("be {}", brief(expected_value))),
        Kind::Format { format } => match check_format(format, value) {
            Some(Err(problem)) if !secret => (
                format!("`{path}`: `{}` is not a {}: {}", problem.text, problem.kind, problem.reason),
                Some(format!("write for example `{}`", problem.example)),
            ),
            _ => must(format!("be a valid {format}")),
        },
        Kind::Minimum { limit } => must(format!("be at least {limit}")),
        Kind::Maximum { limit } => must(format!("be at most {limit}")),
        Kind::ExclusiveMinimum { limit } => must(format!("be more than {limit}")),
        Kind::ExclusiveMaximum { limit } => must(format!("be less than {limit}")),
        Kind::MultipleOf { multiple_of } => must(format!("be a multiple of {multiple_of}")),
        Kind::MinLength { limit } => must(format!("have at least {limit} characters")),
        Kind::MaxLength { limit } => must(format!("have at most {limit} characters")),
        Kind::MinItems { limit: 1 } => (format!("`{path}` must not be empty"), None),
        Kind::MinItems { limit } => (format!("`{path}` must have at least {limit} items"), None),
        Kind::MaxItems { limit } => (format!("`{path}` must have at most {limit} items"), None),
        Kind::MinProperties { limit } => (format!("`{path}` must have at least {limit} keys"), None),
        Kind::MaxProperties { limit } => (format!("`{path}` must have at most {limit} keys"), None),
        Kind::UniqueItems => (format!("`{path}` has an item twice"), None),
        Kind::Pattern { pattern } => must(format!("match `{pattern}`")),
        Kind::OneOfMultipleValid { .. } => {
            (format!("`{path}` fits more than one form"), Some("give the keys of one form only".to_owned()))
        }
        Kind::Not { .. } | Kind::FalseSchema => (format!("`{path}` is not allowed here"), None),
        _ => (format!("`{path}`: {}", error.masked_with("the value")), None),
    }
}

/// All words that the alternatives for the value at `here` allow, when words are all they allow.
pub(super) fn words<'a>(context: &'a [Vec<ValidationError<'static>>], here: &str) -> Option<Vec<&'a Value>> {
    let mut found = Vec::new();
    for error in context.iter().flatten() {
        match error.kind() {
            _ if error.instance_path().as_str() != here => return None,
            ValidationErrorKind::Constant { expected_value } => found.push(expected_value.as_ref()),
            ValidationErrorKind::Enum { options } => found.extend(options.as_array().into_iter().flatten()),
            // The null of an optional setting.
            ValidationErrorKind::Type { kind } if kinds(kind) == ["nothing"] => {}
            // An alternative that is itself a choice of words.
            ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
                found.extend(words(context, here)?);
            }
            _ => return None,
        }
    }
    (!found.is_empty()).then_some(found)
}

/// Message and hint for a value that is none of a list.
pub(super) fn not_one_of(
    path: &str,
    options: &[&Value],
    value: &Value,
    secret: bool,
) -> (String, Option<String>) {
    let words: Vec<String> =
        options.iter().filter(|option| !option.is_null()).map(|option| brief(option)).collect();
    let shown = if secret { String::new() } else { format!(", found {}", brief(value)) };
    let hint = value.as_str().and_then(|text| {
        let near = nearest(text, options.iter().filter_map(|option| option.as_str()))?;
        Some(format!("did you mean `{near}`?"))
    });
    (format!("`{path}` must be one of {}{shown}", words.join(", ")), hint)
}

/// Message and hint when no alternative even has the type of the value.
pub(super) fn wrong_type(
    error: &ValidationError<'_>,
    context: &[Vec<ValidationError<'static>>],
    path: &str,
    secret: bool,
) -> (String, Option<String>) {
    let mut expected: Vec<&'static str> = Vec::new();
    for error in context.iter().flatten() {
        if let ValidationErrorKind::Type { kind } = error.kind() {
            for word in kinds(kind) {
                if !expected.contains(&word) {
                    expected.push(word);
                }
            }
        }
    }
    wrong(path, &expected, error.instance().as_ref(), secret)
}

fn wrong(path: &str, expected: &[&'static str], value: &Value, secret: bool) -> (String, Option<String>) {
    // That nothing may be there, too, is no help for somebody who wrote something.
    let mut words: Vec<&str> = expected.iter().copied().filter(|word| *word != "nothing").collect();
    if words.contains(&"a number") {
        words.retain(|word| *word != "a whole number");
    }
    let words = if words.is_empty() { "absent".to_owned() } else { words.join(" or ") };
    let found = match value {
        _ if secret => "something else".to_owned(),
        Value::Null => "nothing".to_owned(),
        Value::String(text) => format!("the text `{}`", shorten(text)),
        other => brief(other),
    };
    let hint = match value {
        Value::String(text) if expected.contains(&"true or false") => {
            let text = text.to_ascii_lowercase();
            match text.as_str() {
                "yes" | "on" => Some("YAML 1.2 has no yes and on: write true".to_owned()),
                "no" | "off" => Some("YAML 1.2 has no no and off: write false".to_owned()),
                _ => None,
            }
        }
        Value::String(text) if text.parse::<f64>().is_ok() && !secret => {
            Some(format!("write {text} without quotes"))
        }
        Value::Number(_) | Value::Bool(_) if words == "text" => Some(format!("write \"{value}\" in quotes")),
        _ => None,
    };
    (format!("`{path}` must be {words}, found {found}"), hint)
}

fn kinds(kind: &TypeKind) -> Vec<&'static str> {
    let word = |name: &str| match name {
        "null" => "nothing",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "text",
        "array" => "a list",
        _ => "a map",
    };
    match kind {
        TypeKind::Single(single) => vec![word(single.as_str())],
        TypeKind::Multiple(several) => several.iter().map(|one| word(one.as_str())).collect(),
    }
}

fn brief(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => format!("`{}`", shorten(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
        other => format!("`{other}`"),
    }
}

fn shorten(text: &str) -> String {
    const SHOWN: usize = 60;
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= SHOWN && line.len() == text.len() {
        return text.to_owned();
    }
    format!("{}…", line.chars().take(SHOWN).collect::<String>())
}
