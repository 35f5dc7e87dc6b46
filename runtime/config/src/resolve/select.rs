//! Which connectors are active, under which names.

use std::sync::Arc;

use crate::catalogue::{Catalogue, ConnectorRef, ConnectorType};
use crate::environment::Environment;
use crate::load::InstanceName;
use crate::names::{suggest, variable};
use crate::node::Node;
use crate::origin::Origin;
use crate::problem::{Problem, Problems};
use crate::raw::{RawConnectors, RawInstance, RawServo};

/// An active connector.
pub(super) struct Selected {
    pub(super) alias: String,
    pub(super) kind: ConnectorRef,
    pub(super) connector: Arc<ConnectorType>,
    /// Where it is selected.
    pub(super) origin: Origin,
    pub(super) limits: Option<Node>,
    pub(super) grants: Option<Node>,
}

/// The active connectors in the order of the file; what is wrong is reported and left out.
pub(super) fn select(
    raw: &RawServo,
    catalogue: &Catalogue,
    environment: &Environment,
    problems: &mut Problems,
) -> Vec<Selected> {
    match &raw.connectors {
        RawConnectors::Absent => by_stanza(raw, catalogue, environment),
        RawConnectors::List(items) => {
            let mut selected: Vec<Selected> = Vec::new();
            for (identifier, origin) in items {
                let Some(connector) = catalogue.find(identifier) else {
                    problems.push(unknown(identifier, origin, catalogue));
                    continue;
                };
                // ServoX lets a connector be listed twice, by name and by class.
                if !selected.iter().any(|known| known.alias == connector.name) {
                    selected.push(named(connector, origin.clone()));
                }
            }
            selected
        }
        RawConnectors::Map(instances) => {
            instances.iter().filter_map(|instance| by_alias(instance, catalogue, problems)).collect()
        }
    }
}

/// What the connectors are called, those included whose selection is wrong.
pub(super) fn names(raw: &RawServo, catalogue: &Catalogue, environment: &Environment) -> Vec<InstanceName> {
    let instance = |alias: Option<&str>, identifier: &str| {
        let known = catalogue.find(identifier);
        let connector = known.map_or_else(|| identifier.to_owned(), |known| known.name.clone());
        InstanceName {
            alias: alias.map_or_else(|| connector.clone(), str::to_owned),
            connector,
            class: known.map(|known| known.class.clone()),
        }
    };
    match &raw.connectors {
        RawConnectors::Absent => {
            by_stanza(raw, catalogue, environment).iter().map(|one| instance(None, &one.alias)).collect()
        }
        RawConnectors::List(items) => {
            items.iter().map(|(identifier, _)| instance(None, identifier)).collect()
        }
        RawConnectors::Map(instances) => {
            instances.iter().map(|one| instance(Some(&one.alias), &one.component)).collect()
        }
    }
}

fn by_stanza(raw: &RawServo, catalogue: &Catalogue, environment: &Environment) -> Vec<Selected> {
    let mut selected: Vec<Selected> = raw
        .stanzas
        .iter()
        .filter_map(|(key, entry)| {
            let connector = catalogue.get(&ConnectorRef::Named(key.clone())).ok()?;
            Some(named(connector, entry.key.clone()))
        })
        .collect();
    for connector in catalogue.types() {
        let known = selected.iter().any(|known| known.alias == connector.name);
        if let (false, Some((_, origin))) = (known, environment.get(&variable([connector.name.as_str()]))) {
            selected.push(named(connector, origin.clone()));
        }
    }
    selected
}

fn named(connector: &Arc<ConnectorType>, origin: Origin) -> Selected {
    Selected {
        alias: connector.name.clone(),
        kind: ConnectorRef::Named(connector.name.clone()),
        connector: Arc::clone(connector),
        origin,
        limits: None,
        grants: None,
    }
}

fn by_alias(instance: &RawInstance, catalogue: &Catalogue, problems: &mut Problems) -> Option<Selected> {
    let reference = instance.reference();
    let path = format!("connectors.{}", instance.alias);
    let (kind, connector) = match &reference {
        ConnectorRef::Named(identifier) => match catalogue.find(identifier) {
            Some(connector) => (ConnectorRef::Named(connector.name.clone()), connector),
            None => {
                problems.push(Problem { path, ..unknown(identifier, &instance.origin, catalogue) });
                return None;
            }
        },
        ConnectorRef::File(_) | ConnectorRef::Oci(_) => match catalogue.get(&reference) {
            Ok(connector) => (reference, connector),
            Err(reason) => {
                problems.push(Problem::new(instance.origin.clone(), path, reason));
                return None;
            }
        },
    };
    let owner = catalogue.get(&ConnectorRef::Named(instance.alias.clone())).ok();
    if let Some(owner) = owner
        && owner.name != connector.name
    {
        let message = format!("the name `{}` belongs to the connector {}", instance.alias, owner.class);
        problems.push(
            Problem::new(instance.key.clone(), path, message)
                .with_hint(format!("choose another name for this {}", connector.name)),
        );
        return None;
    }
    Some(Selected {
        alias: instance.alias.clone(),
        kind,
        connector: Arc::clone(connector),
        origin: instance.key.clone(),
        limits: instance.limits.clone(),
        grants: instance.grants.clone(),
    })
}

fn unknown(identifier: &str, origin: &Origin, catalogue: &Catalogue) -> Problem {
    let known: Vec<&str> = catalogue.names().collect();
    let mut problem =
        Problem::new(origin.clone(), "connectors", format!("there is no connector named `{identifier}`"));
    problem.hint = suggest(identifier, &known);
    problem
}
