//! `liveness.leader`: of several servos one works, whatever happens to it, and the application sees no old one after a
//! new one.

mod remote;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
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
/// What one says that followed a run to its end.
const ENDED: &str = "the leader's run is finished; the application has the settings that it ended on";
/// The header that carries the term.
const TERM: &str = "x-servo-term";

/// The application: it keeps a setting, and its work takes a while.
struct App {
    server: Scripted,
    workers: Arc<Mutex<i64>>,
}

/// Where a request waits until the test lets it go on.
#[derive(Clone, Default)]
struct Barrier(Arc<[AtomicBool; 2]>);

impl Barrier {
    fn pass(&self) {
        if !self.0[0].swap(true, Relaxed) {
            eventually(LONG, "the test", || self.0[1].load(Relaxed).then_some(()));
        }
    }

    fn is_reached(&self) -> bool {
        self.0[0].load(Relaxed)
    }

    fn release(&self) {
        self.0[1].store(true, Relaxed);
    }
}

impl App {
    fn start(work: Duration) -> App {
        App::watched(work, |_| {})
    }

    /// The first time that something is to be made permanent waits at `barrier`.
    fn held(barrier: &Barrier) -> App {
        let barrier = barrier.clone();
        App::watched(Duration::ZERO, move |seen| {
            if seen.path == "/promote" {
                barrier.pass();
            }
        })
    }

    fn watched(work: Duration, watch: impl Fn(&Seen) + Send + Sync + 'static) -> App {
        let workers = Arc::new(Mutex::new(START));
        let kept = Arc::clone(&workers);
        let server = Scripted::start(move |seen| {
            watch(seen);
            match (seen.method.as_str(), seen.path.as_str()) {
                ("GET", "/work") => Reply::text(200, "done").after(work),
                ("PATCH", "/settings") => {
                    *kept.lock().unwrap() = wanted(seen);
                    Reply::json(200, json!({"workers": wanted(seen)}).to_string())
                }
                _ => Reply::json(200, json!({"workers": *kept.lock().unwrap()}).to_string()),
            }
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
        let acts = seen.iter().filter(|seen| seen.method != "GET" || seen.path != "/settings");
        for act in acts {
            assert!(term(act).is_some(), "{act:?}");
        }
        let terms = self.terms();
        assert!(terms.is_sorted(), "{terms:?}");
    }
}

/// What the last leader left.
fn testament(etcd: &Etcd) -> String {
    etcd.ctl(["get", "/services/by-election-testament/", "--prefix", "--print-value-only"])
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
        Member::holding(app, etcd, budget, LEADER_TTL)
    }

    fn holding(app: &App, etcd: &Etcd, budget: u32, ttl: Duration) -> Member {
        let world = world();
        let line = Line::to(etcd.url().strip_prefix("http://").unwrap());
        let (url, etcd, ttl) = (app.server.url(), line.address(), ttl.as_secs());
        let grant = format!("grants: {{http: [{{to: '{url}', term_header: {TERM}}}]}}");
        world.file(
            "servo.yaml",
            format!(
                "connectors:
  web: {{component: http-settings, {grant}}}
  load: {{component: ./fixture.wasm, {grant}}}
web: {{component: web, url: '{url}', settings: {{workers: {{min: 1, max: 16}}}}}}
load: {{on: {{measure: 'http:{url}/work', promote: 'http:{url}/promote'}}}}
objective:
  maximize: web.workers + 0 * calls
  budget: {budget}
  seed: 1
  promote: true
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

    let mut gaps = Vec::new();
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
        gaps.push(took);
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
    // Not each time: the machine may be busy with something else for a moment.
    gaps.sort();
    assert!(gaps[gaps.len() / 2] < 2 * LEADER_TTL, "{gaps:?}");
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
    assert_eq!((said("leading (term "), said(ENDED)), (1, 1), "{ended:#?}");
    assert_eq!(said("the settings it came with"), 0, "{ended:#?}");
    app.was_never_asked_by_two();
    let terms = app.terms();
    assert!(terms.first() == terms.last() && !terms.is_empty(), "{terms:?}");
    assert_ne!(app.workers(), START);

    // What a leader does not understand may be a run that is not finished.
    let key = etcd.ctl(["get", "/services/by-election-testament/", "--prefix", "--keys-only"]);
    etcd.put(key.trim(), b"left by a newer one");
    let ended = Member::start(&app, &etcd, 6).running.wait().expect(1);
    assert!(ended.stderr.contains("what the last leader left in etcd cannot be read"), "{}", ended.stderr);
    assert_eq!(app.terms(), terms);
}

#[test]
fn what_another_one_confirmed_is_not_undone_by_an_old_journal() {
    let (etcd, app) = (etcd(), App::start(Duration::from_millis(100)));
    let mut old = Member::start(&app, &etcd, 500);
    eventually(LONG, "a trial", || (app.workers() != START).then_some(()));
    old.running.signal(Signal::KILL);
    let new = Member::start(&app, &etcd, 6).running.wait().expect(0);
    assert!(new.stderr.contains("the run of the leader before was not finished"), "{}", new.stderr);
    let confirmed = app.workers();
    assert_ne!(confirmed, START);

    old.running = run(&old.world).start();
    old.running.wait_for("a trial of its own", |_, stderr| stderr.contains("it is set aside").then_some(()));
    eventually(LONG, "a trial", || (app.workers() != confirmed).then_some(()));
    old.running.signal(Signal::TERM);
    let ended = old.running.wait().expect(0);
    assert!(!ended.stderr.contains("continuing the run"), "{}", ended.stderr);
    assert!(ended.stderr.contains("the application has the settings it came with"), "{}", ended.stderr);
    assert_eq!(app.workers(), confirmed, "{}", ended.stderr);
    app.was_never_asked_by_two();
}

#[test]
fn what_was_decided_is_carried_out_whoever_leads() {
    for harm in ["kill", "lose", "finish"] {
        let (etcd, barrier) = (etcd(), Barrier::default());
        let app = App::held(&barrier);
        // What it still does after it is cut off it does within its lease.
        let ttl = LEADER_TTL * if harm == "finish" { 2 } else { 1 };
        let first = Member::holding(&app, &etcd, 6, ttl);
        eventually(LONG, "the decision", || barrier.is_reached().then_some(()));
        let decided = app.workers();
        assert!(testament(&etcd).contains("finishing"));
        match harm {
            "kill" => first.running.signal(Signal::KILL),
            _ => first.line.set(Weather::Cut),
        }
        if harm == "lose" {
            let mut running = first.running;
            running.wait_for("the end of the term", |_, stderr| {
                stderr.contains("is over: nothing more is sent").then_some(())
            });
            running.signal(Signal::TERM);
            let ended = running.wait().expect(1);
            let said =
                format!("may still have web.workers={decided}, which was sent last; the next leader puts");
            assert!(ended.stderr.contains(&said), "{}", ended.stderr);
        } else if harm == "finish" {
            // It finishes in time, and cannot tell etcd.
            barrier.release();
            let ended = first.running.wait().expect(0);
            assert!(ended.stderr.contains("could not be told how things stand"), "{}", ended.stderr);
        }
        // As though it had not arrived.
        *app.workers.lock().unwrap() = START;
        let next = Member::start(&app, &etcd, 6).running.wait().expect(0);
        for said in ["the leader before had decided", ENDED] {
            assert!(next.stderr.contains(said), "{harm}: {}", next.stderr);
        }
        assert_eq!(app.workers(), decided, "{harm}");
        assert!(testament(&etcd).contains("finished"));
        assert_eq!(app.server.seen().iter().filter(|seen| seen.path == "/promote").count(), 2, "{harm}");
        barrier.release();
        app.was_never_asked_by_two();
    }
}

#[test]
fn who_followed_says_nothing_about_what_it_did_not_do() {
    let (etcd, app) = (etcd(), App::start(Duration::from_millis(100)));
    let members: Vec<Member> = (0..2).map(|_| Member::start(&app, &etcd, 500)).collect();
    let (at, _) = leader(&members, 0);
    eventually(LONG, "a trial", || (app.workers() != START).then_some(()));
    for (number, member) in members.into_iter().enumerate().rev().filter(|(number, _)| *number != at) {
        let mut running = member.running;
        running.wait_for("it follows", |_, stderr| stderr.contains("following ").then_some(number));
        running.signal(Signal::TERM);
        let ended = running.wait().expect(0);
        assert!(ended.stderr.contains("this servo was not leading"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("the settings it came with"), "{}", ended.stderr);
    }
}
