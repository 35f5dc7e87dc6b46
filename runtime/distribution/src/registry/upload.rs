//! A part of a file on its way to a registry, with its progress.

use std::io::{self, SeekFrom};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio::time::{Instant, timeout};

use super::Progress;
use super::error::RegistryError;

/// How much is read at once, in bytes.
const PIECE: usize = 256 << 10;
/// How often progress is told.
const TICK: Duration = Duration::from_millis(100);

/// So many bytes of a file from an offset on.
pub(super) struct Upload<'a> {
    path: &'a Path,
    offset: u64,
    length: u64,
    sent: Arc<AtomicU64>,
    progress: Progress<'a>,
}

impl<'a> Upload<'a> {
    pub(super) fn new(path: &'a Path, offset: u64, length: u64, progress: Progress<'a>) -> Self {
        Self { path, offset, length, sent: Arc::default(), progress }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The bytes from the beginning, for one request.
    pub(super) async fn body(&self) -> Result<reqwest::Body, RegistryError> {
        let mut file = File::open(self.path).await.map_err(|error| unreadable(self.path, &error))?;
        file.seek(SeekFrom::Start(self.offset)).await.map_err(|error| unreadable(self.path, &error))?;
        self.sent.store(0, Relaxed);
        let start = (file, self.length, Arc::clone(&self.sent));
        let pieces = stream::try_unfold(start, async |(mut file, left, sent)| -> io::Result<_> {
            if left == 0 {
                return Ok(None);
            }
            let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let mut piece = BytesMut::with_capacity(most);
            if (&mut file).take(most as u64).read_buf(&mut piece).await? == 0 {
                return Err(io::Error::other("the file became shorter while it was read"));
            }
            let length = piece.len() as u64;
            sent.fetch_add(length, Relaxed);
            Ok(Some((Bytes::from(piece), (file, left - length, sent))))
        });
        Ok(reqwest::Body::wrap_stream(pieces))
    }

    /// Waits for an exchange with this body and tells its progress; nothing when nothing moved for so long.
    pub(super) async fn watched<T>(&self, exchange: impl Future<Output = T>, stall: Duration) -> Option<T> {
        let mut exchange = pin!(exchange);
        let (mut seen, mut moved) = (0, Instant::now());
        loop {
            let ended = timeout(TICK.min(stall), &mut exchange).await;
            let sent = self.sent.load(Relaxed);
            if sent != seen {
                (seen, moved) = (sent, Instant::now());
                (self.progress)(self.offset + sent);
            }
            match ended {
                Ok(ended) => return Some(ended),
                Err(_) if moved.elapsed() >= stall => return None,
                Err(_) => {}
            }
        }
    }
}

/// A file cannot be pushed.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> RegistryError {
    RegistryError::Source { path: path.to_owned(), why: error.to_string() }
}
