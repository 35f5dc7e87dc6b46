//! The file behind a shelf: a JSON line for each change, appended at once; written anew when most of it is history.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::fs::OFlags;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::ShelfError;

/// A journal is written anew when it is this much longer than what it holds twice over.
const SLACK: u64 = 64 << 10;
/// What a line has beside key and value.
const LINE: u64 = 32;
/// The largest journal that is read: more than any limit allows.
pub(super) const SIZE_MAX: u64 = 1 << 30;
/// How every line begins: what does not, no kill left there.
const OPENING: &[u8] = br#"{"key":""#;

/// One change.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change<'a> {
    Put { key: &'a str, value: &'a [u8] },
    Delete { key: &'a str },
}

/// One line; without a value the key is removed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

/// An open journal of the process that has the lock.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// The length up to which the file is whole.
    length: u64,
}

impl Change<'_> {
    /// About the bytes of its line.
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Put { key, value } => written(key, value),
            Self::Delete { key } => written(key, &[]),
        }
    }

    fn line(&self) -> io::Result<Vec<u8>> {
        let (key, base64) = match *self {
            Self::Put { key, value } => (key, Some(STANDARD.encode(value))),
            Self::Delete { key } => (key, None),
        };
        let mut line = serde_json::to_vec(&Line { key: key.to_owned(), base64 })?;
        line.push(b'\n');
        Ok(line)
    }
}

/// Takes the lock beside the journal; it is free again when the file is closed, however the process ends.
pub(super) fn lock(path: &Path) -> Result<File, ShelfError> {
    let lock = path.with_extension("lock");
    if let Some(folder) = path.parent() {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(failed("create", folder))?;
    }
    // Not the journal itself: that one is replaced when it is written anew.
    let file = open(&writable(), &lock)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ShelfError::Busy(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed("lock", &lock)(source)),
    }
}

/// The entries of a journal, and the length up to which it is whole; none without a file.
pub(super) fn read(path: &Path) -> Result<(BTreeMap<String, Vec<u8>>, u64), ShelfError> {
    match open(&plain(), path) {
        Ok(mut file) => replay(path, &mut file),
        Err(ShelfError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            Ok((BTreeMap::new(), 0))
        }
        Err(error) => Err(error),
    }
}

impl Journal {
    /// Opens or creates a journal; what a kill left of a last line is cut off with the next change.
    pub(super) fn open(path: &Path) -> Result<(Self, BTreeMap<String, Vec<u8>>), ShelfError> {
        let mut file = open(&writable(), path)?;
        let (entries, length) = replay(path, &mut file)?;
        Ok((Self { path: path.to_owned(), file, length }, entries))
    }

    /// Appends a change in one write.
    pub(super) fn append(&mut self, change: &Change<'_>) -> Result<(), ShelfError> {
        let line = change.line().map_err(failed("write", &self.path))?;
        let length = self.length;
        if length + line.len() as u64 > SIZE_MAX {
            return Err(ShelfError::Large(self.path.clone()));
        }
        let append = |file: &mut File| {
            // Also over a part of a line that an earlier failure left.
            file.set_len(length)?;
            file.seek(SeekFrom::Start(length))?;
            file.write_all(&line)
        };
        append(&mut self.file).map_err(failed("write", &self.path))?;
        self.length += line.len() as u64;
        Ok(())
    }

    /// Whether most of the file is history.
    pub(super) fn is_long(&self, entries: &BTreeMap<String, Vec<u8>>) -> bool {
        // Walking the entries is worth it only when the file is long at all.
        let whole = || entries.iter().map(|(key, value)| written(key, value)).sum::<u64>();
        self.length > SLACK && self.length > SLACK + 2 * whole()
    }

    /// Writes a file with these entries only, beside the old one, and puts it in its place.
    pub(super) fn rewrite<'a>(
        &mut self,
        entries: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<(), ShelfError> {
        let new = self.path.with_extension("new");
        let mut text = Vec::new();
        for (key, value) in entries {
            text.extend(Change::Put { key, value }.line().map_err(failed("write", &new))?);
        }
        let write = || {
            // What a kill left, or whatever else: it is not written into, and what it leads to is not touched.
            fs::remove_file(&new).or_else(|error| match error.kind() {
                ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })?;
            let mut file = writable().create_new(true).open(&new)?;
            file.write_all(&text)?;
            // A name that leads to a file without its content would lose everything in a power failure.
            file.sync_data()?;
            fs::rename(&new, &self.path)?;
            Ok(file)
        };
        self.file = write().map_err(failed("write", &new))?;
        self.length = text.len() as u64;
        Ok(())
    }
}

/// What an entry takes in the file: base64 is four bytes for three.
fn written(key: &str, value: &[u8]) -> u64 {
    (key.len() + value.len().div_ceil(3) * 4) as u64 + LINE
}

/// Nothing is opened through a symbolic link, and a pipe is not waited for.
fn plain() -> OpenOptions {
    let mut options = OpenOptions::new();
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    options.read(true).custom_flags(flags.bits().cast_signed());
    options
}

fn writable() -> OpenOptions {
    let mut options = plain();
    options.write(true).create(true).truncate(false).mode(0o600);
    options
}

/// Opens a file, and nothing but a file.
fn open(options: &OpenOptions, path: &Path) -> Result<File, ShelfError> {
    let file = options.open(path).map_err(|error| match Errno::from_io_error(&error) {
        Some(Errno::LOOP | Errno::ISDIR | Errno::NXIO) => ShelfError::Kind(path.to_owned()),
        _ => failed("open", path)(error),
    })?;
    match file.metadata().map_err(failed("read", path))?.is_file() {
        true => Ok(file),
        false => Err(ShelfError::Kind(path.to_owned())),
    }
}

fn replay(path: &Path, file: &mut File) -> Result<(BTreeMap<String, Vec<u8>>, u64), ShelfError> {
    let length = file.metadata().map_err(failed("read", path))?.len();
    if length > SIZE_MAX {
        return Err(ShelfError::Large(path.to_owned()));
    }
    let mut text = Vec::new();
    file.take(length).read_to_end(&mut text).map_err(failed("read", path))?;
    let mut entries = BTreeMap::new();
    let mut whole = 0;
    for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        match parse(line) {
            Some((key, value)) => {
                whole += line.len() as u64;
                match value {
                    Some(value) => entries.insert(key, value),
                    None => entries.remove(&key),
                };
            }
            // Only the last line has no end.
            None if is_torn(line) => {}
            None => return Err(ShelfError::Corrupt { path: path.to_owned(), line: index + 1 }),
        }
    }
    Ok((entries, whole))
}

/// Whether a kill may have left this of a line.
fn is_torn(line: &[u8]) -> bool {
    !line.ends_with(b"\n") && (line.starts_with(OPENING) || OPENING.starts_with(line))
}

fn parse(line: &[u8]) -> Option<(String, Option<Vec<u8>>)> {
    let Line { key, base64 } = serde_json::from_slice(line.strip_suffix(b"\n")?).ok()?;
    let value = base64.map(|text| STANDARD.decode(text)).transpose().ok()?;
    Some((key, value))
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ShelfError {
    let path = path.to_owned();
    move |source| ShelfError::Io { action, path, source }
}
