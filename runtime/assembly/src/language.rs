//! What the configuration's texts must keep to, as the parts of the program that read them say it.

use servo_config::Language;
use servo_events::Event;
use servo_optimizer::{Direction, Objective};

/// The objective's language and the events that can be granted.
pub(crate) const LANGUAGE: Language = Language { expression, condition, events };

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
    Event::ALL.iter().filter(|event| event.is_shared()).map(|event| event.name()).collect()
}

#[cfg(test)]
mod tests;
