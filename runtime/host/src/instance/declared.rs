//! What a guest declares after it was configured: hooks, events that it defines, events that it handles.

use std::sync::Arc;

use serde_json::Value;
use servo_events::{CustomEvent, Definition, Event, Hook};
use servo_types::Failure;

use crate::bindings::exported::declarations::{self, Declaration};
use crate::convert;
use crate::surface::Exports;

/// Definitions of one guest, and events that it handles.
const COUNT_MAX: usize = 64;

/// What a guest declared.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub(crate) hooks: Vec<Hook>,
    pub(crate) defines: Vec<Definition>,
    pub(crate) handled: Vec<CustomEvent>,
}

impl Declared {
    /// Reads a declaration of the guest of that alias, whose component is known as `owner`.
    pub(crate) fn read(
        declaration: Declaration,
        exports: &Exports,
        alias: &str,
        owner: &Arc<str>,
    ) -> Result<Self, Failure> {
        let wrong = |text: String| Failure::failed(format!("`{alias}` declares {text}"));
        let Declaration { hooks, events, handles } = declaration;
        if events.len().max(handles.len()) > COUNT_MAX {
            return Err(wrong(format!("more than {COUNT_MAX} events")));
        }
        let unknown = |event: String| wrong(format!("a hook for the unknown event `{event}`"));
        let hooks: Vec<Hook> =
            hooks.into_iter().map(|one| convert::hook(one).map_err(unknown)).collect::<Result<_, _>>()?;
        let name = |name: &str| {
            CustomEvent::new(name).ok_or_else(|| {
                let name = name.escape_debug();
                wrong(match Event::standard(&name.to_string()) {
                    Some(event) => format!("`{event}` as an event of its own, and that is a standard one"),
                    None => format!(
                        "an event `{name}`; a name is 1 to 47 lower case letters, digits, `-`, `_` and `.`, the first a \
                         letter"
                    ),
                })
            })
        };
        let handled = handles.iter().map(|handled| name(handled)).collect::<Result<Vec<_>, _>>()?;
        let define = |one: declarations::Definition| {
            let event = name(&one.name)?;
            let schema = |which: &str, text: &str| {
                serde_json::from_str::<Value>(text)
                    .map_err(|error| wrong(format!("`{event}` with {which} that are not JSON: {error}")))
            };
            let parameters = schema("parameters", &one.parameters)?;
            let returns = schema("returns", &one.returns)?;
            let description = one.description.replace(char::is_control, " ");
            Ok(Definition { event, owner: Arc::clone(owner), description, parameters, returns })
        };
        let defines = events.into_iter().map(define).collect::<Result<Vec<_>, Failure>>()?;
        for (declared, what, exported, interface) in [
            (!hooks.is_empty(), "hooks", exports.hooks.is_some(), "hooks"),
            (!handled.is_empty(), "events that it handles", exports.events.is_some(), "events"),
        ] {
            if declared && !exported {
                return Err(wrong(format!("{what}, but does not export the interface `{interface}`")));
            }
        }
        Ok(Self { hooks, defines, handled })
    }
}
