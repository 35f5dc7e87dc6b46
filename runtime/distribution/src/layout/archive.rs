//! What is where in an archive: a list of its parts, made without trusting any of it.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};

use tar::{Archive, EntryType};

use super::{BLOBS, INDEX_FILE, LAYOUT_FILE, LayoutError};
use crate::digest::{Digest, Hasher};

/// The most entries.
const ENTRIES_MAX: usize = 10_000;
/// The longest remarks about an entry (pax) that are read, in bytes.
const REMARKS_MAX: u64 = 64 << 10;
/// Remarks that say something else than the entry itself does: readers of tars disagree about what holds then.
const CONTRADICTIONS: [&str; 4] = [" path=", " linkpath=", " size=", " GNU.sparse."];
/// How compressed files begin, and what they are.
const COMPRESSED: [(&[u8], &str); 4] = [
    (&[0x1f, 0x8b], "gzip"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "zstd"),
    (b"BZh", "bzip2"),
    (&[0xfd, b'7', b'z'], "xz"),
];
/// How much is read at once.
const PIECE: usize = 64 << 10;

/// A file of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Layout,
    Index,
    Blob(Digest),
}

/// An archive whose parts are known.
pub(super) struct Parts<R> {
    archive: R,
    /// Where each begins, and its size, in bytes.
    places: BTreeMap<Part, (u64, u64)>,
}

impl<R: Read + Seek> Parts<R> {
    /// Looks through an archive.
    pub(super) fn find(mut archive: R) -> Result<Self, LayoutError> {
        let length = archive.seek(SeekFrom::End(0)).map_err(reading)?;
        archive.rewind().map_err(reading)?;
        let mut head = Vec::new();
        archive.by_ref().take(8).read_to_end(&mut head).map_err(reading)?;
        if let Some((_, kind)) = COMPRESSED.iter().find(|(start, _)| head.starts_with(start)) {
            return Err(LayoutError::Other(format!("it is compressed with {kind}, unpack that first")));
        }
        archive.rewind().map_err(reading)?;
        let mut tar = Archive::new(archive);
        let places = places(&mut tar, length)?;
        Ok(Self { archive: tar.into_inner(), places })
    }

    /// The size of a part, if it is there.
    pub(super) fn size(&self, part: Part) -> Option<u64> {
        self.places.get(&part).map(|(_, size)| *size)
    }

    /// Gives a part piece by piece. `None` when it is not there.
    pub(super) fn each_piece<E: From<LayoutError>>(
        &mut self,
        part: Part,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Option<()>, E> {
        let Some((at, mut rest)) = self.places.get(&part).copied() else { return Ok(None) };
        self.archive.seek(SeekFrom::Start(at)).map_err(reading)?;
        let mut piece = vec![0; PIECE];
        while rest > 0 {
            let wanted = PIECE.min(usize::try_from(rest).unwrap_or(PIECE));
            self.archive.read_exact(&mut piece[..wanted]).map_err(reading)?;
            take(&piece[..wanted])?;
            rest -= wanted as u64;
        }
        Ok(Some(()))
    }

    /// A small part in full; content is verified. `None` when it is not there.
    pub(super) fn whole(&mut self, part: Part, max: u64) -> Result<Option<Vec<u8>>, LayoutError> {
        if let Some(size) = self.size(part).filter(|size| *size > max) {
            return Err(LayoutError::TooLarge { what: part.to_string(), size, max });
        }
        let mut content = Vec::new();
        let found = self.each_piece(part, |piece| {
            content.extend_from_slice(piece);
            Ok::<(), LayoutError>(())
        })?;
        if let Part::Blob(expected) = part {
            let mut hasher = Hasher::default();
            hasher.update(&content);
            let got = hasher.finish();
            if found.is_some() && got != expected {
                return Err(LayoutError::Altered { expected, got });
            }
        }
        Ok(found.map(|()| content))
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Layout => f.write_str(LAYOUT_FILE),
            Self::Index => f.write_str(INDEX_FILE),
            Self::Blob(digest) => digest.fmt(f),
        }
    }
}

fn places<R: Read + Seek>(
    tar: &mut Archive<R>,
    length: u64,
) -> Result<BTreeMap<Part, (u64, u64)>, LayoutError> {
    let no_tar = |error: io::Error| match error.kind() {
        io::ErrorKind::Other | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput => {
            // The error has bytes of the file in its text, which may be any file.
            LayoutError::Other("it cannot be read as a tar".to_owned())
        }
        _ => reading(error),
    };
    let mut places = BTreeMap::new();
    // Raw: names and sizes that stand outside of the headers would be read into memory, as long as they like to be.
    let entries = tar.entries_with_seek().map_err(no_tar)?.raw(true);
    for (count, entry) in entries.enumerate() {
        let mut entry = entry.map_err(no_tar)?;
        let path = entry.path_bytes().into_owned();
        let name = String::from_utf8_lossy(&path).chars().take(150).collect::<String>();
        let refuse = |why| Err(LayoutError::Entry { name: name.clone(), why });
        if count >= ENTRIES_MAX {
            return refuse("there are more than 10000");
        }
        let (at, size) = (entry.raw_file_position(), entry.size());
        if at.checked_add(size).is_none_or(|end| end > length) {
            return refuse("it is longer than the archive, which is damaged or incomplete");
        }
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous | EntryType::Directory => {}
            EntryType::XHeader | EntryType::XGlobalHeader => {
                if size > REMARKS_MAX {
                    return refuse("its remarks are longer than 64 KiB");
                }
                let mut remarks = Vec::new();
                entry.read_to_end(&mut remarks).map_err(no_tar)?;
                let remarks = String::from_utf8_lossy(&remarks);
                if CONTRADICTIONS.iter().any(|one| remarks.contains(one)) {
                    return refuse("its remarks contradict it");
                }
                continue;
            }
            EntryType::Symlink | EntryType::Link => return refuse("it is a link"),
            EntryType::GNULongName | EntryType::GNULongLink => {
                return refuse("no name in a layout is that long");
            }
            _ => return refuse("it is neither a file nor a folder"),
        }
        let Ok(path) = std::str::from_utf8(&path) else { return refuse("its name is not UTF-8") };
        let path = path.strip_prefix("./").unwrap_or(path);
        if path.starts_with('/') || path.split('/').any(|step| step == "..") {
            return refuse("its name leads out of the archive");
        }
        if entry.header().entry_type() == EntryType::Directory {
            continue;
        }
        // Other files may be there, and mean nothing.
        let Some(part) = part(path) else { continue };
        if places.insert(part, (at, size)).is_some() {
            return refuse("it is there twice");
        }
    }
    Ok(places)
}

fn part(path: &str) -> Option<Part> {
    match path {
        LAYOUT_FILE => Some(Part::Layout),
        INDEX_FILE => Some(Part::Index),
        _ => {
            let digits = path.strip_prefix(BLOBS)?;
            format!("sha256:{digits}").parse().ok().map(Part::Blob)
        }
    }
}

fn reading(source: io::Error) -> LayoutError {
    LayoutError::Io { doing: "read", source }
}
