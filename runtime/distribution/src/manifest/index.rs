//! Several manifests under one name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ANNOTATIONS_MAX, Descriptor, MANIFEST_MAX, ManifestError, Platform, at_most, media, read};

/// The most entries of an index: one for each system, or for each statement about an artifact.
const ENTRIES_MAX: usize = 4096;

/// A list of manifests: the same thing for several systems, or what is said about one artifact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    schema_version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    /// The manifests.
    pub manifests: Vec<Descriptor>,
    /// Remarks about the list.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Index {
    /// A list of these.
    pub fn new(manifests: Vec<Descriptor>) -> Self {
        let media_type = Some(media::INDEX.to_owned());
        Self { schema_version: 2, media_type, manifests, annotations: BTreeMap::new() }
    }

    /// Reads a list.
    ///
    /// # Errors
    /// It is larger than a manifest or than its parts may be, none, or the manifest of one artifact.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let index: Self = read("index", bytes, MANIFEST_MAX)?;
        at_most("manifests", index.manifests.len(), ENTRIES_MAX)?;
        at_most("annotations", index.annotations.len(), ANNOTATIONS_MAX)?;
        index.manifests.iter().try_for_each(Descriptor::check)?;
        Ok(index)
    }

    /// The bytes that are pushed: always the same for the same list.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Strings, numbers and maps of strings: nothing in it can fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The entry that is a component: the one for `wasm`, or the only one where no entry says what it is for.
    ///
    /// # Errors
    /// There is none, or several; the error says what is there instead.
    pub fn component(&self) -> Result<&Descriptor, ManifestError> {
        let is_component = |entry: &&Descriptor| {
            let platform = entry.platform.as_ref().is_some_and(|platform| platform.architecture == "wasm");
            platform || entry.artifact_type.as_deref() == Some(media::CONFIG)
        };
        let mut components = self.manifests.iter().filter(is_component);
        match (components.next(), components.count(), &*self.manifests) {
            (Some(component), 0, _) => Ok(component),
            (Some(_), more, _) => Err(ManifestError::Components { count: more + 1 }),
            (None, _, [only]) if only.platform.is_none() && only.artifact_type.is_none() => Ok(only),
            (None, ..) => {
                let of = |entry: &Descriptor| {
                    let platform = entry.platform.as_ref();
                    platform.map(|Platform { architecture, os }| format!("{os}/{architecture}"))
                };
                let mut systems: Vec<String> = self.manifests.iter().filter_map(of).take(4).collect();
                systems.dedup();
                let found = match systems.is_empty() {
                    true => "this is an index of something else".to_owned(),
                    false => {
                        let systems: String = systems.join(", ").chars().take(100).collect();
                        format!("this is an index of images for {systems}")
                    }
                };
                Err(ManifestError::NoComponent { found })
            }
        }
    }
}
