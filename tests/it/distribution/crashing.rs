//! Two at once, killed at any moment, without room.

use std::time::Duration;

use servo_test_support::Signal;

use super::lab::{Lab, component, files};

/// Nothing in the store but what is whole and has a name.
#[track_caller]
fn tidy(lab: &Lab) {
    assert_eq!(files(&lab.world.path("state/store/unfinished"), ""), Vec::<std::path::PathBuf>::new());
    let checked = lab.json("cache verify");
    assert!(checked.as_array().unwrap().iter().all(|one| one["whole"] == true), "{checked}");
}

#[test]
fn two_pulls_at_once_do_not_disturb_each_other() {
    let lab = Lab::new();
    lab.pushed("prometheus", "1.0.0", "prometheus:1.0");
    let reference = lab.at("prometheus:1.0");
    let pulls: Vec<_> =
        (0..4).map(|at| lab.servo(&format!("pull {reference} -o pulled-{at}.wasm")).start()).collect();
    for pull in pulls {
        pull.wait().expect(0);
    }
    for at in 0..4 {
        let pulled = std::fs::read(lab.world.path(format!("pulled-{at}.wasm"))).unwrap();
        assert!(pulled == component("prometheus", "1.0.0"));
    }
    tidy(&lab);
}

#[test]
fn an_install_that_is_killed_leaves_nothing_behind() {
    let lab = Lab::new();
    lab.pushed("prometheus", "1.0.0", "prometheus:1.0");
    let line = format!("install {} --name prom", lab.at("prometheus:1.0"));
    // How long one takes from an empty store; the next ones end somewhere in it.
    let whole = lab.servo(&line).run().expect(0).took;
    lab.says("uninstall prom", 0);
    lab.says("cache gc --unused-for 0s", 0);
    for round in 1..=10 {
        let running = lab.servo(&line).start();
        // Not a clock that is tested: any moment will do.
        std::thread::park_timeout(whole.mul_f64(f64::from(round) / 11.0).min(Duration::from_secs(5)));
        running.signal_group(Signal::KILL);
        drop(running.wait());
        if round % 3 == 0 {
            lab.says("cache gc --unused-for 0s", 0);
        }
    }
    lab.says(&line, 0);
    tidy(&lab);
    assert_eq!(lab.json("connectors --installed").as_array().unwrap().len(), 1);
    let left: Vec<_> = files(&lab.world.path("state/components"), "");
    let (unfinished, named): (Vec<_>, Vec<_>) =
        left.iter().partition(|path| path.file_name().unwrap().to_string_lossy().starts_with(".tmp"));
    // The compiler's are removed by age, an hour later: what it reads, what it writes and the seal.
    assert!(unfinished.len() <= 3 * 10, "{left:?}");
    // Code, its seal, and the key of all seals.
    assert!(named.len() <= 3, "{left:?}");
}

#[test]
fn ctrl_c_leaves_nothing_behind() {
    let lab = Lab::new();
    lab.pushed("prometheus", "1.0.0", "prometheus:1.0");
    let running = lab.servo(&format!("pull {} -o pulled.wasm", lab.at("prometheus:1.0"))).start();
    std::thread::park_timeout(Duration::from_millis(30));
    running.signal(Signal::INT);
    let finished = running.wait();
    // It may have been done already, or not have begun to listen.
    assert!(
        matches!((finished.code, finished.signal), (Some(0 | 130), None) | (None, Some(2))),
        "{finished:?}"
    );
    lab.says("cache ls", 0);
    let left = files(&lab.world.path(""), "");
    let whole = |path: &std::path::PathBuf| {
        !path.file_name().unwrap().to_string_lossy().starts_with(".tmp")
            && (!path.ends_with("pulled.wasm")
                || std::fs::read(path).unwrap() == component("prometheus", "1.0.0"))
    };
    assert!(left.iter().all(whole), "{left:?}");
    tidy(&lab);
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing() {
    let lab = Lab::new();
    lab.pushed("prometheus", "1.0.0", "prometheus:1.0");
    // No file may grow beyond 64 KiB: what a full disk does, without one.
    let script = format!(
        "ulimit -f 64; exec '{}' pull {}",
        lab.world.servo_path().display(),
        lab.at("prometheus:1.0")
    );
    let full = lab.world.program("bash").args(["-c", &script]).run().expect(1);
    assert!(full.stderr.contains("File too large") && full.stderr.contains("ulimit -f"), "{}", full.stderr);
    assert_eq!(files(&lab.world.path("state/store/unfinished"), ""), Vec::<std::path::PathBuf>::new());
    assert_eq!(lab.json("cache ls").as_array().unwrap().len(), 0);
    lab.says(&format!("pull {}", lab.at("prometheus:1.0")), 0);
}
