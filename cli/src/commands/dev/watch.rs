//! What the folder of a connector looks like, to see that it changed.
//!
//! The times of some dozen files are read, which costs less than a millisecond and works on every file system, that of a
//! container or of another machine included.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

/// More files than these are not looked at: nobody has so many of his own in the folder of a connector.
const FILES_MAX: usize = 10_000;
/// What tools write, and what is not built.
const NOT_SOURCE: [&str; 7] =
    ["node_modules", "target", "__pycache__", "tests", "Cargo.lock", "go.sum", "package-lock.json"];

/// Size and time of each file, by its name in the folder.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::commands) struct Seen(BTreeMap<String, (u64, Option<SystemTime>)>);

impl Seen {
    /// The folder as it is now. What vanishes meanwhile is not there.
    pub(in crate::commands) fn of(folder: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        // It must be there itself.
        fs::read_dir(folder)?;
        let mut open = vec![PathBuf::new()];
        while let Some(inside) = open.pop() {
            let Ok(entries) = fs::read_dir(folder.join(&inside)) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let hidden = name.starts_with('.') && name != ".env";
                if hidden || NOT_SOURCE.contains(&name.as_str()) || name.ends_with(".wasm") {
                    continue;
                }
                let path = inside.join(&name);
                let Ok(about) = fs::metadata(folder.join(&path)) else { continue };
                if about.is_dir() {
                    // Links may lead round in circles.
                    if !entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
                        open.push(path);
                    }
                } else if files.len() < FILES_MAX {
                    files.insert(path.display().to_string(), (about.len(), about.modified().ok()));
                }
            }
        }
        Ok(Self(files))
    }

    /// The source that changed last, if that was after `time`. The configuration is none, and no page of text.
    pub(in crate::commands) fn newer(&self, time: SystemTime) -> Option<&str> {
        let is_source = |name: &str| !matches!(name, ".env" | "servo.yaml") && !name.ends_with(".md");
        let sources = self.0.iter().filter(|(name, _)| is_source(name));
        let (name, (_, changed)) = sources.max_by_key(|(_, (_, changed))| *changed)?;
        (*changed > Some(time)).then_some(name)
    }

    /// The files that are not the same in `now`.
    pub(super) fn changed(&self, now: &Self) -> Vec<String> {
        let new = now.0.iter().filter(|(name, about)| self.0.get(*name) != Some(about));
        let gone = self.0.keys().filter(|name| !now.0.contains_key(*name));
        new.map(|(name, _)| name).chain(gone).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
