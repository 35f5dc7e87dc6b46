//! Connectors with a name on this machine.

use jiff::Timestamp;
use servo_distribution::{Installed, Reference};
use servo_host::{LoadError, Program};
use std::sync::Arc;

use super::fetch::Held;
use super::lock::followed;
use super::meaning::Meant;
use super::{Depot, DepotError, Rules};
use crate::inspect::Inspection;
use crate::programs::{ConnectorInfo, Programs, info_of};

/// What an install has done.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Installation {
    /// The name in `servo.yaml`.
    pub name: String,
    /// Where it is from, with its digest.
    pub reference: String,
    /// The digest of the manifest.
    pub digest: String,
    /// The digest that had the name before, if another one did.
    pub before: Option<String>,
    /// Who signed it, as far as the policy knows the keys.
    pub signed_by: Vec<String>,
    /// What it is.
    pub inspection: Inspection,
}

impl Depot {
    /// What is installed, by name.
    pub(crate) fn installed(&self) -> Result<Vec<Installed>, DepotError> {
        Ok(self.known_store()?.map(|store| store.installed()).transpose()?.unwrap_or_default())
    }

    /// What is installed, as people want to know it.
    pub fn installed_connectors(&self) -> Result<Vec<ConnectorInfo>, DepotError> {
        Ok(self.installed()?.into_iter().filter_map(known).collect())
    }

    /// What is installed by this name.
    ///
    /// # Errors
    /// What is installed cannot be read.
    pub fn installed_as(&self, name: &str) -> Result<Option<Reference>, DepotError> {
        Ok(self.installed()?.into_iter().find(|one| one.name == name).map(|one| one.record.reference))
    }

    /// Forgets an installed connector; where it was from, unless that is damaged.
    pub async fn uninstall(&self, name: &str) -> Result<Option<Reference>, DepotError> {
        let installed = self.installed()?;
        let names: Vec<&str> = installed.iter().map(|one| one.name.as_str()).collect();
        let known = match names.as_slice() {
            [] => "none is".to_owned(),
            names => format!("there is {}", names.join(", ")),
        };
        let found = installed.iter().find(|one| one.name == name);
        let damaged =
            || Ok::<_, DepotError>(self.store()?.damaged_names()?.iter().any(|(one, _)| one == name));
        if found.is_none() && !damaged()? {
            return Err(DepotError::Usage(format!("no connector is installed as `{name}`; {known}")));
        }
        self.store()?.hold().await?.uninstall(name)?;
        Ok(found.map(|one| one.record.reference.clone()))
    }
}

/// An installed connector in the form of the bundled ones; one that is damaged concerns only who uses it.
pub(crate) fn known(installed: Installed) -> Option<ConnectorInfo> {
    info(installed).map_err(|error| tracing::warn!("{error}")).ok()
}

fn info(installed: Installed) -> Result<ConnectorInfo, DepotError> {
    let Installed { name, record, about, .. } = installed;
    let wrong = |error: serde_json::Error| {
        DepotError::Load(format!(
            "what is known of the installed connector `{name}` cannot be read ({error}); install it again with \
             `servo install {} --name {name}`",
            record.reference
        ))
    };
    let mut info: ConnectorInfo = serde_json::from_value(about).map_err(wrong)?;
    (info.name, info.source) = (name, record.reference.to_string());
    Ok(info)
}

impl Programs {
    /// Fetches, judges and compiles a connector, and gives it a name.
    ///
    /// # Errors
    /// It cannot be had, is refused, cannot be run, or its name belongs to another one.
    pub async fn install(
        &self,
        reference: &Reference,
        name: Option<&str>,
        rules: &Rules,
    ) -> Result<Installation, DepotError> {
        self.depot.log_in([reference])?;
        let meant = self.depot.newest(reference, rules).await?;
        let held = self.depot.obtain_this(reference, meant, rules).await?;
        self.install_held(held, name, rules).await
    }

    /// The same, for what is in the store.
    pub(super) async fn install_held(
        &self,
        held: Held,
        name: Option<&str>,
        rules: &Rules,
    ) -> Result<Installation, DepotError> {
        let reference = held.record.reference.clone();
        let wrong = |why: String| DepotError::Artifact { reference: reference.to_string(), why };
        let inspection = self.depot.inspected(&held, rules, None).await?;
        let own = inspection.metadata.name.as_deref();
        let last = reference.repository().rsplit('/').next().unwrap_or_default();
        let name = name.or(own).unwrap_or(last).to_owned();
        let before = self.free(&name, &reference)?;
        // Asked for now, so that the first start need not wait for the compiler.
        let program = self.compile(&held, rules).await?;
        let about = serde_json::to_value(info_of(&program, reference.to_string()))
            .map_err(|error| wrong(error.to_string()))?;
        let installed =
            Installed { name: name.clone(), record: held.record.clone(), installed: Timestamp::now(), about };
        self.depot.store()?.hold().await?.install(&installed)?;
        Ok(Installation {
            name,
            digest: held.record.manifest.to_string(),
            reference: reference.to_string(),
            before,
            signed_by: held.signed_by(),
            inspection,
        })
    }

    /// Whether a connector from here may have the name; the digest that has it now.
    fn free(&self, name: &str, reference: &Reference) -> Result<Option<String>, DepotError> {
        servo_config::names::check_alias(name, &servo_config::Origin::Default)
            .map_err(|problem| DepotError::Usage(format!("{problem}; --name gives it another one")))?;
        if self.is_bundled(name) {
            return Err(DepotError::Usage(format!(
                "a connector named `{name}` comes with servo, and `{reference}` would hide it; install it with --name \
                 NAME"
            )));
        }
        let installed = self.depot.installed()?;
        let Some(there) = installed.iter().find(|one| one.name == name) else { return Ok(None) };
        let from = &there.record.reference;
        if (from.registry(), from.repository()) != (reference.registry(), reference.repository()) {
            return Err(DepotError::Usage(format!(
                "`{from}` is installed as `{name}`; give `{reference}` another name with --name NAME, or `servo uninstall \
                 {name}` first"
            )));
        }
        Ok(Some(there.record.manifest.to_string()))
    }

    /// The component of an installed connector, judged again: keys may have been taken from the policy since. What the
    /// lock file says of it counts, whatever this machine has by that name: a lock and a name never contradict each
    /// other, in whatever order they were moved.
    pub(crate) async fn installed_component(
        &self,
        installed: &Installed,
        rules: &Rules,
    ) -> Result<Held, DepotError> {
        let followed = followed(&installed.record.reference);
        let meant = match rules.entry(&followed) {
            Some(entry) => entry.into(),
            None if rules.locked => {
                return Err(DepotError::NotLocked {
                    reference: followed.to_string(),
                    file: rules.lock_file.clone(),
                });
            }
            None => Meant::from(&installed.record),
        };
        let held = self.depot.obtain_this(&followed, meant, rules).await?;
        rules.checked(&followed, held)
    }

    /// The program of a component that may be run. One that was damaged in the store is fetched again, once.
    pub(crate) async fn compile(&self, held: &Held, rules: &Rules) -> Result<Arc<Program>, DepotError> {
        let load = async |held: &Held| {
            let bytes = held.bytes()?;
            let loaded = self.sandbox.load_exactly(&bytes, &held.record.component.to_string()).await;
            loaded.map_err(|error| match error {
                LoadError::Altered { .. } => held.damaged(),
                error => DepotError::Load(format!("`{}`: {error}", held.record.reference)),
            })
        };
        let program = match load(held).await {
            Err(DepotError::Damaged { .. }) => load(&self.depot.again(held, rules).await?).await?,
            loaded => loaded?,
        };
        held.check_contract(&program)?;
        Ok(program)
    }
}
