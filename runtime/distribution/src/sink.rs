//! Where content goes that comes piece by piece.

use std::io;

/// Takes content in order, and may be told to begin again.
pub trait Sink: Send {
    /// Takes the next piece.
    ///
    /// # Errors
    /// It has no place for it, for example because the disk is full.
    fn write(&mut self, piece: &[u8]) -> io::Result<()>;

    /// How many bytes it has.
    fn written(&self) -> u64;

    /// Forgets what it has.
    ///
    /// # Errors
    /// It cannot.
    fn restart(&mut self) -> io::Result<()>;
}
