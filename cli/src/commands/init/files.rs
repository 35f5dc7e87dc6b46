//! The files beside the configuration: `.env`, which holds secrets, and `.gitignore`, which keeps them out of git.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use crate::exit::Trouble;

/// Only the owner reads and writes.
const PRIVATE: u32 = 0o600;

/// What `.env` begins with; what cannot be used yet stands there as a comment.
const DOTENV: &str = "\
# For remote optimizers, for which this version of servo has no client: an `objective` in the configuration does
# without one.
# OPSANI_OPTIMIZER=
# OPSANI_TOKEN=
SERVO_LOG_LEVEL=WARNING
";

/// Writes `.env`.
pub(super) fn write_dotenv(path: &Path) -> Result<(), Trouble> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(PRIVATE).open(path)?;
        // The mode above is for new files only, and this one may have been there.
        file.set_permissions(Permissions::from_mode(PRIVATE))?;
        file.write_all(DOTENV.as_bytes())
    };
    write().map_err(|error| Trouble::Failed(format!("{} cannot be written: {error}", path.display())))
}

/// Names `.env` in the folder's `.gitignore`, unless it is there already.
pub(super) fn ignore_dotenv(folder: &Path) -> Result<(), Trouble> {
    let path = folder.join(".gitignore");
    let old = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Trouble::Failed(format!("{} cannot be read: {error}", path.display()))),
    };
    if old.lines().any(|line| matches!(line.trim(), ".env" | "/.env")) {
        return Ok(());
    }
    let gap = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
    fs::write(&path, format!("{old}{gap}.env\n"))
        .map_err(|error| Trouble::Failed(format!("{} cannot be written: {error}", path.display())))
}
