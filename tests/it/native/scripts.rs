//! `scripts`: what commands see, what they can prevent, and that nothing of them stays behind.

use serde_json::Value;
use servo_test_support::{Signal, World};

use super::gone;
use crate::run::stage::{servo, world};

/// A servo that measures, with these scripts around it.
fn around(scripts: &str) -> World {
    let world = world();
    world.file(
        "servo.yaml",
        format!("connectors: {{web: ./fixture.wasm, hooks: scripts}}\nweb: {{}}\nhooks:\n{scripts}"),
    );
    world
}

const MEASURE: &str = "measure -d 100ms -o json --log-level info";

#[test]
fn commands_see_what_happens_and_of_the_environment_only_what_is_named() {
    let world = around(
        "  environment: {TEAM: shop}
  inherit: [KUBECONFIG]
  before:
    measure:
    - 'cat > before.json; env > environment'
    - {run: [sh, -c, 'pwd; echo \"$1\" >&2', _, 'two words'], directory: state, environment: {TEAM: other}}
  after:
    measure: ['cat > after.json']
",
    );
    let secret = |name: &str| (name.to_owned(), format!("value-of-{name}"));
    let [(token, one), (config, two)] = [secret("OPSANI_TOKEN"), secret("KUBECONFIG")];
    let finished = servo(&world, MEASURE).env(token, one).env(config, two).run().expect(0);
    let json = |name: &str| serde_json::from_str::<Value>(&world.read(name)).unwrap();
    let before = json("before.json");
    assert_eq!((&before["event"], &before["moment"]), (&"measure".into(), &"before".into()), "{before}");
    assert_eq!(before["arguments"]["control"]["duration"], 0.1, "{before}");
    let after = json("after.json");
    assert_eq!(after["outcomes"][0]["connector"], "web", "{after}");
    let environment = world.read("environment");
    for line in ["TEAM=shop", "KUBECONFIG=value-of-KUBECONFIG", "SERVO_EVENT=measure", "SERVO_MOMENT=before"]
    {
        assert!(environment.lines().any(|known| known == line), "{line}: {environment}");
    }
    assert!(environment.contains("PATH=") && !environment.contains("OPSANI_TOKEN"), "{environment}");
    let folder = world.path("state").canonicalize().unwrap();
    for line in [folder.to_str().unwrap(), "two words"] {
        assert!(finished.stderr.contains(line), "{line}: {}", finished.stderr);
    }
}

#[test]
fn a_command_that_fails_before_an_event_cancels_it() {
    for (script, said) in [
        ("'echo not now >&2; exit 7'", "ended with exit status 7: not now"),
        ("{run: 'sleep 300', timeout: 100ms}", "`sleep 300` was ended after 100ms, its `timeout`"),
        ("[./there-is-no-such-thing]", "`./there-is-no-such-thing` cannot be started"),
    ] {
        let world = around(&format!(
            "  before: {{measure: [{script}, 'touch second']}}\n  after: {{measure: ['touch after']}}\n"
        ));
        let finished = servo(&world, MEASURE).run();
        assert_ne!(finished.code, Some(0), "{script}: {}{}", finished.stdout, finished.stderr);
        assert!(finished.stderr.contains(said), "{script}: {}", finished.stderr);
        assert!(finished.stderr.contains("hooks"), "{script}: {}", finished.stderr);
        assert!(!world.path("second").exists() && !world.path("after").exists(), "{script}");
    }
}

#[test]
fn a_command_that_fails_after_an_event_is_only_told() {
    let world = around("  after: {measure: ['exit 7', 'touch second']}\n");
    let finished = servo(&world, MEASURE).run().expect(0);
    assert!(finished.stderr.contains("`exit 7` ended with exit status 7"), "{}", finished.stderr);
    assert!(world.path("second").exists());
    let world = around("  on: {measure: ['exit 7']}\n");
    let finished = servo(&world, MEASURE).run();
    assert!(finished.stderr.contains("`exit 7` ended with exit status 7"), "{}", finished.stderr);
}

#[test]
fn what_does_not_end_is_ended_with_all_that_it_started() {
    let stubborn = "trap \"\" TERM INT; sh -c \"trap \\\"\\\" TERM INT; sleep 300\" & echo $! > child.new; mv child.new child; wait; wait";
    let world = around(&format!("  timeout: 5s\n  before: {{measure: ['{stubborn}']}}\n"));
    let finished = servo(&world, MEASURE).run();
    assert!(finished.stderr.contains("was ended after 5s"), "{}", finished.stderr);
    gone(&world.read("child"));

    // The same when nobody wants it any more.
    let world = around(&format!("  timeout: 1h\n  before: {{measure: ['{stubborn}']}}\n"));
    let mut running = servo(&world, MEASURE).start();
    running.wait_for("the command", |_, _| world.path("child").exists().then_some(()));
    running.signal(Signal::INT);
    running.wait().expect(130);
    gone(&world.read("child"));
}

#[test]
fn what_is_written_goes_into_the_log_within_bounds() {
    let world = around("  before: {measure: ['echo one line; seq 100000 120000; echo the last >&2']}\n");
    let finished = servo(&world, MEASURE).run().expect(0);
    assert!(finished.stderr.contains("hooks[measure]"), "{}", finished.stderr);
    for said in ["one line", "100000", "more lines than the 64 KiB that a command may log"] {
        assert!(finished.stderr.contains(said), "{said}: {}", finished.stderr);
    }
    assert!(finished.stderr.len() < 1 << 20 && !finished.stderr.contains("119999"));
}

#[test]
fn a_run_starts_and_ends_with_its_commands() {
    let world = around("  on: {startup: ['echo $SERVO_CALLER > started'], shutdown: ['cat > ended']}\n");
    let configuration = world.read("servo.yaml");
    world.file("servo.yaml", format!("name: shop\n{configuration}"));
    let mut running = servo(&world, "run --no-poll").start();
    running.wait_for("the start", |_, _| world.path("started").exists().then_some(()));
    running.signal(Signal::TERM);
    running.wait().expect(0);
    assert_eq!(world.read("started").trim(), "shop");
    let ended: Value = serde_json::from_str(&world.read("ended")).unwrap();
    assert_eq!((&ended["event"], &ended["moment"]), (&"shutdown".into(), &"on".into()), "{ended}");
}

#[test]
fn it_starts_nothing_that_nobody_named_and_says_what_it_starts() {
    let world = around("  {}\n");
    servo(&world, MEASURE).run().expect(0);
    let shown = servo(&world, "show grants").run().expect(0).stdout;
    assert!(!shown.contains("program"), "{shown}");
    let world = around("  before: {measure: [{run: ./may-i.sh, timeout: 5s, inherit: [KUBECONFIG]}]}\n");
    let shown = servo(&world, "show grants").run().expect(0).stdout;
    for said in
        ["hooks", "program", "./may-i.sh", "before measure, at most 5s, sees KUBECONFIG", "servo.yaml:"]
    {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let validated = servo(&world, "validate").run().expect(0);
    assert!(validated.stderr.contains("ServoX ignores how its scripts end"), "{}", validated.stderr);
    let events = servo(&world, "show events").run().expect(0).stdout;
    assert!(events.contains("hooks"), "{events}");
    for line in ["generate scripts exec -f new.yaml -q", "validate -f new.yaml"] {
        servo(&world, line).run().expect(0);
    }
    let written = world.read("new.yaml");
    assert!(written.contains("#   adjust:") || written.contains("# before:"), "{written}");
    assert!(
        !written.lines().any(|line| line.contains("may-i") && !line.trim_start().starts_with('#')),
        "{written}"
    );
}

#[test]
fn mistakes_are_named() {
    for (scripts, said) in [
        ("  before: {startup: [a]}\n", "`startup` has no hooks; write the command under `on`"),
        ("  before: {mesure: [a]}\n", "mesure"),
        ("  before: {measure: ['']}\n", "before.measure: a command is empty"),
        ("  on: {check: [a]}\n", "check"),
        ("  before: {measure: [{runn: a}]}\n", "hooks.before.measure"),
        ("  before: {measure: [{run: a, timeout: soon}]}\n", "timeout"),
    ] {
        let world = around(scripts);
        for (line, code) in [("show events", 2), ("validate", 1)] {
            // Whether somebody defines an event is known once all connectors are there.
            if (line, said) == ("validate", "mesure") {
                continue;
            }
            let finished = servo(&world, line).run();
            assert_eq!(finished.code, Some(code), "{line}: {scripts}: {}", finished.stderr);
            assert!(finished.stderr.contains(said), "{line}: {scripts}: {}", finished.stderr);
        }
    }
    let world = around("  {}\n");
    let configuration = world.read("servo.yaml");
    let limited = "hooks: {component: scripts, limits: {wall: 1s}}";
    world.file("servo.yaml", configuration.replace("hooks: scripts", limited));
    let finished = servo(&world, "show events").run();
    assert!(finished.stderr.contains("`limits` of this connector has no meaning"), "{}", finished.stderr);
}

#[test]
fn a_reload_takes_over_other_commands() {
    let world = around("  before: {measure: ['touch first']}\n  on: {startup: ['touch started']}\n");
    let mut running = servo(&world, "run --no-poll").start();
    running.wait_for("the start", |_, _| world.path("started").exists().then_some(()));
    let refused = servo(&world, "connectors restart hooks").run();
    assert!(refused.stderr.contains("`hooks` is part of servo and starts programs"), "{}", refused.stderr);
    let configuration = world.read("servo.yaml");
    world.file("servo.yaml", configuration.replace("touch first", "touch second"));
    running.signal(Signal::HUP);
    running.wait_for("the reload", |_, _| {
        let shown = servo(&world, "show grants").run().stdout;
        shown.contains("touch second").then_some(())
    });
    let top = servo(&world, "top --once -o json").run().expect(0).stdout;
    assert!(top.contains("\"hooks\""), "{top}");
    let status = servo(&world, "status -o json").run().stdout;
    assert!(status.contains("\"hooks\""), "{status}");
    running.signal(Signal::TERM);
    running.wait().expect(0);
}
