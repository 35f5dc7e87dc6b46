//! What a component is, from its sections alone: nothing of it is compiled or run.

use serde_json::Value;

use crate::digest::digest;
use crate::sections::{self, Metadata, SectionsError};

/// What the sections of a component say.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// Name, version and so on.
    pub metadata: Metadata,
    /// Schema and example of its settings, if it has been finished.
    pub settings: Option<(Value, Value)>,
    /// What it imports, by full name.
    pub imports: Vec<String>,
    /// What it exports, by full name, for example `servo:connector/measure@0.1.0`.
    pub exports: Vec<String>,
    /// `sha256:` and the hash of the component in hexadecimal digits.
    pub digest: String,
    /// Its size in bytes.
    pub size: usize,
}

/// Reads the sections of a component.
pub fn inspect(component: &[u8]) -> Result<Inspected, SectionsError> {
    let (metadata, settings) = sections::read(component)?;
    let interfaces = sections::interfaces(component)?;
    Ok(Inspected {
        metadata,
        settings,
        imports: interfaces.imports,
        exports: interfaces.exports,
        digest: format!("sha256:{}", digest(component)),
        size: component.len(),
    })
}
