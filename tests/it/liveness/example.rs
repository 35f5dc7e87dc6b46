//! The services of examples/liveness.

use servo_test_support::{Program, Signal};

use super::lab::{Lab, changes, wait_for};
use crate::transcript::{background, play};

const README: &str = include_str!("../../../examples/liveness/README.md");
const FILES: [(&str, &str); 3] = [
    ("servo.yaml", include_str!("../../../examples/liveness/servo.yaml")),
    ("db.sh", include_str!("../../../examples/liveness/db.sh")),
    ("api.sh", include_str!("../../../examples/liveness/api.sh")),
];

#[test]
fn the_api_waits_for_its_database_and_the_page_tells_the_truth() {
    let lab = Lab::new();
    for (name, text) in FILES {
        lab.world.file(name, text);
    }
    let there = |program: Program| program.env("SERVO_LIVENESS_ENDPOINTS", lab.etcd.url());
    there(lab.world.servo(["validate"])).run().expect(0);
    let watch = there(lab.world.servo(["liveness", "watch", "-o", "json"]));
    let mut watcher = watch.timeout(std::time::Duration::from_secs(120)).start();
    wait_for(&mut watcher, "\"ready\"");
    // The copies are not executable; a shell does not mind.
    let page = README.replace("$ ./", "$ sh ./");
    let mut api = background(&lab.world, &page, "sh ./api.sh", there);
    let db = background(&lab.world, &page, "sh ./db.sh", there);
    wait_for(&mut api, "registered: shop-api on web-1");
    assert_eq!(changes(&watcher.stdout())[..1], ["db-1 down up"]);
    // Terminals that are open stay open.
    play(&lab.world, "examples/liveness/README.md", &page, there, |_| {});
    db.signal(Signal::KILL);
    let last = "\"why\":\"expired\"";
    wait_for(&mut watcher, last);
    assert_eq!(
        changes(&watcher.stdout()),
        [
            "db-1 down up",
            "web-1 down up",
            "db-1 up down under maintenance",
            "db-1 down up",
            "db-1 up down expired"
        ]
    );
}
