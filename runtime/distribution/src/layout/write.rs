//! Writing artifacts of the store as an archive.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use tar::{Builder, EntryType, Header};

use super::{BLOBS, Bundled, INDEX_FILE, LAYOUT_FILE, LayoutError, NAME};
use crate::digest::Digest;
use crate::manifest::{Descriptor, Index, MANIFEST_MAX, Manifest, media};
use crate::signature::artifact::{self, SignatureArtifact};
use crate::store::Store;

/// What `oci-layout` says.
const LAYOUT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// Where content comes from.
enum Content {
    Bytes(Vec<u8>),
    /// A verified file of the store, and its size.
    File(PathBuf, u64),
}

/// Writes these artifacts, with their signatures, as an archive: the same bytes for the same artifacts in any order.
///
/// # Errors
/// One of them is not in the store in full, or the archive cannot be written.
pub fn write(artifacts: &[Bundled], store: &Store, out: impl Write) -> Result<(), LayoutError> {
    let mut blobs = BTreeMap::new();
    // By name, so that one that is asked for twice is written once.
    let mut entries = BTreeMap::new();
    for one in artifacts {
        let missing = || LayoutError::NotHere { reference: one.reference.clone() };
        let bytes = store.read(&one.manifest, MANIFEST_MAX)?.ok_or_else(missing)?;
        let named = |source| LayoutError::Manifest { name: one.reference.to_string(), source };
        let manifest = Manifest::parse(&bytes).map_err(named)?;
        let component = manifest.component().map_err(named)?.digest;
        for part in manifest.layers().iter().chain([manifest.config()]) {
            match store.blob(&part.digest)? {
                Some(path) => {
                    blobs.insert(part.digest, Content::File(path, part.size));
                }
                None if part.digest == component || part.digest == manifest.config().digest => {
                    return Err(missing());
                }
                // Other layers are not fetched, and nothing here reads them.
                None => {}
            }
        }
        entries.insert(name(one, None), Descriptor::of(media::MANIFEST, &bytes));
        blobs.insert(one.manifest, Content::Bytes(bytes));
        if !one.signatures.is_empty() {
            let signatures = SignatureArtifact::new(&one.signatures);
            let bytes = signatures.manifest.to_bytes();
            let tag = artifact::tag_of(&one.manifest);
            entries.insert(name(one, Some(&tag)), Descriptor::of(media::MANIFEST, &bytes));
            for blob in signatures.blobs.into_iter().chain([bytes]) {
                blobs.insert(Digest::of(&blob), Content::Bytes(blob));
            }
        }
    }
    let entries = entries.into_iter().map(|(name, mut entry)| {
        entry.annotations.insert(NAME.to_owned(), name);
        entry
    });
    let index = Index::new(entries.collect()).to_bytes();
    archive(&index, blobs, out).map_err(|source| LayoutError::Io { doing: "written", source })
}

/// What an artifact is called in an archive: a reference without its scheme, which tools for archives do not know.
fn name(one: &Bundled, tag: Option<&str>) -> String {
    let reference = &one.reference;
    let repository = format!("{}/{}", reference.registry(), reference.repository());
    match (tag.or(reference.tag()), reference.digest()) {
        (Some(tag), _) => format!("{repository}:{tag}"),
        (None, _) => format!("{repository}@{}", one.manifest),
    }
}

fn archive(index: &[u8], blobs: BTreeMap<Digest, Content>, out: impl Write) -> io::Result<()> {
    let mut tar = Builder::new(out);
    let mut add = |name: &str, kind, size, content: &mut dyn Read| {
        let mut header = Header::new_ustar();
        header.set_path(name)?;
        header.set_entry_type(kind);
        header.set_mode(if kind == EntryType::Directory { 0o755 } else { 0o644 });
        header.set_size(size);
        // Neither time nor owner: they would make two archives of one thing different.
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        tar.append(&header, content)
    };
    add(LAYOUT_FILE, EntryType::Regular, LAYOUT.len() as u64, &mut &*LAYOUT)?;
    add(INDEX_FILE, EntryType::Regular, index.len() as u64, &mut &*index)?;
    add("blobs/", EntryType::Directory, 0, &mut io::empty())?;
    add(BLOBS, EntryType::Directory, 0, &mut io::empty())?;
    for (digest, content) in blobs {
        let name = format!("{BLOBS}{}", digest.hex());
        match content {
            Content::Bytes(bytes) => add(&name, EntryType::Regular, bytes.len() as u64, &mut &*bytes)?,
            Content::File(path, size) => {
                let file = File::open(path)?;
                if file.metadata()?.len() != size {
                    return Err(io::Error::other(format!(
                        "{digest} has not the size that its manifest says"
                    )));
                }
                add(&name, EntryType::Regular, size, &mut file.take(size))?;
            }
        }
    }
    tar.into_inner()?.flush()
}
