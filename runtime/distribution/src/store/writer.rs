//! Content on its way into the store.

use std::fs::Permissions;
use std::io::{self, Seek, Write};
use std::os::unix::fs::PermissionsExt;

use tempfile::NamedTempFile;

use crate::digest::{Digest, Hasher};

use super::{Hold, StoreError, UNFINISHED, io_error};

/// Takes content piece by piece, and gives it a name in the store once it is whole and is what it should be. Dropped
/// before, nothing is left of it.
#[derive(Debug)]
pub struct Writer<'a> {
    hold: &'a Hold,
    digest: Digest,
    size: u64,
    file: NamedTempFile,
    hasher: Hasher,
    written: u64,
}

impl<'a> Writer<'a> {
    pub(super) fn new(hold: &'a Hold, digest: Digest, size: u64) -> Result<Self, StoreError> {
        let folder = hold.store().folder.join(UNFINISHED);
        let file = NamedTempFile::new_in(&folder).map_err(io_error(&folder))?;
        Ok(Self { hold, digest, size, file, hasher: Hasher::default(), written: 0 })
    }

    /// How many bytes have been taken.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// It would be longer than it should be, or cannot be written.
    pub fn write(&mut self, piece: &[u8]) -> Result<(), StoreError> {
        let got = self.written + piece.len() as u64;
        if got > self.size {
            return Err(StoreError::Length { digest: self.digest, size: self.size, got });
        }
        self.file.write_all(piece).map_err(io_error(self.file.path()))?;
        self.hasher.update(piece);
        self.written = got;
        Ok(())
    }

    /// Forgets what has been taken.
    ///
    /// # Errors
    /// The file cannot be emptied.
    pub fn restart(&mut self) -> Result<(), StoreError> {
        let emptied = self.file.as_file().set_len(0).and_then(|()| self.file.rewind());
        emptied.map_err(io_error(self.file.path()))?;
        self.hasher = Hasher::default();
        self.written = 0;
        Ok(())
    }

    /// Keeps the content.
    ///
    /// # Errors
    /// It is not whole or not what it should be, or cannot be written; then nothing of it is kept.
    pub fn finish(self) -> Result<(), StoreError> {
        if self.written != self.size {
            return Err(StoreError::Length { digest: self.digest, size: self.size, got: self.written });
        }
        let got = self.hasher.finish();
        if got != self.digest {
            return Err(StoreError::Altered { expected: self.digest, got });
        }
        let blob = self.hold.store().blob_of(&self.digest);
        let keep = || -> io::Result<_> {
            self.file.as_file().set_permissions(Permissions::from_mode(0o400))?;
            // What is found after a power cut must be what was written.
            self.file.as_file().sync_all()?;
            let file = self.file.persist(blob.path()).map_err(|error| error.error)?;
            file.metadata()
        };
        // Of this file, not of the path: another process may have put its own there since.
        blob.note(&keep().map_err(io_error(blob.path()))?);
        Ok(())
    }
}
