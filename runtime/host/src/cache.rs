//! Compiled components, kept between runs.
//!
//! A compiled component is native code, so the folder belongs to this user alone; a file is named by the digest
//! of the component and the engine's own hash of everything that decides about compatibility. Files are written
//! beside, renamed and sealed, and read by mapping when their seal fits.

mod seal;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use servo_types::Command;
use tempfile::NamedTempFile;
use wasmtime::Engine;

use self::seal::seal_of;
use crate::instance::Answers;

/// What files are called before they have a name that anybody looks for.
const UNFINISHED: &str = ".tmp";
/// An unfinished file that nobody has touched for so long is finished by nobody: no compilation may take as long.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);

/// Removes what any engine has compiled of the component with this digest, in hexadecimal digits. Instances that run
/// keep what they have mapped.
///
/// # Errors
/// A file cannot be removed.
pub fn forget_compiled(folder: &Path, digest: &str) -> io::Result<()> {
    let names = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        names => names?,
    };
    for entry in names {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(digest) {
            removed(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes a file that may be gone already.
fn removed(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The cache folder of one engine.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    engine: String,
}

impl Cache {
    pub(crate) fn new(folder: &Path, engine: &Engine) -> Self {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        env!("CARGO_PKG_VERSION").hash(&mut hasher);
        Self { folder: folder.to_owned(), engine: format!("{:016x}", hasher.finish()) }
    }

    /// Where the compiled form of a component belongs.
    pub(crate) fn code(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}-{}.cwasm", self.engine))
    }

    /// The folder for whoever has no engine: there is no code for it.
    pub(crate) fn without_engine(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), engine: String::new() }
    }

    /// Where the answers of a component without sections belong.
    fn answers(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}.json"))
    }

    /// What a component without sections said of itself, if this program wrote it down and it can be offered.
    pub(crate) fn said(&self, digest: &str) -> Option<Answers> {
        let path = self.answers(digest);
        if !self.is_sealed(&path).ok()? {
            return None;
        }
        let answers: Answers = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        Command::check(&answers.commands).is_ok().then_some(answers)
    }

    /// Writes down what a component without sections said of itself.
    pub(crate) fn keep(&self, digest: &str, answers: &Answers) -> io::Result<()> {
        let path = self.answers(digest);
        self.write(&path, &serde_json::to_vec(answers)?)?;
        self.seal(&path)
    }

    /// A new file of the cache, without a name that anybody looks for; it vanishes unless it is kept.
    pub(crate) fn file(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder)
    }

    /// Writes a file of the cache at once or not at all.
    pub(crate) fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.file()?;
        file.write_all(bytes)?;
        // What is read after a power cut must be what was written.
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Removes what there is about a component. Instances that run keep what they have mapped.
    pub(crate) fn forget(&self, digest: &str) -> io::Result<()> {
        let (code, answers) = (self.code(digest), self.answers(digest));
        [seal_of(&code), code, seal_of(&answers), answers].iter().try_for_each(|path| removed(path))
    }

    /// Makes the folder, makes sure that it is ours, and removes what killed processes have left there.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        use std::os::unix::fs::{DirBuilderExt, MetadataExt};
        if !self.folder.is_dir() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", self.folder.display()))
            })?;
        }
        let metadata = fs::metadata(&self.folder)?;
        if metadata.uid() != rustix::process::geteuid().as_raw() || metadata.mode() & 0o022 != 0 {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!(
                    "`{}` holds native code and others may write there: chmod go-w it, or choose another state directory",
                    self.folder.display()
                ),
            ));
        }
        self.tidy();
        Ok(())
    }

    /// What cannot be removed does no harm but take room, and is tried again by the next run.
    fn tidy(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
            let untouched = || entry.metadata().and_then(|found| found.modified()).ok()?.elapsed().ok();
            if unfinished && untouched().is_some_and(|time| time > FORGOTTEN) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

#[cfg(test)]
mod tests;
