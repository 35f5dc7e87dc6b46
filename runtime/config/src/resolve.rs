//! Second step: documents and a catalogue to the resolved configuration.

mod endpoints;
mod liveness;
pub(crate) mod objective;
mod optimizer;
mod own;
mod select;
mod settings;
mod trust;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use servo_types::Limits;

use crate::catalogue::{Catalogue, ConnectorType};
use crate::check::Subject;
use crate::compiled::Compiled;
use crate::config::{Config, Connector, Grants, LimitSource, RawGrants, RawLimits, Servo};
use crate::layers;
use crate::load::{InstanceName, Loaded, own_table};
use crate::names::CLI_VARIABLES;
use crate::node::{Entry, Map, Node, Value};
use crate::origin::Origin;
use crate::own::{OWN, Part};
use crate::problem::{Notice, Problem, Problems};
use crate::raw::{RawConnectors, RawInstance, RawServo};
use crate::suggest::nearest;

pub(crate) use liveness::resolve as liveness;
use select::Selected;
pub(crate) use trust::resolve as trust;

/// What the connectors of all servos are called.
pub(crate) fn names(loaded: &Loaded, catalogue: &Catalogue) -> Vec<InstanceName> {
    let of = |raw| select::names(raw, catalogue, &loaded.environment);
    loaded.servos.iter().flat_map(of).collect()
}

struct Resolver<'a> {
    loaded: &'a Loaded,
    catalogue: &'a Catalogue,
    compiled: HashMap<*const ConnectorType, Result<Arc<Compiled>, String>>,
    /// The active connectors of all servos.
    active: Vec<Selected>,
    problems: Problems,
    notices: Vec<Notice>,
}

pub(crate) fn resolve(loaded: &Loaded, catalogue: &Catalogue) -> Result<(Config, Vec<Notice>), Problems> {
    let (config, notices, problems) = what_resolves(loaded, catalogue);
    problems.into_result()?;
    Ok((config, notices))
}

/// What resolves, whatever is wrong with the rest; only without problems may it be run.
pub(crate) fn what_resolves(loaded: &Loaded, catalogue: &Catalogue) -> (Config, Vec<Notice>, Problems) {
    let mut resolver = Resolver {
        loaded,
        catalogue,
        compiled: HashMap::new(),
        active: Vec::new(),
        problems: loaded.problems.clone(),
        notices: Vec::new(),
    };
    let servos = loaded.servos.iter().zip(&loaded.overridden);
    let servos: Vec<Servo> =
        servos.map(|(raw, overridden)| resolver.servo(raw, overridden.clone())).collect();
    resolver.distinct_names(&servos);
    resolver.misspelt_variables();
    let trust = trust(loaded, catalogue.language.as_ref(), &mut resolver.problems);
    (Config { servos, trust }, resolver.notices, resolver.problems)
}

impl Resolver<'_> {
    fn servo(&mut self, raw: &RawServo, mut differences: Vec<Notice>) -> Servo {
        let selected = select::select(raw, self.catalogue, &self.loaded.environment, &mut self.problems);
        self.unused_stanzas(raw, &selected, &mut differences);
        let table = self.set_variables(&selected);
        let stanzas = settings::layered(self, raw, &selected, &table, &mut differences);
        let language = self.catalogue.language.as_ref();
        let own = own::resolve(raw, language, &mut self.problems, &mut self.notices);
        self.known_connectors(raw, &own.checks.connectors);
        own::differences(raw, &mut differences);
        let mut document = raw.own.clone();
        let mut connectors = Vec::new();
        let mut described = Vec::new();
        for (one, stanza) in selected.iter().zip(stanzas) {
            let mut connector = self.connector(one, &stanza, &own.sandbox);
            connector.limit_sources = limit_sources(raw, one);
            connectors.push(connector);
            if let Ok(compiled) = self.compiled(&one.connector) {
                described.push((one.alias.clone(), compiled));
            }
            if let Value::Map(map) = &mut document.value {
                map.insert(one.alias.clone(), stanza);
            }
        }
        self.active.extend(selected);
        Servo {
            name: own.name,
            description: own.description,
            servo_uid: own.servo_uid,
            connectors,
            optimizer: own.optimizer,
            objective: own.objective,
            liveness: own.liveness,
            checks: own.checks,
            settings: own.settings,
            no_diagnostics: own.no_diagnostics,
            sandbox: own.sandbox,
            document: Arc::new(document),
            described,
            differences,
        }
    }

    fn connector(&mut self, selected: &Selected, stanza: &Entry, sandbox: &Limits) -> Connector {
        let alias = selected.alias.as_str();
        let path = ["connectors", alias, "limits"];
        let limits = match selected.limits.as_ref().and_then(|node| self.limits(node, &path)) {
            Some(raw) => raw.over(sandbox),
            None => *sandbox,
        };
        let grants = selected.grants.as_ref().map_or_else(Grants::default, |node| self.grants(node, alias));
        let description = settings::description(&stanza.node);
        let checked = settings::without_description(&stanza.node, &selected.connector.schema);
        let mut connector = Connector {
            alias: selected.alias.clone(),
            kind: selected.kind.clone(),
            description,
            settings: checked.to_json(),
            limits,
            limit_sources: BTreeMap::new(),
            grants,
            endpoints: Vec::new(),
            files: Vec::new(),
            origin: selected.origin.clone(),
            connector: Arc::clone(&selected.connector),
        };
        if let Some(reason) = self.catalogue.failure(&selected.kind) {
            self.problems.push(Problem::new(selected.origin.clone(), alias, reason));
        }
        match self.compiled(&selected.connector) {
            Ok(compiled) => {
                let key = if stanza.key == Origin::Default { &selected.origin } else { &stanza.key };
                let subject = Subject { node: &checked, key, path: &[alias] };
                compiled.checker.check(subject, &connector.settings, &mut self.problems);
                endpoints::collect(&compiled.marks, &checked, &mut connector, &mut self.problems);
            }
            Err(reason) => self.problems.push(
                Problem::new(
                    selected.origin.clone(),
                    alias,
                    format!("the settings schema of `{}` is not valid: {reason}", selected.connector.name),
                )
                .with_hint("this is a fault of the connector; tell its author"),
            ),
        }
        connector
    }

    fn limits(&mut self, node: &Node, path: &[&str]) -> Option<RawLimits> {
        limits(node, path, &mut self.problems)
    }

    fn grants(&mut self, node: &Node, alias: &str) -> Grants {
        let path = ["connectors", alias, "grants"];
        let node = without_later(node, &["cluster", "proxy"], &path, &mut self.problems);
        let _: Option<RawGrants> = typed(&OWN.grants, &node, &path, &mut self.problems);
        let raw: RawGrants = serde_json::from_value(node.to_json()).unwrap_or_default();
        let events = self.catalogue.language.map(|language| (language.events)());
        raw.resolve(&node, &path, events.as_deref(), &mut self.problems)
    }

    fn compiled(&mut self, connector: &Arc<ConnectorType>) -> Result<Arc<Compiled>, String> {
        let made = self
            .compiled
            .entry(Arc::as_ptr(connector))
            .or_insert_with(|| Compiled::new(&connector.schema).map(Arc::new));
        made.clone()
    }

    /// Stanzas that no active connector reads: of an excluded connector with a notice, else a problem.
    fn unused_stanzas(&mut self, raw: &RawServo, selected: &[Selected], differences: &mut Vec<Notice>) {
        for (key, entry) in &raw.stanzas {
            // One whose component cannot be used has its problem already.
            let named = |all: &[RawInstance]| all.iter().any(|instance| instance.alias == *key);
            if selected.iter().any(|selected| selected.alias == *key)
                || matches!(&raw.connectors, RawConnectors::Map(all) if named(all))
            {
                continue;
            }
            if self.catalogue.find(key).is_some() {
                let notice =
                    |message: String| Notice { origin: entry.key.clone(), path: key.clone(), message };
                self.notices
                    .push(notice(format!("`{key}` is not listed in `connectors`; its stanza is not used")));
                differences
                    .push(notice(format!("ServoX refuses the stanza of `{key}`, which is not listed")));
                continue;
            }
            let aliases = selected.iter().map(|selected| selected.alias.as_str());
            let known: Vec<&str> =
                crate::names::OWN_KEYS.iter().copied().chain(aliases).chain(self.catalogue.names()).collect();
            let hint = match nearest(key, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("to use it as a connector, add it: `connectors: {{{key}: <connector>}}`"),
            };
            let message = format!("`{key}` is neither a key of servo nor a connector");
            self.problems.push(Problem::new(entry.key.clone(), key, message).with_hint(hint));
        }
    }

    /// `checks.connectors` names connectors of this servo.
    fn known_connectors(&mut self, raw: &RawServo, names: &[String]) {
        let known = select::names(raw, self.catalogue, &self.loaded.environment);
        let known: Vec<&str> = known.iter().map(|name| name.alias.as_str()).collect();
        for (index, name) in names.iter().enumerate().filter(|(_, name)| !known.contains(&name.as_str())) {
            let index = index.to_string();
            let path = ["checks", "connectors", index.as_str()];
            let origin = raw.own.get(path).map_or_else(|| raw.start(), |node| node.origin.clone());
            let path = crate::names::display_path(path);
            let mut problem = Problem::new(origin, path, format!("this servo has no connector `{name}`"));
            problem.hint = crate::names::suggest(name, &known);
            self.problems.push(problem);
        }
    }

    /// A variable that nothing reads and that is nearly one that something reads.
    fn misspelt_variables(&mut self) {
        let variables = self.loaded.environment.layers();
        if !variables.iter().any(|layer| layers::is_servos(layer)) {
            return;
        }
        let own = own_table(self.loaded.servos.len() > 1);
        if layers::unknown(variables, own, &CLI_VARIABLES).is_empty() {
            return;
        }
        let mut table = own.clone();
        for one in std::mem::take(&mut self.active) {
            self.add_variables(&one, &mut table);
        }
        for name in layers::unknown(variables, &table, &CLI_VARIABLES) {
            let Some(near) = nearest(name, table.keys().map(String::as_str)) else { continue };
            let Some((_, origin)) = self.loaded.environment.get(name) else { continue };
            if near.len().abs_diff(name.len()) <= 2 {
                let message = format!("nothing reads {name}; did you mean {near}?");
                self.notices.push(Notice { origin: origin.clone(), path: String::new(), message });
            }
        }
    }

    fn distinct_names(&mut self, servos: &[Servo]) {
        if servos.len() < 2 {
            return;
        }
        for (at, servo) in servos.iter().enumerate() {
            let origin = self.loaded.servos[at].start();
            if servo.optimizer.is_none() && servo.objective.is_none() {
                self.problems.push(
                    Problem::new(origin, "objective", "with several documents each needs its `objective`")
                        .with_hint("add for example `objective: {minimize: latency_p99}`"),
                );
            } else if servos[..at].iter().any(|other| other.display_name() == servo.display_name()) {
                let message = format!("two servos are called `{}`", servo.display_name());
                self.problems
                    .push(Problem::new(origin, "name", message).with_hint("give each document a `name`"));
            }
        }
    }
}

/// Where the limits of a connector were set: in the table of its alias, else in the sandbox.
fn limit_sources(raw: &RawServo, selected: &Selected) -> BTreeMap<String, LimitSource> {
    let mut sources = BTreeMap::new();
    let own = format!("connectors.{}.limits", selected.alias);
    let sandbox = raw.own.get(["sandbox", "limits"]);
    for (prefix, node) in [("sandbox.limits", sandbox), (own.as_str(), selected.limits.as_ref())] {
        for (key, entry) in node.and_then(Node::as_map).into_iter().flatten() {
            if entry.node.value != Value::Null {
                let source =
                    LimitSource { path: format!("{prefix}.{key}"), origin: entry.node.origin.clone() };
                sources.insert(key.clone(), source);
            }
        }
    }
    sources
}

/// Limits that are typed and make sense.
fn limits(node: &Node, path: &[&str], problems: &mut Problems) -> Option<RawLimits> {
    let raw: RawLimits = typed(&OWN.limits, node, path, problems)?;
    for (key, message) in raw.senseless() {
        let origin = node.get([key]).map_or_else(|| node.origin.clone(), |value| value.origin.clone());
        let path = crate::names::display_path(path.iter().copied().chain([key]));
        problems.push(Problem::new(origin, path.clone(), format!("`{path}` {message}")));
    }
    Some(raw)
}

/// Takes out keys that come with a later version, each with its problem.
fn without_later(node: &Node, later: &[&str], path: &[&str], problems: &mut Problems) -> Node {
    let mut kept = node.clone();
    if let Value::Map(map) = &mut kept.value {
        for key in later {
            if let Some(entry) = map.shift_remove(*key) {
                let path = crate::names::display_path(path.iter().copied().chain([*key]));
                problems.push(
                    Problem::new(
                        entry.key,
                        path.clone(),
                        format!("`{path}` is not available in this version of servo"),
                    )
                    .with_hint("remove it; it comes with a later version"),
                );
            }
        }
    }
    kept
}

/// Checks a value against one of servo's own schemas and types it.
fn typed<T: DeserializeOwned + Default>(
    part: &Part,
    node: &Node,
    path: &[&str],
    problems: &mut Problems,
) -> Option<T> {
    let empty = Node::new(Value::Map(Map::new()), node.origin.clone());
    let node = if node.value == Value::Null { &empty } else { node };
    let before = problems.len();
    let json = node.to_json();
    if let Some(checker) = part.checker() {
        checker.check(Subject { node, key: &node.origin, path }, &json, problems);
    }
    if problems.len() > before {
        return None;
    }
    match serde_json::from_value(json) {
        Ok(value) => Some(value),
        Err(error) => {
            // The schema let something through that the type refuses, for instance a number out of range.
            let path = crate::names::display_path(path.iter().copied());
            problems.push(Problem::new(node.origin.clone(), path, error.to_string()));
            None
        }
    }
}

#[cfg(test)]
mod tests;
