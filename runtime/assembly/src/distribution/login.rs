//! Whose a login is that names no registry: it is told to one registry only, and only when there is no other one.

use servo_config::Loaded;
use servo_distribution::Reference;

use super::lock::Used;
use super::{Depot, DepotError};
use crate::programs::Programs;

impl Depot {
    /// Says which registries a command is about, before it asks any of them.
    ///
    /// # Errors
    /// There are several, and a login that may be for any of them.
    pub(super) fn log_in<'a>(
        &self,
        references: impl IntoIterator<Item = &'a Reference>,
    ) -> Result<(), DepotError> {
        let registries = references.into_iter().map(Reference::registry);
        self.options.credentials.bind(registries).map_err(|error| DepotError::Usage(error.to_string()))
    }
}

impl Programs {
    /// Says that what follows is about everything that a configuration takes from registries.
    ///
    /// # Errors
    /// There are several registries, and a login that may be for any of them.
    pub async fn log_in(&self, loaded: &Loaded) -> Result<(), DepotError> {
        if !self.depot.options.credentials.has_bare() {
            return Ok(());
        }
        self.log_in_for(&self.used(loaded).await?)
    }

    /// The same for these.
    pub(super) fn log_in_for<'a>(&self, used: impl IntoIterator<Item = &'a Used>) -> Result<(), DepotError> {
        self.depot.log_in(used.into_iter().map(|used| &used.reference))
    }
}
