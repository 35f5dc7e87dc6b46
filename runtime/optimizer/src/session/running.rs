//! The operation that is under way: what is said about it meanwhile, and how it is ended.

use std::time::Duration;

use servo_types::{Failure, Metric};

use super::action::{Operation, Task};
use super::input::Outcome;
use super::talk::short;
use crate::wire::{
    Adjusted, Body, Described, Descriptor, Event, Failed, Measured, Progress, Report, WireError,
};

/// Progress is not sent more often.
pub(super) const PROGRESS_EVERY: Duration = Duration::from_secs(1);
/// Sent this often even when connectors say nothing: only an answer can say that the command is to be ended.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(10);
/// How long an operation may take to end when it is asked to.
pub(super) const GRACE: Duration = Duration::from_secs(10);
/// What an operation may take besides the time that was asked for, as the limits of instances have it.
const BESIDES: Duration = Duration::from_secs(30);
/// Reports end short of the whole; that is for the result to say.
const MOST: f64 = 99.0;

/// The operation that is under way.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) command: Command,
    pub(super) cmd_uid: Option<String>,
    /// The metrics as the optimizer asked for them.
    asked: Vec<Metric>,
    pub(super) since: Duration,
    expected: Duration,
    percent: f64,
    /// Connectors say how far they are.
    told: bool,
    /// The newest that was not sent.
    pub(super) news: Option<String>,
    /// Progress is on its way.
    pub(super) in_flight: bool,
    /// Progress in a row that came to nothing.
    pub(super) failures: u32,
    /// When progress may be sent again.
    pub(super) not_before: Duration,
    pub(super) ending: Option<Ending>,
    /// It is over, and progress is on its way.
    pub(super) outcome: Option<Result<Outcome, Failure>>,
}

/// Which command is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Describe,
    Measure,
    Adjust,
}

/// Why an operation is being ended, and when it is no longer asked.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) why: Why,
    pub(super) kill_at: Duration,
    pub(super) killed: bool,
}

/// Why an operation is being ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The optimizer said so, and wants to hear of it.
    Cancelled(String),
    /// The optimizer does not know of the command any more.
    Lost,
    /// Another servo has taken over.
    Replaced,
    /// Servo ends.
    Stopping(String),
}

impl Running {
    pub(super) fn new(operation: &Operation, now: Duration) -> Self {
        let (command, asked) = match &operation.task {
            Task::Describe { .. } => (Command::Describe, Vec::new()),
            Task::Measure { metrics, .. } => (Command::Measure, metrics.clone()),
            Task::Adjust { .. } => (Command::Adjust, Vec::new()),
        };
        Self {
            command,
            cmd_uid: operation.cmd_uid.clone(),
            asked,
            since: now,
            expected: operation.task.control().asked().saturating_add(BESIDES),
            percent: 0.0,
            told: false,
            news: None,
            in_flight: false,
            failures: 0,
            not_before: now + PROGRESS_EVERY,
            ending: None,
            outcome: None,
        }
    }

    /// Takes what a connector says. Progress never goes back.
    pub(super) fn progressed(&mut self, percent: f64, message: &str) {
        if percent.is_finite() {
            self.told = true;
            self.percent = self.percent.max(percent.clamp(0.0, MOST));
        }
        self.news = Some(short(message));
    }

    /// When to come back.
    pub(super) fn wake(&self) -> Option<Duration> {
        if let Some(ending) = &self.ending {
            return (!ending.killed).then_some(ending.kill_at);
        }
        (!self.in_flight && self.outcome.is_none()).then(|| self.speaks_at())
    }

    /// Whether the end of the session cannot wait for it any longer than the session itself may take.
    pub(super) fn is_held_up(&self) -> bool {
        self.in_flight || self.ending.as_ref().is_some_and(|ending| !ending.killed)
    }

    /// When the next progress is due.
    pub(super) fn speaks_at(&self) -> Duration {
        match self.news {
            Some(_) => self.not_before,
            None => self.not_before + (HEARTBEAT - PROGRESS_EVERY),
        }
    }

    /// What there is to say now.
    pub(super) fn progress(&mut self, now: Duration) -> Event {
        let passed = now.saturating_sub(self.since);
        let message = self.news.take();
        if !self.told {
            let share = passed.as_secs_f64() / self.expected.as_secs_f64();
            self.percent = self.percent.max((100.0 * share).min(MOST));
        }
        let (seconds, most) = (passed.as_secs(), self.expected.as_secs());
        let message = message.unwrap_or_else(|| format!("{seconds} s of at most {most} s"));
        let runtime = passed.as_secs_f64();
        // 0 says nothing; at least it is under way.
        let progress = self.percent.max(0.01);
        self.command
            .report(&self.cmd_uid, Body::Progress(Progress { progress, runtime, message: Some(message) }))
    }

    /// The result as the optimizer is told.
    pub(super) fn result(&self, outcome: Result<Outcome, Failure>) -> Result<Event, WireError> {
        let cmd_uid = self.cmd_uid.clone();
        Ok(match outcome {
            Ok(Outcome::Described(description)) => {
                let body = Body::Done(Described { descriptor: Descriptor::of(&description) });
                Event::Description(Report { cmd_uid, body })
            }
            Ok(Outcome::Measured { measurement, metrics: mut known, at }) => {
                let asked = self.asked.iter().filter(|metric| !metric.unit.is_empty());
                let missing: Vec<_> = asked
                    .filter(|asked| !known.iter().any(|known| known.name == asked.name))
                    .cloned()
                    .collect();
                known.extend(missing);
                let body = Body::Done(Measured::of(&measurement, &known, at)?);
                Event::Measurement(Report { cmd_uid, body })
            }
            Ok(Outcome::Adjusted(description)) => {
                let body = Body::Done(Adjusted { state: Descriptor::state_of(&description) });
                Event::Adjustment(Report { cmd_uid, body })
            }
            Err(failure) => self.command.report(&cmd_uid, Body::Failed(Failed::of(&failure))),
        })
    }
}

impl Command {
    pub(super) fn of(name: &str) -> Option<Self> {
        [Self::Describe, Self::Measure, Self::Adjust].into_iter().find(|command| command.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Describe => "DESCRIBE",
            Self::Measure => "MEASURE",
            Self::Adjust => "ADJUST",
        }
    }

    /// What is said of it besides what it brought.
    pub(super) fn report(self, cmd_uid: &Option<String>, body: Body<Never>) -> Event {
        let cmd_uid = cmd_uid.clone();
        match self {
            Self::Describe => Event::Description(Report { cmd_uid, body: body.of() }),
            Self::Measure => Event::Measurement(Report { cmd_uid, body: body.of() }),
            Self::Adjust => Event::Adjustment(Report { cmd_uid, body: body.of() }),
        }
    }
}

/// No result is one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Never {}

impl Body<Never> {
    fn of<T>(self) -> Body<T> {
        match self {
            Self::Failed(failed) => Body::Failed(failed),
            Self::Progress(progress) => Body::Progress(progress),
            Self::Done(never) => match never {},
        }
    }
}
