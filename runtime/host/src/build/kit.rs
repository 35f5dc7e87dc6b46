//! What connectors are built with, carried inside the program: the contract, and a folder of source for each language.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::tool::fail;
use super::{BuildError, Language, work};

/// The contract, the SDKs and the templates.
#[derive(Clone, Debug, Default)]
pub struct Kit {
    /// Paths as in the source of servo (`wit/…`, `guests/LANGUAGE/sdk/…`, `guests/LANGUAGE/new/…`) and contents.
    pub files: &'static [(&'static str, &'static [u8])],
    /// A folder like `guests` whose SDKs are taken instead: for those who write one.
    pub guests: Option<PathBuf>,
}

/// A file to be written: where, inside of its folder, and what.
pub(super) type File = (PathBuf, Vec<u8>);

impl Kit {
    /// The files below a folder, with their paths inside of it.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
        let prefix = format!("{folder}/");
        self.files.iter().filter_map(move |(path, bytes)| Some((path.strip_prefix(&prefix)?, *bytes)))
    }

    /// The SDK of a language, without its own tests.
    pub(super) fn sdk(&self, language: Language) -> Result<Vec<File>, BuildError> {
        let mut files: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
        for name in language.sdks() {
            match &self.guests {
                Some(guests) => {
                    let folder = guests.join(name).join("sdk");
                    files.extend(work::files(&folder).map_err(fail(&folder))?);
                }
                None => files.extend(self.owned(&format!("guests/{name}/sdk"))),
            }
        }
        files.retain(|path, _| !path.starts_with("tests"));
        Ok(files.into_iter().collect())
    }

    /// The contract and what it refers to, as dependencies of an author's world.
    pub(super) fn contract(&self) -> Vec<File> {
        let ours = self.below("wit").filter(|(path, _)| !path.contains('/') && path.ends_with(".wit"));
        let ours = ours.map(|(path, bytes)| (Path::new("servo-connector").join(path), bytes.to_vec()));
        ours.chain(self.owned("wit/deps")).collect()
    }

    fn owned(&self, folder: &str) -> Vec<File> {
        self.below(folder).map(|(path, bytes)| (PathBuf::from(path), bytes.to_vec())).collect()
    }
}
