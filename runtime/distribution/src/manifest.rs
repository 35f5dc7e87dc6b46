//! Manifests, indexes and configurations of artifacts, as registries keep them: read with limits, and made.
//!
//! Sources: OCI Image Specification 1.1 (manifest, index, descriptor), CNCF Wasm OCI Artifact Layout.

mod artifact;
mod error;
mod index;
pub mod media;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
pub use artifact::{About, Artifact, Config, Interfaces};
pub use error::ManifestError;
pub use index::Index;

/// The largest manifest or index, as registries have it (OCI Distribution Specification 1.1, "Pushing Manifests").
pub const MANIFEST_MAX: u64 = 4 << 20;
/// The largest configuration that is read.
pub const CONFIG_MAX: u64 = 1 << 20;
/// The most layers of a manifest, and entries of an index.
pub(crate) const LAYERS_MAX: usize = 64;
/// The most annotations of one thing.
pub(crate) const ANNOTATIONS_MAX: usize = 256;

/// What is known about a piece of content without having it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What kind of content it is.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// What an artifact is for, when the content is its manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// What it runs on, when the content is a manifest in an index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Remarks about it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// What something runs on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// The processor; `wasm` for components.
    pub architecture: String,
    /// The system; `wasip2` for components.
    #[serde(default)]
    pub os: String,
}

/// The manifest of one artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    raw: Raw,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    schema_version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<String>,
    config: Descriptor,
    #[serde(default)]
    layers: Vec<Descriptor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

impl Descriptor {
    /// What is known of this content.
    pub fn of(media_type: &str, content: &[u8]) -> Self {
        Self::new(media_type, Digest::of(content), content.len() as u64)
    }

    /// Content of this digest and size.
    pub fn new(media_type: &str, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest,
            size,
            artifact_type: None,
            platform: None,
            annotations: BTreeMap::new(),
        }
    }

    fn check(&self) -> Result<(), ManifestError> {
        at_most("annotations", self.annotations.len(), ANNOTATIONS_MAX)
    }
}

impl Manifest {
    /// A manifest for these parts.
    pub fn new(config: Descriptor, layers: Vec<Descriptor>, annotations: BTreeMap<String, String>) -> Self {
        let media_type = Some(media::MANIFEST.to_owned());
        let raw = Raw {
            schema_version: 2,
            media_type,
            artifact_type: None,
            config,
            layers,
            subject: None,
            annotations,
        };
        Self { raw }
    }

    /// The same as an artifact of this type that says something about another one.
    #[must_use]
    pub fn with_subject(mut self, subject: Descriptor, artifact_type: &str) -> Self {
        self.raw.subject = Some(subject);
        self.raw.artifact_type = Some(artifact_type.to_owned());
        self
    }

    /// Reads the manifest of one artifact.
    ///
    /// # Errors
    /// It is larger than [`MANIFEST_MAX`] or than its parts may be, none, or the index of several.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let raw: Raw = read("manifest", bytes, MANIFEST_MAX)?;
        at_most("layers", raw.layers.len(), LAYERS_MAX)?;
        at_most("annotations", raw.annotations.len(), ANNOTATIONS_MAX)?;
        let parts = raw.layers.iter().chain([&raw.config]).chain(&raw.subject);
        parts.into_iter().try_for_each(Descriptor::check)?;
        Ok(Self { raw })
    }

    /// The bytes that are pushed: always the same for the same manifest.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Strings, numbers and maps of strings: nothing in it can fail.
        serde_json::to_vec(&self.raw).unwrap_or_default()
    }

    /// The layer that is the component.
    ///
    /// # Errors
    /// There is none, or several; the error says what is there instead.
    pub fn component(&self) -> Result<&Descriptor, ManifestError> {
        let is_component = |layer: &&Descriptor| media::COMPONENTS.contains(&layer.media_type.as_str());
        let mut components = self.raw.layers.iter().filter(is_component);
        match (components.next(), components.count()) {
            (Some(component), 0) => Ok(component),
            (Some(_), more) => Err(ManifestError::Components { count: more + 1 }),
            (None, _) => Err(ManifestError::NoComponent { found: self.found() }),
        }
    }

    /// What describes the layers.
    pub fn config(&self) -> &Descriptor {
        &self.raw.config
    }

    /// The parts.
    pub fn layers(&self) -> &[Descriptor] {
        &self.raw.layers
    }

    /// The artifact that this one says something about.
    pub fn subject(&self) -> Option<&Descriptor> {
        self.raw.subject.as_ref()
    }

    /// What the artifact is for: what it says itself, else the type of its configuration.
    pub fn artifact_type(&self) -> &str {
        self.raw.artifact_type.as_deref().unwrap_or(&self.raw.config.media_type)
    }

    /// Remarks about the artifact.
    pub fn annotations(&self) -> &BTreeMap<String, String> {
        &self.raw.annotations
    }

    fn found(&self) -> String {
        let kind = |media_type: &str| media_type.chars().take(100).collect::<String>();
        let config = &self.raw.config.media_type;
        match media::name(self.artifact_type()).or_else(|| media::name(config)) {
            Some(name) => format!("this is {name}"),
            None => match self.raw.layers.first() {
                Some(layer) => format!(
                    "its configuration is `{}` and its first layer `{}`",
                    kind(config),
                    kind(&layer.media_type)
                ),
                None => format!("its configuration is `{}` and it has no layer", kind(config)),
            },
        }
    }
}

/// Reads a document of a registry.
fn read<'a, T: Deserialize<'a>>(what: &'static str, bytes: &'a [u8], max: u64) -> Result<T, ManifestError> {
    /// What says which kind of document it is.
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Kind {
        schema_version: Option<u64>,
        media_type: Option<String>,
        #[serde(default)]
        manifests: Option<serde::de::IgnoredAny>,
        #[serde(default)]
        config: Option<serde::de::IgnoredAny>,
    }
    if bytes.len() as u64 > max {
        return Err(ManifestError::TooLarge { what, size: bytes.len() as u64, max });
    }
    let malformed = |error: serde_json::Error| ManifestError::Malformed { what, why: error.to_string() };
    if what != "configuration" {
        let kind: Kind = serde_json::from_slice(bytes).map_err(malformed)?;
        match kind.schema_version {
            Some(2) => {}
            version => return Err(ManifestError::Schema { what, version: version.unwrap_or_default() }),
        }
        let is_index = match kind.media_type.as_deref() {
            Some(media::INDEX | media::DOCKER_LIST) => true,
            Some(media::MANIFEST | media::DOCKER_MANIFEST) => false,
            _ => kind.manifests.is_some() && kind.config.is_none(),
        };
        if is_index != (what == "index") {
            return Err(ManifestError::Kind { what, found: if is_index { "index" } else { "manifest" } });
        }
    }
    serde_json::from_slice(bytes).map_err(malformed)
}

fn at_most(what: &'static str, count: usize, max: usize) -> Result<(), ManifestError> {
    if count > max { Err(ManifestError::TooMany { what, count, max }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
