//! A run that was killed goes on where it was: nothing is measured twice, nothing is trusted that was not seen.

use serde_json::Value;
use servo_test_support::{Signal, World};

use super::app::{App, Hold, START};
use super::stage::{journal_path, json, measured, of_kind, records, servo, world};

/// Runs until the application holds an answer back, and kills.
#[track_caller]
fn killed(world: &World, app: &App) {
    let running = servo(world, "run").start();
    app.wait_until_held();
    running.signal(Signal::KILL);
    assert_eq!(running.wait().signal, Some(9));
    app.hold(Hold::Nothing);
}

/// Runs to the end, which must be right; returns the requests that were made.
#[track_caller]
fn continued(world: &World, app: &App, measurements: usize) -> Vec<String> {
    let (before, asked) = (records(world), app.asked(0).len());
    let finished = servo(world, "run -o json").run().expect(0);
    let notice =
        format!("continuing the run of {} after {measurements} measurements", journal_path(world).display());
    assert!(finished.stderr.contains(&notice), "{}", finished.stderr);
    let report = json(&finished);
    let after = records(world);
    assert!(after.starts_with(&before), "what was recorded has changed");
    assert_complete(&after);
    assert_eq!(report["rows"].as_array().map(Vec::len), Some(measured(&after).len()));
    assert_eq!(report["ended"]["settings"]["web.workers"], app.workers());
    app.asked(asked)
}

#[track_caller]
fn assert_complete(records: &[Value]) {
    let budget = records[0]["options"]["budget"].as_u64().unwrap();
    assert_eq!(measured(records), (1..=budget).collect::<Vec<_>>());
    assert_eq!(of_kind(records, "planned").len() as u64, budget, "a trial was decided twice");
    assert_eq!(records.last().unwrap()["record"], "finished");
}

/// What was asked for before anything was measured.
fn until_work(asked: &[String]) -> &[String] {
    asked.split(|word| word == "work").next().unwrap_or_default()
}

#[test]
fn a_change_that_was_made_is_found_and_not_sent_again() {
    let world = world();
    let app = App::start(&world, Hold::Made);
    killed(&world, &app);
    assert_eq!(records(&world).last().unwrap()["record"], "adjust_sent");
    assert_ne!(app.workers(), START);
    let asked = continued(&world, &app, 1);
    let first = until_work(&asked);
    assert!(first.contains(&"GET".to_owned()) && !first.contains(&"PATCH".to_owned()), "{asked:?}");
}

#[test]
fn a_change_that_was_lost_is_noticed_and_sent_again() {
    let world = world();
    let app = App::start(&world, Hold::Lost);
    killed(&world, &app);
    assert_eq!(records(&world).last().unwrap()["record"], "adjust_sent");
    assert_eq!(app.workers(), START);
    let asked = continued(&world, &app, 1);
    let first = until_work(&asked);
    assert_eq!(first[0], "GET");
    assert_eq!(first.iter().filter(|word| *word == "PATCH").count(), 1, "{asked:?}");
}

#[test]
fn a_measurement_that_was_killed_is_made_again_and_counts_once() {
    for work in [1, 3] {
        let world = world();
        let app = App::start(&world, Hold::Work(work));
        killed(&world, &app);
        assert_eq!(records(&world).last().unwrap()["record"], "adjusted");
        let asked = continued(&world, &app, work - 1);
        assert!(!until_work(&asked).contains(&"PATCH".to_owned()), "{asked:?}");
    }
}

#[test]
fn a_decision_that_was_not_seen_to_arrive_is_verified() {
    let world = world();
    let app = App::start(&world, Hold::Last);
    // Nothing is better than anything else, so the end is a change back.
    world.file("servo.yaml", app.configuration("maximize: 1 + 0 * web.workers + 0 * calls"));
    killed(&world, &app);
    let before = records(&world);
    assert_eq!(of_kind(&before, "finishing").len(), 1);
    assert_eq!(app.workers(), START);
    let asked = app.asked(0).len();
    let finished = servo(&world, "run -o json").run().expect(0);
    assert_eq!(json(&finished)["ended"]["outcome"]["kept_baseline"], true);
    let after = records(&world);
    assert_eq!(measured(&after), measured(&before));
    assert_eq!(after.last().unwrap()["record"], "finished");
    assert!(app.asked(asked).iter().all(|word| word == "GET"), "{:?}", app.asked(asked));
}

#[test]
fn a_run_goes_on_from_every_record_of_its_journal() {
    let world = world();
    let app = App::start(&world, Hold::Nothing);
    servo(&world, "run").run().expect(0);
    let (path, whole) = (journal_path(&world), records(&world));
    let lines: Vec<String> = whole.iter().map(|record| format!("{record}\n")).collect();
    // From the record of the header to the last one before the end; every third takes each kind in its turn.
    for kept in (1..lines.len()).filter(|kept| kept % 3 != 2) {
        // What was being written when the power went is cut off.
        let torn = &lines[kept][..lines[kept].len() / 2];
        std::fs::write(&path, lines[..kept].concat() + torn).unwrap();
        app.set(START);
        let finished = servo(&world, "run -o json").run().expect(0);
        let now = records(&world);
        assert_complete(&now);
        assert_eq!(now[..kept], whole[..kept]);
        assert_eq!(json(&finished)["ended"]["settings"]["web.workers"], app.workers(), "{kept}");
    }
}

#[test]
fn a_run_keeps_its_seed() {
    let world = world();
    let app = App::start(&world, Hold::Work(3));
    killed(&world, &app);
    let finished = servo(&world, "run --seed 9").run().expect(0);
    let said = "it keeps its seed 1; `servo run --fresh` starts anew with 9";
    assert!(finished.stderr.contains(said), "{}", finished.stderr);
    let kept = records(&world);
    assert_complete(&kept);
    // The decisions are those of a run that was not killed.
    let untouched = self::world();
    let _app = App::start(&untouched, Hold::Nothing);
    servo(&untouched, "run").run().expect(0);
    assert_eq!(of_kind(&kept, "planned"), of_kind(&records(&untouched), "planned"));
}

#[test]
fn two_runs_do_not_share_a_journal() {
    let world = world();
    let app = App::start(&world, Hold::Work(1));
    let first = servo(&world, "run").start();
    app.wait_until_held();
    let before = records(&world);
    let second = servo(&world, "run").run().expect(1);
    assert!(
        second.stderr.contains("is in use: another servo or optimizer works on it; stop that one first"),
        "{}",
        second.stderr
    );
    assert_eq!(records(&world), before);
    first.signal(Signal::TERM);
    first.wait().expect(0);
    assert!(!app.asked(0).contains(&"PATCH".to_owned()), "the second one changed something");
}

#[test]
fn a_fresh_run_keeps_the_old_journal_beside() {
    let world = world();
    let app = App::start(&world, Hold::Work(2));
    killed(&world, &app);
    let old = world.read(journal_path(&world));
    // The killed run has left the settings of its second trial; what counts is what was there before it.
    assert_ne!(app.workers(), START);
    let finished = servo(&world, "run --fresh").run().expect(0);
    assert!(!finished.stderr.contains("continuing"), "{}", finished.stderr);
    let said = "the run before was not finished: putting the application back on the settings it came with";
    assert!(finished.stderr.contains(said), "{}", finished.stderr);
    let fresh = records(&world);
    assert_complete(&fresh);
    assert_eq!(
        fresh[0]["space"],
        serde_json::from_str::<Value>(old.lines().next().unwrap()).unwrap()["space"]
    );
    let mut kept = journal_path(&world).into_os_string();
    kept.push(".old");
    assert_eq!(world.read(kept), old);
}
