//! The state directory: journals, what connectors keep, and compiled components.

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

    /// Where components from registries are kept.
    pub(crate) fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    /// The journal of a servo: by its name and the file of its configuration, so that equal names in two
    /// folders are two journals.
    pub(crate) fn journal(&self, servo: &str, config: &Path) -> io::Result<PathBuf> {
        let folder = self.0.join("journals");
        fs::create_dir_all(&folder)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.display())))?;
        Ok(folder.join(format!("{}.jsonl", name_of(servo, config))))
    }

    /// The folder of the sockets of running servos, and how the names of those with this configuration begin.
    pub(crate) fn running(&self, config: &Path) -> (PathBuf, String) {
        (self.0.join("running"), format!("{:08x}-", hash_of(config)))
    }

    /// Where the optimizer that this file configures keeps its journals.
    pub(crate) fn optimizer(&self, config: &Path) -> PathBuf {
        self.0.join("optimizer").join(format!("{:08x}", hash_of(config)))
    }

    /// Where a connector of a servo keeps its keys and values; made when it is first needed.
    pub(crate) fn kept(&self, servo: &str, config: &Path, alias: &str) -> PathBuf {
        // The hash tells aliases apart whose names look the same once they are safe.
        let file = format!("{}-{:08x}.jsonl", safe(alias), fnv(alias.as_bytes()));
        self.0.join("kept").join(name_of(servo, config)).join(file)
    }
}

fn name_of(servo: &str, config: &Path) -> String {
    format!("{}-{:08x}", safe(servo), hash_of(config))
}

fn hash_of(config: &Path) -> u32 {
    let config = fs::canonicalize(config).unwrap_or_else(|_| config.to_owned());
    fnv(config.as_os_str().as_encoded_bytes())
}

/// A name without letters that mean something in paths.
pub(crate) fn safe(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
}

/// FNV-1a: names files, guards nothing.
pub(crate) fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
