//! The places that a rule is about: repositories of registries, or files.

use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

use super::Subject;
use crate::reference::Reference;

/// What a pattern for registries begins with.
const SCHEME: &str = "oci://";
/// The longest pattern.
const LENGTH_MAX: usize = 1024;

/// Some places. `*` is any text: in a host without `/`, in a repository or a path with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Repositories.
    Registry {
        /// Host and port.
        registry: String,
        /// The repository.
        repository: String,
    },
    /// Files, with `.` and `..` worked out.
    File(PathBuf),
}

/// A text is not a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` names no places: {reason}")]
pub struct PatternError {
    text: String,
    reason: &'static str,
}

impl Pattern {
    /// Reads `oci://HOST/REPOSITORY`, or a path that begins with `./`, `../` or `/`; a relative one is taken from
    /// `folder`.
    ///
    /// # Errors
    /// The text is neither, or names a tag or digest, or a scheme other than `oci`.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, PatternError> {
        let refuse = |reason| Err(PatternError { text: text.chars().take(200).collect(), reason });
        if text.len() > LENGTH_MAX {
            return refuse("it is longer than 1024 bytes");
        }
        if let Some(rest) = text.strip_prefix(SCHEME) {
            let Some((registry, repository)) = rest.split_once('/') else {
                return refuse("after the registry comes `/` and a repository, or `/*` for all of them");
            };
            if repository.contains(['@', ':']) {
                return refuse("a rule is about repositories, without a tag and without a digest");
            }
            // With a word in place of each star it must be a reference.
            let example = text.replace('*', "a");
            if Reference::from_str(&example).is_err() {
                return refuse("it is oci://HOST[:PORT]/REPOSITORY, in which `*` stands for any text");
            }
            return Ok(Self::Registry {
                registry: registry.to_ascii_lowercase(),
                repository: repository.to_owned(),
            });
        }
        if text.contains("://") {
            return refuse("registries begin with `oci://`");
        }
        if !["./", "../", "/"].iter().any(|start| text.starts_with(start)) {
            return refuse("registries begin with `oci://`, and files with `./`, `../` or `/`");
        }
        Ok(Self::File(plain(&folder.join(text))))
    }

    /// Whether it is about this one.
    pub fn matches(&self, subject: Subject<'_>) -> bool {
        match (self, subject) {
            (Self::Registry { registry, repository }, Subject::Registry(reference)) => {
                // Host and repository apart, so that a star in a host never reaches a path that others can choose.
                glob(registry.as_bytes(), reference.registry().as_bytes())
                    && glob(repository.as_bytes(), reference.repository().as_bytes())
            }
            (Self::File(pattern), Subject::File(path)) => {
                let path = plain(path);
                anchor(pattern) == anchor(&path)
                    && glob(pattern.as_os_str().as_encoded_bytes(), path.as_os_str().as_encoded_bytes())
            }
            _ => false,
        }
    }

    /// Whether it is about all places that the other one is about. A star in the other one is a text that only a star
    /// matches.
    pub(super) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Registry { registry, repository },
                Self::Registry { registry: other_registry, repository: other_repository },
            ) => {
                glob(registry.as_bytes(), other_registry.as_bytes())
                    && glob(repository.as_bytes(), other_repository.as_bytes())
            }
            (Self::File(_), Self::File(path)) => self.matches(Subject::File(path)),
            _ => false,
        }
    }
}

/// The path without `.` and with `..` worked out by name; links are not followed.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match plain.components().next_back() {
                Some(Component::Normal(_)) => {
                    plain.pop();
                }
                Some(Component::RootDir) => {}
                _ => plain.push(component),
            },
            _ => plain.push(component),
        }
    }
    plain
}

/// Where a path begins: at the root or not, and how many folders up. A star must not change that.
fn anchor(path: &Path) -> (bool, usize) {
    let up = path.components().take_while(|component| *component == Component::ParentDir).count();
    (path.has_root(), up)
}

/// Whether a text matches a pattern in which `*` is any text. Takes at most length times length steps.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    // The last star, and how much of the text it has taken.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at, from));
            at += 1;
        } else if pattern.get(at) == Some(&text[from]) {
            at += 1;
            from += 1;
        } else if let Some((before, taken)) = star {
            star = Some((before, taken + 1));
            at = before + 1;
            from = taken + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests;
