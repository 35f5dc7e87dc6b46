//! One application: its journal, what is known of its servo, and the answer to everything that servo says.

mod run;
mod session;

use std::path::{Path, PathBuf};
use std::time::Duration;

use servo_types::{Code, Control, Description, Failure};

use super::binding::{Binding, BindingError, Speaker};
use super::exchange::{Act, Heard, Outcome, Said};
use super::goal::Goal;
use super::step::{Step, step};
use super::task::{Asker, Task};
use crate::convert;
use crate::journal::{Journal, JournalError, Record};
use crate::trial::TrialResult;

use run::Run;
pub(crate) use run::{FILE, aside, read, set_aside};
use session::{Expects, Session};

/// How long a servo sleeps when there is nothing to do for it.
const SLEEP: Duration = Duration::from_secs(60);
/// The reason that servos know for it.
const IDLE: &str = "no active optimization pipeline";
/// The reason of an application that is blocked. Why it is, with the paths of this machine, is the operator's.
const BLOCKED: &str = "blocked; ask the operator of the optimizer";
/// The file that says why, while a server that answers cannot go on.
pub(crate) const BLOCKED_FILE: &str = "blocked.txt";
/// What is said when more than one servo works for an application. Giving each an identity would not help: one works.
const RIVALS: &str =
    "two servos seem to work for it; the one that said hello last has the place, end the other one";
/// A trial that the servo cancels so often in a row has failed.
const CANCELLED_MAX: u32 = 3;
/// The longest identity of a servo.
const UID_MAX: usize = 256;
/// The longest text of a servo that is kept.
const TEXT_MAX: usize = 2_000;

/// An application and the run that tunes it.
#[derive(Debug)]
pub struct Application {
    folder: PathBuf,
    goal: Goal,
    /// Names the commands of this process that no journal knows.
    server: String,
    run: Option<Run>,
    binding: Option<Binding>,
    session: Session,
    /// Why nothing goes on until the operator does something.
    blocked: Option<String>,
    notes: Vec<Note>,
}

/// What the operator is told.
pub type Note = String;

/// Why a servo cannot be answered now. Nothing was done on its account.
#[derive(Debug, thiserror::Error)]
pub enum HearError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Binding(#[from] BindingError),
}

impl Application {
    /// The application whose state is kept in this folder; its run goes on where it was. `server` differs from start to
    /// start of the process, and names runs that begin in it.
    ///
    /// # Errors
    /// The journal is in use by another server, or the folder cannot be read. A journal that is corrupt or of another
    /// objective blocks this application and is no error.
    pub fn open(folder: &Path, goal: Goal, server: &str) -> Result<Self, HearError> {
        let binding = Binding::read(folder)?;
        let mut blocked = None;
        let run = match Run::resume(folder, &goal) {
            Ok(run) => run,
            Err(run::ResumeError::Blocked(why)) => {
                blocked = Some(why);
                None
            }
            Err(run::ResumeError::Journal(error)) => return Err(error.into()),
        };
        // What was in the way may be gone. The file of another server that has the journal stays.
        let _ = std::fs::remove_file(folder.join(BLOCKED_FILE));
        Ok(Self {
            folder: folder.to_owned(),
            goal,
            server: server.to_owned(),
            run,
            binding,
            session: Session::default(),
            blocked,
            notes: Vec::new(),
        })
    }

    /// Sets the run of the application with this folder aside, so that a new one begins; its number, if there was one.
    /// The settings that an unfinished run found are what the new one is measured against.
    ///
    /// # Errors
    /// A server has the journal open, or it cannot be renamed.
    pub(super) fn start_anew(folder: &Path) -> Result<Option<u32>, JournalError> {
        let number = set_aside(folder).saturating_add(1);
        let was = Journal::set_aside(&folder.join(run::FILE), &aside(folder, number))?;
        Ok(was.then_some(number))
    }

    /// Why nothing goes on until the operator does something.
    pub fn blocked(&self) -> Option<&str> {
        self.blocked.as_deref()
    }

    /// What the operator should know since the last time.
    pub fn notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// Answers what a servo says; `now` in seconds since the epoch. Writes files and decides, which takes some tens of
    /// milliseconds.
    ///
    /// # Errors
    /// The journal cannot be written; then the servo must be told to try again.
    pub fn hear(&mut self, heard: Heard, by: Speaker<'_>, now: u64) -> Result<Said, HearError> {
        if by.servo_uid.is_some_and(|uid| uid.len() > UID_MAX) {
            return Ok(Said::Invalid(format!("a servo_uid has at most {UID_MAX} bytes")));
        }
        let bound = self.binding.as_ref();
        let same = bound.is_none_or(|bound| bound.is_of(by));
        match heard {
            Heard::Check => return Ok(Said::Ok),
            Heard::Hello { agent } => {
                self.bind(by, agent, now)?;
                let name = self.binding.as_ref().and_then(|bound| bound.agent.as_deref());
                self.notes.push(format!("a servo said hello: {}", name.unwrap_or("it did not say its name")));
                self.session = Session { expects: Expects::Nothing, ..Session::default() };
                return Ok(Said::Ok);
            }
            _ if !same => {
                let is_rival = bound.is_some_and(|bound| bound.servo_uid.as_deref() == by.servo_uid);
                // One that ends is no trouble any more.
                if is_rival && !matches!(heard, Heard::Goodbye { .. }) && !self.session.contested {
                    self.session.contested = true;
                    self.notes.push(RIVALS.to_owned());
                }
                return Ok(Said::Gone);
            }
            _ if bound.is_none() => self.bind(by, None, now)?,
            _ => {}
        }
        let answered = match heard {
            Heard::WhatsNext => self.whats_next(),
            Heard::Progress { act, uid, percent } => Ok(self.progress(act, uid.as_deref(), percent)),
            Heard::Done { act, uid, result } => self.done(act, uid.as_deref(), result),
            Heard::Goodbye { reason } => {
                let reason = reason.map_or_else(String::new, |reason| format!(": {}", short(reason)));
                self.notes.push(format!("the servo said goodbye{reason}"));
                Ok(Said::Ok)
            }
            Heard::Hello { .. } | Heard::Check => Ok(Said::Ok),
        };
        if let Err(HearError::Journal(full @ JournalError::Full { .. })) = &answered {
            let why = full.to_string();
            // Whoever looks at the files does not see it in the journal. Without it, it is only not seen.
            let _ = std::fs::write(self.folder.join(BLOCKED_FILE), &why);
            self.blocked = Some(why);
        }
        answered
    }

    fn bind(&mut self, by: Speaker<'_>, agent: Option<String>, now: u64) -> Result<(), HearError> {
        let agent = agent.map(short);
        let conversation = self.conversation().saturating_add(1);
        let [servo_uid, process] = [by.servo_uid, by.process].map(|name| name.map(str::to_owned));
        let binding = Binding { servo_uid, process, agent, since: now, conversation };
        binding.write(&self.folder)?;
        self.binding = Some(binding);
        Ok(())
    }

    fn conversation(&self) -> u64 {
        self.binding.as_ref().map_or(0, |bound| bound.conversation)
    }

    /// Who asks for work now.
    fn asker(&self) -> Asker<'_> {
        let run = self.run.as_ref().map_or("", Run::name);
        Asker { run, server: &self.server, conversation: self.conversation() }
    }

    fn whats_next(&mut self) -> Result<Said, HearError> {
        let blocked = || self.blocked.as_ref().map(|_| BLOCKED.to_owned());
        if let Some(reason) = self.session.rest.take().or_else(blocked) {
            return Ok(Said::Sleep { duration: SLEEP, reason });
        }
        let conversation = self.conversation();
        let Some(run) = self.run.as_mut().filter(|_| self.session.described) else {
            self.session.descriptions += 1;
            return Ok(self.ask(Task::Describe(self.session.descriptions), Said::Ok));
        };
        loop {
            let has = |settings: &_| {
                let wanted = convert::adjustments(run.space(), settings);
                self.session.found.as_ref().is_some_and(|found| convert::has(found, &wanted))
            };
            match step(run.journal.state(), &run.objective, &run.options, has) {
                Step::Write(record) => {
                    run.journal.append(*record.clone())?;
                    self.notes.extend(run.told(&record));
                }
                Step::Adjust(task, settings) => {
                    let control = Control { settlement: self.goal.settlement, ..Control::default() };
                    let adjustments = convert::adjustments(run.space(), &settings);
                    let uid = task.uid(Asker { run: run.name(), server: &self.server, conversation });
                    if matches!(task, Task::Refuge(_)) {
                        self.notes
                            .push(format!("back to the last safe settings: {}", run::list(&adjustments)));
                    }
                    // Whatever comes of it has to be seen.
                    self.session.found = None;
                    let said = Said::Adjust { uid, adjustments, control: Box::new(control) };
                    return Ok(self.ask(task, said));
                }
                Step::Measure(task, role) => {
                    let control = Control {
                        delay: self.goal.delay,
                        warmup: self.goal.warmup,
                        duration: self.goal.duration,
                        slo: run.slo(role),
                        ..Control::default()
                    };
                    let uid = task.uid(Asker { run: run.name(), server: &self.server, conversation });
                    let metrics = self.session.metrics.clone();
                    return Ok(self.ask(task, Said::Measure { uid, metrics, control: Box::new(control) }));
                }
                Step::Over(_) => {
                    self.session.expects = Expects::Nothing;
                    return Ok(Said::Sleep { duration: SLEEP, reason: IDLE.to_owned() });
                }
            }
        }
    }

    /// From now on the servo is expected to report this.
    fn ask(&mut self, task: Task, said: Said) -> Said {
        if self.session.expect(task) {
            self.notes.push(format!("{task} is asked for again while it is worked on: {RIVALS}"));
        }
        match task {
            Task::Describe(_) => Said::Describe { uid: task.uid(self.asker()) },
            _ => said,
        }
    }

    fn expected(&self) -> Option<Task> {
        match self.session.expects {
            Expects::Nothing => None,
            Expects::Task(task) => Some(task),
            Expects::Journal => self.run.as_ref().and_then(Run::asked),
        }
    }

    /// The task that is reported on, if it is the one that is expected; otherwise what is wrong.
    fn expects(&self, act: Act, uid: Option<&str>) -> Result<Task, Said> {
        let expected = self.expected();
        let task = uid.and_then(|uid| Task::read(uid, self.asker()));
        match expected {
            Some(expected) if task == Some(expected) && expected.act() == act => Ok(expected),
            Some(expected) if expected.act() == act => Err(Said::Invalid("unexpected cmd_uid".to_owned())),
            _ => {
                let wanted = expected.map_or("WHATS_NEXT", |expected| expected.act().event());
                let text = format!("Out of order event {:?}, expected {wanted:?}; ignoring", act.event());
                Err(Said::Unexpected(text))
            }
        }
    }

    fn progress(&mut self, act: Act, uid: Option<&str>, percent: f64) -> Said {
        if let Err(wrong) = self.expects(act, uid) {
            return wrong;
        }
        let before = self.session.progress;
        if !(0.0..=100.0).contains(&percent) || percent < before {
            return Said::Invalid(format!("progress must not go backwards: {percent} after {before}"));
        }
        self.session.progress = percent;
        Said::Ok
    }

    fn done(
        &mut self,
        act: Act,
        uid: Option<&str>,
        result: Result<Outcome, Failure>,
    ) -> Result<Said, HearError> {
        let task = match self.expects(act, uid) {
            Ok(task) => task,
            // The answer to a report can get lost, and then the report comes again.
            Err(_) if self.is_done(act, uid) => return Ok(Said::Ok),
            Err(wrong) => {
                if uid.is_some_and(|uid| self.is_replaced(uid)) {
                    let event = act.event();
                    let text =
                        format!("a servo that was replaced still says {event}; what it says is not taken");
                    self.notes.push(text);
                }
                return Ok(wrong);
            }
        };
        match (task, result) {
            (Task::Describe(_), Ok(Outcome::State(found))) => self.described(found)?,
            (Task::Describe(_), Err(failure)) => {
                self.rest(format!("the servo cannot describe the application: {}", failure.message));
            }
            (Task::Adjust(trial), Ok(Outcome::State(state))) => self.adjusted(trial, state)?,
            (Task::Measure(_), Ok(Outcome::Measured(measurement))) => {
                let means = self.run.as_ref().map(|run| run.means(&measurement)).unwrap_or_default();
                self.finish(TrialResult::Measured(means))?;
            }
            (Task::Adjust(_) | Task::Measure(_), Err(failure)) => self.failed(failure)?,
            (Task::Refuge(_) | Task::Apply, Ok(Outcome::State(state))) => {
                self.session.found = Some(state);
                self.settled(task)?;
            }
            (Task::Refuge(_) | Task::Apply, Err(failure)) => {
                self.rest(format!("the settings could not be applied: {}", failure.message));
            }
            (_, Ok(_)) => return Ok(Said::Invalid("this is no result of what was asked".to_owned())),
        }
        self.session.reported();
        Ok(Said::Ok)
    }

    /// Whether a servo was asked for it that has another one in its place now.
    fn is_replaced(&self, uid: &str) -> bool {
        let now = self.asker();
        let mut parts = uid.splitn(3, '-');
        let (by, conversation) = (parts.next(), parts.next().and_then(|number| number.parse::<u64>().ok()));
        by.is_some_and(|by| by == now.run || by == now.server)
            && conversation.is_some_and(|conversation| conversation < now.conversation)
    }

    /// Whether this was reported before, and counted.
    fn is_done(&self, act: Act, uid: Option<&str>) -> bool {
        let Some((run, uid)) = self.run.as_ref().zip(uid) else { return false };
        let Some(task) = Task::read(uid, self.asker()).filter(|task| task.act() == act) else {
            return false;
        };
        match task {
            Task::Describe(number) => number <= self.session.descriptions && self.session.described,
            _ => run.is_past(task),
        }
    }

    fn described(&mut self, found: Description) -> Result<(), HearError> {
        let taken = match &self.run {
            Some(run) => run.fits(&found),
            None => match Run::begin(&self.folder, &self.goal, &found, &self.server) {
                Ok(run) => {
                    self.notes.push(run.introduced());
                    self.run = Some(run);
                    Ok(())
                }
                Err(run::BeginError::Unfit(why)) => Err(why),
                Err(run::BeginError::Journal(error)) => return Err(error.into()),
            },
        };
        match taken {
            Ok(()) => {
                self.session.described = true;
                self.session.metrics = found.metrics.clone();
                self.session.found = Some(found);
            }
            Err(why) => self.rest(why),
        }
        Ok(())
    }

    fn adjusted(&mut self, trial: usize, state: Description) -> Result<(), HearError> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let wanted = run.wanted();
        if convert::has(&state, &wanted) {
            self.session.found = Some(state);
            return Ok(run.journal.append(Record::Adjusted { trial })?);
        }
        let text = format!("after the change the application does not have {}", run::list(&wanted));
        self.finish(TrialResult::Rejected(text))
    }

    /// The trial that is under way did not come to its end.
    fn failed(&mut self, failure: Failure) -> Result<(), HearError> {
        let failure = Failure { message: short(failure.message), ..failure };
        if failure.code == Code::Cancelled {
            self.session.cancelled += 1;
            if self.session.cancelled < CANCELLED_MAX {
                self.notes.push(format!("the servo cancelled: {}", failure.message));
                self.session.found = None;
                return Ok(());
            }
        }
        if self.expected().is_some_and(|task| task.act() == Act::Adjust) {
            self.session.found = None;
        }
        self.finish(convert::failed(&failure))
    }

    fn finish(&mut self, result: TrialResult) -> Result<(), HearError> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let trial = run.trial();
        run.journal.append(Record::Result { trial, result: result.finite() })?;
        self.session.cancelled = 0;
        self.notes.extend(run.result());
        Ok(())
    }

    /// Settings that no trial measures were applied; when the application does not have them, it is tried again later.
    fn settled(&mut self, task: Task) -> Result<(), HearError> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let wanted = run.settling(task);
        if self.session.found.as_ref().is_some_and(|found| !convert::has(found, &wanted)) {
            let text = format!("after the change the application does not have {}", run::list(&wanted));
            self.rest(text);
        } else if task == Task::Apply {
            run.journal.append(Record::Finished)?;
            self.notes.extend(run.told(&Record::Finished));
        }
        Ok(())
    }

    /// The servo sleeps once, then it is tried again.
    fn rest(&mut self, why: String) {
        let why = short(why);
        self.notes.push(why.clone());
        self.session.rest = Some(why);
    }
}

/// A text of a servo, no longer than what is kept.
fn short(text: String) -> String {
    match text.char_indices().nth(TEXT_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
