//! A session between a scripted optimizer and a scripted connector, on a clock that jumps.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use servo_types::{Description, Failure, Measurement, Metric};

use crate::session::*;
use crate::wire::{Body, Event, Hello, Report, Request};

pub(super) fn s(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// What an optimizer answers.
pub(super) fn ok(value: Value) -> Answer {
    Answer::Body(Bytes::from(value.to_string()))
}

pub(super) fn taken() -> Answer {
    ok(json!({"status": "ok"}))
}

pub(super) fn status(status: u16, detail: &str) -> Answer {
    Answer::Refused(Refusal { status, detail: detail.to_owned(), retry_after: None })
}

pub(super) fn failed(kind: FailureKind) -> Answer {
    Answer::Failed(RequestFailure { kind, message: "optimizer.test: nothing".to_owned() })
}

pub(super) fn adjust(cmd_uid: &str) -> Answer {
    let components = json!({"web": {"settings": {"cpu": {"value": 0.25}}}});
    let state = json!({"application": {"components": components}});
    ok(json!({"cmd": "ADJUST", "cmd_uid": cmd_uid, "param": {"state": state, "control": {}}}))
}

pub(super) fn measure(cmd_uid: &str) -> Answer {
    let param = json!({"metrics": {"p99": {"unit": "ms"}}, "control": {"duration": 60}});
    ok(json!({"cmd": "MEASURE", "cmd_uid": cmd_uid, "param": param}))
}

pub(super) fn describe(cmd_uid: &str) -> Answer {
    ok(json!({"cmd": "DESCRIBE", "cmd_uid": cmd_uid, "param": {}}))
}

pub(super) fn sleep(seconds: f64) -> Answer {
    ok(json!({"cmd": "SLEEP", "param": {"duration": seconds, "data": {"reason": "nothing to do"}}}))
}

/// What a connector does with an operation.
#[derive(Clone)]
pub(super) struct Act {
    /// When it says how far it is, after the beginning.
    pub(super) says: Vec<(f64, f64)>,
    /// When it ends by itself.
    pub(super) ends: f64,
    /// How it ends then.
    pub(super) with: Option<Failure>,
    /// When it ends after it was asked to; never by itself when there is none.
    pub(super) yields: Option<f64>,
}

impl Default for Act {
    fn default() -> Self {
        Self { says: Vec::new(), ends: 0.0, with: None, yields: Some(0.0) }
    }
}

type Optimizer = Box<dyn FnMut(Duration, &Request) -> Option<Answer>>;

/// A session and all that it talks to.
pub(super) struct World {
    pub(super) session: Session,
    pub(super) now: Duration,
    optimizer: Optimizer,
    /// How long an answer takes.
    pub(super) latency: Duration,
    pub(super) act: Act,
    queue: VecDeque<(Duration, Input)>,
    /// What happened, in a word each.
    pub(super) trace: Vec<String>,
    pub(super) sent: Vec<(Duration, Request)>,
    pub(super) notices: Vec<Notice>,
    pub(super) end: Option<(Duration, End)>,
    in_flight: bool,
    operating: Option<Task>,
}

pub(super) fn options() -> SessionOptions {
    SessionOptions {
        hello: Hello { agent: "servo/test".to_owned(), ..Hello::default() },
        poll: true,
        servo_uid: Some("uid-1".to_owned()),
        connect: Budget { max_time: Some(s(3600.0)), max_tries: None },
        requests: Budget { max_time: Some(s(600.0)), max_tries: None },
        drain: s(30.0),
        seed: 7,
    }
}

impl World {
    /// Each request gets the answer that the optimizer gives at that time; none: silence.
    pub(super) fn new(
        options: SessionOptions,
        optimizer: impl FnMut(Duration, &Request) -> Option<Answer> + 'static,
    ) -> Self {
        Self {
            session: Session::new(options),
            now: Duration::ZERO,
            optimizer: Box::new(optimizer),
            latency: Duration::ZERO,
            act: Act::default(),
            queue: VecDeque::from([(Duration::ZERO, Input::Start)]),
            trace: Vec::new(),
            sent: Vec::new(),
            notices: Vec::new(),
            end: None,
            in_flight: false,
            operating: None,
        }
    }

    /// HELLO and results are taken, each WHATS_NEXT gets the next answer of the list, and after them a long sleep.
    pub(super) fn scripted(answers: impl IntoIterator<Item = Answer>) -> Self {
        let mut answers: VecDeque<_> = answers.into_iter().collect();
        Self::new(options(), move |_, request| {
            Some(match request.event {
                Event::WhatsNext => answers.pop_front().unwrap_or_else(|| sleep(3600.0)),
                _ => taken(),
            })
        })
    }

    pub(super) fn at(&mut self, seconds: f64, input: Input) {
        self.queue.push_back((s(seconds), input));
    }

    pub(super) fn stop_at(&mut self, seconds: f64) {
        self.at(seconds, Input::Stop { reason: "SIGTERM".to_owned() });
    }

    /// Lets time pass. Panics when the session does not let it.
    pub(super) fn run(&mut self, until: f64) -> &mut Self {
        let mut steps = 0;
        loop {
            let first = self.queue.iter().enumerate().min_by_key(|(at, (time, _))| (*time, *at));
            let first = first.map(|(at, (time, _))| (at, *time));
            let wake = self.session.wake().map(|wake| wake.max(self.now));
            let (time, input) = match (first, wake) {
                (Some((at, time)), wake) if wake.is_none_or(|wake| time <= wake) => (time, Some(at)),
                (_, Some(wake)) => (wake, None),
                (_, None) => break,
            };
            if time > s(until) {
                break;
            }
            steps = if time == self.now { steps + 1 } else { 0 };
            assert!(steps < 1000, "a hot loop at {time:?}: {:?}", &self.trace[self.trace.len() - 10..]);
            self.now = time;
            let input = input.and_then(|at| self.queue.remove(at)).map_or(Input::Time, |(_, input)| input);
            self.step(input);
        }
        self.now = s(until);
        self
    }

    fn step(&mut self, input: Input) {
        match &input {
            Input::Answered(_) => self.in_flight = false,
            Input::Finished(_) if self.operating.take().is_none() => return,
            _ => {}
        }
        let actions = self.session.step(self.now, input);
        for action in actions {
            assert!(self.end.is_none(), "{action:?} after the end");
            self.perform(action);
        }
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Post { event, body } => {
                assert!(!self.in_flight, "{event} while another request is on its way");
                let request = Request::read(&body).unwrap();
                assert_eq!(request.event.name(), event);
                self.in_flight = true;
                self.trace.push(shown(&request.event));
                if let Some(answer) = (self.optimizer)(self.now, &request) {
                    self.queue.push_back((self.now + self.latency, Input::Answered(answer)));
                }
                self.sent.push((self.now, request));
            }
            Action::Abandon => {
                assert!(self.in_flight, "there is nothing to abandon");
                self.in_flight = false;
                self.queue.retain(|(_, input)| !matches!(input, Input::Answered(_)));
                self.trace.push("abandon".to_owned());
            }
            Action::Begin(operation) => {
                assert!(self.operating.is_none(), "two operations at a time");
                self.trace.push(format!("begin {}", operation.task.name()));
                for (after, percent) in &self.act.says {
                    let message = format!("at {percent}");
                    self.queue
                        .push_back((self.now + s(*after), Input::Progress { percent: *percent, message }));
                }
                let outcome = self.act.with.clone().map_or_else(|| Ok(outcome(&operation.task)), Err);
                self.queue.push_back((self.now + s(self.act.ends), Input::Finished(outcome)));
                self.operating = Some(operation.task);
            }
            Action::Cancel { reason } => {
                self.trace.push(format!("cancel: {reason}"));
                self.forget();
                if let Some(after) = self.act.yields {
                    let failure = Failure::new(servo_types::Code::Cancelled, "as asked");
                    self.queue.push_back((self.now + s(after), Input::Finished(Err(failure))));
                }
            }
            Action::Kill => {
                self.trace.push("kill".to_owned());
                self.forget();
                let failure = Failure::new(servo_types::Code::Cancelled, "killed");
                self.queue.push_back((self.now, Input::Finished(Err(failure))));
            }
            Action::Tell(notice) => self.notices.push(notice),
            Action::Shutdown => {
                assert!(self.operating.is_none() && !self.in_flight, "something is under way");
                self.trace.push("shutdown".to_owned());
                self.queue.push_back((self.now, Input::Down));
            }
            Action::End(end) => self.end = Some((self.now, end)),
        }
    }

    fn forget(&mut self) {
        self.queue.retain(|(_, input)| !matches!(input, Input::Finished(_) | Input::Progress { .. }));
    }

    /// How many requests were sent within these seconds.
    pub(super) fn requests(&self, from: f64, to: f64) -> usize {
        self.sent.iter().filter(|(at, _)| (s(from)..s(to)).contains(at)).count()
    }

    pub(super) fn says(&self, text: &str) -> bool {
        self.notices.iter().any(|notice| notice.text.contains(text))
    }
}

fn outcome(task: &Task) -> Outcome {
    match task {
        Task::Describe { .. } => Outcome::Described(Description::default()),
        Task::Measure { .. } => {
            let metrics = vec![Metric { name: "p99".to_owned(), unit: "ms".to_owned() }];
            Outcome::Measured { measurement: Measurement::default(), metrics, at: 100 }
        }
        Task::Adjust { .. } => Outcome::Adjusted(Description::default()),
    }
}

fn shown(event: &Event) -> String {
    fn body<T>(name: &str, report: &Report<T>) -> String {
        let uid = report.cmd_uid.as_deref().unwrap_or("-");
        match &report.body {
            Body::Done(_) => format!("{name} {uid} ok"),
            Body::Failed(failed) => {
                let status = format!("{:?}", failed.status).to_lowercase();
                let reason = failed.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
                format!("{name} {uid} {status}{reason}: {}", failed.message.as_deref().unwrap_or_default())
            }
            Body::Progress(progress) => format!("{name} {uid} {:.0}%", progress.progress),
        }
    }
    match event {
        Event::Description(report) => body("DESCRIPTION", report),
        Event::Measurement(report) => body("MEASUREMENT", report),
        Event::Adjustment(report) => body("ADJUSTMENT", report),
        Event::Goodbye(goodbye) => format!("GOODBYE {}", goodbye.reason),
        other => other.name().to_owned(),
    }
}
