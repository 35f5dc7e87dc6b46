//! What a component is, from its sections alone: nothing of it is compiled or run.
//!
//! It is read once from begin to end, so that neither code nor data of a large one is ever in memory.

use std::io::{self, BufReader, Read};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::digest::text;
use crate::sections::{self, Metadata, SectionsError, Skim};

/// How much is read at once.
const PIECE: usize = 64 << 10;

/// What the sections of a component say.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// Name, version and so on.
    pub metadata: Metadata,
    /// Schema and example of its settings, if it has been finished.
    pub settings: Option<(Value, Value)>,
    /// What it imports, by full name.
    pub imports: Vec<String>,
    /// What it exports, by full name, for example `servo:connector/measure@0.1.0`.
    pub exports: Vec<String>,
    /// `sha256:` and the hash of the component in hexadecimal digits.
    pub digest: String,
    /// Its size in bytes.
    pub size: usize,
}

/// Reads the sections of a component, for example from a file or from a slice of bytes.
///
/// # Errors
/// It cannot be read, or is no component.
pub fn inspect(component: impl Read) -> Result<Inspected, SectionsError> {
    let hashed = Hashed { inner: component, hash: Sha256::new(), size: 0 };
    let mut reader = BufReader::with_capacity(PIECE, hashed);
    let Skim { rest, whole } = sections::skim(&mut reader)?;
    // What follows damage belongs to its digest, and a caller that copies what is read wants all of it.
    io::copy(&mut reader, &mut io::sink()).map_err(SectionsError::Unreadable)?;
    whole?;
    let (metadata, settings) = sections::read(&rest)?;
    let interfaces = sections::interfaces(&rest)?;
    let hashed = reader.into_inner();
    Ok(Inspected {
        metadata,
        settings,
        imports: interfaces.imports,
        exports: interfaces.exports,
        digest: format!("sha256:{}", text(&hashed.hash.finalize())),
        size: hashed.size,
    })
}

/// Hashes what is read.
struct Hashed<R> {
    inner: R,
    hash: Sha256,
    size: usize,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.hash.update(&buffer[..length]);
        self.size += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests;
