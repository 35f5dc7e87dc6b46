//! An application with one setting that does as a test tells it: it can take a change and not answer, lose one, or be
//! slow at its work, so that a signal hits a known moment.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use servo_test_support::{Reply, Running, Scripted, Seen, Server as _, World, eventually};

/// Longer than any test: who waits for this answer waits in vain.
const NEVER: Duration = Duration::from_secs(300);
/// How long a moment may be waited for.
const SOON: Duration = Duration::from_secs(30);

/// The setting that the application starts with.
pub(crate) const START: i64 = 2;

/// What the application does not answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Hold {
    /// It answers everything.
    Nothing,
    /// The first change to another value than `START`; it is made.
    Made,
    /// The same change, but it gets lost.
    Lost,
    /// The work of this measurement, counted from 1.
    Work(usize),
    /// Every change.
    Changes,
    /// The change after the run has decided; it is made.
    Last,
    /// Nothing, but its work fails with so many workers, from the first to the second number.
    Harm(i64, i64),
    /// Nothing, but the first so many works are answered with more than fits into a small connector.
    Flood(usize),
}

/// More than fits into a connector of 4 MiB.
const FLOOD: usize = 8 << 20;

/// The application behind its URL.
#[derive(Debug)]
pub(crate) struct App {
    server: Scripted,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    workers: i64,
    works: usize,
    hold: Hold,
    held: bool,
    /// Where the journals are.
    world: std::path::PathBuf,
}

impl App {
    /// Starts it and writes a configuration that tunes it: `http-settings` changes the setting, the fixture measures
    /// by asking for a piece of work, and more workers are better.
    pub(crate) fn start(world: &World, hold: Hold) -> App {
        let journals = world.path("state/journals");
        let state = State { workers: START, works: 0, hold, held: false, world: journals };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        let server = Scripted::start(move |seen| shared.lock().unwrap().answer(seen));
        let app = App { server, state };
        world.file("servo.yaml", app.configuration("maximize: web.workers + 0 * calls"));
        app
    }

    /// The configuration with another objective.
    pub(crate) fn configuration(&self, objective: &str) -> String {
        let url = self.server.url();
        format!(
            "connectors: {{web: http-settings, load: ./fixture.wasm}}
web: {{component: web, url: '{url}', settings: {{workers: {{min: 1, max: 16}}}}}}
load: {{endpoint: '{url}', on: {{measure: 'http:{url}/work'}}}}
objective:
  {objective}
  budget: 8
  seed: 1
  measure: {{duration: 50ms, warmup: 0s}}
"
        )
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Waits until it holds back an answer.
    #[track_caller]
    pub(crate) fn wait_until_held(&self) {
        eventually(SOON, "the moment that the test is about", || self.state().held.then_some(()));
    }

    /// Waits until it was asked for something so often.
    #[track_caller]
    pub(crate) fn wait_for_requests(&self, count: usize, running: &mut Running) {
        running.wait_for("a request", |_, _| (self.server.seen().len() >= count).then_some(()));
    }

    /// Answers from now on as `hold` says.
    pub(crate) fn hold(&self, hold: Hold) {
        let mut state = self.state();
        (state.hold, state.held) = (hold, false);
    }

    /// The setting.
    pub(crate) fn workers(&self) -> i64 {
        self.state().workers
    }

    /// Makes it have another setting.
    pub(crate) fn set(&self, workers: i64) {
        self.state().workers = workers;
    }

    /// The values that it was given, in their order.
    pub(crate) fn changes(&self) -> Vec<i64> {
        let changes = self.server.seen().into_iter().filter(|seen| seen.method == "PATCH");
        changes.map(|seen| workers(&seen)).collect()
    }

    /// What it was asked since the request of this number: `GET`, `PATCH` and `work`.
    pub(crate) fn asked(&self, from: usize) -> Vec<String> {
        let word = |seen: Seen| if seen.path == "/work" { "work".to_owned() } else { seen.method };
        self.server.seen().into_iter().skip(from).map(word).collect()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn answer(&mut self, seen: &Seen) -> Reply {
        match (seen.method.as_str(), seen.path.as_str()) {
            ("GET", "/work") => {
                self.works += 1;
                let harmed = matches!(self.hold, Hold::Harm(from, to) if (from..=to).contains(&self.workers));
                let status = if harmed { 500 } else { 200 };
                let flood = matches!(self.hold, Hold::Flood(works) if self.works <= works);
                let body = if flood { "x".repeat(FLOOD) } else { "done".to_owned() };
                self.held_if(self.hold == Hold::Work(self.works), Reply::text(status, body))
            }
            ("PATCH", "/settings") => {
                let workers = workers(seen);
                let held = match self.hold {
                    Hold::Made | Hold::Lost => workers != START,
                    Hold::Changes => true,
                    Hold::Last => self.decided(),
                    Hold::Nothing | Hold::Work(_) | Hold::Harm(..) | Hold::Flood(_) => false,
                };
                if self.hold != Hold::Lost || !held {
                    self.workers = workers;
                }
                self.held_if(held, self.settings())
            }
            ("GET", "/settings") => self.settings(),
            _ => Reply::text(404, "there are /settings and /work"),
        }
    }

    fn settings(&self) -> Reply {
        Reply::json(200, json!({"workers": self.workers}).to_string())
    }

    fn held_if(&mut self, held: bool, reply: Reply) -> Reply {
        self.held |= held;
        if held { reply.after(NEVER) } else { reply }
    }

    fn decided(&self) -> bool {
        let journals = std::fs::read_dir(&self.world).unwrap().map(|entry| entry.unwrap().path());
        journals.map(|path| std::fs::read_to_string(path).unwrap()).any(|text| text.contains("\"finishing\""))
    }
}

/// What a change asks for.
fn workers(seen: &Seen) -> i64 {
    let change: Value = serde_json::from_slice(&seen.body).unwrap();
    change["workers"].as_i64().unwrap()
}
