//! What the commands that ask connectors have in common: names that must exist, failures that must be told.

use servo_assembly::{Answered, Servo};
use servo_config::suggest::nearest;

use crate::exit::{FAILED, Trouble};
use crate::printer::Printer;

/// Refuses names that no connector has.
pub(super) fn known(names: &[String], servo: &Servo) -> Result<(), Trouble> {
    // Those of the bus: a native one is in no list of the configuration.
    let connectors = servo.registrations();
    let aliases = || connectors.iter().map(|connector| &*connector.name);
    match names.iter().find(|name| !aliases().any(|alias| alias == *name)) {
        Some(name) => Err(unknown(name, &aliases().collect::<Vec<_>>())),
        None => Ok(()),
    }
}

/// A name that no connector has.
pub(super) fn unknown(name: &str, aliases: &[&str]) -> Trouble {
    let hint = match nearest(name, aliases.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if aliases.is_empty() => "the configuration has no connector".to_owned(),
        None => format!("there is {}", aliases.join(", ")),
    };
    Trouble::Usage(format!("no connector found named '{name}'; {hint}"))
}

/// Tells who failed and what else should be known; a failure of one connector fails the command.
pub(super) fn told<T>(answered: &Answered<T>, printer: &Printer) -> Result<(), Trouble> {
    for notice in &answered.notices {
        printer.note(notice);
    }
    for (connector, failure) in &answered.failures {
        printer.error(&format!("connector `{connector}`: {failure}"));
    }
    if answered.failures.is_empty() { Ok(()) } else { Err(Trouble::Said(FAILED)) }
}
