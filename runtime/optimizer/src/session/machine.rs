//! The session: what it is about, and what each input makes of that.

use std::mem;
use std::time::Duration;

use bytes::Bytes;
use servo_types::{Code, Failure};

use super::action::{Action, End, Level, Notice};
use super::input::{Answer, Input, Outcome};
use super::options::SessionOptions;
use super::running::{Ending, GRACE, Running, Why};
use super::state::{Phase, SessionState};
use super::talk::{Purpose, Talk};
use crate::random::Random;
use crate::wire::{Body, Event, Failed, Request, ResultStatus};

/// A servo's conversation with a remote optimizer.
#[derive(Debug)]
pub struct Session {
    pub(super) options: SessionOptions,
    pub(super) random: Random,
    pub(super) now: Duration,
    pub(super) doing: Doing,
    /// The optimizer has answered HELLO.
    pub(super) greeted: bool,
    /// Things in a row that the optimizer or a connector got wrong, so that no loop is a hot one.
    pub(super) trouble: u32,
    pub(super) problem: Option<String>,
    /// The last result, when it could not be told.
    pub(super) kept: Option<Kept>,
    pub(super) stop: Option<Stop>,
    pub(super) end: End,
    actions: Vec<Action>,
}

/// What a session is about.
#[derive(Debug)]
pub(super) enum Doing {
    New,
    Talking(Talk),
    Running(Box<Running>),
    Pausing {
        until: Duration,
        then: Next,
        why: Pause,
    },
    /// It is known to the optimizer, and asks for nothing.
    Idle,
    /// Connectors shut down.
    Down,
    /// GOODBYE is on its way.
    Leaving {
        until: Duration,
    },
    Over,
}

/// What follows a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Hello,
    WhatsNext,
}

/// Why nothing is done for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    Sleep(Option<String>),
    Trouble,
    Replaced,
}

/// A result that could not be told: the optimizer may ask for it again.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) command: &'static str,
    pub(super) cmd_uid: String,
    pub(super) event: &'static str,
    pub(super) body: Bytes,
}

/// That the session is to end.
#[derive(Debug)]
pub(super) struct Stop {
    pub(super) reason: String,
    pub(super) deadline: Duration,
    /// Until when a result waits for the answer to progress.
    pub(super) pressed: Duration,
}

impl Session {
    /// A session that has not begun.
    pub fn new(options: SessionOptions) -> Self {
        Self {
            random: Random::new(options.seed, 0),
            options,
            now: Duration::ZERO,
            doing: Doing::New,
            greeted: false,
            trouble: 0,
            problem: None,
            kept: None,
            stop: None,
            end: End::Stopped,
            actions: Vec::new(),
        }
    }

    /// Takes what happened at `now`; returns what is to be done, in this order.
    pub fn step(&mut self, now: Duration, input: Input) -> Vec<Action> {
        self.now = self.now.max(now);
        match input {
            Input::Start if matches!(self.doing, Doing::New) => self.hello(),
            Input::Start => {}
            Input::Time => self.due(),
            Input::Answered(answer) => self.answered(answer),
            Input::Progress { percent, message } => {
                if let Doing::Running(running) = &mut self.doing {
                    running.progressed(percent, &message);
                }
                self.due();
            }
            Input::Finished(outcome) => self.finished(outcome),
            Input::Stop { reason } => self.stopped(reason),
            Input::Down => self.down(),
        }
        mem::take(&mut self.actions)
    }

    /// When [`Input::Time`] is due, if anything is waited for but inputs.
    pub fn wake(&self) -> Option<Duration> {
        let own = match &self.doing {
            Doing::Talking(talk) => talk.again,
            Doing::Running(running) => running.wake(),
            Doing::Pausing { until, .. } | Doing::Leaving { until } => Some(*until),
            Doing::New | Doing::Idle | Doing::Down | Doing::Over => None,
        };
        let deadline = match (&self.stop, &self.doing) {
            (Some(stop), Doing::Talking(_)) => Some(stop.deadline),
            (Some(stop), Doing::Running(running)) if running.outcome.is_some() => Some(stop.pressed),
            (Some(stop), Doing::Running(running)) if running.is_held_up() => Some(stop.deadline),
            _ => None,
        };
        own.into_iter().chain(deadline).min()
    }

    /// How it stands.
    pub fn state(&self) -> SessionState {
        let (phase, tries) = match &self.doing {
            Doing::New => (Phase::Greeting, 0),
            Doing::Idle => (Phase::Idle, 0),
            Doing::Talking(Talk { again: Some(until), tries, .. }) => {
                (Phase::Waiting { until: *until }, *tries)
            }
            Doing::Talking(Talk { purpose, tries, .. }) => {
                let phase = match purpose {
                    Purpose::Hello => Phase::Greeting,
                    Purpose::WhatsNext => Phase::Asking,
                    Purpose::Result { .. } => Phase::Reporting,
                };
                (phase, tries.saturating_sub(1))
            }
            Doing::Running(running) => {
                let (command, cmd_uid) = (running.command.name(), running.cmd_uid.clone());
                (Phase::Operating { command, cmd_uid, since: running.since }, running.failures)
            }
            Doing::Pausing { until, why, .. } => {
                let until = *until;
                let phase = match why {
                    Pause::Sleep(reason) => Phase::Sleeping { until, reason: reason.clone() },
                    Pause::Trouble => Phase::Waiting { until },
                    Pause::Replaced => Phase::Replaced { until },
                };
                (phase, self.trouble)
            }
            Doing::Down | Doing::Leaving { .. } | Doing::Over => (Phase::Stopping, 0),
        };
        let phase = if self.stop.is_some() { Phase::Stopping } else { phase };
        SessionState {
            phase,
            greeted: self.greeted,
            problem: self.problem.clone(),
            tries: tries.max(self.trouble),
        }
    }

    pub(super) fn act(&mut self, action: Action) {
        self.actions.push(action);
    }

    pub(super) fn tell(&mut self, level: Level, text: impl Into<String>) {
        self.act(Action::Tell(Notice { level, text: text.into() }));
    }

    /// Something is not as it should be.
    pub(super) fn trouble(&mut self, level: Level, text: String) {
        self.problem = Some(text.clone());
        self.tell(level, text);
    }

    pub(super) fn hello(&mut self) {
        let hello = self.options.hello.clone();
        self.say(Purpose::Hello, Event::Hello(Some(hello)));
    }

    /// Asks for a command, unless the session is to end.
    pub(super) fn ask(&mut self) {
        if self.stop.is_some() {
            return self.shut_down();
        }
        if !self.options.poll {
            self.well();
            self.doing = Doing::Idle;
            return;
        }
        self.say(Purpose::WhatsNext, Event::WhatsNext);
    }

    /// Begins with a request; one that cannot be written is a failed result.
    pub(super) fn say(&mut self, purpose: Purpose, event: Event) {
        let name = event.name();
        match (Request { event, servo_uid: self.options.servo_uid.clone() }).write() {
            Ok(body) => self.send(purpose, name, body.into()),
            Err(error) => self.give_up(format!("{name} cannot be written: {error}")),
        }
    }

    pub(super) fn send(&mut self, purpose: Purpose, event: &'static str, body: Bytes) {
        self.act(Action::Post { event, body: body.clone() });
        self.doing = Doing::Talking(Talk {
            purpose,
            event,
            body,
            tries: 1,
            since: self.now,
            again: None,
            spent: false,
        });
    }

    /// Does nothing for a while, unless the session is to end.
    pub(super) fn pause(&mut self, delay: Duration, then: Next, why: Pause) {
        if self.stop.is_some() {
            return self.shut_down();
        }
        self.doing = Doing::Pausing { until: self.now.saturating_add(delay), then, why };
    }

    /// Ends an operation; what is to be told of it afterwards depends on why.
    pub(super) fn end_operation(&mut self, mut running: Box<Running>, why: Why) {
        if running.ending.is_none() {
            let reason = match &why {
                Why::Cancelled(reason) => reason.clone(),
                Why::Lost => "the optimizer does not know of this command any more".to_owned(),
                Why::Replaced => "another servo has taken over".to_owned(),
                Why::Stopping(reason) => format!("servo is stopping: {reason}"),
            };
            self.act(Action::Cancel { reason });
        }
        let (kill_at, killed) =
            running.ending.map_or((self.now + GRACE, false), |ending| (ending.kill_at, ending.killed));
        running.ending = Some(Ending { why, kill_at, killed });
        self.doing = Doing::Running(running);
    }

    pub(super) fn due(&mut self) {
        let (now, late) = (self.now, self.is_late());
        match mem::replace(&mut self.doing, Doing::Over) {
            Doing::Talking(talk) if late => {
                if talk.again.is_none() {
                    self.act(Action::Abandon);
                }
                self.unsaid(talk.event);
            }
            Doing::Running(running) if late => self.late(running),
            Doing::Running(mut running) if self.is_pressed() && running.outcome.is_some() => {
                if mem::take(&mut running.in_flight) {
                    self.act(Action::Abandon);
                }
                if let Some(outcome) = running.outcome.take() {
                    self.conclude(*running, outcome);
                }
            }
            Doing::Talking(mut talk) if talk.again.is_some_and(|again| again <= now) => {
                talk.again = None;
                talk.tries += 1;
                self.act(Action::Post { event: talk.event, body: talk.body.clone() });
                self.doing = Doing::Talking(talk);
            }
            Doing::Running(running) => self.run(running),
            Doing::Pausing { until, then, .. } if until <= now => match then {
                Next::Hello => self.hello(),
                Next::WhatsNext => self.ask(),
            },
            Doing::Leaving { until } if until <= now => {
                self.act(Action::Abandon);
                self.over();
            }
            same => self.doing = same,
        }
    }

    /// Says how far the operation is, or ends it when it did not end itself.
    fn run(&mut self, mut running: Box<Running>) {
        let now = self.now;
        if let Some(ending) = &mut running.ending {
            if ending.kill_at <= now && !ending.killed {
                ending.killed = true;
                self.act(Action::Kill);
            }
        } else if running.wake().is_some_and(|wake| wake <= now) {
            let request = Request { event: running.progress(now), servo_uid: self.options.servo_uid.clone() };
            if let Ok(body) = request.write() {
                self.act(Action::Post { event: request.event.name(), body: body.into() });
                running.in_flight = true;
            }
        }
        self.doing = Doing::Running(running);
    }

    fn answered(&mut self, answer: Answer) {
        match mem::replace(&mut self.doing, Doing::Over) {
            Doing::Talking(talk) if talk.again.is_none() => self.talked(talk, answer),
            Doing::Running(running) if running.in_flight => self.progress_answered(running, answer),
            Doing::Leaving { .. } => {
                if let Answer::Failed(failure) = answer {
                    self.tell(Level::Warning, format!("GOODBYE: {}", failure.message));
                }
                self.over();
            }
            same => self.doing = same,
        }
    }

    fn finished(&mut self, outcome: Result<Outcome, Failure>) {
        match mem::replace(&mut self.doing, Doing::Over) {
            // What is on its way must arrive first: nothing is said of a command after its result.
            Doing::Running(mut running) if running.in_flight => {
                running.outcome = Some(outcome);
                self.doing = Doing::Running(running);
            }
            Doing::Running(running) => self.conclude(*running, outcome),
            same => self.doing = same,
        }
    }

    /// Tells what came of an operation, unless nobody wants to know.
    pub(super) fn conclude(&mut self, running: Running, outcome: Result<Outcome, Failure>) {
        let cancelled = |message: String| {
            let failed = Failed { status: ResultStatus::Cancelled, message: Some(message), reason: None };
            running.command.report(&running.cmd_uid, Body::Failed(failed))
        };
        let command = running.command.name();
        if self.is_late() {
            return self.unsaid(command);
        }
        // What was refused or stopped for good reason may be followed by another try at once.
        let fine = |failure: &Failure| matches!(failure.code, Code::Rejected | Code::Aborted);
        let (mut well, mut failed) = (outcome.as_ref().err().is_none_or(fine), None);
        let event = match running.ending.as_ref().map(|ending| &ending.why) {
            Some(Why::Lost) => {
                return self.stumble(format!("{command} was ended: the optimizer does not know of it"));
            }
            Some(Why::Replaced) => return self.replaced(),
            Some(Why::Cancelled(reason)) => {
                well = true;
                Ok(cancelled(reason.clone()))
            }
            Some(Why::Stopping(reason)) if outcome.is_err() => {
                Ok(cancelled(format!("servo is stopping: {reason}")))
            }
            Some(Why::Stopping(_)) | None => {
                failed = outcome.as_ref().err().map(|failure| failure.to_string());
                running.result(outcome)
            }
        };
        if let Some(failure) = failed {
            self.trouble(Level::Warning, format!("{command} failed: {failure}"));
        }
        let event = event.and_then(|event| {
            let request = Request { event, servo_uid: self.options.servo_uid.clone() };
            request.write().map(|body| (request.event.name(), body))
        });
        let (name, body) = match event {
            Ok(written) => written,
            Err(error) => {
                let text = format!("the result cannot be written: {error}");
                self.trouble(Level::Error, format!("{command}: {text}"));
                return self.refuse(running.command, running.cmd_uid, text, "unwritable");
            }
        };
        self.send(Purpose::Result { command, cmd_uid: running.cmd_uid, well }, name, body.into());
    }
}
