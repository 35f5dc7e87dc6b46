//! Where content goes that comes piece by piece.

use std::io;

use crate::store::Writer;

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

impl Sink for Writer<'_> {
    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        Writer::write(self, piece).map_err(io::Error::other)
    }

    fn written(&self) -> u64 {
        Writer::written(self)
    }

    fn restart(&mut self) -> io::Result<()> {
        Writer::restart(self).map_err(io::Error::other)
    }
}

impl Sink for Vec<u8> {
    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.extend_from_slice(piece);
        Ok(())
    }

    fn written(&self) -> u64 {
        self.len() as u64
    }

    fn restart(&mut self) -> io::Result<()> {
        self.clear();
        Ok(())
    }
}
