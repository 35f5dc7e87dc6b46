//! The commands that the connectors of a configuration bring, found without running or compiling anything: help must
//! not wait.

use std::collections::BTreeMap;

use serde_json::Value;
use servo_config::{Catalogue, ConnectorRef, ConnectorType, Loaded};
use servo_distribution::Store;
use servo_events::{Call, Options, Output, ProgressSink, Reply};
use servo_host::{Metadata, glance, is_connector_name, read_sections};
use servo_types::Command;
use tokio_util::sync::CancellationToken;

use crate::distribution::parse;
use crate::operations::{Answered, OperationError, answered};
use crate::programs::{Bundled, ConnectorInfo, class_name};
use crate::servo::Servo;
use crate::state::StateDir;

/// Commands of one component that is active.
#[derive(Clone, Debug)]
pub struct Brought {
    /// The first word of its commands: the name of the component, or the alias where it has none that could be one.
    pub name: String,
    /// As the component has it: of any length, with any characters.
    pub description: String,
    /// What it offers.
    pub commands: Vec<Command>,
    /// The instances that run it.
    pub aliases: Vec<String>,
}

/// A command line for a connector.
#[derive(Clone, Debug)]
pub struct Order {
    /// The instance.
    pub connector: String,
    /// Its command.
    pub command: String,
    /// The arguments, without those that were not given.
    pub arguments: Value,
    /// The time that they ask for.
    pub asked: std::time::Duration,
}

/// What the active connectors bring, by name. What cannot be read brings nothing; whoever
/// runs it will hear why.
pub fn brought(bundled: &[Bundled], state: &StateDir, loaded: &Loaded) -> Vec<Brought> {
    let mut known: BTreeMap<String, Metadata> = BTreeMap::new();
    for component in bundled {
        let Ok((metadata, _)) = read_sections(component.bytes) else { continue };
        known.extend(metadata.name.clone().map(|name| (name, metadata)));
    }
    let store = Some(state.store()).filter(|folder| folder.exists());
    let store = store.and_then(|folder| Store::open(&folder).ok());
    for one in store.iter().filter_map(|store| store.installed().ok()).flatten() {
        if let Ok(info) = serde_json::from_value::<ConnectorInfo>(one.about) {
            known.entry(one.name).or_insert(info.metadata);
        }
    }
    let mut catalogue = Catalogue::new();
    for (name, metadata) in &known {
        // Their names are unique.
        let _ = catalogue.insert(plain(name, metadata));
    }
    let mut others: BTreeMap<ConnectorRef, Metadata> = BTreeMap::new();
    for reference in loaded.references() {
        let file = match &reference.component {
            ConnectorRef::File(path) => Some(path.clone()),
            ConnectorRef::Oci(text) => store.as_ref().zip(parse(text).ok()).and_then(|(store, reference)| {
                store.blob(&store.record(&reference).ok()??.component).ok()?
            }),
            ConnectorRef::Named(_) => None,
        };
        let Some(metadata) = file.and_then(|file| glance(&file, &state.components())) else { continue };
        let name = metadata.name.clone().unwrap_or_else(|| reference.component.to_string());
        catalogue.insert_component(reference.component.clone(), plain(&name, &metadata));
        others.insert(reference.component, metadata);
    }
    let written: BTreeMap<String, ConnectorRef> = loaded.components().into_iter().collect();
    let mut all: Vec<Brought> = Vec::new();
    for instance in loaded.names(&catalogue) {
        let other = written.get(&instance.alias).and_then(|reference| others.get(reference));
        let Some(metadata) = other.or_else(|| known.get(&instance.connector)) else { continue };
        add(&mut all, &instance.alias, metadata);
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}

fn add(all: &mut Vec<Brought>, alias: &str, metadata: &Metadata) {
    let Metadata { name, description, commands, .. } = metadata;
    if commands.is_empty() {
        return;
    }
    let name = name.as_deref().filter(|name| is_connector_name(name)).unwrap_or(alias);
    let at = |all: &[Brought], name: &str| all.iter().position(|one| one.name == name);
    let name = match at(all, name) {
        Some(index) if all[index].commands == *commands => {
            let aliases = &mut all[index].aliases;
            if !aliases.iter().any(|known| known == alias) {
                aliases.push(alias.to_owned());
            }
            return;
        }
        // Another component of that name: it is called as the configuration calls it.
        Some(_) if at(all, alias).is_some() => return,
        Some(_) => alias,
        None => name,
    };
    let description = description.clone().unwrap_or_else(|| format!("Commands of the connector {alias}"));
    all.push(Brought {
        name: name.to_owned(),
        description,
        commands: commands.clone(),
        aliases: vec![alias.to_owned()],
    });
}

/// A connector whose settings nobody looks at.
fn plain(name: &str, metadata: &Metadata) -> ConnectorType {
    ConnectorType {
        name: name.to_owned(),
        class: class_name(name),
        schema: Value::Null,
        description: metadata.description.clone().unwrap_or_default(),
    }
}

impl Servo {
    /// Has a connector run one of its commands; without an answer when it failed.
    ///
    /// # Errors
    /// Nobody was asked.
    pub async fn command(
        &self,
        order: Order,
        progress: ProgressSink,
        cancel: CancellationToken,
    ) -> Result<Answered<Option<Output>>, OperationError> {
        let Order { connector, command: name, arguments, asked } = order;
        let options = Options { include: vec![connector], progress, cancel, ..Options::default() };
        let call = Call::Command { name, arguments: arguments.to_string(), asked };
        let outcomes = self.dispatch(call, options).await?;
        let output = outcomes.replies().find_map(|(_, reply)| match reply {
            Reply::Output(output) => Some(output.clone()),
            _ => None,
        });
        Ok(answered(&outcomes, output))
    }
}
