//! One scenario from its beginning to its end, on a runtime whose clock is paused.

use std::sync::Arc;

use serde_json::{Value, json};
use servo_config::Origin;
use servo_config::node::Node;
use servo_config::scenario::{Action, Expected, Scenario, ScenarioCall, compare, glob, short};
use servo_events::{Bus, Call, Event, Handler, Options, Reply};
use servo_host::{Connector, ConnectorOptions, Grants, Program, Services, Stage, StartError};
use servo_types::{Code, Failure, Limits};
use tokio::runtime::Handle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::script::Prompter;
use super::{Came, Played, Unmet, since_epoch};

/// The most lines of the log that are kept for people.
const LINES_MAX: usize = 2_000;

/// The connector that plays.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) alias: String,
    pub(super) program: Arc<Program>,
    pub(super) settings: Value,
    pub(super) limits: Limits,
    pub(super) grants: Grants,
}

/// Plays a scenario; every call is made, whatever came of those before it.
pub(super) async fn play(part: Part, scenario: Arc<Scenario>, live: Option<Handle>) -> Played {
    let prompter = Arc::new(Prompter::new(&scenario));
    let mut played = Played::default();
    let (start, alive) = (Instant::now(), live.is_some());
    let stage = Stage::new(since_epoch(scenario.start), live, Arc::clone(&prompter) as _);
    let kept = tempfile::tempdir().ok();
    let bus = Bus::new();
    let services = Services {
        bus: Some(bus.clone()),
        load: None,
        liveness: None,
        gate: None,
        state: kept.as_ref().map(|folder| folder.path().join("state")),
        stage: Some(stage),
    };
    let Part { alias, program, settings, limits, grants } = part;
    let options = ConnectorOptions { alias, settings, limits, grants, services };
    let mut calls = scenario.calls.iter();
    let configured = match scenario.calls.first() {
        Some(ScenarioCall { action: Action::Configure, .. }) => calls.next(),
        _ => None,
    };
    let connector = Connector::start(program, options).await;
    let result = match &connector {
        Ok(_) => Ok(Value::Null),
        Err(error) => Err(json!(refused(error))),
    };
    let nothing = Expected::default();
    let first = scenario.calls.first().map_or(Origin::Default, |call| call.origin.clone());
    let (origin, expected) = configured.map_or((&first, &nothing), |call| (&call.origin, &call.expected));
    judge(&mut played, &prompter, "configure", origin, expected, result);
    if let Ok(connector) = connector {
        // It is the only one on the bus, so that nothing is in its way.
        let _ = bus.register(Arc::clone(&connector) as Arc<dyn Handler>);
        for call in calls {
            let (name, result) = perform(&bus, call).await;
            judge(&mut played, &prompter, name, &call.origin, &call.expected, result);
        }
    }
    if !alive {
        played.unmet.extend(prompter.unused());
    }
    played.exchanges = prompter.take_answered();
    played.seconds = start.elapsed().as_secs_f64();
    played
}

/// Settings that the connector refuses are `rejected`.
fn refused(error: &StartError) -> Failure {
    match error {
        StartError::Failed(failure) => failure.clone(),
        StartError::Settings(_) => Failure::new(Code::Rejected, error.to_string()),
    }
}

/// Makes one call. The result is JSON, and so is the failure.
async fn perform(bus: &Bus, call: &ScenarioCall) -> (&'static str, Result<Value, Value>) {
    let cancel = CancellationToken::new();
    if let Some(after) = call.cancel_after {
        let cancel = cancel.clone();
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            cancel.cancel();
        });
    }
    match &call.action {
        // The connector has its settings already.
        Action::Configure => ("configure", Ok(Value::Null)),
        Action::Checks => ("check", checks(bus, &cancel).await.map_err(|failure| json!(failure))),
        Action::Event { event: name, arguments } => {
            let parsed = Event::from_name(name).map(|event| Call::parse(event, &arguments.to_string()));
            let result = match parsed {
                Some(Ok(call)) => dispatch(bus, call, &cancel).await.map(|reply| reply.to_json()),
                Some(Err(error)) => Err(Failure::failed(error.to_string())),
                None => Err(Failure::failed(format!("there is no event `{name}`"))),
            };
            (name, result.map_err(|failure| json!(failure)))
        }
        Action::Dispatch { event, arguments } => {
            let result = match Call::dispatched(event, &arguments.to_string()) {
                Ok(call) => dispatch(bus, call, &cancel).await.map(|reply| reply.to_json()),
                Err(error) => Err(Failure::failed(error.to_string())),
            };
            ("dispatch", result.map_err(|failure| json!(failure)))
        }
        Action::Command { command, arguments, asked } => {
            let (name, arguments) = (command.clone(), arguments.to_string());
            let result = dispatch(bus, Call::Command { name, arguments, asked: *asked }, &cancel).await;
            ("command", result.map(|reply| reply.to_json()).map_err(|failure| json!(failure)))
        }
    }
}

async fn dispatch(bus: &Bus, call: Call, cancel: &CancellationToken) -> Result<Reply, Failure> {
    let event = call.event();
    let options = Options { cancel: cancel.clone(), ..Options::default() };
    let outcomes = bus.dispatch(call, options).await.map_err(|error| Failure::failed(error.to_string()))?;
    match (outcomes.answers.into_iter().next(), outcomes.cancelled_by) {
        (Some(answer), _) => answer.result,
        (None, Some(by)) => Err(by.failure),
        (None, None) => Err(Failure::failed(format!("the connector does not handle `{event}`"))),
    }
}

/// Runs all checks: the list with `passed`, `message` and `hint` of each.
async fn checks(bus: &Bus, cancel: &CancellationToken) -> Result<Value, Failure> {
    let Reply::Checks(listed) = dispatch(bus, Call::CheckList, cancel).await? else {
        return Err(Failure::failed("the list of checks is none"));
    };
    let mut all = Vec::new();
    for check in listed {
        let outcome = dispatch(bus, Call::CheckRun { id: check.id.clone() }, cancel).await?.to_json();
        let mut one = json!({"id": check.id, "name": check.name});
        if let (Value::Object(one), Value::Object(outcome)) = (&mut one, outcome) {
            one.extend(outcome);
        }
        all.push(one);
    }
    Ok(Value::Array(all))
}

/// Compares what came of a call with what was expected.
fn judge(
    played: &mut Played,
    prompter: &Prompter,
    name: &str,
    origin: &Origin,
    expected: &Expected,
    result: Result<Value, Value>,
) {
    let (mut came, unexpected) = prompter.take();
    let unmet = &mut played.unmet;
    match (&result, &expected.failure) {
        (Ok(value), Some(failure)) => unmet.push(Unmet {
            expected: Some(format!("the failure {}", short(&failure.to_json()))),
            came: Some(short(value)),
            ..Unmet::at(&failure.origin, format!("{name} did not fail"))
        }),
        (Ok(value), None) => {
            let mismatches = expected.result.iter().flat_map(|node| compare(node, value, "result"));
            unmet.extend(mismatches.map(Unmet::from));
        }
        (Err(failure), Some(wanted)) => {
            // A text stands for the message.
            let (came, path) = match wanted.as_text() {
                Some(_) => (&failure["message"], "failure.message"),
                None => (failure, "failure"),
            };
            unmet.extend(compare(wanted, came, path).into_iter().map(Unmet::from));
        }
        (Err(failure), None) => unmet.push(Unmet {
            expected: expected.result.as_ref().map(|node| short(&node.to_json())),
            came: Some(said(failure)),
            ..Unmet::at(origin, format!("{name} failed"))
        }),
    }
    for request in unexpected {
        unmet.push(Unmet::at(origin, format!("{name} made a request that is not expected: {request}")));
    }
    let line = |node: &Node, line: &String| {
        let wanted = node.as_text().unwrap_or_default();
        glob(wanted, line) || line.split_once(": ").is_some_and(|(_, text)| glob(wanted, text))
    };
    unmet.extend(in_order(&expected.log, &came.log, line, "log", |line| line.clone()));
    let update = |node: &Node, update: &Value| match node.as_text() {
        Some(_) => compare(node, &update["message"], "").is_empty(),
        None => compare(node, update, "").is_empty(),
    };
    unmet.extend(in_order(&expected.progress, &came.progress, update, "progress", short));
    denials(unmet, name, origin, expected, &came);
    let room = LINES_MAX.saturating_sub(played.log.len());
    played.log.extend(came.log.iter().take(room).cloned());
    came.result = Some(result);
    played.calls.push(came);
}

/// What was expected and did not come in its order.
fn in_order<T>(
    expected: &[Node],
    came: &[T],
    fits: impl Fn(&Node, &T) -> bool,
    what: &str,
    show: impl Fn(&T) -> String,
) -> Option<Unmet> {
    let mut rest = came;
    for node in expected {
        match rest.iter().position(|one| fits(node, one)) {
            Some(at) => rest = &rest[at + 1..],
            None => {
                let came = match rest {
                    [] if came.is_empty() => "nothing".to_owned(),
                    [] => format!("nothing after {}", came.last().map(show).unwrap_or_default()),
                    rest => rest.iter().take(5).map(show).collect::<Vec<_>>().join(" | "),
                };
                let expected = Some(short(&node.to_json()));
                return Some(Unmet { expected, came: Some(came), ..Unmet::at(&node.origin, what) });
            }
        }
    }
    None
}

/// Every denial is expected, and every expected one came.
fn denials(unmet: &mut Vec<Unmet>, name: &str, origin: &Origin, expected: &Expected, came: &Came) {
    let is = |node: &Node, denied: &String| glob(node.as_text().unwrap_or_default(), denied);
    for denied in &came.denied {
        if !expected.denied.iter().any(|node| is(node, denied)) {
            let what = format!("{name} was denied a request to {denied}: its grants do not allow it");
            unmet.push(Unmet::at(origin, what));
        }
    }
    for node in &expected.denied {
        if !came.denied.iter().any(|denied| is(node, denied)) {
            let (expected, came) = (Some(short(&node.to_json())), Some(came.denied.join(", ")));
            let came = came.filter(|came| !came.is_empty()).or_else(|| Some("nothing".to_owned()));
            unmet.push(Unmet { expected, came, ..Unmet::at(&node.origin, "denied") });
        }
    }
}

/// A failure for people.
fn said(failure: &Value) -> String {
    let text = |key: &str| failure[key].as_str().unwrap_or_default();
    format!("{}: {}", text("code"), text("message"))
}
