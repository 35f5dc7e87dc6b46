//! What these tests share.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use servo_distribution::{
    About, Artifact, Descriptor, Digest, Manifest, Reference, Registry, RegistryError, RegistryOptions,
};
use tempfile::NamedTempFile;

/// Bytes in a file that stand for a component.
#[derive(Debug)]
pub(crate) struct Component {
    bytes: Vec<u8>,
    file: NamedTempFile,
}

impl Component {
    /// So many bytes that no two tests share and that do not repeat.
    pub(crate) fn of(size: usize) -> Component {
        let mut state = size as u64 | 1;
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            // xorshift64
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .take(size)
        .collect();
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        Component { bytes, file }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    pub(crate) fn artifact(&self) -> Artifact {
        Artifact::new(Digest::of(&self.bytes), self.bytes.len() as u64, &about())
    }
}

pub(crate) fn about() -> About {
    About {
        title: Some("some".into()),
        version: Some("1.2.0".into()),
        contract: Some("0.1.0".into()),
        exports: vec!["servo:connector/metrics@0.1.0".into()],
        imports: vec!["wasi:http/types@0.2.0".into()],
        ..About::default()
    }
}

/// Options with short times, so that a test of what fails is short.
pub(crate) fn options() -> RegistryOptions {
    RegistryOptions {
        stall: Duration::from_secs(20),
        deadline: Duration::from_secs(120),
        pause: Duration::from_millis(20),
        ..RegistryOptions::default()
    }
}

pub(crate) fn registry(options: RegistryOptions) -> Registry {
    Registry::new(options).unwrap()
}

pub(crate) fn reference(address: &str, rest: &str) -> Reference {
    format!("oci://{address}/{rest}").parse().unwrap()
}

pub(crate) async fn manifest_of(registry: &Registry, at: &Reference) -> Manifest {
    registry.resolve(at).await.unwrap().1
}

/// A blob in memory.
pub(crate) async fn pull(
    registry: &Registry,
    at: &Reference,
    blob: &Descriptor,
) -> Result<Vec<u8>, RegistryError> {
    let mut bytes = Vec::new();
    registry.blob(at, blob, &mut bytes, &|_| {}).await.map(|()| bytes)
}
