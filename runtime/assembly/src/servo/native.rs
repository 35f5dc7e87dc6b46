//! Connectors that are part of servo: how they are built, renewed and looked at beside those with a sandbox.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, MutexGuard, PoisonError};

use servo_config::Connector as Wanted;
use servo_events::Handler;

use super::sample::{ConnectorSample, ConnectorState, ms, whole};
use super::{AssembleError, Commanded, Servo};
use crate::native::is_native;

/// Whether a connector is one of these.
pub(super) fn is_meant(wanted: &Wanted) -> bool {
    is_native(&wanted.kind)
}

/// The connector, ready to be registered; nothing is started.
///
/// # Errors
/// What is wrong with its settings.
pub(super) fn build(wanted: &Wanted, servo: &str, file: &Path) -> Result<Arc<Commanded>, AssembleError> {
    let built = Commanded::new(wanted, servo, file).map_err(|source| {
        let (alias, origin) = (wanted.alias.clone(), wanted.origin.to_string());
        AssembleError::Native { alias, origin, source }
    });
    built.map(Arc::new)
}

impl Servo {
    /// These connectors, with what they were made of.
    pub(super) fn natives(&self) -> MutexGuard<'_, Vec<(Wanted, Arc<Commanded>)>> {
        self.natives.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a connector that runs is one of these.
    pub(super) fn has_native(&self, alias: &str) -> bool {
        self.natives().iter().any(|(wanted, _)| wanted.alias == alias)
    }

    /// One of them with changed settings; false when nothing of it changed. Commands that run go on.
    pub(super) fn renew_native(
        &self,
        config: &servo_config::Servo,
        file: &Path,
        wanted: &Wanted,
    ) -> anyhow::Result<bool> {
        let new = build(wanted, config.display_name(), file)?;
        let mut natives = self.natives();
        let Some((old, native)) = natives.iter_mut().find(|(old, _)| old.alias == wanted.alias) else {
            anyhow::bail!("another connector has this name; start servo again");
        };
        let changed = old.settings != wanted.settings || old.kind != wanted.kind;
        *old = wanted.clone();
        if changed {
            self.bus.replace(Arc::clone(&new) as Arc<dyn Handler>)?;
            *native = new;
        }
        Ok(changed)
    }

    /// What they have done.
    pub(super) fn native_samples(&self) -> Vec<ConnectorSample> {
        let one = |(wanted, native): &(Wanted, Arc<Commanded>)| {
            let tally = native.tally();
            let state = tally.busy().map_or(ConnectorState::Idle, |(event, time)| ConnectorState::Busy {
                event: event.name().to_owned(),
                ms: whole(time),
            });
            ConnectorSample {
                connector: wanted.alias.clone(),
                state,
                wall_ms: ms(tally.wall),
                calls: tally.calls,
                cpu_ms: 0.0,
                slowed_ms: 0.0,
                memory: 0,
                handles: 0,
                waiting: native.waiting(),
                http: BTreeMap::new(),
                log_bytes: 0,
                log_dropped: 0,
                limit_hits: BTreeMap::new(),
                denials: BTreeMap::new(),
                rebuilds: 0,
            }
        };
        self.natives().iter().map(one).collect()
    }
}
