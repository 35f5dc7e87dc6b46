//! The native connector `exec`: describes, measures and adjusts by commands of the operator, as the drivers of ServoX'
//! predecessor did. Each reads JSON on standard input, prints progress as lines of JSON, and in the end what it found.

mod answer;
mod encoder;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use servo_events::{BoxFuture, Call, Context, Event, Handler, Reply, Update, Verdict};
use servo_optimizer::wire;
use servo_types::{Adjustment, Check, Code, Control, Description, Failure, Measurement, Metric, Severity};

use super::Grantable;
use super::command::{Around, Command};
use super::lines::Talk;
use super::process::{RunError, Work, run};
use answer::{AnswerError, DOCUMENT_MAX, Printed, State};
use encoder::Encoder;

/// The name in a configuration.
pub(super) const NAME: &str = "exec";

/// Time that a command has when nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The id of its check.
const DESCRIBES: &str = "describes";

/// The settings, as they are written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Settings {
    describe: Option<Command>,
    measure: Option<Command>,
    adjust: Option<Command>,
    metrics: BTreeMap<String, String>,
    encoders: Vec<encoder::Settings>,
    #[serde(flatten)]
    around: Around,
}

/// The connector.
#[derive(Debug)]
pub(super) struct Exec {
    alias: Arc<str>,
    servo: String,
    describe: Option<Command>,
    measure: Option<Command>,
    adjust: Option<Command>,
    metrics: Vec<Metric>,
    encoders: Vec<Encoder>,
}

impl From<AnswerError> for Failure {
    fn from(error: AnswerError) -> Failure {
        Failure::failed(error.to_string()).because("answer")
    }
}

impl Exec {
    /// The connector with these settings; `folder` is where the configuration file is.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn new(alias: &str, servo: &str, settings: &Value, folder: &Path) -> Result<Exec, String> {
        let Settings { describe, measure, adjust, metrics, encoders, around } =
            Settings::deserialize(settings).map_err(|error| error.to_string())?;
        let within = |name: &str, command: Option<Command>| {
            let command = command.map(|command| command.within(&around, folder)).transpose();
            command.map_err(|wrong| format!("{name}: {wrong}"))
        };
        let exec = Exec {
            alias: alias.into(),
            servo: servo.to_owned(),
            describe: within("describe", describe)?,
            measure: within("measure", measure)?,
            adjust: within("adjust", adjust)?,
            metrics: metrics.into_iter().map(|(name, unit)| Metric { name, unit }).collect(),
            encoders: encoders.into_iter().map(Encoder::new).collect::<Result<_, _>>()?,
        };
        if exec.describe.is_none() && (exec.adjust.is_some() || !exec.encoders.is_empty()) {
            let text =
                "`describe` is missing: without it nobody knows what `adjust` and `encoders` could change";
            return Err(text.to_owned());
        }
        Ok(exec)
    }

    /// Everything that it may start.
    pub(super) fn grantable(&self) -> Vec<Grantable> {
        let all = [("describe", &self.describe), ("measure", &self.measure), ("adjust", &self.adjust)];
        let one = |(when, command): (&str, &Option<Command>)| {
            let command = command.as_ref()?;
            let with = format!("on {when}, {}", command.terms(TIMEOUT));
            Some(Grantable { to: command.to_string(), with })
        };
        all.into_iter().filter_map(one).collect()
    }

    /// Runs a command; what it printed in the end, if it printed anything.
    async fn run(
        &self,
        command: &Command,
        input: &Value,
        call: &Call,
        context: &Context,
    ) -> Result<Option<Map<String, Value>>, Failure> {
        let event = call.event();
        let (talk, printed) = (Talk::new(&self.alias, event), Printed::default());
        let line = |line: &str| {
            if let Some(progress) = printed.line(line) {
                progress.log.iter().for_each(|line| talk.out(line));
                let (percent, message) = (Some(progress.percent), progress.message);
                context.report(Update { percent, message, readings: Vec::new() });
            }
        };
        let told = [
            ("SERVO_EVENT", event.name()),
            ("SERVO_MOMENT", "on"),
            ("SERVO_CONNECTOR", &self.alias),
            ("SERVO_CALLER", &self.servo),
        ];
        let done = run(Work {
            command,
            told: &told,
            input: &input.to_string(),
            within: command.timeout(TIMEOUT).saturating_add(call.asked()),
            cancel: &context.cancel,
            output: (&line, DOCUMENT_MAX + 1),
            talk: &talk,
        })
        .await;
        let name = command.to_string();
        let (document, lines) = match (printed.document(&name), &done) {
            (Ok(Some((document, before))), _) => (Some(document), before),
            (Ok(None), _) => (None, Vec::new()),
            (Err(error), Ok(())) => return Err(error.into()),
            (Err(_), Err(_)) => (None, printed.lines()),
        };
        lines.iter().filter(|line| !line.is_empty()).for_each(|line| talk.out(line));
        // A command says better than its exit status what is wrong; one that was ended has no say.
        if let (Some(document), Ok(()) | Err(RunError::Status { .. })) = (&document, &done)
            && let Some(failure) = answer::failure(&name, document)
        {
            return Err(failure);
        }
        done?;
        Ok(document)
    }

    async fn state(&self, call: &Call, context: &Context) -> Result<State, Failure> {
        let command = self.command(&self.describe, call.event())?;
        let document = self.run(command, &json!({}), call, context).await?;
        let document = document.ok_or_else(|| AnswerError::nothing(command))?;
        Ok(State::of(document))
    }

    fn description(&self, mut state: State) -> Result<Description, Failure> {
        for encoder in &self.encoders {
            encoder.describe(&mut state).map_err(Failure::failed)?;
        }
        let command = self.describe.as_ref().map(Command::to_string).unwrap_or_default();
        let mut description = state.description(&command)?;
        if !self.metrics.is_empty() {
            description.metrics.clone_from(&self.metrics);
        }
        Ok(description)
    }

    async fn describe(&self, call: &Call, context: &Context) -> Result<Description, Failure> {
        if self.describe.is_none() {
            return Ok(Description { components: Vec::new(), metrics: self.metrics.clone() });
        }
        self.description(self.state(call, context).await?)
    }

    async fn measure(
        &self,
        metrics: &[String],
        control: &Control,
        call: &Call,
        context: &Context,
    ) -> Result<Measurement, Failure> {
        let command = self.command(&self.measure, call.event())?;
        let control = wire::Control::of(control).map_err(|error| Failure::failed(error.to_string()))?;
        let mut names = metrics.to_vec();
        if names.is_empty() {
            names = self.metrics.iter().map(|metric| metric.name.clone()).collect();
        }
        let input = json!({"metrics": names, "control": control});
        let document = self.run(command, &input, call, context).await?;
        let document = document.ok_or_else(|| AnswerError::nothing(command))?;
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs_f64();
        Ok(answer::measurement(&command.to_string(), document, now)?)
    }

    async fn adjust(
        &self,
        wanted: &[Adjustment],
        control: &Control,
        call: &Call,
        context: &Context,
    ) -> Result<Description, Failure> {
        let command = self.command(&self.adjust, call.event())?;
        let mut wanted = wanted.to_vec();
        if !self.encoders.is_empty() {
            // What is not changed keeps the value that it has.
            let mut state = self.state(call, context).await?;
            for encoder in &self.encoders {
                let encoded = encoder.adjust(&mut state, &mut wanted);
                encoded.map_err(|problem| Failure::new(Code::Rejected, problem))?;
            }
        }
        let asked = wire::Adjust::of(&wanted, control).map_err(|error| Failure::failed(error.to_string()))?;
        let asked = serde_json::to_value(asked).map_err(|error| Failure::failed(error.to_string()))?;
        let input = json!({"application": asked["state"]["application"], "control": asked["control"]});
        let document = self.run(command, &input, call, context).await?.unwrap_or_default();
        let state = State::of(document);
        // Values alone are no description: then `describe` says what there is now.
        match self.description(state) {
            Ok(description) if !description.components.is_empty() => Ok(description),
            _ => self.describe(call, context).await,
        }
    }

    fn command<'a>(&self, command: &'a Option<Command>, event: Event) -> Result<&'a Command, Failure> {
        command.as_ref().ok_or_else(|| {
            Failure::failed(format!("`{}` has no command for `{event}`; name one in its stanza", self.alias))
        })
    }

    async fn check(&self, call: &Call, context: &Context) -> Verdict {
        match self.describe(call, context).await {
            Ok(Description { components, .. }) => {
                let settings: usize = components.iter().map(|component| component.settings.len()).sum();
                Verdict { passed: true, message: format!("it describes {settings} settings"), hint: None }
            }
            Err(failure) => Verdict {
                passed: false,
                message: failure.message,
                hint: Some("run the command by hand: it must print what can be changed as JSON".to_owned()),
            },
        }
    }
}

impl Handler for Exec {
    fn name(&self) -> &str {
        &self.alias
    }

    fn handles(&self, event: Event) -> bool {
        let describes = self.describe.is_some();
        match event {
            Event::Measure => self.measure.is_some(),
            Event::Adjust => self.adjust.is_some(),
            Event::Describe | Event::Metrics => describes || !self.metrics.is_empty(),
            Event::Components | Event::Check => describes,
            _ => false,
        }
    }

    fn call(&self, call: Arc<Call>, context: Context) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async move {
            Ok(match &*call {
                Call::Describe { .. } => Reply::Description(self.describe(&call, &context).await?),
                Call::Components => Reply::Components(self.describe(&call, &context).await?.components),
                Call::Metrics if !self.metrics.is_empty() => Reply::Metrics(self.metrics.clone()),
                Call::Metrics => Reply::Metrics(self.describe(&call, &context).await?.metrics),
                Call::Measure { metrics, control } => {
                    Reply::Measurement(self.measure(metrics, control, &call, &context).await?)
                }
                Call::Adjust { adjustments, control } => {
                    Reply::Description(self.adjust(adjustments, control, &call, &context).await?)
                }
                Call::CheckList => Reply::Checks(vec![Check {
                    id: DESCRIBES.to_owned(),
                    name: "The command `describe` says what can be changed".to_owned(),
                    description: String::new(),
                    severity: Severity::Critical,
                    tags: Vec::new(),
                    remedy: false,
                }]),
                Call::CheckRun { id } if id == DESCRIBES => Reply::Checked(self.check(&call, &context).await),
                Call::CheckRun { id } => return Err(Failure::failed(format!("there is no check `{id}`"))),
                other => {
                    let text = format!("`{}` does not handle `{}`", self.alias, other.event());
                    return Err(Failure::failed(text));
                }
            })
        })
    }
}

#[cfg(test)]
mod tests;
