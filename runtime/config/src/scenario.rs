//! Scenarios: what a connector is told and asked, what the world answers it, and what must come of it.
//!
//! A scenario is a YAML file beside the connector. Its first part is the configuration of one connector, and is read
//! like that of any other; the rest says which requests are answered with what, and which calls are made.

mod compare;
mod raw;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value as Json, json};

use crate::check::Subject;
use crate::environment::Environment;
use crate::load::{Flags, Loaded, load_documents};
use crate::node::{Entry, Map, Node, Value};
use crate::origin::Origin;
use crate::own::OWN;
use crate::problem::{Problem, Problems};
use crate::source::Source;
use crate::yaml;

pub use compare::{Mismatch, compare, glob, short};
pub(crate) use raw::RawScenario;
use raw::{RawAnswer, RawCall, What};

/// When a scenario takes place that does not say it: the beginning of 2026, in seconds since the epoch.
pub const START: f64 = 1_767_225_600.0;

/// One scenario.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The configuration of its connector.
    pub loaded: Loaded,
    /// When it begins, in seconds since the epoch.
    pub start: f64,
    /// The requests that are answered. One that is sent gets the first of them that fits and is not used up.
    pub exchanges: Vec<Exchange>,
    /// What is asked of the connector, one after the other.
    pub calls: Vec<ScenarioCall>,
}

/// A request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Where it is written.
    pub origin: Origin,
    /// The method.
    pub method: String,
    /// The URL; `*` in it stands for any text.
    pub url: String,
    /// Headers that the request must have, names in lower case; `*` in a value stands for any text.
    pub headers: Vec<(String, String)>,
    /// The body that the request must have, if it matters; `*` stands for any text.
    pub body: Option<String>,
    /// How often it must be asked for; none when any number will do.
    pub times: Option<u32>,
    /// How long the answer takes.
    pub after: Duration,
    /// The answer.
    pub answer: Answer,
}

/// How a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// With a response.
    Response {
        /// 100 to 599.
        status: u16,
        /// Names and values.
        headers: Vec<(String, String)>,
        /// The whole body.
        body: Vec<u8>,
    },
    /// Not at all.
    Nothing {
        /// `unreachable`, `timed-out` or `protocol`, as in the contract.
        error: String,
        /// What the connector is told, if the scenario says it.
        message: Option<String>,
    },
}

/// A call and what must come of it.
#[derive(Debug, Clone)]
pub struct ScenarioCall {
    /// Where it is written.
    pub origin: Origin,
    /// What is called.
    pub action: Action,
    /// When it is cancelled, if it is.
    pub cancel_after: Option<Duration>,
    /// What must come of it.
    pub expected: Expected,
}

/// What is called.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The settings are given to the connector; always the first, written or not.
    Configure,
    /// All checks, one after the other.
    Checks,
    /// An event with its arguments, in the form in which a connector dispatches it.
    Event {
        /// Its name.
        event: &'static str,
        /// Its arguments.
        arguments: Json,
    },
    /// An event that connectors define.
    Dispatch {
        /// Its name.
        event: String,
        /// Its arguments, an object.
        arguments: Json,
    },
    /// A command that the connector brings.
    Command {
        /// Its name.
        command: String,
        /// Its arguments, an object.
        arguments: Json,
        /// What its durations come to.
        asked: Duration,
    },
}

/// What must come of a call. What is not written is not looked at, except that a call must not fail and nothing may be
/// denied unless it is written.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// The result.
    pub result: Option<Node>,
    /// The failure.
    pub failure: Option<Node>,
    /// Updates, in this order among others.
    pub progress: Vec<Node>,
    /// Lines of the log, in this order among others.
    pub log: Vec<Node>,
    /// Origins of requests that are not granted.
    pub denied: Vec<Node>,
}

/// The most bytes of a scenario: a recording holds every response, and a page of metrics has 100 KB.
pub const SCENARIO_BYTES_MAX: u64 = 16 << 20;

/// Reads the scenario of a connector: `alias` is its name, `component` its file.
///
/// # Errors
/// Everything that is wrong with it, at once; what only the connector's schema can tell is found by
/// [`Loaded::resolve`].
pub fn scenario(source: &Arc<Source>, alias: &str, component: &Path) -> Result<Scenario, Problems> {
    let mut documents = yaml::parse(source)?;
    let mut problems = Problems::new();
    if documents.len() > 1 {
        let origin = documents[1].origin.clone();
        problems
            .push(Problem::new(origin, "", "a scenario is one document").with_hint("write a file for each"));
    }
    documents.truncate(1);
    let Some(document) = documents.pop().filter(|document| document.as_map().is_some()) else {
        problems.push(
            Problem::new(Origin::Default, "", format!("{} has no scenario", source.name()))
                .with_hint("a scenario is a map, for example `calls: [{call: describe}]`"),
        );
        return Err(problems);
    };
    let json = document.to_json();
    if let Some(checker) = OWN.scenario.checker() {
        checker.check(Subject { node: &document, key: &document.origin, path: &[] }, &json, &mut problems);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let raw: RawScenario = match serde_json::from_value(json) {
        Ok(raw) => raw,
        Err(error) => return Err(Problem::new(document.origin, "", error.to_string()).into()),
    };
    let at = |list: &str, index: usize| document.get([list, index.to_string().as_str()]).unwrap_or(&document);
    let mut exchanges = Vec::new();
    for (index, one) in raw.exchanges.iter().flatten().enumerate() {
        match exchange(one, at("exchanges", index).origin.clone()) {
            Ok(exchange) => exchanges.push(exchange),
            Err(problem) => problems.push(problem),
        }
    }
    let mut calls = Vec::new();
    for (index, one) in raw.calls.iter().enumerate() {
        match call(one, at("calls", index), index) {
            Ok(call) => calls.push(call),
            Err(problem) => problems.push(problem),
        }
    }
    problems.into_result()?;
    let loaded = configuration(source, &document, alias, component);
    Ok(Scenario { loaded, start: raw.start.unwrap_or(START), exchanges, calls })
}

/// The configuration that a `servo.yaml` with this connector alone would be.
fn configuration(source: &Arc<Source>, document: &Node, alias: &str, component: &Path) -> Loaded {
    let origin = &document.origin;
    let map = |entries: Vec<(&str, Node)>| {
        let entry = |node: Node| Entry { key: node.origin.clone(), node };
        let entries = entries.into_iter().map(|(key, node)| (key.to_owned(), entry(node)));
        Node::new(Value::Map(entries.collect::<Map>()), origin.clone())
    };
    let component = component.display().to_string();
    let mut table = vec![("component", Node::new(Value::Text(component), origin.clone()))];
    for key in ["limits", "grants"] {
        table.extend(document.get([key]).map(|node| (key, node.clone())));
    }
    let settings = document.get(["settings"]).cloned().unwrap_or_else(|| map(Vec::new()));
    let connectors = map(vec![(alias, map(table))]);
    let document = map(vec![("connectors", connectors), (alias, settings)]);
    // No variable reaches a scenario: it says everything itself.
    load_documents(vec![(Arc::clone(source), document)], &Environment::default(), &Flags::default())
}

fn exchange(raw: &raw::RawExchange, origin: Origin) -> Result<Exchange, Problem> {
    let wrong = |message: String, hint: &str| {
        Problem::new(origin.clone(), "exchanges", message).with_hint(hint.to_owned())
    };
    let Some((method, url)) = raw.request.trim().split_once(' ') else {
        return Err(wrong(
            format!("`{}` is no request", raw.request),
            "write the method and the URL, for example `GET http://localhost:8080/status`",
        ));
    };
    let answer = answer(&raw.answer).map_err(|message| {
        wrong(
            message,
            "write for example `answer: {status: 200, body: text}` or `answer: {error: unreachable}`",
        )
    })?;
    Ok(Exchange {
        method: method.to_owned(),
        url: url.trim().to_owned(),
        headers: pairs(raw.headers.as_ref()),
        body: raw.body.as_ref().map(text),
        times: match raw.times {
            None => Some(1),
            Some(raw::Times::Exactly(times)) => Some(times),
            Some(raw::Times::Any(_)) => None,
        },
        after: raw.after.map_or(Duration::ZERO, |after| after.0),
        answer,
        origin,
    })
}

fn answer(raw: &RawAnswer) -> Result<Answer, String> {
    if let Some(error) = raw.error {
        if raw.status.is_some() || raw.body.is_some() || raw.base64.is_some() || raw.headers.is_some() {
            return Err("an answer is a response or an error, not both".to_owned());
        }
        return Ok(Answer::Nothing { error: error.name().to_owned(), message: raw.message.clone() });
    }
    if raw.message.is_some() {
        return Err("a `message` belongs to an `error`".to_owned());
    }
    let body = match (&raw.body, &raw.base64) {
        (Some(_), Some(_)) => return Err("an answer has either `body` or `base64`".to_owned()),
        (Some(body), None) => text(body).into_bytes(),
        (None, Some(base64)) => {
            BASE64_STANDARD.decode(base64).map_err(|error| format!("`base64` cannot be read: {error}"))?
        }
        (None, None) => Vec::new(),
    };
    Ok(Answer::Response { status: raw.status.unwrap_or(200), headers: pairs(raw.headers.as_ref()), body })
}

fn call(raw: &RawCall, node: &Node, index: usize) -> Result<ScenarioCall, Problem> {
    let wrong = |key: &str, message: String| {
        let origin = node.entry(&[key]).map_or(&node.origin, |entry| &entry.key);
        Problem::new(origin.clone(), format!("calls[{index}].{key}"), message)
    };
    let only = |key: &str, given: bool, whats: &[What]| {
        let fits = !given || whats.contains(&raw.call);
        let names: Vec<_> = whats.iter().map(|what| what.name()).collect();
        if fits { Ok(()) } else { Err(wrong(key, format!("`{key}` is for {}", names.join(", ")))) }
    };
    let timed = [What::Describe, What::Measure, What::Adjust];
    for (key, given) in [
        ("delay", raw.delay.is_some()),
        ("warmup", raw.warmup.is_some()),
        ("settlement", raw.settlement.is_some()),
        ("control", raw.control.is_some()),
    ] {
        only(key, given, &timed)?;
    }
    only("duration", raw.duration.is_some(), &[What::Describe, What::Measure, What::Adjust, What::Command])?;
    only("event", raw.event.is_some(), &[What::Dispatch])?;
    only("command", raw.command.is_some(), &[What::Command])?;
    only("arguments", raw.arguments.is_some(), &[What::Dispatch, What::Command])?;
    only("metrics", raw.metrics.is_some(), &[What::Measure])?;
    only("set", raw.set.is_some(), &[What::Adjust])?;
    only("check", raw.check.is_some(), &[What::Check, What::Remedy])?;
    if raw.call == What::Configure && index > 0 {
        return Err(wrong("call", "`configure` is called once, before everything else".to_owned()));
    }
    if raw.result.is_some() && raw.failure.is_some() {
        return Err(wrong("failure", "a call has a result or a failure, not both".to_owned()));
    }
    let list = |key: &str| match node.get([key]) {
        Some(Node { value: Value::List(items), .. }) => items.clone(),
        _ => Vec::new(),
    };
    let expected = Expected {
        result: node.get(["result"]).cloned(),
        failure: node.get(["failure"]).cloned(),
        progress: list("progress"),
        log: list("log"),
        denied: list("denied"),
    };
    let action = action(raw).map_err(|(key, message)| wrong(key, message))?;
    let cancel_after = raw.cancel_after.map(|after| after.0);
    Ok(ScenarioCall { origin: node.origin.clone(), action, cancel_after, expected })
}

fn action(raw: &RawCall) -> Result<Action, (&'static str, String)> {
    let mut control = raw.control.clone().unwrap_or_default();
    for (key, time) in [
        ("delay", raw.delay),
        ("warmup", raw.warmup),
        ("duration", raw.duration),
        ("settlement", raw.settlement),
    ] {
        if let Some(time) = time {
            control.insert(key.to_owned(), json!(time.0.as_secs_f64()));
        }
    }
    let event = |event, arguments| Ok(Action::Event { event, arguments });
    let arguments = || Json::Object(raw.arguments.clone().unwrap_or_default());
    match (raw.call, &raw.check) {
        (What::Configure, _) => Ok(Action::Configure),
        (What::Check, None) => Ok(Action::Checks),
        (What::Check, Some(id)) => event("check", json!({"id": id})),
        (What::Remedy, Some(id)) => event("check", json!({"id": id, "remedy": true})),
        (What::Remedy, None) => Err(("call", "`remedy` needs the id of its `check`".to_owned())),
        (What::Describe, _) => event("describe", json!({"control": control})),
        (What::Measure, _) => {
            event("measure", json!({"metrics": raw.metrics.clone().unwrap_or_default(), "control": control}))
        }
        (What::Adjust, _) => {
            let mut adjustments = Vec::new();
            for (path, value) in raw.set.iter().flatten() {
                let Some((component, setting)) = path.rsplit_once('.') else {
                    return Err(("set", format!("`{path}` is no setting: write `component.setting: value`")));
                };
                adjustments.push(json!({"component": component, "setting": setting, "value": value}));
            }
            event("adjust", json!({"adjustments": adjustments, "control": control}))
        }
        (What::Dispatch, _) => match &raw.event {
            Some(event) => Ok(Action::Dispatch { event: event.clone(), arguments: arguments() }),
            None => Err(("call", "`dispatch` needs the name of its `event`".to_owned())),
        },
        (What::Command, _) => match &raw.command {
            Some(command) => Ok(Action::Command {
                command: command.clone(),
                arguments: arguments(),
                asked: raw.duration.map_or(Duration::ZERO, |asked| asked.0),
            }),
            None => Err(("call", "`command` needs its name: `command: NAME`".to_owned())),
        },
        (What::Shutdown, _) => event("shutdown", json!({"reason": "finished"})),
        (what, _) => event(what.name(), json!({})),
    }
}

fn pairs(map: Option<&raw::Texts>) -> Vec<(String, String)> {
    map.into_iter().flatten().map(|(name, value)| (name.to_lowercase(), value.clone())).collect()
}

/// Text as it is, everything else as JSON.
fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests;
