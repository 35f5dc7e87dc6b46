//! A world with an etcd, and commands that know where it is.

use std::time::Duration;

use serde_json::Value;
use servo_test_support::{Etcd, Finished, Program, Running, World};

/// The time of leases in these tests; etcd's floor lies below, because it elects fast.
pub(super) const TTL: &str = "2s";

/// A world and its etcd.
pub(super) struct Lab {
    pub(super) world: World,
    pub(super) etcd: Etcd,
}

impl Lab {
    pub(super) fn new() -> Lab {
        let etcd = Etcd::with_flags(&["--heartbeat-interval", "20", "--election-timeout", "200"]);
        Lab { world: crate::shown::world(), etcd }
    }

    /// `servo liveness` with arguments, told by the variables of os-lively where etcd is.
    pub(super) fn liveness(&self, line: &str) -> Program {
        let (host, port) = self.etcd.url().strip_prefix("http://").unwrap().split_once(':').unwrap();
        self.world
            .servo(["liveness"].into_iter().chain(line.split_whitespace()))
            .env("OSLIVELY_ETCD_HOST", host)
            .env("OSLIVELY_ETCD_PORT", port)
            .timeout(Duration::from_secs(60))
    }

    #[track_caller]
    pub(super) fn says(&self, line: &str, code: i32) -> Finished {
        self.liveness(line).run().expect(code)
    }

    #[track_caller]
    pub(super) fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.says(&format!("{line} -o json"), 0).stdout).unwrap()
    }

    /// Registers a service and waits until it is.
    #[track_caller]
    pub(super) fn registered(&self, line: &str) -> Running {
        let mut running = self.liveness(&format!("register --ttl {TTL} {line}")).start();
        wait_for(&mut running, "registered");
        running
    }

    /// A watcher that knows what there is.
    #[track_caller]
    pub(super) fn watcher(&self, line: &str) -> Running {
        let mut running = self.liveness(&format!("watch -o json {line}")).start();
        wait_for(&mut running, "\"ready\"");
        running
    }
}

#[track_caller]
pub(super) fn wait_for(running: &mut Running, text: &str) {
    running.wait_for(text, |stdout, _| stdout.contains(text).then_some(()));
}

/// The changes that a watcher told so far: the service and its states.
pub(super) fn changes(stdout: &str) -> Vec<String> {
    let lines = stdout.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let events = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |event: &Value, key: &str| event[key].as_str().unwrap_or_default().to_owned();
    let changes = events.filter(|event| event["event"] == "change");
    changes
        .map(|event| {
            let [host, before, after, why] = ["host", "before", "after", "why"].map(|key| text(&event, key));
            format!("{host} {before} {after} {why}").trim_end().to_owned()
        })
        .collect()
}
