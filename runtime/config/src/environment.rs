//! Environment variables and `.env`, as values that the caller hands in.

mod dotenv;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::origin::Origin;
use crate::problem::Problems;
use crate::source::{Source, SourceError};

/// The variables of the process and those of a `.env` file; the former win.
#[derive(Clone, Default)]
pub struct Environment {
    process: BTreeMap<String, Variable>,
    dotenv: BTreeMap<String, Variable>,
}

/// A variable's text and where it was set.
#[derive(Clone)]
pub(crate) struct Variable {
    pub(crate) text: String,
    pub(crate) origin: Origin,
}

impl Environment {
    /// Takes the variables of the process: `std::env::vars_os()` without those that are not text.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let process = variables
            .into_iter()
            .map(|(name, text)| {
                let origin = Origin::Env(Arc::from(name.as_str()));
                (name, Variable { text, origin })
            })
            .collect();
        Environment { process, dotenv: BTreeMap::new() }
    }

    /// Adds the variables of a `.env` file under those of the process.
    ///
    /// `${NAME}` in values that are not in single quotes is replaced, from the process first, then from
    /// earlier lines.
    ///
    /// # Errors
    /// Every line that is not `NAME=value`.
    pub fn with_dotenv(mut self, source: &Source) -> Result<Self, Problems> {
        self.dotenv = dotenv::parse(source, &self.process)?;
        Ok(self)
    }

    /// The nearest `.env` file in `start` or a folder above it.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn find_dotenv(start: &Path) -> Result<Option<Arc<Source>>, SourceError> {
        match start.ancestors().map(|folder| folder.join(".env")).find(|path| path.is_file()) {
            Some(path) => Source::read(&path).map(Some),
            None => Ok(None),
        }
    }

    /// The text of a variable and where it was set.
    pub fn get(&self, name: &str) -> Option<(&str, &Origin)> {
        let variable = self.process.get(name).or_else(|| self.dotenv.get(name))?;
        Some((&variable.text, &variable.origin))
    }

    /// The two layers, the weaker one first.
    pub(crate) fn layers(&self) -> [&BTreeMap<String, Variable>; 2] {
        [&self.dotenv, &self.process]
    }
}

impl fmt::Debug for Environment {
    /// Names only: the texts may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("process", &self.process.keys())
            .field("dotenv", &self.dotenv.keys())
            .finish()
    }
}

#[cfg(test)]
mod tests;
