//! What a component file says of itself, at a glance: large sections are passed over unread.

use std::fs::{self, File};
use std::io::{self, BufReader, Read as _, Seek as _};
use std::path::Path;

use crate::cache::Cache;
use crate::digest::digest;
use crate::sections::{self, Metadata, Skim};

/// The largest component without sections of ours whose digest is worth a glance.
const HASHED_MAX: u64 = 4 << 20;

/// The metadata of a component file. The commands of one that was not finished are those that it said when it was
/// loaded last, with its compiled form in the folder `compiled`; none when it never was. None if it is no component.
pub fn glance(component: &Path, compiled: &Path) -> Option<Metadata> {
    let found = fs::metadata(component).ok().filter(fs::Metadata::is_file)?;
    let reader = BufReader::new(File::open(component).ok()?);
    let pass = |reader: &mut BufReader<File>, size: u64| {
        let left = found.len().saturating_sub(reader.stream_position()?);
        let passed = size.min(left);
        reader.seek_relative(i64::try_from(passed).map_err(io::Error::other)?)?;
        Ok(passed)
    };
    let Skim { rest, .. } = sections::skim_with(reader, pass).ok()?;
    let (mut metadata, settings) = sections::read(&rest).ok()?;
    if settings.is_none() && found.len() <= HASHED_MAX {
        let mut bytes = Vec::new();
        File::open(component).ok()?.take(HASHED_MAX).read_to_end(&mut bytes).ok()?;
        let answers = Cache::without_engine(compiled).said(&digest(&bytes));
        metadata.commands = answers.map(|answers| answers.commands).unwrap_or_default();
    }
    Some(metadata)
}
