//! Files that a configuration or a person names, read with a bound.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// The whole file, if it is one and has at most `max` bytes. Pipes and devices are refused before they are opened:
/// they may never begin or end.
pub(crate) fn read(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        let most = if max >> 20 > 0 { format!("{} MiB", max >> 20) } else { format!("{} KiB", max >> 10) };
        return Err(io::Error::other(format!("it is larger than {most}")));
    }
    Ok(bytes)
}
