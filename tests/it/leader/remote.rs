//! Servos of which one works, for an optimizer elsewhere.

use serde_json::Value;
use servo_test_support::{Etcd, Line, Server as _, Signal, World, eventually};

use super::{App, LEADER_TTL, LONG, Member, START, TERM, etcd, leader, run};
use crate::run::stage::world;

const SHOP: &str = "example.com/shop";

fn optimizer(world: &World, line: &str) -> servo_test_support::Program {
    world.servo(["optimizer"].into_iter().chain(line.split_whitespace())).timeout(LONG * 5)
}

fn member(app: &App, etcd: &Etcd, optimizer: &str) -> Member {
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
optimizer: {{id: {SHOP}, token: s3cret, base_url: '{optimizer}'}}
liveness: {{endpoints: ['http://{etcd}'], timeout: 1s, ttl: 5s, leader: true, leader_ttl: {ttl}s}}
"
        ),
    );
    let running = run(&world).start();
    Member { world, line, running }
}

#[test]
fn another_one_goes_on_for_the_same_optimizer() {
    let (etcd, app, lab) = (etcd(), App::start(LEADER_TTL / 10), world());
    let objective =
        "{maximize: web.workers + 0 * calls, budget: 12, seed: 1, measure: {duration: 50ms, warmup: 0s}}";
    lab.file(
        "optimizer.yaml",
        format!("listen: 127.0.0.1:0\napplications: {{{SHOP}: {{token: s3cret, objective: {objective}}}}}\n"),
    );
    let mut server = optimizer(&lab, "serve").start();
    let url = server.wait_for("the server to listen", |_, stderr| {
        let line = stderr.lines().find(|line| line.starts_with("serving "))?;
        line.split_once(" on ").map(|(_, url)| url.to_owned())
    });
    let members = [member(&app, &etcd, &url), member(&app, &etcd, &url)];
    let (at, term) = leader(&members, 0);
    eventually(LONG, "a trial", || (app.workers() != START).then_some(()));
    assert_eq!(server.stderr().matches("a servo said hello").count(), 1, "{}", server.stderr());
    members[at].running.signal(Signal::KILL);
    let (next, _) = leader(&members, term);
    let status = || -> Value {
        let status = optimizer(&lab, "status -o json").run().expect(0).stdout;
        serde_json::from_str::<Value>(&status).unwrap()[0].clone()
    };
    eventually(LONG, "the end of the run", || (status()["state"] == "finished").then_some(()));
    assert_eq!(status()["applied"]["web.workers"], app.workers());
    assert!(next != at && app.workers() > START, "{}", app.workers());
    let hellos = server.stderr().matches("a servo said hello").count();
    assert_eq!(hellos, 2, "{}", server.stderr());
    for (number, member) in members.into_iter().enumerate().filter(|(number, _)| *number == next) {
        member.running.signal(Signal::TERM);
        let ended = member.running.wait();
        assert_eq!(ended.code, Some(0), "{number}: {}", ended.stderr);
    }
    app.was_never_asked_by_two();
}
