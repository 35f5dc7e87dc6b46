//! Files on the disk, read with a bound and without delaying guests.

use std::fs::{self, File};
use std::io::{self, Read, Take};
use std::path::Path;

/// Opens a file of which at most `max` bytes are read. Not what never ends, such as a pipe.
pub(crate) fn open(path: &Path, max: u64) -> io::Result<Take<File>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    Ok(File::open(path)?.take(max))
}

/// Waits for the disk where that delays no guest.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
