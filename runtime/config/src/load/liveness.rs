//! What stands beside the file for `liveness`: the variables of os-lively, and the flags of `servo liveness`.

use std::sync::Arc;

use super::{Flags, Loaded, load_documents};
use crate::config::Liveness;
use crate::environment::Environment;
use crate::node::{Entry, Map, Node, Value};
use crate::origin::Origin;
use crate::problem::Problems;
use crate::resolve;
use crate::source::Source;

/// Variables of os-lively, and the settings that they fill in when neither the file nor servo's own variables do.
const SINGLE: [(&str, &str); 3] = [
    ("OSLIVELY_STATUS_TTL", "ttl"),
    ("OSLIVELY_ETCD_CONNECT_TIMEOUT", "timeout"),
    ("OSLIVELY_ETCD_KEY_NAMESPACE", "namespace"),
];

/// And the two that together make one endpoint.
const ENDPOINT: [&str; 2] = ["OSLIVELY_ETCD_HOST", "OSLIVELY_ETCD_PORT"];

/// What the command line of `servo liveness` sets: flag, setting, text.
pub type LivenessFlags = Vec<(&'static str, &'static str, String)>;

impl Loaded {
    /// The `liveness` stanzas with the names of their servos, flags over them. What is wrong elsewhere is not looked
    /// at.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn liveness(&self, flags: &LivenessFlags) -> Result<Vec<(String, Liveness)>, Problems> {
        let mut problems = Problems::new();
        for problem in self.problems.list().iter().filter(|problem| is_ours(&problem.path)) {
            problems.push(problem.clone());
        }
        let mut found = Vec::new();
        for raw in &self.servos {
            let Some(node) = raw.own.get(["liveness"]) else { continue };
            let mut raw = raw.clone();
            if takes_settings(node) {
                apply_flags(&mut raw.own, flags, &mut problems);
            }
            let text = |path: &[&str]| raw.own.get(path.iter().copied()).and_then(Node::as_text);
            let name = text(&["name"]).or_else(|| text(&["optimizer", "id"])).unwrap_or("servo").to_owned();
            found.extend(resolve::liveness(&raw, &mut problems).map(|liveness| (name, liveness)));
        }
        problems.into_result()?;
        Ok(found)
    }
}

/// What holds where there is no stanza: variables, with flags over them.
///
/// # Errors
/// What is wrong with them.
pub fn liveness_without_stanza(
    environment: &Environment,
    flags: &LivenessFlags,
) -> Result<Liveness, Problems> {
    let entry = |value| Entry { key: Origin::Default, node: Node::new(value, Origin::Default) };
    let empty = entry(Value::Map(Map::new()));
    let document = [("liveness".to_owned(), empty)].into_iter().collect();
    let source: Arc<Source> = Source::from_text("", "");
    let document = Node::new(Value::Map(document), Origin::Default);
    let loaded = load_documents(vec![(source, document)], environment, &Flags::default());
    let mut found = loaded.liveness(flags)?;
    // There is one, because nothing was wrong with it.
    found.pop().map(|(_, liveness)| liveness).ok_or_else(Problems::new)
}

/// The variables of os-lively that fill in a setting of servo's own.
pub(crate) fn variables_of_os_lively(path: &[&str]) -> Vec<String> {
    let ["liveness", key] = path else { return Vec::new() };
    let endpoint = ENDPOINT.map(|name| (name, "endpoints"));
    let all = SINGLE.into_iter().chain(endpoint);
    all.filter(|(_, setting)| setting == key).map(|(name, _)| name.to_owned()).collect()
}

/// Settles whether there is a stanza, and lets the variables of os-lively fill its gaps.
///
/// Variables of single settings make no stanza: they are there for whoever reads them, and Kubernetes makes one up for
/// each service that is called so.
pub(super) fn fill_gaps(own: &mut Node, environment: &Environment, problems: &mut Problems) {
    let Some(entry) = own.entry(&["liveness"]) else { return };
    let variable = entry.key.variable().is_some();
    if variable && environment.get("SERVO_LIVENESS").is_none() {
        if let Value::Map(map) = &mut own.value {
            map.shift_remove("liveness");
        }
        return;
    }
    if !takes_settings(&entry.node) {
        return;
    }
    super::one_of(own, "liveness", ["password", "password_file"], problems);
    let mut fill = |key: &str, value: Value, origin: &Origin| {
        if own.get(["liveness", key]).is_none() {
            own.set(&["liveness".to_owned(), key.to_owned()], Node::new(value, origin.clone()));
        }
    };
    for (name, key) in SINGLE {
        let Some((text, origin)) = environment.get(name).filter(|(text, _)| !text.is_empty()) else {
            continue;
        };
        fill(key, if key == "namespace" { Value::Text(text.to_owned()) } else { seconds(text) }, origin);
    }
    let read = |name| environment.get(name).filter(|(text, _)| !text.is_empty());
    let [host, port] = ENDPOINT.map(read);
    if let Some((_, origin)) = host.or(port) {
        let text = |given: Option<(&str, &Origin)>, usual: &str| {
            given.map_or_else(|| usual.to_owned(), |(text, _)| text.trim().to_owned())
        };
        let (host, port) = (text(host, "localhost"), text(port, "2379"));
        let host = if host.parse::<std::net::Ipv6Addr>().is_ok() { format!("[{host}]") } else { host };
        fill("endpoints", Value::Text(format!("http://{host}:{port}")), origin);
    }
}

/// A number of seconds, or a text that may be a duration.
fn seconds(text: &str) -> Value {
    match serde_json::from_str::<serde_json::Number>(text.trim()) {
        Ok(number) => Value::Number(number),
        Err(_) => Value::Text(text.to_owned()),
    }
}

fn apply_flags(own: &mut Node, flags: &LivenessFlags, problems: &mut Problems) {
    for (flag, key, text) in flags {
        let node = Node::new(Value::Text(text.clone()), Origin::Flag(flag));
        own.set(&["liveness".to_owned(), (*key).to_owned()], node);
    }
    super::one_of(own, "liveness", ["password", "password_file"], problems);
}

/// Whether settings can be put into it; anything else is a mistake, which is told later.
fn takes_settings(node: &Node) -> bool {
    matches!(node.value, Value::Map(_) | Value::Null)
}

fn is_ours(path: &str) -> bool {
    path == "liveness" || path.starts_with("liveness.") || path.starts_with("liveness[")
}

#[cfg(test)]
mod tests;
