//! The files beside the configuration: `.env`, which holds secrets, and `.gitignore`, which keeps them out of git.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use crate::exit::Trouble;

/// Only the owner reads and writes.
const PRIVATE: u32 = 0o600;

/// Writes `.env`; what is not known yet stands there as a comment.
pub(super) fn write_dotenv(path: &Path, optimizer: Option<&str>, token: Option<&str>) -> Result<(), Trouble> {
    let text =
        line("OPSANI_OPTIMIZER", optimizer)? + &line("OPSANI_TOKEN", token)? + "SERVO_LOG_LEVEL=WARNING\n";
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(PRIVATE).open(path)?;
        // The mode above is for new files only, and this one may have been there.
        file.set_permissions(Permissions::from_mode(PRIVATE))?;
        file.write_all(text.as_bytes())
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

/// A line of `.env`. Single quotes take everything as it is, but for a single quote.
fn line(name: &str, value: Option<&str>) -> Result<String, Trouble> {
    match value {
        None => Ok(format!("# {name}=\n")),
        Some(value) if value.contains('\'') => Err(Trouble::Usage(format!(
            "{name} cannot stand in .env, because it contains a single quote; leave it empty and set the variable elsewhere"
        ))),
        Some(value) => Ok(format!("{name}='{value}'\n")),
    }
}
