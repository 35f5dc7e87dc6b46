//! What is known of references, and which connectors are installed: one small file each.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::reference::Reference;

use super::{INSTALLED, RECORDS, Store, StoreError, TAGS, names, read};

/// The longest such file: an installed connector's holds the schema of its settings.
const FILE_MAX: u64 = 4 * 1024 * 1024;
/// The longest name of a connector.
const NAME_MAX: usize = 128;
/// How exactly it is known when a record was used last.
const USED_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// How the file of an installed connector ends, after its name.
const ENDING: &str = ".json";

/// Names of installed connectors that are damaged, and what is wrong with each.
type Damaged = Vec<(String, StoreError)>;

/// An artifact that was fetched from a registry, or came in a bundle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Where it is from. The tag is the one that it was asked for by, if any.
    pub reference: Reference,
    /// The index that it was found in, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Digest>,
    /// The digest of its manifest.
    pub manifest: Digest,
    /// The digest of its configuration.
    pub config: Digest,
    /// The digest of the component.
    pub component: Digest,
    /// The size of the component in bytes.
    pub size: u64,
    /// When it was fetched.
    pub fetched: Timestamp,
    /// The digests of what signs it, as it was kept in the store.
    #[serde(default)]
    pub signatures: Vec<Digest>,
}

/// A connector that has a name on this machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Installed {
    /// The name in `servo.yaml`.
    pub name: String,
    /// Where it is from, and what it is.
    pub record: Record,
    /// When it was installed.
    pub installed: Timestamp,
    /// What its sections say, by those who can read them.
    pub about: serde_json::Value,
}

/// Where a tag was seen.
#[derive(Debug, Serialize, Deserialize)]
struct Tag {
    reference: Reference,
    manifest: Digest,
}

pub(super) fn find(store: &Store, reference: &Reference) -> Result<Option<Record>, StoreError> {
    let manifest = match reference.digest() {
        Some(digest) => *digest,
        None => match load::<Tag>(&tag_path(store, reference))? {
            Some(tag) => tag.manifest,
            None => return Ok(None),
        },
    };
    let path = record_path(store, reference, &manifest);
    let found = load::<Record>(&path)?;
    if found.is_some() {
        used(&path);
    }
    Ok(found)
}

pub(super) fn all(store: &Store) -> Result<Vec<Record>, StoreError> {
    let folder = store.folder.join(RECORDS);
    let mut records = Vec::new();
    for name in names(&folder)? {
        records.extend(load::<Record>(&folder.join(name))?);
    }
    records.sort_by(|a, b| (&a.reference, a.manifest).cmp(&(&b.reference, b.manifest)));
    Ok(records)
}

pub(super) fn keep(store: &Store, record: &Record) -> Result<(), StoreError> {
    let reference = &record.reference;
    save(store, &record_path(store, reference, &record.manifest), record)?;
    // An index is asked for by its own digest, and tags name it.
    let named = record.index.unwrap_or(record.manifest);
    if named != record.manifest {
        save(store, &record_path(store, reference, &named), record)?;
    }
    if reference.tag().is_some() {
        let tag = Tag { reference: reference.clone(), manifest: named };
        save(store, &tag_path(store, reference), &tag)?;
    }
    Ok(())
}

pub(super) fn install(store: &Store, connector: &Installed) -> Result<(), StoreError> {
    save(store, &store.path(INSTALLED, &file_of(&connector.name)?), connector)
}

/// What is installed, and the names of what is damaged: it concerns only who uses it.
pub(super) fn installed(store: &Store) -> Result<(Vec<Installed>, Damaged), StoreError> {
    let folder = store.folder.join(INSTALLED);
    let (mut installed, mut damaged) = (Vec::new(), Vec::new());
    for file in names(&folder)? {
        let parsed = read(&folder.join(&file), FILE_MAX)
            .map_err(|error| error.to_string())
            .and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string()));
        match parsed {
            Ok(one) => installed.push(one),
            Err(reason) => {
                let name = file.strip_suffix(ENDING).unwrap_or(&file).to_owned();
                damaged.push((name.clone(), StoreError::Forgotten { name, reason }));
            }
        }
    }
    Ok((installed, damaged))
}

/// The file of an installed connector.
pub(super) fn file_of(name: &str) -> Result<String, StoreError> {
    let fits = (1..=NAME_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && name.as_bytes()[0].is_ascii_alphanumeric();
    if !fits {
        return Err(StoreError::Name(name.chars().take(NAME_MAX).collect()));
    }
    Ok(format!("{name}{ENDING}"))
}

fn record_path(store: &Store, reference: &Reference, manifest: &Digest) -> PathBuf {
    let key = format!("{}/{}@{manifest}", reference.registry(), reference.repository());
    store.path(RECORDS, &(Digest::of(key.as_bytes()).hex() + ".json"))
}

fn tag_path(store: &Store, reference: &Reference) -> PathBuf {
    let key = format!(
        "{}/{}:{}",
        reference.registry(),
        reference.repository(),
        reference.tag().unwrap_or_default()
    );
    store.path(TAGS, &(Digest::of(key.as_bytes()).hex() + ".json"))
}

fn save<T: Serialize>(store: &Store, path: &Path, value: &T) -> Result<(), StoreError> {
    let damaged = |error: serde_json::Error| StoreError::Damaged {
        path: path.to_owned(),
        reason: format!("it cannot be written: {error}"),
    };
    store.write(path, &serde_json::to_vec(value).map_err(damaged)?)
}

/// Whether this file of a tag names a record that is here.
pub(super) fn is_tag_of_record(store: &Store, path: &Path) -> Result<bool, StoreError> {
    let tag = load::<Tag>(path)?;
    Ok(tag.is_some_and(|tag| record_path(store, &tag.reference, &tag.manifest).exists()))
}

/// What a file says; none when it is missing or damaged, for then it is fetched and written again.
pub(super) fn load<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    let bytes = match read(path, FILE_MAX) {
        Ok(bytes) => bytes,
        Err(StoreError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(StoreError::Damaged { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let parsed = serde_json::from_slice(&bytes);
    if let Err(error) = &parsed {
        tracing::warn!("`{}` is damaged and not used: {error}", path.display());
    }
    Ok(parsed.ok())
}

/// Notes that a record is in use, so that it is not swept away.
fn used(path: &Path) {
    let now = SystemTime::now();
    let note = || {
        let file = std::fs::File::open(path).ok()?;
        let last = file.metadata().ok()?.modified().ok()?;
        (now.duration_since(last).unwrap_or(USED_EVERY) >= USED_EVERY).then(|| file.set_modified(now))
    };
    // On a medium that cannot be written nothing is swept away either.
    let _ = note();
}
