//! Why a document of a registry is of no use.

use thiserror::Error;

/// A manifest, index or configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ManifestError {
    /// It is larger than it may be.
    #[error("the {what} is {size} bytes, more than {max}; a component's is a few hundred")]
    TooLarge {
        /// The document.
        what: &'static str,
        /// Its size in bytes.
        size: u64,
        /// The most bytes.
        max: u64,
    },
    /// It is not the JSON it should be.
    #[error("the {what} cannot be read: {why}; push the component again with `servo push`")]
    Malformed {
        /// The document.
        what: &'static str,
        /// What is wrong, and where.
        why: String,
    },
    /// It has another form than version 2.
    #[error("the {what} has schema version {version}, only version 2 can be read; push the component again")]
    Schema {
        /// The document.
        what: &'static str,
        /// Its version; 0 when it has none.
        version: u64,
    },
    /// It has more parts than it may have.
    #[error("there are {count} {what}, more than {max}")]
    TooMany {
        /// The parts.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// The most.
        max: usize,
    },
    /// It is the manifest of one artifact instead of the index of several, or the other way round.
    #[error("expected a document of the kind {what}, found the kind {found}")]
    Kind {
        /// What it should be.
        what: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// There is no component in it.
    #[error("there is no component in it: {found}; name an artifact with a layer `application/wasm`")]
    NoComponent {
        /// What is there instead.
        found: String,
    },
    /// There are several components in it.
    #[error("there are {count} components in it, and nothing says which is meant; push one at a time")]
    Components {
        /// How many.
        count: usize,
    },
}
