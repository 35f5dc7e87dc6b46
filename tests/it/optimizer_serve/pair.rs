//! `servo run` against `servo optimizer serve`, with TLS between them: whoever is killed, the run goes on.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use servo_test_support::{Program, Running, Security, Signal, World, eventually, free_port};

use super::dice::Dice;
use super::lab::{BEST, SHOP, TOKEN, command, serve};
use crate::run::app::{App, Hold};
use crate::run::stage;

/// How long a run may take, with all that happens to it.
const LONG: Duration = Duration::from_secs(240);
/// Kills; the run has more trials.
const KILLS: usize = 12;

/// A servo and an optimizer that know each other, and an application that outlives both.
struct Pair {
    world: World,
    app: App,
    server: Running,
    servo: Running,
}

impl Pair {
    fn start() -> Self {
        let world = stage::world();
        let app = App::start(&world, Hold::Nothing);
        let Security { ca, certificate, key, .. } = Security::new(world.path(""));
        let port = free_port();
        world.file("shop.token", TOKEN);
        let (certificate, key) = (certificate.display(), key.display());
        let optimizer = format!(
            "listen: 127.0.0.1:{port}
tls: {{certificate: {certificate}, key: {key}}}
applications:
  {SHOP}:
    token_file: shop.token
    objective:
      maximize: 200 - (web.workers - 12) * (web.workers - 12) + 0 * calls
      budget: 16
      seed: 1
      measure: {{duration: 50ms, warmup: 0s}}
"
        );
        world.file("optimizer.yaml", optimizer);
        let (url, ca) = (app.url(), ca.display());
        let servo = format!(
            "optimizer: {{id: {SHOP}, token_file: shop.token, base_url: 'https://127.0.0.1:{port}'}}
settings: {{ssl_verify: {ca}}}
connectors: {{web: http-settings, load: ./fixture.wasm}}
web: {{component: web, url: '{url}', settings: {{workers: {{min: 1, max: 16}}}}}}
load: {{endpoint: '{url}', on: {{measure: 'http:{url}/work'}}}}
"
        );
        world.file("servo.yaml", servo);
        let (server, _) = serve(&world, &[]);
        let servo = run(&world).start();
        Pair { world, app, server, servo }
    }

    fn status(&self) -> Value {
        let status = command(&self.world, "status -o json").run().expect(0);
        serde_json::from_str::<Value>(&status.stdout).unwrap()[0].clone()
    }

    /// The trials that ended, as the journal has them.
    fn results(&self) -> usize {
        let folders = std::fs::read_dir(self.world.path("state/optimizer")).into_iter().flatten();
        let journals = folders.map(|folder| folder.unwrap().path().join(SHOP).join("journal.jsonl"));
        let text: String = journals.filter_map(|path| std::fs::read_to_string(path).ok()).collect();
        text.lines().filter(|line| line.contains("\"record\":\"result\"")).count()
    }

    fn is_finished(&self) -> bool {
        self.status()["state"] == "finished"
    }

    /// Waits for the end of the run; what was decided, and what the application was left on.
    fn ended(self) -> (Vec<Value>, i64) {
        eventually(LONG, "the run to end", || self.is_finished().then_some(()));
        let workers = self.app.workers();
        assert_eq!(self.status()["applied"]["web.workers"], workers);
        let exported = command(&self.world, &format!("export {SHOP} --format json")).run().expect(0);
        let exported: Value = serde_json::from_str(&exported.stdout).unwrap();
        let mut trials = exported["trials"].as_array().unwrap().clone();
        for trial in &mut trials {
            assert!(trial["metrics"]["calls"].is_object(), "{trial}");
            // How often the connector was called is no decision.
            trial["metrics"] = json!({});
        }
        for (program, name) in [(self.servo, "servo"), (self.server, "server")] {
            program.signal(Signal::TERM);
            let ended = program.wait().expect(0);
            assert!(!ended.stderr.contains(TOKEN), "{name}: {}", ended.stderr);
        }
        (trials, workers)
    }
}

/// A servo that outlives what is done to it.
fn run(world: &World) -> Program {
    world.servo(["run"]).timeout(LONG)
}

#[test]
fn a_run_with_kills_on_both_sides_is_the_run_without() {
    let (wanted, workers) = Pair::start().ended();
    assert!((BEST - workers).abs() <= 1, "{workers}: {wanted:#?}");
    let numbers: Vec<_> = wanted.iter().map(|trial| trial["trial"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=wanted.len() as u64).collect::<Vec<_>>());

    assert!(wanted.len() > KILLS, "{}", wanted.len());
    let mut dice = Dice::new(11);
    let mut pair = Pair::start();
    for kill in 0..KILLS {
        // Once in each trial, somewhere.
        eventually(LONG, "another trial", || (pair.results() >= kill).then_some(()));
        let (began, pause) = (Instant::now(), Duration::from_millis(dice.roll(60)));
        eventually(LONG, "the moment", || (began.elapsed() >= pause).then_some(()));
        if dice.one_in(2) {
            pair.server.signal(Signal::KILL);
            pair.server = serve(&pair.world, &[]).0;
        } else {
            pair.servo.signal(Signal::KILL);
            pair.servo = run(&pair.world).start();
        }
    }
    assert_eq!(pair.ended(), (wanted, workers));
}

#[test]
fn a_servo_without_the_token_is_told_so_and_asks_seldom() {
    let mut pair = Pair::start();
    pair.servo.signal(Signal::KILL);
    pair.world.file("shop.token", "another");
    pair.servo = run(&pair.world).start();
    pair.servo.wait_for("the refusal", |_, stderr| stderr.contains("401").then_some(()));
    pair.servo.signal(Signal::INT);
    pair.servo.wait().expect(130);
}
