//! Everything that is locked in one file, for machines without a network.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use jiff::Timestamp;
use serde::Serialize;
use servo_config::Loaded;
use servo_distribution::layout::{self, Unpacked};
use servo_distribution::{Digest, Hold, Record};
use servo_host::COMPONENT_MAX;

use super::fetch::kept_form;
use super::{Depot, DepotError, Rules};
use crate::files;
use crate::programs::Programs;

/// A component in a bundle.
#[derive(Clone, Debug, Serialize)]
pub struct Bundled {
    /// What it is called there, with its digest.
    pub reference: String,
    /// Its size in bytes.
    pub size: u64,
    /// How many signatures are there with it.
    pub signatures: usize,
}

impl Programs {
    /// Writes all components of the lock file, with their signatures, into one file: the same bytes for the same lock.
    ///
    /// # Errors
    /// There is no lock file, something cannot be had or is refused, or the file cannot be written.
    pub async fn bundle(&self, loaded: &Loaded, path: &Path) -> Result<Vec<Bundled>, DepotError> {
        let rules = Rules::of(loaded, false)?;
        if rules.lock().entries().next().is_none() {
            let why = "nothing is locked there; `servo lock` writes it".to_owned();
            return Err(DepotError::Lock { path: rules.lock_file, why });
        }
        self.depot.log_in(rules.lock().entries().map(|entry| &entry.reference))?;
        let (mut artifacts, mut told) = (Vec::new(), Vec::new());
        for entry in rules.lock().entries() {
            let pinned = entry.reference.at(entry.manifest);
            let held = self.depot.obtain_this(&entry.reference, entry.into(), &rules).await?;
            let held = rules.checked(&entry.reference, held)?;
            let signatures = self.depot.kept_signatures(&held.record)?;
            told.push(Bundled {
                reference: pinned.to_string(),
                size: held.record.size,
                signatures: signatures.len(),
            });
            let (reference, manifest) = (entry.reference.clone(), entry.manifest);
            artifacts.push(layout::Bundled { reference, manifest, signatures });
        }
        let store = self.depot.store()?;
        let written = files::write(path, |out| {
            let mut out = BufWriter::new(out);
            layout::write(&artifacts, store, &mut out)
                .map_err(|error| io::Error::other(error.to_string()))?;
            out.flush()
        });
        written.map_err(|error| of_file(path, "written", error.to_string()))?;
        Ok(told)
    }
}

impl Depot {
    /// Takes the components of such a file into the store, under the references that they have there. Nothing in the
    /// file is trusted: whatever runs of it is judged as if it came from its registry.
    ///
    /// # Errors
    /// The file is none, was altered, or has nothing that is named by a reference.
    pub async fn load_bundle(&self, path: &Path) -> Result<Vec<Bundled>, DepotError> {
        let wrong = |error: String| of_file(path, "loaded", error);
        let is_file = fs::metadata(path).map_err(|error| wrong(error.to_string()))?.is_file();
        if !is_file {
            return Err(wrong("it is not a file".to_owned()));
        }
        let file = File::open(path).map_err(|error| wrong(error.to_string()))?;
        let hold = self.store()?.hold().await?;
        // Whoever waits for this can be stopped at any time, and then it stops, too.
        let stop = Arc::new(AtomicBool::new(false));
        let _stopped = Stopped(Arc::clone(&stop));
        let work = tokio::task::spawn_blocking(move || {
            let archive = BufReader::new(Stoppable { file, stop: Arc::clone(&stop) });
            let unpacked = layout::read(archive, &hold, COMPONENT_MAX).map_err(|error| error.to_string());
            unpacked.map(|all| all.into_iter().map(|one| keep(&hold, one, &stop)).collect::<Vec<_>>())
        });
        let kept = work.await.map_err(|error| wrong(error.to_string()))?.map_err(wrong)?;
        let mut told = Vec::new();
        for one in kept {
            told.extend(one?);
        }
        Ok(told)
    }
}

/// A file that ends when nobody wants it any more.
struct Stoppable {
    file: File,
    stop: Arc<AtomicBool>,
}

impl Read for Stoppable {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.stop.load(Relaxed) {
            return Err(io::Error::other("it was stopped"));
        }
        self.file.read(bytes)
    }
}

impl Seek for Stoppable {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Says, when it is dropped, that nobody waits any more.
struct Stopped(Arc<AtomicBool>);

impl Drop for Stopped {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// Gives what was read the names that it has, as long as somebody waits for it.
fn keep(hold: &Hold, unpacked: Unpacked, stop: &AtomicBool) -> Result<Vec<Bundled>, DepotError> {
    let Unpacked { references, manifest, config, component, size, signatures } = unpacked;
    let mut came = Vec::new();
    for signature in &signatures {
        came.push(hold.put(&kept_form(signature))?);
    }
    let mut told = Vec::new();
    for reference in references {
        if stop.load(Relaxed) {
            break;
        }
        let reference = reference.at(manifest);
        // What the registry had is not less worth than what came along here.
        let known = hold.store().record(&reference)?;
        let mut signatures = known.map(|record| record.signatures).unwrap_or_default();
        let new: Vec<Digest> = came.iter().filter(|digest| !signatures.contains(digest)).copied().collect();
        signatures.extend(new);
        told.push(Bundled { reference: reference.to_string(), size, signatures: signatures.len() });
        let fetched = Timestamp::now();
        hold.keep(&Record {
            reference,
            index: None,
            manifest,
            config,
            component,
            size,
            fetched,
            signatures,
        })?;
    }
    Ok(told)
}

fn of_file(path: &Path, done: &'static str, error: String) -> DepotError {
    DepotError::File { path: path.to_owned(), done, error }
}
