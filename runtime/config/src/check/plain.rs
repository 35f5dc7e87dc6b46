//! Checks values that stand in no file, such as the arguments of events.

use std::sync::Arc;

use serde_json::Value;

use super::Checker;
use crate::schema::bounds;

/// Mistakes that are told of one value.
const TOLD_MAX: usize = 3;

/// What checks values against a schema; the error of the one says what is wrong with the schema, that of the other what
/// is wrong with a value. The schema may come from anybody.
///
/// # Errors
/// What is wrong with the schema, or that it would take too long to check values with it.
pub fn value_checker(
    schema: &Value,
) -> Result<impl Fn(&Value) -> Result<(), String> + Send + Sync + 'static, String> {
    let checker = Checker::new(Arc::new(schema.clone()))?;
    Ok(move |value: &Value| {
        let depth = bounds::depth(value);
        if depth > bounds::DEPTH {
            bounds::check(&checker.schema, depth)
                .map_err(|why| format!("nested too deep for the schema: {why}"))?;
        }
        let told = |error: jsonschema::ValidationError<'_>| match error.instance_path().as_str() {
            "" => error.to_string(),
            place => format!("{place}: {error}"),
        };
        let mistakes: Vec<String> = checker.validator.iter_errors(value).take(TOLD_MAX).map(told).collect();
        if mistakes.is_empty() { Ok(()) } else { Err(mistakes.join("; ")) }
    })
}

#[cfg(test)]
mod tests;
