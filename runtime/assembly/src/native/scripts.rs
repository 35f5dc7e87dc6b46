//! The native connector `scripts`: commands of the operator before, on and after events. What happens is told to them as
//! JSON on standard input. One that fails before an event cancels it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use servo_events::{BoxFuture, Call, Context, Event, Handler, Hook, Moment, Reply};
use servo_types::{Code, Description, Failure, Measurement};

use super::command::{Around, Command};
use super::lines::{LINE_MAX, Talk};
use super::process::{Work, run};
use super::{Grantable, said};

/// The name in a configuration.
pub(super) const NAME: &str = "scripts";

/// Time that a command has when nothing else is said.
pub(super) const TIMEOUT: Duration = Duration::from_secs(60);

/// The settings, as they are written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Settings {
    before: BTreeMap<String, Vec<Command>>,
    on: BTreeMap<String, Vec<Command>>,
    after: BTreeMap<String, Vec<Command>>,
    #[serde(flatten)]
    around: Around,
}

/// The connector.
#[derive(Debug)]
pub(super) struct Scripts {
    alias: Arc<str>,
    servo: String,
    before: Commands,
    on: Commands,
    after: Commands,
    hooks: Vec<Hook>,
}

type Commands = Vec<(Event, Vec<Command>)>;

impl Scripts {
    /// The connector with these settings; `folder` is where the configuration file is.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn new(alias: &str, servo: &str, settings: &Value, folder: &Path) -> Result<Scripts, String> {
        let Settings { before, on, after, around } =
            Settings::deserialize(settings).map_err(|error| error.to_string())?;
        let of = |when: &str, named: &BTreeMap<String, Vec<Command>>| -> Result<Commands, String> {
            let mut all = Vec::new();
            for (name, commands) in named {
                let event = event(when, name)?;
                let within = |command: &Command| {
                    command.within(&around, folder).map_err(|wrong| format!("{when}.{name}: {wrong}"))
                };
                let commands = commands.iter().map(within).collect::<Result<Vec<_>, _>>()?;
                if !commands.is_empty() {
                    all.push((event, commands));
                }
            }
            Ok(all)
        };
        let (before, on, after) = (of("before", &before)?, of("on", &on)?, of("after", &after)?);
        let hook = |moment| move |(event, _): &(Event, _)| Hook { event: *event, moment };
        let hooks = before.iter().map(hook(Moment::Before));
        let hooks = hooks.chain(after.iter().map(hook(Moment::After))).collect();
        Ok(Scripts { alias: alias.into(), servo: servo.to_owned(), before, on, after, hooks })
    }

    /// Everything that it may start.
    pub(super) fn grantable(&self) -> Vec<Grantable> {
        let sets = [("before", &self.before), ("on", &self.on), ("after", &self.after)];
        let all = sets.into_iter().flat_map(|(when, set)| {
            set.iter().flat_map(move |(event, commands)| commands.iter().map(move |one| (when, event, one)))
        });
        let one = |(when, event, command): (&str, &Event, &Command)| Grantable {
            to: command.to_string(),
            with: format!("{when} {event}, {}", command.terms(TIMEOUT)),
        };
        all.map(one).collect()
    }

    async fn all(
        &self,
        when: &str,
        commands: &[Command],
        call: &Call,
        context: &Context,
    ) -> Result<(), Failure> {
        let event = call.event();
        let input = document(when, &self.alias, call).to_string();
        let told = [
            ("SERVO_EVENT", event.name()),
            ("SERVO_MOMENT", when),
            ("SERVO_CONNECTOR", &self.alias),
            ("SERVO_CALLER", &self.servo),
        ];
        let mut failed = Ok(());
        for command in commands {
            let talk = Talk::new(&self.alias, event);
            let line = |line: &str| talk.out(line);
            let done = run(Work {
                command,
                told: &told,
                input: &input,
                within: command.timeout(TIMEOUT).saturating_add(call.asked()),
                cancel: &context.cancel,
                output: (&line, LINE_MAX),
                talk: &talk,
            });
            match done.await {
                Ok(()) => {}
                // What is cleaned up after an event is cleaned up whatever else failed.
                Err(error) if when == "after" && failed.is_ok() => failed = Err(error.into()),
                Err(_) if when == "after" => {}
                Err(error) => return Err(error.into()),
            }
        }
        failed
    }
}

impl Handler for Scripts {
    fn name(&self) -> &str {
        &self.alias
    }

    fn handles(&self, event: Event) -> bool {
        self.on.iter().any(|(known, _)| *known == event)
    }

    fn hooks(&self) -> &[Hook] {
        &self.hooks
    }

    fn call(&self, call: Arc<Call>, context: Context) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async move {
            let (when, set) = match &*call {
                Call::Before { .. } => ("before", &self.before),
                Call::After { .. } => ("after", &self.after),
                _ => ("on", &self.on),
            };
            let event = call.event();
            let commands = set.iter().find(|(known, _)| *known == event);
            let Some((_, commands)) = commands else {
                return Err(Failure::failed(format!("`{}` does not handle `{event}`", self.alias)));
            };
            let done = self.all(when, commands, &call, &context).await;
            match &*call {
                // Only `cancelled` cancels an event.
                Call::Before { .. } => {
                    done.map_err(|failure| Failure { code: Code::Cancelled, ..failure })?
                }
                _ => done?,
            }
            Ok(match &*call {
                Call::Describe { .. } | Call::Adjust { .. } => Reply::Description(Description::default()),
                Call::Measure { .. } => Reply::Measurement(Measurement::default()),
                _ => Reply::Done,
            })
        })
    }
}

/// What a command reads.
fn document(when: &str, connector: &str, call: &Call) -> Value {
    let mut document = json!({"event": call.event().name(), "moment": when, "connector": connector});
    let key = if when == "after" { "outcomes" } else { "arguments" };
    document[key] = serde_json::from_str(&call.arguments()).unwrap_or_default();
    document
}

/// The event that a key names.
fn event(when: &str, name: &str) -> Result<Event, String> {
    let event = Event::from_name(name).ok_or_else(|| {
        format!("{when}: `{name}` cannot be the name of an event; `servo show events` lists them")
    })?;
    let own = matches!(event, Event::Startup | Event::Shutdown);
    match (when, event) {
        ("on", Event::Describe | Event::Measure | Event::Adjust | Event::Promote) => Ok(event),
        ("on", _) if own => Ok(event),
        ("on", _) => Err(format!(
            "on: a command cannot answer `{name}`; write it under `before` or `after`, `on` is for {}",
            said(&["startup", "shutdown", "describe", "measure", "adjust", "promote"])
        )),
        _ if own => Err(format!("{when}: `{name}` has no hooks; write the command under `on`")),
        _ => Ok(event),
    }
}

#[cfg(test)]
mod tests;
