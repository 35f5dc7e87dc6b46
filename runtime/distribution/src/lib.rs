//! Components on their way: between registries, files and this machine, pinned by digest and proved by signature.
//!
//! It moves bytes and says what they are. It runs nothing and knows no WebAssembly engine: what a component's sections
//! say is handed in by those who can read them. Sources: OCI Image Specification 1.1, OCI Distribution
//! Specification 1.1, CNCF Wasm OCI Artifact Layout, Sigstore's signature specification.

#![forbid(unsafe_code)]

mod credentials;
mod digest;
pub mod layout;
pub mod lock;
pub mod manifest;
pub mod policy;
mod reference;
pub mod registry;
pub mod signature;
mod sink;
mod store;

pub use credentials::{Credentials, CredentialsError};
pub use digest::{Digest, DigestError, Hasher};
pub use manifest::{About, Artifact, Descriptor, Index, Manifest, ManifestError};
pub use reference::{Reference, ReferenceError};
pub use registry::{Fetched, Registry, RegistryError, RegistryOptions};
pub use sink::Sink;
pub use store::{Checked, Hold, Installed, Record, Store, StoreError, Swept, Writer};
