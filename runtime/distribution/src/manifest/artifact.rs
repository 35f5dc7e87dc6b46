//! A component as an artifact: what is pushed for it, and what is read from what others pushed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CONFIG_MAX, Descriptor, Manifest, ManifestError, at_most, media, read};
use crate::digest::Digest;

/// The most names of interfaces that are read from a configuration.
const NAMES_MAX: usize = 4096;
/// The version of servo's contract that a component was built for.
const CONTRACT: &str = "dev.servo.contract";
/// The interfaces that a component exports, with commas between them.
const EXPORTS: &str = "dev.servo.exports";
/// When the component was made.
const CREATED: &str = "org.opencontainers.image.created";

/// What is said about a component, mostly in annotations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Its name for people.
    pub title: Option<String>,
    /// Its own version.
    pub version: Option<String>,
    /// What it does.
    pub description: Option<String>,
    /// Its licenses as an SPDX expression.
    pub licenses: Option<String>,
    /// Where its source is.
    pub source: Option<String>,
    /// Who made it.
    pub authors: Option<String>,
    /// Where to read about it.
    pub url: Option<String>,
    /// The revision of its source.
    pub revision: Option<String>,
    /// When it was made; the epoch and no annotation when absent, so that a second push is the same to the byte.
    pub created: Option<Timestamp>,
    /// The version of servo's contract, for example `0.1.0`.
    pub contract: Option<String>,
    /// The interfaces that it exports.
    pub exports: Vec<String>,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
}

/// A component with what is pushed beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The bytes of the manifest.
    pub manifest: Vec<u8>,
    /// The bytes of the configuration.
    pub config: Vec<u8>,
    /// The component itself.
    pub component: Descriptor,
}

/// The configuration of a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// When it was made, as RFC 3339 has it.
    #[serde(default)]
    pub created: Option<String>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// What it runs on: `wasm`.
    pub architecture: String,
    /// The interface to the system: `wasip2`.
    pub os: String,
    /// The layers of the manifest, in its order.
    #[serde(default)]
    pub layer_digests: Vec<Digest>,
    /// What the component exports and imports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<Interfaces>,
}

/// The interfaces of a component.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interfaces {
    /// What it exports.
    #[serde(default)]
    pub exports: Vec<String>,
    /// What it imports.
    #[serde(default)]
    pub imports: Vec<String>,
    /// The world that it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

impl About {
    /// What a manifest and the configuration of its artifact say.
    pub fn read(manifest: &Manifest, config: Option<&Config>) -> Self {
        let annotations = manifest.annotations();
        let mut about = Self::default();
        for (key, field) in about.fields() {
            *field = annotations.get(key).cloned();
        }
        about.created = annotations.get(CREATED).and_then(|created| created.parse().ok());
        about.contract = annotations.get(CONTRACT).cloned();
        match config.and_then(|config| config.component.as_ref()) {
            Some(interfaces) => {
                (about.exports, about.imports) = (interfaces.exports.clone(), interfaces.imports.clone());
            }
            None => {
                let exports = annotations.get(EXPORTS).into_iter().flat_map(|exports| exports.split(','));
                about.exports = exports.filter(|name| !name.is_empty()).map(str::to_owned).collect();
            }
        }
        about
    }

    fn annotations(&self) -> BTreeMap<String, String> {
        let mut copy = self.clone();
        let fields = copy.fields().into_iter();
        let mut annotations: BTreeMap<String, String> =
            fields.filter_map(|(key, field)| Some((key.to_owned(), field.take()?))).collect();
        let mut add = |key: &str, value: Option<String>| {
            annotations.extend(value.map(|value| (key.to_owned(), value)));
        };
        add(CREATED, self.created.map(|created| created.to_string()));
        add(CONTRACT, self.contract.clone());
        add(EXPORTS, (!self.exports.is_empty()).then(|| self.exports.join(",")));
        annotations
    }

    fn fields(&mut self) -> [(&'static str, &mut Option<String>); 8] {
        [
            ("org.opencontainers.image.title", &mut self.title),
            ("org.opencontainers.image.version", &mut self.version),
            ("org.opencontainers.image.description", &mut self.description),
            ("org.opencontainers.image.licenses", &mut self.licenses),
            ("org.opencontainers.image.source", &mut self.source),
            ("org.opencontainers.image.authors", &mut self.authors),
            ("org.opencontainers.image.url", &mut self.url),
            ("org.opencontainers.image.revision", &mut self.revision),
        ]
    }
}

impl Artifact {
    /// The artifact for a component of this digest and size; the same to the byte for the same arguments.
    pub fn new(digest: Digest, size: u64, about: &About) -> Self {
        let component = Descriptor::new(media::COMPONENT, digest, size);
        let config = Config {
            created: Some(about.created.unwrap_or(Timestamp::UNIX_EPOCH).to_string()),
            author: about.authors.clone(),
            architecture: "wasm".to_owned(),
            os: "wasip2".to_owned(),
            layer_digests: vec![digest],
            component: Some(Interfaces {
                exports: about.exports.clone(),
                imports: about.imports.clone(),
                target: None,
            }),
        };
        // Strings and lists of them: nothing in it can fail.
        let config = serde_json::to_vec(&config).unwrap_or_default();
        let described = Descriptor::of(media::CONFIG, &config);
        let manifest = Manifest::new(described, vec![component.clone()], about.annotations());
        Self { manifest: manifest.to_bytes(), config, component }
    }
}

impl Config {
    /// Reads the configuration of a component.
    ///
    /// # Errors
    /// It is larger than [`CONFIG_MAX`] or than its parts may be, or none.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let config: Self = read("configuration", bytes, CONFIG_MAX)?;
        at_most("layers", config.layer_digests.len(), super::LAYERS_MAX)?;
        if let Some(Interfaces { exports, imports, .. }) = &config.component {
            at_most("exports", exports.len(), NAMES_MAX)?;
            at_most("imports", imports.len(), NAMES_MAX)?;
        }
        Ok(config)
    }
}
