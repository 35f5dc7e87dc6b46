//! Artifacts in one file, for machines without a network: an OCI image layout in a tar.
//!
//! What is written is always the same for the same artifacts, and `skopeo` and `oras` read it; what they write is read
//! here. An archive is not trusted: nothing in it says where something is put, everything has a limit, and content counts
//! only when its digest is right. Source: OCI Image Layout Specification 1.1.

mod archive;
mod read;
mod write;

use std::io;

use thiserror::Error;

use crate::digest::Digest;
use crate::manifest::ManifestError;
use crate::reference::Reference;
use crate::signature::Signature;
use crate::store::StoreError;

pub use read::read;
pub use write::write;

/// The file that says that this is a layout.
const LAYOUT_FILE: &str = "oci-layout";
/// The file that lists the artifacts.
const INDEX_FILE: &str = "index.json";
/// Where the content is, by digest.
const BLOBS: &str = "blobs/sha256/";
/// What an artifact is called, as an annotation in the index.
const NAME: &str = "org.opencontainers.image.ref.name";

/// An artifact that is to be written; all of it is in the store.
#[derive(Clone, Debug)]
pub struct Bundled {
    /// What it is called: the reference that `servo.yaml` has.
    pub reference: Reference,
    /// The digest of its manifest.
    pub manifest: Digest,
    /// What signs it.
    pub signatures: Vec<Signature>,
}

/// An artifact that was read; all of it is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// What the archive calls it: references to a registry, at least one.
    pub references: Vec<Reference>,
    /// The digest of its manifest.
    pub manifest: Digest,
    /// The digest of its configuration.
    pub config: Digest,
    /// The digest of the component.
    pub component: Digest,
    /// The size of the component in bytes.
    pub size: u64,
    /// What signs it, as the archive says; not verified.
    pub signatures: Vec<Signature>,
}

/// An archive cannot be written or read.
#[derive(Debug, Error)]
pub enum LayoutError {
    /// The file.
    #[error("the archive cannot be {doing}: {source}")]
    Io {
        /// Read or written.
        doing: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// Something else.
    #[error(
        "this is no archive of components: {0}; `servo bundle` and `skopeo copy … oci-archive:FILE:HOST/NAME:TAG` write one"
    )]
    Other(String),
    /// Components, and nothing says what they are.
    #[error(
        "nothing in the archive is named by a reference; `servo bundle` writes such names, and so does \
         `skopeo copy docker://HOST/NAME:TAG oci-archive:FILE:HOST/NAME:TAG`"
    )]
    Nameless,
    /// Something that no layout has.
    #[error("the archive has an entry that is refused, `{name}`: {why}")]
    Entry {
        /// What it is called, shortened.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// More than is read.
    #[error("{what} of the archive has {size} bytes; at most {max} are read")]
    TooLarge {
        /// What.
        what: String,
        /// Its size.
        size: u64,
        /// The limit.
        max: u64,
    },
    /// Content is not there.
    #[error("{digest}, {what}, is not in the archive; it is incomplete, have it made again")]
    Incomplete {
        /// The content.
        digest: Digest,
        /// What it should be.
        what: &'static str,
    },
    /// Content is not what its name says.
    #[error(
        "the archive has {got} under the name {expected}: it was altered or damaged; nothing of it is used"
    )]
    Altered {
        /// The digest in the name.
        expected: Digest,
        /// The digest of what is there.
        got: Digest,
    },
    /// Content is not in the store.
    #[error("{reference} is not on this machine in full; fetch it first: servo pull {reference}")]
    NotHere {
        /// What should be written.
        reference: Reference,
    },
    /// A manifest is of no use.
    #[error("{name}: {source}")]
    Manifest {
        /// What it is called.
        name: String,
        /// What is wrong with it.
        source: ManifestError,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests;
