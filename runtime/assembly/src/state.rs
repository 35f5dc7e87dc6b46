//! The state directory: journals and compiled components.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// One folder for everything that outlives a process.
#[derive(Clone, Debug)]
pub struct StateDir(PathBuf);

impl StateDir {
    /// This folder.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder that the variables name: `SERVO_STATE_DIR`, else the XDG one (`XDG_STATE_HOME`, else
    /// `~/.local/state`), else one in the system's folder for temporary files.
    pub fn find(variable: impl Fn(&str) -> Option<String>) -> Self {
        let named = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let path = named("SERVO_STATE_DIR")
            .or_else(|| named("XDG_STATE_HOME").map(|home| home.join("servo")))
            .or_else(|| named("HOME").map(|home| home.join(".local/state/servo")))
            .unwrap_or_else(|| std::env::temp_dir().join("servo-state"));
        Self(path)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn components(&self) -> PathBuf {
        self.0.join("components")
    }

    /// The journal of a servo: by its name and the folder of its configuration, so that equal names in two
    /// folders are two journals.
    pub(crate) fn journal(&self, servo: &str, config: &Path) -> io::Result<PathBuf> {
        let folder = self.0.join("journals");
        fs::create_dir_all(&folder)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.display())))?;
        let config = fs::canonicalize(config).unwrap_or_else(|_| config.to_owned());
        let safe: String = servo
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' })
            .collect();
        Ok(folder.join(format!("{safe}-{:08x}.jsonl", fnv(config.as_os_str().as_encoded_bytes()))))
    }
}

/// FNV-1a: names files, guards nothing.
fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
