//! What a component file is to an operator: the events that it handles, the grants that it needs, its settings.

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use serde::Serialize;
use serde_json::Value;
use servo_host::{COMPONENT_MAX, Inspected, Metadata, SectionsError};

use crate::files;

/// Our package, and what interfaces of it mean.
const PACKAGE: &str = "servo:connector/";
/// An exported interface, and the events that it handles.
const EVENTS: [(&str, &[&str]); 9] = [
    ("lifecycle", &["startup", "shutdown"]),
    ("inventory", &["metrics", "components"]),
    ("describe", &["describe"]),
    ("check", &["check"]),
    ("measure", &["measure"]),
    ("adjust", &["adjust"]),
    ("promote", &["promote"]),
    ("hooks", &["hooks"]),
    ("declarations", &[]),
];
/// An imported interface, the key in `grants`, and what the operator has to name there.
const GRANTS: [(&str, &str, &str); 6] = [
    ("servo:connector/http@", "http", "the origins that it sends requests to"),
    ("wasi:http/outgoing-handler@", "http", "the origins that it sends requests to"),
    ("servo:connector/load@", "load", "the origins that it puts load on"),
    ("servo:connector/dispatch@", "dispatch", "the events that it dispatches to other connectors"),
    ("servo:connector/state@", "state", "`true`, for it keeps keys and values"),
    (
        "servo:connector/liveness@",
        "liveness",
        "`read`, for it asks which services are up, or `write`, when it is to change that",
    ),
];

/// What a component file is. Nothing of it was run or compiled.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// The file.
    pub file: String,
    /// `sha256:` and the hash in hexadecimal digits.
    pub digest: String,
    /// In bytes.
    pub size: usize,
    /// Name, version and the other sections.
    pub metadata: Metadata,
    /// The version of the contract, for example `0.1.0`; none if it is not a connector.
    pub contract: Option<String>,
    /// The events that it handles.
    pub events: Vec<&'static str>,
    /// The grants without which it cannot do all that it could.
    pub grants: Vec<GrantNeed>,
    /// What it exports, by full name.
    pub exports: Vec<String>,
    /// What it imports, by full name.
    pub imports: Vec<String>,
    /// JSON Schema of its settings; null when it has not been finished with `servo build`.
    pub schema: Value,
    /// Settings that work, or nearly so.
    pub example: Value,
}

/// A grant that a component needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantNeed {
    /// The key in the table `grants` of the connector.
    pub grant: &'static str,
    /// What has to be named there.
    pub names: &'static str,
}

/// Reads the sections of a component file.
pub fn inspect(path: &Path) -> anyhow::Result<Inspection> {
    let file = path.display().to_string();
    let component = files::open(path, COMPONENT_MAX).with_context(|| format!("`{file}` cannot be read"))?;
    inspect_as(component, &file).with_context(|| format!("`{file}`"))
}

/// Reads the sections of a component that is known as `file`.
pub(crate) fn inspect_as(component: impl Read, file: &str) -> Result<Inspection, SectionsError> {
    Ok(meaning(servo_host::inspect(component)?, file))
}

fn meaning(found: Inspected, file: &str) -> Inspection {
    let ours = |name: &str| {
        let (interface, version) = name.strip_prefix(PACKAGE)?.split_once('@')?;
        Some((interface.to_owned(), version.to_owned()))
    };
    let exported: Vec<(String, String)> = found.exports.iter().filter_map(|name| ours(name)).collect();
    let handles = |interface: &str| exported.iter().any(|(name, _)| name == interface);
    let events = EVENTS.iter().filter(|(interface, _)| handles(interface)).flat_map(|(_, events)| *events);
    let mut grants: Vec<GrantNeed> = Vec::new();
    for (interface, grant, names) in GRANTS {
        let need = GrantNeed { grant, names };
        if found.imports.iter().any(|name| name.starts_with(interface)) && !grants.contains(&need) {
            grants.push(need);
        }
    }
    let (schema, example) = found.settings.unwrap_or_default();
    Inspection {
        file: file.to_owned(),
        digest: found.digest,
        size: found.size,
        contract: exported.iter().find(|(name, _)| name == "settings").map(|(_, version)| version.clone()),
        events: events.copied().collect(),
        grants,
        exports: found.exports,
        imports: found.imports,
        metadata: found.metadata,
        schema,
        example,
    }
}

#[cfg(test)]
mod tests;
