//! A served optimizer, and a servo that the test plays: it takes care of an application with one setting.

use std::time::Duration;

use serde_json::{Value, json};
use servo_test_support::{Program, Running, Signal, World, http};

use crate::shown::world;

/// Longest time that any command of these tests takes, on a machine that does other things, too.
const LONGEST: Duration = Duration::from_secs(120);

/// The application of these tests.
pub(super) const SHOP: &str = "example.com/shop";
/// Its token.
pub(super) const TOKEN: &str = "s3cret";

/// What the setting is at first.
const START: i64 = 2;
/// What it is best at.
pub(super) const BEST: i64 = 12;

/// An optimizer that serves, in a world of its own.
#[derive(Debug)]
pub(super) struct Lab {
    pub(super) world: World,
    pub(super) server: Running,
    pub(super) url: String,
}

/// The servo.
#[derive(Debug)]
pub(super) struct Hand {
    pub(super) workers: i64,
    /// What it was set to, in this order.
    pub(super) changes: Vec<i64>,
    /// The commands that it measured for, in this order.
    pub(super) measured: Vec<String>,
    uid: Value,
}

impl Lab {
    /// Starts a server that spends so many measurements.
    pub(super) fn start(budget: u32) -> Self {
        let world = world();
        world.file("shop.token", TOKEN);
        world.file("optimizer.yaml", configuration(budget));
        let (server, url) = serve(&world, &[]);
        Lab { world, server, url }
    }

    /// Kills the server and starts another one.
    pub(super) fn kill(&mut self) {
        self.server.signal(Signal::KILL);
        (self.server, self.url) = serve(&self.world, &[]);
    }

    /// Sends bytes for the application.
    pub(super) fn post(&self, application: &str, token: &str, body: &str) -> (u16, Value) {
        let (organisation, name) = application.split_once('/').unwrap();
        let url = format!("{}/accounts/{organisation}/applications/{name}/servo", self.url);
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        let answer = http::request("POST", &url, &headers, body.as_bytes()).unwrap();
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    /// Says something as the servo of the application.
    pub(super) fn say(&self, hand: &Hand, event: &str, param: Value) -> Value {
        let body = json!({"event": event, "param": param, "servo_uid": hand.uid});
        let (status, reply) = self.post(SHOP, TOKEN, &body.to_string());
        assert_eq!(status, 200, "{event}: {reply}");
        reply
    }

    pub(super) fn hello(&self, hand: &Hand) {
        let param = json!({"agent": "played", "telemetry": {}});
        assert_eq!(self.say(hand, "HELLO", param), json!({"status": "ok"}));
    }

    /// Goes on until there is nothing to do.
    pub(super) fn run(&self, hand: &mut Hand) {
        while let Some((event, param)) = hand.act(&self.say(hand, "WHATS_NEXT", Value::Null)) {
            assert_eq!(self.say(hand, event, param), json!({"status": "ok"}), "{event}");
        }
    }

    /// A command of `servo optimizer`.
    pub(super) fn servo(&self, line: &str) -> Program {
        command(&self.world, line)
    }

    /// The history so far.
    pub(super) fn history(&self) -> Vec<Value> {
        let exported = self.servo(&format!("export {SHOP} --format json")).run().expect(0);
        let exported: Value = serde_json::from_str(&exported.stdout).unwrap();
        exported["trials"].as_array().unwrap().clone()
    }
}

/// A command of `servo optimizer`.
pub(super) fn command(world: &World, line: &str) -> Program {
    world.servo(["optimizer"].into_iter().chain(line.split_whitespace())).timeout(LONGEST)
}

/// Starts a server; its URL.
pub(super) fn serve(world: &World, arguments: &[&str]) -> (Running, String) {
    let mut server = command(world, "serve").args(arguments).start();
    let url = server.wait_for("the server to listen", |_, stderr| {
        let line = stderr.lines().find(|line| line.starts_with("serving "))?;
        line.split_once(" on ").map(|(_, url)| url.to_owned())
    });
    (server, url)
}

pub(super) fn configuration(budget: u32) -> String {
    format!(
        "listen: 127.0.0.1:0
applications:
  {SHOP}:
    token_file: shop.token
    objective:
      maximize: throughput
      subject_to: errors < 1%
      budget: {budget}
      seed: 7
      measure: {{duration: 1m, warmup: 5s}}
"
    )
}

impl Hand {
    pub(super) fn new() -> Self {
        Hand { workers: START, changes: Vec::new(), measured: Vec::new(), uid: json!("uid-1") }
    }

    /// Does what it is told; the event and its parameter, none when it is told to sleep.
    pub(super) fn act(&mut self, command: &Value) -> Option<(&'static str, Value)> {
        let uid = command["cmd_uid"].clone();
        let done = |key: &str, value: Value| json!({"status": "ok", "message": null, "reason": "success", key: value, "cmd_uid": uid});
        match command["cmd"].as_str() {
            Some("DESCRIBE") => Some(("DESCRIPTION", done("descriptor", self.descriptor()))),
            Some("ADJUST") => {
                let settings = &command["param"]["state"]["application"]["components"]["web"]["settings"];
                self.workers = settings["workers"]["value"].as_i64().unwrap();
                self.changes.push(self.workers);
                Some(("ADJUSTMENT", done("state", self.descriptor())))
            }
            Some("MEASURE") => {
                self.measured.push(uid.as_str().unwrap().to_owned());
                Some(("MEASUREMENT", done("metrics", self.metrics())))
            }
            Some("SLEEP") => None,
            other => panic!("{other:?} in {command}"),
        }
    }

    fn descriptor(&self) -> Value {
        let workers =
            json!({"type": "range", "pinned": false, "value": self.workers, "min": 1, "max": 16, "step": 1});
        json!({
            "application": {"components": {"web": {"settings": {"workers": workers}}}},
            "measurement": {"metrics": {"throughput": {"unit": "rps"}, "errors": {"unit": "%"}}},
        })
    }

    /// As series of three points, of two instances.
    fn metrics(&self) -> Value {
        let throughput = 200.0 - (self.workers - BEST).pow(2) as f64;
        let line = |id: &str, value: f64| json!({"id": id, "data": [[1, value - 1.0], [2, value], [3, value + 1.0]]});
        json!({
            "throughput": {"unit": "rps", "values": [line("a", throughput - 2.0), line("b", throughput + 2.0)]},
            "errors": {"unit": "%", "values": [line("a", 0.5)]},
        })
    }
}
