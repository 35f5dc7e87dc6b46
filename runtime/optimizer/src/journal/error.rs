//! Why a journal cannot be used.

use std::path::PathBuf;

use super::record::Changed;

/// A problem with a journal; every text names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("cannot {action} the journal {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("the journal {} is in use: another servo or optimizer works on it; stop that one first", path.display())]
    Locked { path: PathBuf },
    #[error(
        "{}:{line}: the journal is corrupt: {problem}; move the file away to start anew",
        path.display()
    )]
    Corrupt { path: PathBuf, line: usize, problem: String },
    #[error("the journal {} is larger than {bytes} bytes: it is not one of a tuning run", path.display())]
    TooLarge { path: PathBuf, bytes: u64 },
    #[error(
        "the journal {} is full: with another record it has more than {bytes} bytes; start anew with --fresh",
        path.display()
    )]
    Full { path: PathBuf, bytes: u64 },
    #[error(
        "the journal {} belongs to another run: {changed}; undo the change to resume, or start anew",
        path.display()
    )]
    Changed { path: PathBuf, changed: Changed },
    #[error("cannot add to the journal {}: {problem}", path.display())]
    Order { path: PathBuf, problem: String },
    #[error("cannot write a record to the journal {}: {source}", path.display())]
    Encode { path: PathBuf, source: serde_json::Error },
    #[error("the journal {} could not be written before: free some space and restart", path.display())]
    Broken { path: PathBuf },
}
