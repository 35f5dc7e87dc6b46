//! Work for a remote optimizer: its session says what is to be done, this does it.
//!
//! The session (`servo_optimizer::session`) knows neither network nor connectors nor clock. Here is what it acts with:
//! one request at a time, one operation at a time, and the time.

mod access;
mod ready;
mod status;
mod work;

use std::collections::VecDeque;
use std::future::pending;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use servo_config::Optimizer;
use servo_events::ProgressSink;
use servo_optimizer::client::{AGENT, Client};
use servo_optimizer::session::{
    Action, Answer, Budget, End, Input, Notice, Operation, Outcome, Session, SessionOptions, Task,
};
use servo_optimizer::wire::Hello;
use servo_types::{Code, Failure};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::progress::Furthest;
use crate::run::{Ending, Reporter, RunError, RunEvent, RunOptions};
use crate::servo::Servo;

pub(crate) use ready::{NAME, Native};
pub use servo_optimizer::client::Environment as ProxyVariables;
pub use status::OptimizerSample;
pub(crate) use status::Status;

/// How long the end of a session may take: as long as a guest that does not stop, and what is to be told.
const DRAIN: Duration = Duration::from_secs(30);

/// What became of the changes that an optimizer asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It asked for none, or was refused each.
    Nothing,
    /// The application has what it asked for last.
    Made,
    /// The last one did not come to its end; what the application has is not known.
    CutOff,
}

/// Does what the optimizer asks for until somebody says stop.
///
/// # Errors
/// When the optimizer cannot be asked at all, or a request cannot be written.
pub(crate) async fn obey(
    servo: &Servo,
    optimizer: &Optimizer,
    options: &RunOptions,
    reporter: &Reporter,
) -> Result<Ending, RunError> {
    let client = access::client(optimizer, &servo.config.settings, &servo.proxies)
        .map_err(|error| RunError::Optimizer(optimizer.id.clone(), error))?;
    servo.remote.begin(&optimizer.id);
    let mut driver = Driver {
        servo,
        client: &client,
        options,
        reporter,
        session: Session::new(session_options(servo, !options.no_poll)),
        start: Instant::now(),
        ready: VecDeque::from([Input::Start]),
        request: None,
        operation: None,
        shutdown: None,
        stopping: false,
        told: None,
        changing: false,
        asked: Asked::Nothing,
    };
    match driver.run().await {
        End::Stopped if options.no_poll => Ok(Ending::Stopped(None)),
        End::Stopped => Ok(Ending::Parted { asked: driver.asked() }),
        End::GaveUp(why) => Err(RunError::GivenUp(optimizer.id.clone(), why)),
    }
}

/// What the session is driven with.
struct Driver<'a> {
    servo: &'a Servo,
    client: &'a Client,
    options: &'a RunOptions,
    reporter: &'a Reporter,
    session: Session,
    /// From when on the session's time counts.
    start: Instant,
    /// What has happened already.
    ready: VecDeque<Input>,
    /// The request that is on its way.
    request: Option<LocalBoxFuture<'a, Answer>>,
    operation: Option<Running<'a>>,
    /// The connectors' own end.
    shutdown: Option<LocalBoxFuture<'a, ()>>,
    stopping: bool,
    /// What was told last.
    told: Option<Notice>,
    /// A change is under way.
    changing: bool,
    /// What became of the changes before.
    asked: Asked,
}

/// The operation that is under way.
struct Running<'a> {
    work: LocalBoxFuture<'a, Result<Outcome, Failure>>,
    cancel: CancellationToken,
    /// What the connector said last that is furthest.
    said: watch::Receiver<Option<Furthest>>,
}

impl Running<'_> {
    /// Waits for news, or the end. Cancel safe.
    async fn next(&mut self) -> Input {
        tokio::select! {
            biased;
            outcome = self.work.as_mut() => Input::Finished(outcome),
            furthest = heard(&mut self.said) => Input::Progress {
                percent: furthest.percent.map_or(f64::NAN, f64::from),
                message: furthest.message,
            },
        }
    }
}

impl Driver<'_> {
    async fn run(&mut self) -> End {
        loop {
            let input = match self.ready.pop_front() {
                Some(input) => input,
                None => self.next().await,
            };
            self.note(&input).await;
            let actions = self.session.step(self.start.elapsed(), input);
            for action in actions {
                if let Some(end) = self.act(action).await {
                    return end;
                }
            }
            self.servo.remote.is(&self.session.state());
        }
    }

    /// Waits for what happens next.
    async fn next(&mut self) -> Input {
        let wake = self.session.wake().map(|wake| self.start + wake);
        tokio::select! {
            biased;
            () = self.options.stop.cancelled(), if !self.stopping => {
                self.stopping = true;
                Input::Stop { reason: self.reason().to_owned() }
            }
            answer = of(&mut self.request) => {
                self.request = None;
                Input::Answered(answer)
            }
            input = operating(&mut self.operation) => {
                if matches!(input, Input::Finished(_)) {
                    self.operation = None;
                }
                input
            }
            () = of(&mut self.shutdown) => {
                self.shutdown = None;
                Input::Down
            }
            () = until(wake) => Input::Time,
        }
    }

    /// Tells people what happened.
    async fn note(&mut self, input: &Input) {
        match input {
            Input::Answered(answer) => self.servo.remote.answered(answer),
            // What failed is told by the session.
            Input::Finished(outcome) => {
                self.asked = self.became(outcome.as_ref().err());
                self.changing = false;
                let text = outcome.as_ref().ok().map(work::outcome);
                self.reporter.send(RunEvent::Answered(text)).await;
            }
            _ => {}
        }
    }

    /// Does what the session wants done; how it ended, if it did.
    async fn act(&mut self, action: Action) -> Option<End> {
        match action {
            Action::Post { body, .. } => self.request = Some(Box::pin(self.client.post(body))),
            Action::Abandon => self.request = None,
            Action::Begin(operation) => {
                // What is said of it is news, even in the same words.
                self.told = None;
                self.begin(operation).await;
            }
            Action::Cancel { .. } => {
                if let Some(running) = &self.operation {
                    running.cancel.cancel();
                }
            }
            Action::Kill => {
                // Nothing outlives the dispatch.
                if self.operation.take().is_some() {
                    let text = "the operation was ended, because it did not stop when it was asked to";
                    self.ready.push_back(Input::Finished(Err(Failure::new(Code::Cancelled, text))));
                }
            }
            // An optimizer that has nothing to do says so each minute.
            Action::Tell(notice) if self.told.as_ref() == Some(&notice) => {}
            Action::Tell(notice) => {
                self.told = Some(notice.clone());
                self.reporter.send(RunEvent::Optimizer(notice)).await;
            }
            Action::Shutdown => {
                let (servo, reporter) = (self.servo, self.reporter);
                self.shutdown = Some(Box::pin(servo.finish(self.reason(), reporter)));
            }
            Action::End(end) => return Some(end),
        }
        None
    }

    async fn begin(&mut self, operation: Operation) {
        self.reporter.send(RunEvent::Commanded(work::shown(&operation.task))).await;
        self.changing = matches!(operation.task, Task::Adjust { .. });
        let (sink, news) = ProgressSink::channel();
        let (say, said) = watch::channel(None);
        let cancel = CancellationToken::new();
        let (servo, reporter, asked) = (self.servo, self.reporter, operation.task.control().asked());
        let work = work::carry_out(servo, operation.task, sink, cancel.clone());
        let heard = move |furthest: &Furthest| drop(say.send_replace(Some(furthest.clone())));
        let work = Box::pin(reporter.while_reporting(news, asked, heard, work));
        self.operation = Some(Running { work, cancel, said });
    }

    /// What has become of the changes, now that the operation has ended so.
    fn became(&self, failure: Option<&Failure>) -> Asked {
        match failure.map(|failure| failure.code) {
            _ if !self.changing => self.asked,
            None => Asked::Made,
            Some(Code::Rejected) => self.asked,
            Some(_) => Asked::CutOff,
        }
    }

    /// What has become of the changes, now that it is over.
    fn asked(&self) -> Asked {
        if self.changing { Asked::CutOff } else { self.asked }
    }

    /// Why it ends, for connectors and the optimizer.
    fn reason(&self) -> &'static str {
        self.options.reason.get().copied().unwrap_or("shutdown")
    }
}

fn session_options(servo: &Servo, poll: bool) -> SessionOptions {
    let settings = &servo.config.settings;
    let budget = |name: &str| {
        let backoff = settings.backoff.get(name).or_else(|| settings.backoff.get("__default__"));
        backoff.map_or_else(Budget::default, |backoff| Budget {
            max_time: backoff.max_time,
            max_tries: backoff.max_tries,
        })
    };
    SessionOptions {
        hello: hello(),
        poll,
        servo_uid: servo.config.servo_uid.clone(),
        connect: budget("connect"),
        requests: budget("__default__"),
        drain: DRAIN,
        seed: RandomState::new().build_hasher().finish(),
    }
}

/// How this servo says who it is.
fn hello() -> Hello {
    let version = env!("CARGO_PKG_VERSION");
    let platform = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
    let telemetry = [("servo.version", version), ("servo.platform", &platform)];
    Hello {
        agent: AGENT.to_owned(),
        telemetry: telemetry.map(|(key, text)| (key.to_owned(), text.to_owned())).into_iter().collect(),
    }
}

/// The output of a future that may not be there: then it never comes.
async fn of<T>(future: &mut Option<LocalBoxFuture<'_, T>>) -> T {
    match future {
        Some(future) => future.await,
        None => pending().await,
    }
}

/// What happens to an operation, if there is one.
async fn operating(operation: &mut Option<Running<'_>>) -> Input {
    match operation {
        Some(running) => running.next().await,
        None => pending().await,
    }
}

/// What was said last, once it is new.
async fn heard(said: &mut watch::Receiver<Option<Furthest>>) -> Furthest {
    loop {
        if said.changed().await.is_err() {
            pending().await
        }
        if let Some(furthest) = said.borrow_and_update().clone() {
            return furthest;
        }
    }
}

/// Until then, if there is such a moment.
async fn until(wake: Option<Instant>) {
    match wake {
        Some(wake) => sleep_until(wake).await,
        None => pending().await,
    }
}
