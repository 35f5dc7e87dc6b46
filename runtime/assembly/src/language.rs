//! What the configuration's texts must keep to, as the parts of the program that read them say it.

use std::path::Path;

use servo_config::Language;
use servo_distribution::policy::Pattern;
use servo_events::Event;
use servo_optimizer::{Direction, Objective};

/// The objective's language, the events that can be granted, and the places that can be trusted.
pub(crate) const LANGUAGE: Language = Language { expression, condition, events, places };

fn expression(text: &str) -> Option<String> {
    fault(text, &[])
}

fn condition(text: &str) -> Option<String> {
    fault("1", &[text])
}

/// The direction changes nothing about what can be read.
fn fault(expression: &str, conditions: &[&str]) -> Option<String> {
    let error = Objective::new(Direction::Maximize, expression, conditions).err()?;
    Some(format!(
        "{} (column {} of `{}`)",
        error.problem,
        error.column,
        conditions.first().unwrap_or(&expression)
    ))
}

fn events() -> Vec<&'static str> {
    static ALL: [Event; 9] = Event::ALL;
    ALL.iter().filter(|event| event.is_shared()).map(Event::name).collect()
}

fn places(text: &str) -> Option<String> {
    // Which folder a relative path is taken from makes no difference to whether it can be read.
    Pattern::parse(text, Path::new("/")).err().map(|error| error.to_string())
}

#[cfg(test)]
mod tests;
