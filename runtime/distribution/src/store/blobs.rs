//! Files that are what their names say.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::digest::{Digest, Hasher};

use super::{StoreError, io_error, remove};

/// How much is hashed at once.
const PIECE: usize = 256 * 1024;

/// One file of the store, there or not.
#[derive(Debug)]
pub(super) struct Blob {
    digest: Digest,
    path: PathBuf,
    stamp: PathBuf,
}

impl Blob {
    pub(super) fn new(digest: Digest, path: PathBuf, stamp: PathBuf) -> Self {
        Self { digest, path, stamp }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn into_path(self) -> PathBuf {
        self.path
    }

    /// Whether the file is there and what it should be; a damaged one is removed.
    pub(super) fn check(&self) -> Result<bool, StoreError> {
        let Some(file) = self.open()? else { return Ok(false) };
        let metadata = file.metadata().map_err(io_error(&self.path))?;
        if fs::read_to_string(&self.stamp).is_ok_and(|stamp| stamp == stamp_of(&metadata)) {
            return Ok(true);
        }
        self.hash(file)
    }

    /// As [`Blob::check`], whatever the stamp says.
    pub(super) fn check_again(&self) -> Result<bool, StoreError> {
        self.open()?.map_or(Ok(false), |file| self.hash(file))
    }

    /// Notes that this file, which stands under this blob's name, was verified as it was then.
    pub(super) fn note(&self, verified: &Metadata) {
        // Without the stamp, or with half of it, the next use hashes the file.
        let _ = fs::write(&self.stamp, stamp_of(verified));
    }

    pub(super) fn remove(&self) -> Result<(), StoreError> {
        remove(&self.stamp)?;
        remove(&self.path)
    }

    fn open(&self) -> Result<Option<File>, StoreError> {
        match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some).map_err(io_error(&self.path)),
        }
    }

    fn hash(&self, mut file: File) -> Result<bool, StoreError> {
        let metadata = file.metadata().map_err(io_error(&self.path))?;
        let mut hasher = Hasher::default();
        let mut piece = vec![0; PIECE];
        loop {
            match file.read(&mut piece).map_err(io_error(&self.path))? {
                0 => break,
                length => hasher.update(&piece[..length]),
            }
        }
        if hasher.finish() != self.digest {
            tracing::warn!(
                "`{}` was damaged and has been removed from the store; it is fetched again when it is needed",
                self.path.display()
            );
            self.remove()?;
            return Ok(false);
        }
        // The stamp of before: what changed meanwhile is hashed again.
        self.note(&metadata);
        Ok(true)
    }
}

/// What changes when a file is written, replaced or touched.
fn stamp_of(metadata: &Metadata) -> String {
    format!(
        "{} {} {}.{:09} {}.{:09}",
        metadata.ino(),
        metadata.size(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec()
    )
}
