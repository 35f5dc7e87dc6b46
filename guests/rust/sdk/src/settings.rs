//! Settings: JSON Schema out, JSON in, and problems with the place of the value.

use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

mod schema;

pub use schema::schema;

pub use crate::bindings::settings::exports::servo::connector::settings::Problem;

/// What is wrong with the settings; never empty when returned as an error.
pub type Problems = Vec<Problem>;

impl Problem {
    /// A problem with the value at `pointer`, a JSON pointer such as `/targets/0/url`; empty for the whole.
    pub fn new(pointer: impl Into<String>, text: impl Into<String>) -> Problem {
        Problem { pointer: pointer.into(), text: text.into() }
    }
}

/// Reads settings.
///
/// # Errors
/// The first value that does not fit, and where it stands.
pub fn read<T: DeserializeOwned>(json: &str) -> Result<T, Problems> {
    let mut reader = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        // The position in a text that nobody wrote helps nobody.
        let text = error.into_inner().to_string();
        let text = text.rsplit_once(" at line ").map_or(text.clone(), |(text, _)| text.to_owned());
        vec![Problem::new(pointer, text)]
    })
}

/// One step of a JSON pointer, escaped.
pub fn escape(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path.iter() {
        let step = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => escape(key),
            Segment::Enum { variant } => escape(variant),
            Segment::Unknown => break,
        };
        pointer.push('/');
        pointer.push_str(&step);
    }
    pointer
}

#[cfg(test)]
mod tests;
