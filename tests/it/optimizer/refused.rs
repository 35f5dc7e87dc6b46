//! Certificates: the token goes to nobody who cannot show who it is.

use std::time::Duration;

use servo_test_support::{Optimizer, Signal, eventually};

use super::lab::{asking, run, top};

/// How long something may be waited for.
const SOON: Duration = Duration::from_secs(30);

#[test]
fn a_peer_with_the_certificate_of_another_host_learns_nothing() {
    let optimizer = Optimizer::start_secure("other.example.com", |_| None);
    let world = asking(&optimizer, "");
    world.file("ca.pem", optimizer.certificate().unwrap());
    let configuration = world.read("servo.yaml");
    // Neither unknown nor known authorities make another host of it.
    for settings in ["", "settings: {ssl_verify: ./ca.pem}\n"] {
        world.file("servo.yaml", format!("{settings}{configuration}"));
        let running = run(&world);
        let problem = eventually(SOON, "the problem", || {
            let found =
                (running_has_socket(&world)).then(|| top(&world)["problem"].as_str().map(str::to_owned));
            found.flatten()
        });
        assert!(problem.to_lowercase().contains("certificate"), "{problem}");
        running.signal(Signal::TERM);
        running.wait().expect(0);
    }
    assert_eq!(optimizer.asked(), []);
}

/// Whether it can be asked already.
fn running_has_socket(world: &servo_test_support::World) -> bool {
    let entries = std::fs::read_dir(world.path("state/running"));
    entries.is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.path().extension().is_some_and(|end| end == "sock"))
    })
}

#[test]
fn a_certificate_of_the_named_authority_is_enough() {
    let optimizer = Optimizer::start_secure("127.0.0.1", |_| None);
    let world = asking(&optimizer, "");
    world.file("ca.pem", optimizer.certificate().unwrap());
    let configuration = world.read("servo.yaml");
    world.file("servo.yaml", format!("settings: {{ssl_verify: ./ca.pem}}\n{configuration}"));
    let mut running = run(&world);
    optimizer.wait_for(&mut running, "a question", |asked| asked.event == "WHATS_NEXT");
    running.signal(Signal::TERM);
    running.wait().expect(0);
    assert_eq!(optimizer.events(), ["HELLO", "WHATS_NEXT", "GOODBYE"]);
}
