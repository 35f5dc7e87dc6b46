//! A configuration text with its name, read with a size limit.

use std::fmt;
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Largest configuration, `.env` or secret file that is read. The rest of a larger file is never touched.
pub const FILE_BYTES_MAX: u64 = 1 << 20;

/// A text and where it came from.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    name: String,
    folder: PathBuf,
    text: String,
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The operating system refused.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It is no file: a folder, a pipe or a device, which may have no end or never begin.
    #[error("{path} is {kind}, not a file")]
    NotAFile {
        /// What was named.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// The file is larger than such a file can be.
    #[error("{path} is larger than {}MiB; is it the right file?", .max >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most bytes that are read.
        max: u64,
    },
    /// The file is not UTF-8.
    #[error("{path} is not UTF-8: the first wrong byte is in line {line}")]
    NotText {
        /// The file.
        path: PathBuf,
        /// Line of the first byte that is not UTF-8, from 1.
        line: usize,
    },
}

impl Source {
    /// A text that is already in memory; relative paths in it are taken from the current folder.
    pub fn from_text(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Source { name: name.into(), folder: PathBuf::new(), text: text.into() })
    }

    /// Reads a file, at most [`FILE_BYTES_MAX`] bytes of it.
    ///
    /// # Errors
    /// When the file cannot be read, is too large or is not UTF-8.
    pub fn read(path: &Path) -> Result<Arc<Self>, SourceError> {
        Self::read_at_most(path, FILE_BYTES_MAX)
    }

    /// Reads a file, at most so many bytes of it.
    ///
    /// # Errors
    /// When the file cannot be read, is too large or is not UTF-8.
    pub fn read_at_most(path: &Path, max: u64) -> Result<Arc<Self>, SourceError> {
        let text = read_text(path, max)?;
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(Arc::new(Source { name: path.display().to_string(), folder, text }))
    }

    /// The same file with another text.
    pub(crate) fn rewritten(&self, text: String) -> Arc<Self> {
        Arc::new(Source { name: self.name.clone(), folder: self.folder.clone(), text })
    }

    /// The name that messages show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder that relative paths in the text start from; empty is the current one.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Source {
    /// Only the name: the text may hold a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Reads a UTF-8 file with the size limit; a leading byte order mark is dropped.
pub(crate) fn read_text(path: &Path, max: u64) -> Result<String, SourceError> {
    let io = |source| SourceError::Io { path: path.to_path_buf(), source };
    // Before it is opened: to open a pipe waits for somebody who writes.
    let kind = std::fs::metadata(path).map_err(io)?.file_type();
    if !kind.is_file() {
        return Err(SourceError::NotAFile { path: path.to_path_buf(), kind: kind_of(kind) });
    }
    let file = std::fs::File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(max + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > max {
        return Err(SourceError::TooLarge { path: path.to_path_buf(), max });
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count();
        SourceError::NotText { path: path.to_path_buf(), line }
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn kind_of(kind: std::fs::FileType) -> &'static str {
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(test)]
mod tests;
