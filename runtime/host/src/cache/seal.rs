//! Seals on compiled components and on what components said of themselves: only code that this program wrote, and that
//! nobody has touched since, is run.
//!
//! A seal is two MACs (HMAC-SHA-256, RFC 2104) under a key that lies in the folder and is this user's alone. The first
//! is over the digest of the name and the whole code; the second over the name and what changes when a file is written, replaced or
//! touched (inode, size, times), so that a start reads no code to check it. A copied or restored folder fits the first
//! one still, and is sealed again.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use rustix::fs::OFlags;
use sha2::{Digest as _, Sha256};

use super::Cache;

/// The file of the key.
const KEY: &str = "key";
const KEY_LENGTH: usize = 32;
/// The length of one MAC.
const MAC_LENGTH: usize = 32;
/// How much code is read at once.
const PIECE: usize = 256 * 1024;

impl Cache {
    /// Seals the code at `path`, which this program has just written.
    pub(crate) fn seal(&self, path: &Path) -> io::Result<()> {
        let key = self.key()?;
        let (file, metadata) = ours(path)?;
        let code = hmac::sign(&key, &digest_of(path, file)?);
        self.write_seal(&key, path, code.as_ref(), &metadata)
    }

    /// Whether the code at `path` is what this program sealed there.
    pub(crate) fn is_sealed(&self, path: &Path) -> io::Result<bool> {
        let (file, metadata) = ours(path)?;
        let key = self.key()?;
        let Ok(seal) = fs::read(seal_of(path)) else { return Ok(false) };
        let Some((code, stamp)) = seal.split_at_checked(MAC_LENGTH) else { return Ok(false) };
        if hmac::verify(&key, &stamped(path, &metadata), stamp).is_ok() {
            return Ok(true);
        }
        // Not written to, perhaps: moved to another disk, or restored.
        if hmac::verify(&key, &digest_of(path, file)?, code).is_err() {
            return Ok(false);
        }
        self.write_seal(&key, path, code, &metadata)?;
        Ok(true)
    }

    fn write_seal(&self, key: &hmac::Key, path: &Path, code: &[u8], metadata: &Metadata) -> io::Result<()> {
        let stamp = hmac::sign(key, &stamped(path, metadata));
        self.write(&seal_of(path), &[code, stamp.as_ref()].concat())
    }

    /// The key of this folder; made when there is none. A file that is no key of ours alone is replaced, and then no
    /// seal fits.
    fn key(&self) -> io::Result<hmac::Key> {
        let path = self.folder.join(KEY);
        if let Some(bytes) = read_key(&path) {
            return Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes));
        }
        let mut bytes = [0; KEY_LENGTH];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| io::Error::other("the system has no random numbers"))?;
        self.write(&path, &bytes)?;
        // Of two processes that made one the last has it; the other's seals do not fit, and it compiles once more.
        Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
    }
}

/// Where the seal of the code at `path` is.
pub(super) fn seal_of(path: &Path) -> PathBuf {
    path.with_extension("seal")
}

/// Opens a file that is ours and that only we can write.
fn ours(path: &Path) -> io::Result<(File, Metadata)> {
    let nofollow = OFlags::NOFOLLOW.bits().cast_signed();
    let file = File::options().read(true).custom_flags(nofollow).open(path)?;
    let metadata = file.metadata()?;
    let is_ours = metadata.is_file()
        && metadata.uid() == rustix::process::geteuid().as_raw()
        && metadata.mode() & 0o022 == 0;
    if !is_ours {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is not a file of this user alone"));
    }
    Ok((file, metadata))
}

fn read_key(path: &Path) -> Option<[u8; KEY_LENGTH]> {
    let (mut file, metadata) = ours(path).ok()?;
    if metadata.mode() & 0o077 != 0 || metadata.size() != KEY_LENGTH as u64 {
        return None;
    }
    let mut bytes = [0; KEY_LENGTH];
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// The SHA-256 of name and code; with the name, code is not taken for another component's.
fn digest_of(path: &Path, mut file: File) -> io::Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    hasher.update(name_of(path));
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hasher.finalize().into()),
            length => hasher.update(&piece[..length]),
        }
    }
}

fn stamped(path: &Path, metadata: &Metadata) -> Vec<u8> {
    let mut bytes = name_of(path);
    bytes.extend(metadata.ino().to_le_bytes());
    bytes.extend(metadata.size().to_le_bytes());
    for part in [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()] {
        bytes.extend(part.to_le_bytes());
    }
    bytes
}

fn name_of(path: &Path) -> Vec<u8> {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    [name, &[0]].concat()
}

#[cfg(test)]
mod tests;
