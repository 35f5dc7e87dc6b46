//! What the optimizer's answers mean for the session.

use std::time::Duration;

use bytes::Bytes;

use super::action::{Action, Level, Operation, Task};
use super::backoff::{lasting, passing};
use super::input::Answer;
use super::machine::{Doing, Kept, Next, Pause, Session};
use super::running::{Command, PROGRESS_EVERY, Running, Why};
use super::talk::{Purpose, Remedy, Talk, short};
use crate::wire::{
    self, Body, CommandError, Failed, Order, Reply, ResultStatus, Sleep, Status, StatusKind, WireError,
};

/// How long a servo waits to be ended when another has taken over.
const REPLACED: Duration = Duration::from_secs(3600);
/// While the session ends, a result is not kept back for longer.
const PRESSED: Duration = Duration::from_secs(5);
/// An optimizer that says to sleep for less is asked again after this.
const SLEEP_MIN: Duration = Duration::from_secs(1);
/// What an optimizer says when a report is about a command that it does not wait for.
const OUTDATED: &str = "unexpected cmd_uid";

impl Session {
    /// The request that is on its way was answered.
    pub(super) fn talked(&mut self, talk: Talk, answer: Answer) {
        match answer {
            Answer::Body(body) => {
                if talk.tries > 1 {
                    self.tell(Level::Info, format!("the optimizer answers again after {} tries", talk.tries));
                    self.recovered();
                }
                match talk.purpose {
                    Purpose::Hello => self.greeted(&body),
                    Purpose::WhatsNext => self.commanded(&body),
                    Purpose::Result { command, well, .. } => self.reported(command, well, &body),
                }
            }
            Answer::Refused(refusal) => {
                let text = refusal.text(talk.event);
                self.again(talk, refusal.remedy(), text);
            }
            Answer::Failed(failure) => {
                let text = format!("{}: {}", talk.event, short(&failure.message));
                self.again(talk, failure.remedy(), text);
            }
        }
    }

    /// A request came to nothing: it is repeated later, or given up.
    fn again(&mut self, mut talk: Talk, remedy: Remedy, text: String) {
        let passed = self.now.saturating_sub(talk.since);
        let result = matches!(talk.purpose, Purpose::Result { .. });
        let budget =
            if talk.purpose == Purpose::Hello { self.options.connect } else { self.options.requests };
        if remedy == Remedy::Replaced {
            return self.replaced();
        }
        if result && (remedy == Remedy::Drop || budget.is_spent(talk.tries, passed)) {
            return self.undelivered(talk, remedy, &text);
        }
        let spent = !result && budget.is_spent(talk.tries, passed);
        let mut delay = match remedy {
            Remedy::Again { asked } => passing(&mut self.random, talk.tries, asked),
            Remedy::Mend | Remedy::Drop | Remedy::Replaced => lasting(&mut self.random, talk.tries),
        };
        if spent {
            // Nobody asks for what has no end more often than for what somebody must mend.
            delay = delay.max(lasting(&mut self.random, talk.tries));
        }
        // The last try is not later than the time there is.
        if let (true, Some(most)) = (result, budget.max_time) {
            delay = delay.min(most.saturating_sub(passed));
        }
        if self.stop.is_some() {
            delay = delay.min(PRESSED);
        }
        let seconds = delay.as_secs_f64();
        let level = if matches!(remedy, Remedy::Again { .. }) { Level::Warning } else { Level::Error };
        if spent && !std::mem::replace(&mut talk.spent, true) {
            let (event, tries, passed) = (talk.event, talk.tries, passed.as_secs_f64());
            let text = format!(
                "{event} was tried {tries} times in {passed:.1} s, which is all that `settings.backoff` allows: see \
                 whether the optimizer runs and is the one that is meant; it is asked ever more slowly until it \
                 answers"
            );
            self.tell(Level::Warning, text);
        }
        self.trouble(level, format!("{text}; next try in {seconds:.1} s"));
        talk.again = Some(self.now.saturating_add(delay));
        self.doing = Doing::Talking(talk);
    }

    /// A result is given up. What the optimizer may still ask for again is kept.
    fn undelivered(&mut self, talk: Talk, remedy: Remedy, text: &str) {
        let Purpose::Result { command, cmd_uid, .. } = talk.purpose else { return self.ask() };
        if let (Some(cmd_uid), true) = (cmd_uid, remedy != Remedy::Drop) {
            self.kept = Some(Kept { command, cmd_uid, event: talk.event, body: talk.body });
        }
        self.stumble(format!("{text}; the result of {command} is given up"));
    }

    /// Something was not right: a pause that grows as long as nothing goes right, then the next command.
    pub(super) fn stumble(&mut self, text: String) {
        self.pause_for_trouble(Some(text), Next::WhatsNext);
    }

    /// The text is for what was not told yet.
    fn pause_for_trouble(&mut self, text: Option<String>, then: Next) {
        self.trouble = self.trouble.saturating_add(1);
        let delay = lasting(&mut self.random, self.trouble);
        let next = match self.stop {
            None => format!("; next try in {:.1} s", delay.as_secs_f64()),
            Some(_) => String::new(),
        };
        if let Some(text) = text {
            self.trouble(Level::Warning, format!("{text}{next}"));
        }
        self.pause(delay, then, Pause::Trouble);
    }

    /// Another servo has taken over: this one waits to be ended.
    pub(super) fn replaced(&mut self) {
        let text = "the optimizer does not expect this servo any more (`unexpected servo_uid`): another has taken \
                    over; end this one, or give it the `servo_uid` that is expected; next try in an hour";
        self.trouble(Level::Error, text.to_owned());
        self.pause(REPLACED, Next::Hello, Pause::Replaced);
    }

    fn greeted(&mut self, body: &Bytes) {
        // Whatever is said: it is an optimizer that says it.
        match Reply::read(body) {
            Ok(_) => {
                if !self.greeted {
                    self.tell(Level::Info, "the optimizer has answered HELLO");
                }
                self.greeted = true;
                self.ask();
            }
            Err(error) => {
                self.pause_for_trouble(Some(format!("HELLO: {error}")), Next::Hello);
            }
        }
    }

    fn commanded(&mut self, body: &Bytes) {
        match Reply::read(body) {
            Ok(Reply::Command(command)) => self.ordered(*command),
            Ok(Reply::Status(status)) => {
                let said = said(&status);
                // It has forgotten whom it talks to.
                let lost = status.status == StatusKind::UnexpectedEvent;
                let then = if lost { Next::Hello } else { Next::WhatsNext };
                self.pause_for_trouble(Some(format!("the optimizer has no command but {said}")), then);
            }
            Err(WireError::Command(CommandError { cmd, cmd_uid, problem })) => match Command::of(&cmd) {
                Some(command) => self.malformed(command, cmd_uid, problem),
                None if cmd == "SLEEP" => {
                    self.tell(Level::Warning, format!("SLEEP: {}", short(&problem)));
                    self.sleep(&Sleep::default());
                }
                None => self.stumble(format!("the optimizer's command `{}`: {problem}", short(&cmd))),
            },
            Err(error) => self.stumble(format!("WHATS_NEXT: {error}")),
        }
    }

    fn ordered(&mut self, wire::Command { cmd_uid, order }: wire::Command) {
        let command = match &order {
            Order::Sleep(sleep) => return self.sleep(sleep),
            Order::Describe(_) => Command::Describe,
            Order::Measure(_) => Command::Measure,
            Order::Adjust(_) => Command::Adjust,
        };
        // The optimizer asks again for what was done and could not be told.
        if let Some(kept) = self.kept.take()
            && (kept.command, Some(&kept.cmd_uid)) == (command.name(), cmd_uid.as_ref())
        {
            self.tell(Level::Info, format!("{} was done before: its result is told again", kept.command));
            let purpose = Purpose::Result { command: kept.command, cmd_uid, well: true };
            return self.send(purpose, kept.event, kept.body);
        }
        match task(order) {
            Ok(Some(task)) => {
                let operation = Operation { cmd_uid, task };
                self.doing = Doing::Running(Box::new(Running::new(&operation, self.now)));
                self.act(Action::Begin(operation));
            }
            Ok(None) => self.ask(),
            Err(error) => self.malformed(command, cmd_uid, error.to_string()),
        }
    }

    fn sleep(&mut self, sleep: &Sleep) {
        let duration = sleep.duration().unwrap_or_else(|error| {
            self.tell(Level::Warning, format!("SLEEP: {error}"));
            Sleep::default().duration().unwrap_or(SLEEP_MIN)
        });
        self.well();
        let reason = sleep.reason().map(short);
        let why = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        self.tell(Level::Info, format!("the optimizer says to sleep for {} s{why}", duration.as_secs_f64()));
        self.pause(duration.max(SLEEP_MIN), Next::WhatsNext, Pause::Sleep(reason));
    }

    /// A known command that says too little is answered, so that the optimizer learns of it.
    fn malformed(&mut self, command: Command, cmd_uid: Option<String>, problem: String) {
        let text = format!("the command {} cannot be carried out: {}", command.name(), short(&problem));
        self.trouble(Level::Warning, format!("the optimizer: {text}"));
        self.refuse(command, cmd_uid, text, "invalid-command");
    }

    /// Tells that nothing came of a command.
    pub(super) fn refuse(&mut self, command: Command, cmd_uid: Option<String>, text: String, reason: &str) {
        let failed =
            Failed { status: ResultStatus::Failed, message: Some(text), reason: Some(reason.to_owned()) };
        let event = command.report(&cmd_uid, Body::Failed(failed));
        let purpose = Purpose::Result { command: command.name(), cmd_uid, well: false };
        self.say(purpose, event);
    }

    /// The optimizer has a result.
    fn reported(&mut self, command: &'static str, well: bool, body: &Bytes) {
        match Reply::read(body) {
            Ok(Reply::Status(Status { status: StatusKind::Ok | StatusKind::Cancel, .. })) if well => {
                self.well();
                self.ask();
            }
            // It is told; but what failed at once fails again at once.
            Ok(Reply::Status(Status { status: StatusKind::Ok | StatusKind::Cancel, .. })) => {
                self.pause_for_trouble(None, Next::WhatsNext);
            }
            Ok(Reply::Status(status)) => {
                let said = said(&status);
                self.stumble(format!("the optimizer did not take the result of {command}: {said}"));
            }
            Ok(Reply::Command(_)) => {
                self.stumble(format!("the optimizer answered the result of {command} with a command"));
            }
            Err(error) => self.stumble(format!("the result of {command}: {error}")),
        }
    }

    /// Progress that was on its way was answered.
    pub(super) fn progress_answered(&mut self, mut running: Box<Running>, answer: Answer) {
        running.in_flight = false;
        running.not_before = self.now + PROGRESS_EVERY;
        let why = match answer {
            Answer::Body(body) => {
                if std::mem::take(&mut running.failures) > 0 {
                    self.recovered();
                }
                self.advised(&body)
            }
            Answer::Refused(refusal) => {
                let text = refusal.text("progress");
                self.unheard(&mut running, refusal.remedy(), text)
            }
            Answer::Failed(failure) => {
                let text = format!("progress: {}", short(&failure.message));
                self.unheard(&mut running, failure.remedy(), text)
            }
        };
        // What is done is done: it is told as it is, unless nobody waits for it.
        match (running.outcome.take(), why) {
            (Some(outcome), None | Some(Why::Cancelled(_))) => self.conclude(*running, outcome),
            (Some(_), Some(Why::Replaced)) => self.replaced(),
            (Some(_), Some(_)) => {
                self.stumble(format!("the optimizer does not wait for {} any more", running.command.name()));
            }
            (None, Some(why)) => self.end_operation(running, why),
            (None, None) => self.doing = Doing::Running(running),
        }
    }

    /// What an answer to progress asks for.
    fn advised(&mut self, body: &Bytes) -> Option<Why> {
        let status = match Reply::read(body) {
            Ok(Reply::Status(status)) => status,
            Ok(Reply::Command(_)) => {
                self.tell(Level::Warning, "the optimizer answered progress with a command");
                return None;
            }
            Err(error) => {
                self.tell(Level::Warning, format!("progress: {error}"));
                return None;
            }
        };
        let said = said(&status);
        match status.status {
            StatusKind::Ok => None,
            StatusKind::Cancel => {
                let reason = status.why().map_or_else(|| "cancelled by the optimizer".to_owned(), short);
                self.tell(Level::Info, format!("the optimizer cancels: {reason}"));
                Some(Why::Cancelled(reason))
            }
            StatusKind::UnexpectedEvent => Some(Why::Lost),
            StatusKind::Invalid if status.why() == Some(OUTDATED) => Some(Why::Lost),
            StatusKind::Invalid => {
                self.tell(Level::Warning, format!("the optimizer did not take progress: {said}"));
                None
            }
        }
    }

    /// Progress is never repeated: there will be newer.
    fn unheard(&mut self, running: &mut Running, remedy: Remedy, text: String) -> Option<Why> {
        if remedy == Remedy::Replaced {
            return Some(Why::Replaced);
        }
        running.failures = running.failures.saturating_add(1);
        let delay = match remedy {
            Remedy::Again { asked } => passing(&mut self.random, running.failures, asked),
            _ => lasting(&mut self.random, running.failures),
        };
        running.not_before = self.now + delay.max(PROGRESS_EVERY);
        self.trouble(Level::Warning, text);
        None
    }

    /// The optimizer can be reached again; what else is wrong stays so.
    fn recovered(&mut self) {
        if self.trouble == 0 {
            self.problem = None;
        }
    }

    /// Everything is as it should be.
    pub(super) fn well(&mut self) {
        self.trouble = 0;
        self.problem = None;
    }
}

/// What an order asks of connectors; nothing for SLEEP.
fn task(order: Order) -> Result<Option<Task>, WireError> {
    Ok(Some(match order {
        Order::Describe(describe) => Task::Describe { control: describe.control.to_types()? },
        Order::Measure(measure) => {
            Task::Measure { control: measure.control()?, metrics: measure.metrics.to_types() }
        }
        Order::Adjust(adjust) => {
            Task::Adjust { adjustments: adjust.state.to_types()?, control: adjust.control.to_types()? }
        }
        Order::Sleep(_) => return Ok(None),
    }))
}

fn said(status: &Status) -> String {
    let word = match status.status {
        StatusKind::Ok => "ok",
        StatusKind::Invalid => "invalid",
        StatusKind::UnexpectedEvent => "unexpected-event",
        StatusKind::Cancel => "cancel",
    };
    status.why().map_or_else(|| word.to_owned(), |why| format!("{word}: {}", short(why)))
}
