//! What an update means for the operator: grants that the new component wants, and settings that are others.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::inspect::{GrantNeed, Inspection};

/// What differs between two components that are versions of one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Changes {
    /// Their versions, as they say themselves.
    pub version: (Option<String>, Option<String>),
    /// Their versions of the contract.
    pub contract: (Option<String>, Option<String>),
    /// Grants that only the new one needs.
    pub new_grants: Vec<GrantNeed>,
    /// Grants that only the old one needed.
    pub former_grants: Vec<GrantNeed>,
    /// What only the new one imports.
    pub new_imports: Vec<String>,
    /// What only the old one imported.
    pub former_imports: Vec<String>,
    /// Events that only the new one handles.
    pub new_events: Vec<&'static str>,
    /// Events that only the old one handled.
    pub former_events: Vec<&'static str>,
    /// Settings that are not what they were.
    pub settings: Vec<SettingChange>,
}

/// A setting that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettingChange {
    /// The setting, with dots between the steps.
    pub setting: String,
    /// What became of it, in words.
    pub change: String,
}

/// The deepest that settings are followed.
const DEPTH_MAX: usize = 8;
/// The most changes that are told.
const CHANGES_MAX: usize = 100;
/// What of a setting is compared, and how it is called.
const FACTS: [(&str, &str); 10] = [
    ("type", "type"),
    ("enum", "values"),
    ("const", "value"),
    ("format", "format"),
    ("pattern", "pattern"),
    ("minimum", "minimum"),
    ("maximum", "maximum"),
    ("$ref", "type"),
    ("anyOf", "type"),
    ("default", "default"),
];

impl Changes {
    /// What differs between the old and the new one.
    pub fn between(old: &Inspection, new: &Inspection) -> Self {
        let only = |these: &[String], those: &[String]| {
            these.iter().filter(|one| !those.contains(one)).cloned().collect()
        };
        let needs = |these: &[GrantNeed], those: &[GrantNeed]| {
            these.iter().filter(|one| !those.contains(one)).cloned().collect()
        };
        let events = |these: &[&'static str], those: &[&'static str]| {
            these.iter().filter(|one| !those.contains(one)).copied().collect()
        };
        let mut settings = Vec::new();
        compare(&old.schema, &new.schema, "", 0, &mut settings);
        Self {
            version: (old.metadata.version.clone(), new.metadata.version.clone()),
            contract: (old.contract.clone(), new.contract.clone()),
            new_grants: needs(&new.grants, &old.grants),
            former_grants: needs(&old.grants, &new.grants),
            new_imports: only(&new.imports, &old.imports),
            former_imports: only(&old.imports, &new.imports),
            new_events: events(&new.events, &old.events),
            former_events: events(&old.events, &new.events),
            settings,
        }
    }
}

/// Compares the properties of two schemas, and of those inside them.
fn compare(old: &Value, new: &Value, above: &str, depth: usize, found: &mut Vec<SettingChange>) {
    let none = serde_json::Map::new();
    let properties = |schema: &Value| schema["properties"].as_object().cloned().unwrap_or(none.clone());
    let required = |schema: &Value, name: &str| {
        schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name))
    };
    let (before, after) = (properties(old), properties(new));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        if found.len() >= CHANGES_MAX {
            return;
        }
        let setting = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        let mut tell = |change: String| found.push(SettingChange { setting: setting.clone(), change });
        match (before.get(name), after.get(name)) {
            (Some(_), None) => tell("is gone".to_owned()),
            (None, Some(_)) if required(new, name) => tell("is new and required".to_owned()),
            (None, Some(_)) => tell("is new".to_owned()),
            (Some(before), Some(after)) => {
                match (required(old, name), required(new, name)) {
                    (false, true) => tell("is required now".to_owned()),
                    (true, false) => tell("is not required any more".to_owned()),
                    _ => {}
                }
                for (key, what) in FACTS {
                    if before[key] != after[key] {
                        tell(format!("{what}: {} becomes {}", said(&before[key]), said(&after[key])));
                    }
                }
                if depth < DEPTH_MAX {
                    compare(before, after, &setting, depth + 1, found);
                }
            }
            (None, None) => {}
        }
    }
}

/// A fact in a few words.
fn said(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        value => {
            let text = value.to_string();
            match text.char_indices().nth(80) {
                Some((at, _)) => format!("{}…", &text[..at]),
                None => text,
            }
        }
    }
}

#[cfg(test)]
mod tests;
