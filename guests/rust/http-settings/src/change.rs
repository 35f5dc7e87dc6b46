//! A change as a whole: what is asked, whether it may be sent, whether it was made.

use std::collections::BTreeMap;

use servo_sdk::prelude::*;

use crate::domain;
use crate::options::Settings;

/// One value to be sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) pointer: String,
    pub(crate) value: Value,
}

/// The value that each setting had when it was first read.
///
/// An application may start outside of the declared range; the way back to that start must stay open.
#[derive(Debug, Default)]
pub(crate) struct Seen(BTreeMap<String, Value>);

impl Seen {
    /// Keeps what was not known before.
    pub(crate) fn remember(&mut self, settings: &Settings, document: &Value) {
        for name in settings.settings.keys() {
            if let Some(value) = document.pointer(&settings.pointer(name)) {
                self.0.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}

/// The values to be sent, of the adjustments that belong to this component.
///
/// # Errors
/// `rejected` for a value that the setting cannot take or that is pinned; `failed` for a setting that is not there.
pub(crate) fn plan(
    settings: &Settings,
    adjustments: &[Adjustment],
    seen: &Seen,
    before: &Value,
) -> Result<Vec<Wanted>, Failure> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for Adjustment { component, setting: name, value } in adjustments {
        if *component != settings.component {
            continue;
        }
        let offer = settings.settings.get(name).ok_or_else(|| {
            let known: Vec<&str> = settings.settings.keys().map(String::as_str).collect();
            let message = format!("`{component}` has no setting `{name}`; it has {}", known.join(", "));
            Failure::failed(message).because("unknown-setting")
        })?;
        let pointer = settings.pointer(name);
        let asked = match value {
            servo_sdk::contract::Value::Number(number) => domain::json(*number),
            servo_sdk::contract::Value::Text(text) => Value::String(text.clone()),
        };
        let now = before.pointer(&pointer);
        if offer.pinned {
            if now.is_some_and(|now| domain::same(now, &asked)) {
                continue;
            }
            let message = format!("{component}.{name} is pinned and stays as it is; {value} was asked");
            return Err(Failure::rejected(message).because("pinned"));
        }
        let first = seen.0.get(name).filter(|first| domain::same(first, &asked));
        let value = match (domain::wanted(offer, value), first) {
            (Ok(value), _) => value,
            (Err(_), Some(first)) => first.clone(),
            (Err(why), None) => {
                let message = format!("{component}.{name} cannot be {value}: {why}");
                return Err(Failure::rejected(message).because("out-of-range"));
            }
        };
        // Some applications write numbers as texts; they get back what they showed.
        let value = match (now, &value) {
            (Some(Value::String(_)), Value::Number(number)) => Value::String(number.to_string()),
            _ => value,
        };
        wanted.retain(|earlier| earlier.name != *name);
        wanted.push(Wanted { name: name.clone(), pointer, value });
    }
    Ok(wanted)
}

/// Whether the application shows what it was sent.
///
/// # Errors
/// `rejected`, with each value that it kept.
pub(crate) fn verify(document: &Value, wanted: &[Wanted]) -> Result<(), Failure> {
    let kept: Vec<String> = wanted
        .iter()
        .filter_map(|Wanted { name, pointer, value }| match document.pointer(pointer) {
            Some(now) if domain::same(now, value) => None,
            Some(now) => Some(format!("`{name}` is {now} and not {value}")),
            None => Some(format!("`{name}` is not shown at `{pointer}`")),
        })
        .collect();
    if kept.is_empty() {
        return Ok(());
    }
    let message = format!("the application took the change and does not show it: {}", kept.join(", "));
    Err(Failure::rejected(message).because("not-applied"))
}

/// A change in one line: `web.workers=4, web.eviction="lru"`.
pub(crate) fn summary(component: &str, wanted: &[Wanted]) -> String {
    let each: Vec<String> =
        wanted.iter().map(|Wanted { name, value, .. }| format!("{component}.{name}={value}")).collect();
    each.join(", ")
}

#[cfg(test)]
mod tests;
