//! The history of a run as an append-only file of JSON lines, written and synced before it is acted on.
//!
//! A run killed at any moment continues from its journal: what was measured counts once, what was planned or
//! sent is reported as [`Pending`] so that the service can be asked what it really has. The file is locked
//! while open, so that two runs never share it.

mod error;
mod record;
mod replay;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::decide::Outcome;
use crate::space::Settings;
use crate::trial::{Trial, TrialResult, Why};

pub use error::JournalError;
pub use record::Header;
pub use replay::{Pending, Replay};

pub(crate) use record::Record;

/// Larger files are neither written nor read: a run of thousands of trials stays far below.
const SIZE_MAX: u64 = 64 * 1024 * 1024;

/// An open, locked journal and the state of its run.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// The length up to which the file is whole.
    length: u64,
    /// An append failed, and the file could not be brought back to its length.
    broken: bool,
    state: Replay,
}

impl Journal {
    /// Opens or creates the journal of a run and replays it. A last line without its line end (a kill while
    /// writing) is cut off: nothing was done on its account.
    ///
    /// # Errors
    /// The file is locked by another process, unreadable, corrupt (named with its line), or of a run over other
    /// settings or another objective; then [`Journal::restart`] sets it aside.
    pub fn open(path: &Path, header: &Header) -> Result<Self, JournalError> {
        let mut journal = Self::lock(path, header)?;
        let text = journal.read()?;
        let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        if whole < text.len() {
            journal.cut(whole as u64)?;
        }
        journal.length = whole as u64;
        if whole == 0 {
            return journal.begin(header);
        }
        journal.state = Replay::read(path, &text[..whole])?;
        if let Some(changed) = journal.state.header().changed(header) {
            return Err(JournalError::Changed { path: path.to_owned(), changed });
        }
        Ok(journal)
    }

    /// Begins a new run: what the file held is kept beside it as `<name>.old`, the one before that is dropped.
    ///
    /// # Errors
    /// The file is locked by another process or cannot be written.
    pub fn restart(path: &Path, header: &Header) -> Result<Self, JournalError> {
        let mut journal = Self::lock(path, header)?;
        let fail = |source| JournalError::Io { action: "set aside", path: path.to_owned(), source };
        if journal.file.metadata().map_err(fail)?.len() > 0 {
            let mut old = path.as_os_str().to_owned();
            old.push(".old");
            std::fs::copy(path, PathBuf::from(old)).map_err(fail)?;
        }
        journal.cut(0)?;
        journal.begin(header)
    }

    /// Renames a journal that nobody has open; whether there was one.
    pub(crate) fn set_aside(path: &Path, aside: &Path) -> Result<bool, JournalError> {
        let fail = |action| move |source| JournalError::Io { action, path: path.to_owned(), source };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(fail("open")(error)),
        };
        match file.try_lock() {
            Ok(()) => std::fs::rename(path, aside).map(|()| true).map_err(fail("set aside")),
            Err(TryLockError::WouldBlock) => Err(JournalError::Locked { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(fail("lock")(source)),
        }
    }

    /// Reads a journal without locking or changing it, while a run may be writing; none when there is no file
    /// or nothing whole in it.
    ///
    /// # Errors
    /// The file cannot be read or is corrupt.
    pub fn peek(path: &Path) -> Result<Option<Replay>, JournalError> {
        let fail = |source| JournalError::Io { action: "read", path: path.to_owned(), source };
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fail(error)),
        };
        let text = read_bounded(&mut file, path)?;
        let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        if whole == 0 { Ok(None) } else { Replay::read(path, &text[..whole]).map(Some) }
    }

    /// The run as it stands.
    pub fn state(&self) -> &Replay {
        &self.state
    }

    /// Every finished trial, oldest first: what [`crate::decide`] takes.
    pub fn history(&self) -> &[Trial] {
        self.state.history()
    }

    /// A trial was decided on. Before anything is sent.
    ///
    /// # Errors
    /// The record is out of order, or cannot be written; then nothing must be done on its account.
    pub fn planned(&mut self, settings: &Settings, why: &Why) -> Result<(), JournalError> {
        let (settings, why) = (settings.clone(), why.clone());
        self.append(Record::Planned { trial: self.trial(), settings, why })
    }

    /// The adjustment of the planned trial, or of the end, is about to be sent.
    ///
    /// # Errors
    /// As [`Journal::planned`].
    pub fn adjust_sent(&mut self) -> Result<(), JournalError> {
        self.append(Record::AdjustSent { trial: self.trial() })
    }

    /// The service has the settings of the planned trial.
    ///
    /// # Errors
    /// As [`Journal::planned`].
    pub fn adjusted(&mut self) -> Result<(), JournalError> {
        self.append(Record::Adjusted { trial: self.trial() })
    }

    /// The planned trial is over, however it ended. Readings that are not finite numbers are left out.
    ///
    /// # Errors
    /// As [`Journal::planned`]; the trial then stays pending.
    pub fn measured(&mut self, result: TrialResult) -> Result<(), JournalError> {
        self.append(Record::Result { trial: self.trial(), result: result.finite() })
    }

    /// The run was decided; its settings are about to be applied for good.
    ///
    /// # Errors
    /// As [`Journal::planned`].
    pub fn finishing(&mut self, apply: &Settings, outcome: &Outcome) -> Result<(), JournalError> {
        self.append(Record::Finishing { apply: apply.clone(), outcome: outcome.clone() })
    }

    /// The service has the settings that the run ended on.
    ///
    /// # Errors
    /// As [`Journal::planned`].
    pub fn finished(&mut self) -> Result<(), JournalError> {
        self.append(Record::Finished)
    }

    fn trial(&self) -> usize {
        self.state.history().len() + 1
    }

    fn lock(path: &Path, header: &Header) -> Result<Self, JournalError> {
        let fail = |action| move |source| JournalError::Io { action, path: path.to_owned(), source };
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(fail("create the folder of"))?;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).map_err(fail("open"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::Locked { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(fail("lock")(source)),
        }
        let state = Replay::new(header.clone());
        Ok(Self { path: path.to_owned(), file, length: 0, broken: false, state })
    }

    fn read(&mut self) -> Result<Vec<u8>, JournalError> {
        read_bounded(&mut self.file, &self.path)
    }

    fn begin(mut self, header: &Header) -> Result<Self, JournalError> {
        self.length = 0;
        self.state = Replay::new(header.clone());
        self.write(&Record::Header(Box::new(header.clone())))?;
        // The name must survive a power cut as well as the content.
        if let Some(folder) = self.path.parent().filter(|f| !f.as_os_str().is_empty()) {
            File::open(folder).and_then(|f| f.sync_all()).map_err(|e| self.io("sync the folder of", e))?;
        }
        Ok(self)
    }

    /// Writes and syncs a record that can follow; one that was not written is not in the state either.
    pub(crate) fn append(&mut self, record: Record) -> Result<(), JournalError> {
        let before = self.state.mark();
        self.state
            .apply(record.clone())
            .map_err(|problem| JournalError::Order { path: self.path.clone(), problem })?;
        self.write(&record).inspect_err(|_| self.state.back(before))
    }

    fn write(&mut self, record: &Record) -> Result<(), JournalError> {
        if self.broken {
            return Err(JournalError::Broken { path: self.path.clone() });
        }
        let mut line = serde_json::to_vec(record)
            .map_err(|source| JournalError::Encode { path: self.path.clone(), source })?;
        line.push(b'\n');
        if self.length + line.len() as u64 > SIZE_MAX {
            return Err(JournalError::Full { path: self.path.clone(), bytes: SIZE_MAX });
        }
        let written = self
            .file
            .seek(SeekFrom::Start(self.length))
            .and_then(|_| self.file.write_all(&line))
            .and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.length += line.len() as u64;
                Ok(())
            }
            Err(source) => {
                // Half a line would make the next one unreadable.
                self.broken = self.file.set_len(self.length).is_err();
                Err(self.io("write", source))
            }
        }
    }

    /// As if nothing could be added to it.
    #[cfg(test)]
    pub(crate) fn fill(&mut self) {
        self.length = SIZE_MAX;
    }

    fn cut(&mut self, length: u64) -> Result<(), JournalError> {
        let cut = self.file.set_len(length).and_then(|()| self.file.sync_data());
        cut.map_err(|source| self.io("cut the torn end of", source))
    }

    fn io(&self, action: &'static str, source: std::io::Error) -> JournalError {
        JournalError::Io { action, path: self.path.clone(), source }
    }
}

fn read_bounded(file: &mut File, path: &Path) -> Result<Vec<u8>, JournalError> {
    let fail = |source| JournalError::Io { action: "read", path: path.to_owned(), source };
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0)).map_err(fail)?;
    file.take(SIZE_MAX + 1).read_to_end(&mut text).map_err(fail)?;
    if text.len() as u64 > SIZE_MAX {
        return Err(JournalError::TooLarge { path: path.to_owned(), bytes: SIZE_MAX });
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
