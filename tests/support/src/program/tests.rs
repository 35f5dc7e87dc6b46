use super::*;

fn shell(script: &str) -> Program {
    Program::new("sh").args(["-c", script])
}

#[test]
fn its_ends_and_outputs_are_told() {
    let finished = shell("cat; echo talk >&2; exit 3").stdin("data").run().expect(3);
    assert_eq!(
        (finished.stdout.as_str(), finished.stderr.as_str(), finished.signal),
        ("data", "talk\n", None)
    );
    let killed = shell("kill -9 $$").run();
    assert_eq!((killed.code, killed.signal), (None, Some(9)));
}

#[test]
fn the_environment_is_what_was_given() {
    let finished = shell("env").env("GIVEN", "1").run().expect(0);
    let names: Vec<&str> = finished.stdout.lines().filter_map(|line| line.split('=').next()).collect();
    assert!(names.contains(&"GIVEN") && names.contains(&"PATH") && !names.contains(&"HOME"), "{names:?}");
}

#[test]
fn it_can_be_watched_and_signalled() {
    let mut running =
        shell("trap 'echo caught; exit 7' TERM; echo ready; while :; do sleep 0.02; done").start();
    running.wait_for("ready", |stdout, _| stdout.contains("ready").then_some(()));
    running.signal(Signal::TERM);
    assert_eq!(running.wait().expect(7).stdout, "ready\ncaught\n");
}

#[test]
#[should_panic(expected = "did not end within")]
fn it_does_not_outlive_its_time() {
    shell("echo started; sleep 60").timeout(Duration::from_millis(100)).run();
}

#[test]
#[should_panic(expected = "ended before readiness")]
fn an_early_end_is_noticed() {
    shell("echo oops >&2; exit 1").start().wait_for("readiness", |_, _| None::<()>);
}

#[test]
fn what_it_started_ends_with_it() {
    let mut running = shell("sleep 60 & echo $!; wait").start();
    let child: i32 = running.wait_for("the child", |stdout, _| stdout.trim().parse().ok());
    drop(running);
    let child = Pid::from_raw(child).unwrap();
    crate::eventually(Duration::from_secs(10), "the end of the child", || {
        // A killed process that nobody has reaped yet still has a number; its state tells.
        let state = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        (state.is_empty() || state.contains(") Z ")).then_some(())
    });
}

#[test]
#[should_panic(expected = "run `apt-get install no-such-package`")]
fn a_missing_program_names_its_package() {
    let _ = installed("no-such-program", "no-such-package");
}
