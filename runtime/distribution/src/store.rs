//! What was fetched, kept on this machine by digest.
//!
//! Content is written beside and renamed when it is whole and what it was said to be; nothing else ever has a name
//! here. A file that was verified carries a stamp, so that it is hashed once and not at every start; a file that no
//! longer fits its stamp is hashed again, and removed when it is not what its name says. The folders belong to this
//! user alone.

mod blobs;
mod hold;
mod records;
mod sweep;
mod writer;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::digest::Digest;
use crate::reference::Reference;

pub use hold::Hold;
pub use records::{Installed, Record};
pub use sweep::{Checked, Swept};
pub use writer::Writer;

/// The folders in the store.
const BLOBS: &str = "blobs/sha256";
const STAMPS: &str = "stamps";
const RECORDS: &str = "records";
const TAGS: &str = "tags";
const INSTALLED: &str = "installed";
const UNFINISHED: &str = "unfinished";

/// Content by digest, what is known of references, and what is installed. Cheap to clone; what changes it is a
/// [`Hold`].
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// The store cannot do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A file or folder.
    #[error("the store cannot use `{path}`: {source}{}", step(.source))]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others could put code there.
    #[error(
        "`{0}` holds what is run, and others may write there: chmod go-w it, or choose another state directory"
    )]
    Foreign(PathBuf),
    /// Another process is at work for longer than we wait.
    #[error("another servo is using the store `{0}`; try again when it is done")]
    Busy(PathBuf),
    /// What came is something else.
    #[error(
        "{expected} was expected and {got} came: it was altered on its way or where it is kept; nothing of it was kept"
    )]
    Altered {
        /// The digest that was asked for.
        expected: Digest,
        /// The digest of what came.
        got: Digest,
    },
    /// What came is not as long as was said.
    #[error("{digest} has {size} bytes and {got} came; nothing of it was kept")]
    Length {
        /// The digest that was asked for.
        digest: Digest,
        /// Its size in bytes.
        size: u64,
        /// How many bytes came, or came before it was refused.
        got: u64,
    },
    /// A name that no connector can have.
    #[error(
        "`{0}` cannot be installed under that name: it is letters, digits, `-`, `_` and `.`, 128 at most, a letter or digit first"
    )]
    Name(String),
    /// What is known of an installed connector is not what was written.
    #[error(
        "what is known of the installed connector `{name}` is damaged: {reason}; `servo uninstall {name}` removes it, \
         then install it again"
    )]
    Forgotten {
        /// Its name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A file of the store is not what it was when it was written.
    #[error("`{path}` is damaged: {reason}; remove it, and do again what needed it")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl Store {
    /// The store in this folder, made when it is missing.
    ///
    /// # Errors
    /// The folder cannot be made or used, or belongs to others too.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        for part in ["", BLOBS, STAMPS, RECORDS, TAGS, INSTALLED, UNFINISHED] {
            prepare(&folder.join(part))?;
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// The file with this content, if it is here and is what it should be. One that is damaged is removed.
    ///
    /// Costs three system calls when the file still fits its stamp, and one pass over the file when not.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn blob(&self, digest: &Digest) -> Result<Option<PathBuf>, StoreError> {
        let blob = self.blob_of(digest);
        Ok(blob.check()?.then(|| blob.into_path()))
    }

    /// This content, if it is here and not longer than `most` bytes.
    ///
    /// # Errors
    /// The file is there and cannot be read, or is longer.
    pub fn read(&self, digest: &Digest, most: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.blob(digest)?.map(|path| read(&path, most)).transpose()
    }

    /// What is known of a reference: by its digest, which may be that of an index, else the last that its tag was seen at.
    ///
    /// # Errors
    /// The files are there and cannot be read. One that is damaged counts as missing.
    pub fn record(&self, reference: &Reference) -> Result<Option<Record>, StoreError> {
        records::find(self, reference)
    }

    /// What is known of all references that were fetched, in their order.
    ///
    /// # Errors
    /// The folder cannot be read. A file that is damaged counts as missing.
    pub fn records(&self) -> Result<Vec<Record>, StoreError> {
        records::all(self)
    }

    /// Whether there is a file for this content, whole or not.
    pub fn has(&self, digest: &Digest) -> bool {
        self.blob_of(digest).path().exists()
    }

    /// Hashes this content again, whatever its stamp says; one that is damaged is removed. Whether it is here and whole.
    ///
    /// # Errors
    /// The file is there and cannot be read or removed.
    pub fn check(&self, digest: &Digest) -> Result<bool, StoreError> {
        self.blob_of(digest).check_again()
    }

    /// The connectors that are installed, by name. One whose file is damaged is missing, and warned about.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn installed(&self) -> Result<Vec<Installed>, StoreError> {
        let (installed, damaged) = records::installed(self)?;
        damaged.iter().for_each(|(_, error)| tracing::warn!("{error}"));
        Ok(installed)
    }

    /// The names of installed connectors of which nothing else can be read, and why.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn damaged_names(&self) -> Result<Vec<(String, StoreError)>, StoreError> {
        Ok(records::installed(self)?.1)
    }

    /// Keeps others from cleaning up, and lets the caller change the store.
    ///
    /// # Errors
    /// Another process cleans up for too long, or the store cannot be used.
    pub async fn hold(&self) -> Result<Hold, StoreError> {
        Hold::take(self).await
    }

    /// Hashes everything again, stamps aside, and removes what is damaged; the next use fetches it again.
    ///
    /// # Errors
    /// A file cannot be read or removed.
    pub fn verify(&self) -> Result<Vec<Checked>, StoreError> {
        sweep::verify(self)
    }

    /// Removes what nobody has used for so long and is not installed, and all content that nothing refers to.
    ///
    /// # Errors
    /// Another process uses the store, or a file cannot be removed.
    pub fn sweep(&self, unused_for: std::time::Duration) -> Result<Swept, StoreError> {
        sweep::sweep(self, unused_for)
    }

    fn path(&self, folder: &str, name: &str) -> PathBuf {
        self.folder.join(folder).join(name)
    }

    fn blob_of(&self, digest: &Digest) -> blobs::Blob {
        let name = digest.hex();
        blobs::Blob::new(*digest, self.path(BLOBS, &name), self.path(STAMPS, &name))
    }

    /// Writes a file at once or not at all.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        use io::Write;
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(self.folder.join(UNFINISHED))?;
            file.write_all(bytes)?;
            // What is read after a power cut must be what was written.
            file.as_file().sync_all()?;
            file.persist(path).map_err(|error| error.error)
        };
        write().map(drop).map_err(io_error(path))
    }
}

/// The names of the files in a folder, in order.
fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(io_error(folder))? {
        names.extend(entry.map_err(io_error(folder))?.file_name().into_string().ok());
    }
    names.sort_unstable();
    Ok(names)
}

/// A file of at most so many bytes.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(io_error(path))?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(io_error(path))?;
    if bytes.len() as u64 > most {
        let reason = format!("it is longer than {most} bytes");
        return Err(StoreError::Damaged { path: path.to_owned(), reason });
    }
    Ok(bytes)
}

/// Removes a file; one that is gone already is as good.
fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(path)(error)),
        _ => Ok(()),
    }
}

/// Makes a folder, and makes sure that it is ours.
fn prepare(folder: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    let metadata = made.and_then(|()| fs::metadata(folder)).map_err(io_error(folder))?;
    if metadata.uid() != rustix::process::geteuid().as_raw() || metadata.mode() & 0o022 != 0 {
        return Err(StoreError::Foreign(folder.to_owned()));
    }
    Ok(())
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> StoreError {
    move |source| StoreError::Io { path: path.to_owned(), source }
}

/// The next step after a failure of the system.
fn step(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; `servo cache gc` makes room, and SERVO_STATE_DIR names another state directory"
        }
        io::ErrorKind::FileTooLarge => "; the limit for files of this process (ulimit -f) is too low for it",
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::AlreadyExists => "; SERVO_STATE_DIR names another state directory",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
