//! Events to other connectors. Needs a grant for each event.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::bindings::imports::servo::connector::dispatch;
use crate::contract::Failure;

/// An event that is not dispatched yet.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "an event does nothing until it is sent"]
pub struct Event(dispatch::Request);

/// What all connectors answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// By alias, in the order of the configuration.
    pub answers: Vec<(String, Result<Value, Failure>)>,
    /// Connectors that were not asked, because they wait for this very call.
    pub skipped: Vec<String>,
}

/// An event for all connectors that handle it, for example `metrics`.
pub fn event(name: impl Into<String>) -> Event {
    Event(dispatch::Request {
        event: name.into(),
        arguments: "{}".to_owned(),
        include: Vec::new(),
        exclude: Vec::new(),
        first: false,
        timeout: None,
    })
}

impl Event {
    /// Sets the arguments, for example `{"control": …}` for `describe`.
    ///
    /// # Errors
    /// When they have no JSON form.
    pub fn arguments(mut self, arguments: &impl Serialize) -> Result<Event, Failure> {
        self.0.arguments = serde_json::to_string(arguments).map_err(|error| {
            Failure::failed(format!("the arguments of event `{}` are not JSON: {error}", self.0.event))
        })?;
        Ok(self)
    }

    /// Asks this connector, and only those that are named so.
    pub fn include(mut self, alias: impl Into<String>) -> Event {
        self.0.include.push(alias.into());
        self
    }

    /// Does not ask this connector.
    pub fn exclude(mut self, alias: impl Into<String>) -> Event {
        self.0.exclude.push(alias.into());
        self
    }

    /// Asks one after another until one answers.
    pub fn first(mut self) -> Event {
        self.0.first = true;
        self
    }

    /// Time for the whole.
    pub fn timeout(mut self, timeout: impl Into<Duration>) -> Event {
        self.0.timeout = Some(u32::try_from(timeout.into().as_millis()).unwrap_or(u32::MAX));
        self
    }

    /// Dispatches the event and waits for all answers.
    ///
    /// # Errors
    /// `denied` without a grant; `busy` when too deep, or in a cycle of connectors that wait for each other.
    pub fn send(self) -> Result<Answers, Failure> {
        let dispatch::Answers { answers, skipped } = dispatch::dispatch(&self.0)?;
        let answers = answers
            .into_iter()
            .map(|answer| (answer.connector, answer.outcome.and_then(|json| parse(&self.0.event, &json))))
            .collect();
        Ok(Answers { answers, skipped })
    }
}

fn parse(event: &str, json: &str) -> Result<Value, Failure> {
    serde_json::from_str(json)
        .map_err(|error| Failure::failed(format!("the answer to event `{event}` is not JSON: {error}")))
}
