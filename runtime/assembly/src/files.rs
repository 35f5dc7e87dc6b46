//! Files that a configuration or a person names: read with a bound, written at once or not at all.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// What stands for standard output.
const STANDARD: &str = "-";
/// What a new file may be used for: read by everybody.
const MODE: u32 = 0o644;
/// The most links that lead to a file one after the other, as the system has it.
const LINKS_MAX: usize = 40;

/// The whole file, if it is one and has at most `max` bytes.
pub(crate) fn read(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path, max)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The file, if it is one, which fails when more than `max` bytes are read. Pipes and devices are refused before they
/// are opened: they may never begin or end.
pub(crate) fn open(path: &Path, max: u64) -> io::Result<impl Read + Send + use<>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    Ok(Bounded { file: File::open(path)?, left: max, max })
}

/// Writes to what a person named: `-` is standard output, a pipe or a device is written to, a link is followed. A file
/// appears or is replaced when everything is written, else nothing of it is left.
pub(crate) fn write(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if is_standard(path) {
        let mut out = io::stdout().lock();
        write(&mut out)?;
        return out.flush();
    }
    let mode = match fs::metadata(path) {
        Ok(found) if !found.is_file() => {
            let mut file = File::options().write(true).open(path)?;
            write(&mut file)?;
            return file.flush();
        }
        Ok(found) => found.permissions().mode(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => MODE,
        Err(error) => return Err(error),
    };
    let path = followed(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    write(&mut file)?;
    file.as_file().set_permissions(Permissions::from_mode(mode))?;
    file.as_file().sync_all()?;
    file.persist(&path).map(drop).map_err(|error| error.error)
}

/// Whether it stands for standard output.
fn is_standard(path: &Path) -> bool {
    path.as_os_str() == OsStr::new(STANDARD)
}

/// Where links lead, also to a file that is not there yet.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links lead from one to the other"))
}

/// A file that ends in an error when it is longer than it may be.
struct Bounded {
    file: File,
    left: u64,
    max: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        match self.left.checked_sub(length as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(format!("it is larger than {}", size(self.max)))),
        }
        Ok(length)
    }
}

/// A bound for people.
fn size(bytes: u64) -> String {
    if bytes < 1 << 20 { format!("{} KiB", bytes >> 10) } else { format!("{} MiB", bytes >> 20) }
}

#[cfg(test)]
mod tests;
