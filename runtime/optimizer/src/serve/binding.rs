//! Which servo takes care of an application: the last one that said hello. Kept in a file, so that a server that was
//! killed does not take the one before for it.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The name of the file in the folder of an application.
const FILE: &str = "servo.json";
/// The most bytes of it that are read.
const SIZE_MAX: u64 = 64 * 1024;

/// The servo of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The identity that its operator gave it, if any.
    pub servo_uid: Option<String>,
    /// The process that it is, if it says so: two servos can have the same identity, or none.
    #[serde(default)]
    pub process: Option<String>,
    /// The program that it said it is.
    #[serde(default)]
    pub agent: Option<String>,
    /// When it said hello, in seconds since the epoch.
    pub since: u64,
    /// Counts the servos of the application, this one included.
    #[serde(default)]
    pub conversation: u64,
}

/// Who says something.
#[derive(Debug, Default, Clone, Copy)]
pub struct Speaker<'a> {
    /// The identity that its operator gave it, if any.
    pub servo_uid: Option<&'a str>,
    /// The process that it is; none of servos that do not say it.
    pub process: Option<&'a str>,
}

/// The file of a binding could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct BindingError {
    action: &'static str,
    path: PathBuf,
    source: std::io::Error,
}

impl Binding {
    /// Whether it is this servo.
    pub(super) fn is_of(&self, by: Speaker<'_>) -> bool {
        self.servo_uid.as_deref() == by.servo_uid && self.process.as_deref() == by.process
    }

    /// What the folder of an application says; none when no servo has said hello yet, or the file makes no sense: then
    /// the next one that says anything has the place.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, BindingError> {
        let path = folder.join(FILE);
        let mut text = Vec::new();
        let read = File::open(&path).and_then(|file| file.take(SIZE_MAX).read_to_end(&mut text));
        match read {
            Ok(_) => Ok(serde_json::from_slice(&text).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(BindingError { action: "read", path, source }),
        }
    }

    /// Writes it, synced, in the place of the one before.
    ///
    /// # Errors
    /// The file cannot be written; the one before stays.
    pub(super) fn write(&self, folder: &Path) -> Result<(), BindingError> {
        let path = folder.join(FILE);
        let new = folder.join(format!("{FILE}.new"));
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(folder)?;
            let mut file = File::create(&new)?;
            file.write_all(&serde_json::to_vec(self)?)?;
            file.sync_data()?;
            fs::rename(&new, &path)?;
            File::open(folder)?.sync_all()
        };
        write().map_err(|source| BindingError { action: "write", path: path.clone(), source })
    }
}
