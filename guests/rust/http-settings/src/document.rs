//! The document that is sent: values put where their pointers say.

use servo_sdk::prelude::*;

use crate::change::Wanted;
use crate::options::{Method, Set};

/// The body of a change.
///
/// # Errors
/// When the template or the document has no place for a value.
pub(crate) fn body(set: &Set, before: &Value, wanted: &[Wanted]) -> Result<Value, Failure> {
    let mut body = match (&set.body, set.method) {
        (Some(template), _) => template.clone(),
        (None, Method::Put) => before.clone(),
        (None, Method::Patch) => json!({}),
    };
    for Wanted { name, pointer, value } in wanted {
        put(&mut body, pointer, value.clone()).map_err(|why| {
            Failure::failed(format!(
                "`{name}` has no place at `{pointer}` in what is sent: {why}; check `set.body`"
            ))
        })?;
    }
    Ok(body)
}

/// Puts a value into a document; objects that are missing on the way are made, items of arrays are not.
fn put(document: &mut Value, pointer: &str, value: Value) -> Result<(), String> {
    let mut place = document;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        place = match place {
            Value::Object(object) => object.entry(step).or_insert_with(|| json!({})),
            Value::Array(items) => {
                let count = items.len();
                let index: Option<usize> = step.parse().ok();
                index
                    .and_then(|index| items.get_mut(index))
                    .ok_or_else(|| format!("an array of {count} has no item `{step}`"))?
            }
            other => return Err(format!("`{other}` is no object")),
        };
    }
    *place = value;
    Ok(())
}

#[cfg(test)]
mod tests;
