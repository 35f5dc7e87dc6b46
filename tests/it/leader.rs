//! `liveness.leader`: of several servos one works, whatever happens to it, and the application sees no old one after a
//! new one.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use servo_test_support::{
    Etcd, Line, Program, Reply, Running, Scripted, Seen, Server as _, Signal, Weather, World, eventually,
};

use crate::run::stage::{json, servo, world};

/// How long after its last sign of life another one may lead.
const LEADER_TTL: Duration = Duration::from_secs(3);
/// How long something may take on a busy machine.
const LONG: Duration = Duration::from_secs(120);
/// The setting that the application comes with.
const START: i64 = 2;
/// The header that carries the term.
const TERM: &str = "x-servo-term";

/// The application: it keeps a setting, and its work takes a while.
struct App {
    server: Scripted,
    workers: Arc<Mutex<i64>>,
}

impl App {
    fn start(work: Duration) -> App {
        let workers = Arc::new(Mutex::new(START));
        let kept = Arc::clone(&workers);
        let server = Scripted::start(move |seen| match (seen.method.as_str(), seen.path.as_str()) {
            ("GET", "/work") => Reply::text(200, "done").after(work),
            ("PATCH", "/settings") => {
                *kept.lock().unwrap() = wanted(seen);
                Reply::json(200, json!({"workers": wanted(seen)}).to_string())
            }
            _ => Reply::json(200, json!({"workers": *kept.lock().unwrap()}).to_string()),
        });
        App { server, workers }
    }

    /// The terms of the requests so far, in the order in which they came.
    fn terms(&self) -> Vec<i64> {
        self.server.seen().iter().filter_map(term).collect()
    }

    fn workers(&self) -> i64 {
        *self.workers.lock().unwrap()
    }

    /// Nobody acts without a term, and none of an older one after one of a newer one.
    #[track_caller]
    fn was_never_asked_by_two(&self) {
        let seen = self.server.seen();
        let acts = seen.iter().filter(|seen| seen.method != "GET" || seen.path == "/work");
        for act in acts {
            assert!(term(act).is_some(), "{act:?}");
        }
        let terms = self.terms();
        assert!(terms.is_sorted(), "{terms:?}");
    }
}

fn wanted(seen: &Seen) -> i64 {
    let change: Value = serde_json::from_slice(&seen.body).unwrap();
    change["workers"].as_i64().unwrap()
}

fn term(seen: &Seen) -> Option<i64> {
    seen.header(TERM)?.parse().ok()
}

/// One of the servos, and its line to etcd.
struct Member {
    world: World,
    line: Line,
    running: Running,
}

impl Member {
    fn start(app: &App, etcd: &Etcd, budget: u32) -> Member {
        let world = world();
        let line = Line::to(etcd.url().strip_prefix("http://").unwrap());
        let (url, etcd, ttl) = (app.server.url(), line.address(), LEADER_TTL.as_secs());
        let grant = format!("grants: {{http: [{{to: '{url}', term_header: {TERM}}}]}}");
        world.file(
            "servo.yaml",
            format!(
                "connectors:
  web: {{component: http-settings, {grant}}}
  load: {{component: ./fixture.wasm, {grant}}}
web: {{component: web, url: '{url}', settings: {{workers: {{min: 1, max: 16}}}}}}
load: {{on: {{measure: 'http:{url}/work'}}}}
objective:
  maximize: web.workers + 0 * calls
  budget: {budget}
  seed: 1
  measure: {{duration: 50ms, warmup: 0s}}
liveness: {{endpoints: ['http://{etcd}'], timeout: 1s, ttl: 5s, leader: true, leader_ttl: {ttl}s}}
"
            ),
        );
        let running = run(&world).start();
        Member { world, line, running }
    }

    /// The terms in which it led, as it said.
    fn led(&self) -> Vec<i64> {
        let text = self.running.stderr();
        let terms = text.lines().filter_map(|line| line.split("leading (term ").nth(1));
        terms.filter_map(|rest| rest.split(')').next()?.parse().ok()).collect()
    }

    fn said(&self, text: &str) -> usize {
        self.running.stderr().matches(text).count()
    }
}

fn run(world: &World) -> Program {
    servo(world, "run").timeout(LONG * 5)
}

/// The one that leads in a term after this one, and the term.
#[track_caller]
fn leader(members: &[Member], after: i64) -> (usize, i64) {
    eventually(LONG, "a leader", || {
        let led = members
            .iter()
            .enumerate()
            .flat_map(|(at, one)| one.led().into_iter().map(move |term| (at, term)));
        led.filter(|(_, term)| *term > after).min_by_key(|(_, term)| *term)
    })
}

fn etcd() -> Etcd {
    Etcd::with_flags(&["--heartbeat-interval", "20", "--election-timeout", "200"])
}

#[test]
fn another_one_takes_over_and_the_old_one_does_nothing_more() {
    let (etcd, app) = (etcd(), App::start(Duration::from_millis(300)));
    let mut members: Vec<Member> = (0..3).map(|_| Member::start(&app, &etcd, 500)).collect();
    let (mut at, mut term) = leader(&members, 0);
    for (number, member) in members.iter_mut().enumerate().filter(|(number, _)| *number != at) {
        let text = format!("(term {term})");
        member.running.wait_for("it follows", |_, stderr| {
            (stderr.contains("following ") && stderr.contains(&text)).then_some(number)
        });
    }
    // All of them are registered.
    let up =
        || etcd.ctl(["get", "/services/by-status/UP/", "--prefix", "--keys-only"]).split_whitespace().count();
    eventually(LONG, "all to be registered", || (up() == 3).then_some(()));
    for (number, member) in members.iter().enumerate() {
        let wanted = if number == at { json!({"is": "leading", "term": term}) } else { Value::Null };
        let shown = json(&servo(&member.world, "top --once -o json").run().expect(0))["liveness"].clone();
        let leadership = &shown["leadership"];
        assert!(*leadership == wanted || number != at && leadership["leader"].is_string(), "{shown:#}");
        assert_eq!(shown["registered"], 1, "{shown:#}");
    }

    for (round, harm) in ["kill", "stop", "cut", "stop"].into_iter().enumerate() {
        // It has changed something that its successor must put right.
        eventually(LONG, "a trial", || {
            (app.terms().last() == Some(&term) && app.workers() != START).then_some(())
        });
        let began = Instant::now();
        match harm {
            "kill" => members[at].running.signal(Signal::KILL),
            "stop" => members[at].running.signal(Signal::STOP),
            _ => members[at].line.set(Weather::Cut),
        }
        let (next, newer) = leader(&members, term);
        eventually(LONG, "the new leader to act", || (app.terms().last() == Some(&newer)).then_some(()));
        let took = began.elapsed();
        println!("round {round}, {harm}: another one acted after {took:?}");
        assert!(took < 2 * LEADER_TTL + LONG / 4, "{took:?}");
        assert_ne!(next, at);
        members[next].running.wait_for("the settings to be put back", |_, stderr| {
            stderr.contains("the run of the leader before was not finished").then_some(())
        });
        match harm {
            "kill" => {
                let again = run(&members[at].world).start();
                members[at].running = again;
            }
            "stop" => members[at].running.signal(Signal::CONT),
            _ => members[at].line.set(Weather::Fair),
        }
        let following = format!("(term {newer})");
        members[at]
            .running
            .wait_for("the old leader to follow", |_, stderr| stderr.contains(&following).then_some(()));
        if harm != "kill" {
            assert!(members[at].said("is over: nothing more is sent") > 0);
        }
        (at, term) = (next, newer);
    }
    // In good order it goes on at once, and the last one leaves the application as it was.
    for count in (0..3).rev() {
        members[at].running.signal(Signal::TERM);
        let ended = members.remove(at).running.wait();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        eventually(LONG, "it to be down at once", || (up() == count).then_some(()));
        if count > 0 {
            (at, term) = leader(&members, term);
        }
    }
    assert_eq!(app.workers(), START);
    app.was_never_asked_by_two();
}

#[test]
fn who_followed_a_run_to_its_end_has_nothing_to_do() {
    let (etcd, app) = (etcd(), App::start(Duration::ZERO));
    let members: Vec<Member> = (0..2).map(|_| Member::start(&app, &etcd, 6)).collect();
    let ended: Vec<_> = members.into_iter().map(|member| member.running.wait().expect(0)).collect();
    let said = |text: &str| ended.iter().filter(|one| one.stderr.contains(text)).count();
    assert_eq!((said("leading (term "), said("the leader has finished the run")), (1, 1), "{ended:#?}");
    app.was_never_asked_by_two();
    let terms = app.terms();
    assert!(terms.first() == terms.last() && !terms.is_empty(), "{terms:?}");
    assert_ne!(app.workers(), START);
}
