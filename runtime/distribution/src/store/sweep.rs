//! Cleaning up: what nobody uses, and what is damaged.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::digest::Digest;

use super::hold::{alone, tidy};
use super::records::{self, Record};
use super::{BLOBS, RECORDS, STAMPS, Store, StoreError, TAGS, io_error, names, remove};

/// What a sweep has removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// References that nobody has used.
    pub references: usize,
    /// Files of content.
    pub files: usize,
    /// Their size in bytes.
    pub bytes: u64,
}

/// A file of content that was hashed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// What it should be.
    pub digest: Digest,
    /// In bytes.
    pub size: u64,
    /// Whether it is; a damaged one was removed.
    pub whole: bool,
}

pub(super) fn verify(store: &Store) -> Result<Vec<Checked>, StoreError> {
    let mut checked = Vec::new();
    for digest in blobs(store)? {
        let blob = store.blob_of(&digest);
        // One that goes away meanwhile was swept by another process.
        let Ok(metadata) = fs::metadata(blob.path()) else { continue };
        checked.push(Checked { digest, size: metadata.len(), whole: blob.check_again()? });
    }
    Ok(checked)
}

pub(super) fn sweep(store: &Store, unused_for: Duration) -> Result<Swept, StoreError> {
    let _alone = alone(store)?.ok_or_else(|| StoreError::Busy(store.folder.clone()))?;
    tidy(store)?;
    let mut swept = Swept::default();
    let installed: Vec<Record> = records::installed(store)?.0.into_iter().map(|one| one.record).collect();
    let mut wanted: BTreeSet<Digest> = installed.iter().flat_map(contents).collect();
    let folder = store.folder.join(RECORDS);
    for name in names(&folder)? {
        let path = folder.join(name);
        match records::load::<Record>(&path)? {
            Some(record) if wanted.contains(&record.manifest) || !is_older(&path, unused_for)? => {
                wanted.extend(contents(&record));
            }
            _ => {
                remove(&path)?;
                swept.references += 1;
            }
        }
    }
    for digest in blobs(store)?.into_iter().filter(|digest| !wanted.contains(digest)) {
        let blob = store.blob_of(&digest);
        swept.bytes += fs::metadata(blob.path()).map_err(io_error(blob.path()))?.len();
        swept.files += 1;
        blob.remove()?;
    }
    strays(store)?;
    Ok(swept)
}

/// What a record refers to.
fn contents(record: &Record) -> Vec<Digest> {
    let mut contents = vec![record.manifest, record.config, record.component];
    contents.extend(&record.signatures);
    contents
}

/// The digests that files of content are named by.
fn blobs(store: &Store) -> Result<Vec<Digest>, StoreError> {
    let names = names(&store.folder.join(BLOBS))?;
    Ok(names.iter().filter_map(|name| format!("sha256:{name}").parse().ok()).collect())
}

/// Removes stamps without their file, and tags without their record.
fn strays(store: &Store) -> Result<(), StoreError> {
    let kept: BTreeSet<String> = blobs(store)?.iter().map(Digest::hex).collect();
    let stamps = store.folder.join(STAMPS);
    for name in names(&stamps)?.iter().filter(|name| !kept.contains(*name)) {
        remove(&stamps.join(name))?;
    }
    let tags = store.folder.join(TAGS);
    for name in names(&tags)? {
        let path = tags.join(name);
        if !records::is_tag_of_record(store, &path)? {
            remove(&path)?;
        }
    }
    Ok(())
}

fn is_older(path: &Path, age: Duration) -> Result<bool, StoreError> {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified()).map_err(io_error(path))?;
    // One from the future is new.
    Ok(modified.elapsed().is_ok_and(|elapsed| elapsed >= age))
}
