//! Who a connector is, as the manifest of its language says it.

mod json;
mod pyproject;

use std::fs;
use std::path::Path;

use super::tool::fail;
use super::{BuildError, Language, revision, rust};
use crate::sections::Metadata;

/// Reads name, version and the rest from the manifest in `folder`; the revision comes from git.
pub(super) async fn read(language: Language, folder: &Path) -> Result<Metadata, BuildError> {
    let path = folder.join(language.manifest());
    let wrong = |problem: String| BuildError::Manifest(path.clone(), problem);
    let text = || fs::read_to_string(&path).map_err(fail(&path));
    let mut metadata = match language {
        Language::Rust => rust::metadata(folder).await?,
        Language::Python => pyproject::read(&text()?).map_err(wrong)?,
        _ => json::read(&text()?).map_err(wrong)?,
    };
    let name = metadata.name.as_deref().unwrap_or_default();
    if !is_connector_name(name) {
        return Err(wrong(format!(
            "the name {name:?} is not one of a connector: lower case letters, digits, `-` and `_`, a letter first"
        )));
    }
    metadata.revision = revision::revision(folder).await;
    Ok(metadata)
}

/// Whether a connector can be called so: the name becomes that of a file, of a key in `servo.yaml` and of identifiers.
pub fn is_connector_name(name: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(inside) && name.len() <= 64
}

#[cfg(test)]
mod tests;
