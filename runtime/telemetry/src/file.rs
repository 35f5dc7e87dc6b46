//! A log file that is bounded: when it is full it gets a number, and the oldest ones go.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Where lines are kept: `servo.log`, and older ones in `servo.log.1`, `servo.log.2`, ...
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    /// Bytes after which a file is full.
    full: u64,
    /// How many full ones are kept.
    keep: u32,
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    len: u64,
}

impl LogFile {
    /// Bytes after which a file is full, unless the caller wants something else.
    pub const FULL: u64 = 10 << 20;
    /// Full files that are kept beside the one that is written.
    pub const KEEP: u32 = 5;

    /// Continues the file, or begins it; its folder must exist.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open(path: &Path, full: u64, keep: u32) -> io::Result<Self> {
        let open = Mutex::new(Open::new(path)?);
        Ok(Self { path: path.to_owned(), full, keep, open })
    }

    /// Adds a line. One that does not fit on the disk is lost: the program is worth more than its log.
    pub(crate) fn write(&self, line: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len > 0 && open.len + line.len() as u64 > self.full {
            self.shift();
            if let Ok(new) = Open::new(&self.path) {
                *open = new;
            }
        }
        if open.file.write_all(line.as_bytes()).is_ok() {
            open.len += line.len() as u64;
        }
    }

    /// Gives every file the next number; what has none yet gets 1, and the last one is overwritten. Where names cannot
    /// be changed, the file goes on growing.
    fn shift(&self) {
        for number in (0..self.keep).rev() {
            let _ = fs::rename(self.numbered(number), self.numbered(number + 1));
        }
        if self.keep == 0 {
            let _ = fs::remove_file(&self.path);
        }
    }

    fn numbered(&self, number: u32) -> PathBuf {
        if number == 0 {
            return self.path.clone();
        }
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }
}

impl Open {
    fn new(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let len = file.metadata()?.len();
        Ok(Self { file, len })
    }
}
