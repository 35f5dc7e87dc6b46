use std::fs;
use std::path::Path;
use std::sync::Mutex;

use serde_json::json;
use servo_events::Event;

use super::super::command::Around;
use super::*;

/// What came of a line for the shell, and what it wrote.
async fn ran(
    line: &str,
    input: &str,
    within: Duration,
    cancel: &CancellationToken,
) -> (Option<Failure>, Vec<String>) {
    let command: Command =
        serde_json::from_value(json!({"run": line, "environment": {"SAID": "so"}})).unwrap();
    let command = command.within(&Around::default(), Path::new("/")).unwrap();
    let (talk, written) = (Talk::new(&"hooks".into(), Event::Measure), Mutex::new(Vec::new()));
    let output = |line: &str| written.lock().unwrap().push(line.to_owned());
    let told = [("SERVO_EVENT", "measure")];
    let done = run(Work {
        command: &command,
        told: &told,
        input,
        within,
        cancel,
        output: (&output, LINE_MAX),
        talk: &talk,
    });
    let done = done.await;
    (done.err().map(Failure::from), written.into_inner().unwrap())
}

const LONG: Duration = Duration::from_secs(60);
/// Enough for a shell to say something first, also on a busy machine.
const SHORT: Duration = Duration::from_secs(3);

/// Whether a process is there and not only remembered by somebody who did not ask for it.
fn lives(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = status.rsplit(") ").next().and_then(|rest| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

#[tokio::test]
async fn a_command_reads_its_input_and_is_seen_to_its_end() {
    let never = CancellationToken::new();
    let text = "x".repeat(100_000);
    for (line, input, code, said, written) in [
        ("cat; echo $SAID $SERVO_EVENT", "hello", None, "", vec!["helloso measure"]),
        ("true", text.as_str(), None, "", vec![]),
        ("wc -c", text.as_str(), None, "", vec!["100000"]),
        (
            "echo one; echo why >&2; exit 3",
            "",
            Some(Code::Failed),
            "ended with exit status 3: why",
            vec!["one"],
        ),
        ("kill -9 $$", "", Some(Code::Failed), "ended with signal 9", vec![]),
        ("exit 1", "", Some(Code::Failed), "`exit 1` ended with exit status 1", vec![]),
        ("echo ${CARGO_MANIFEST_DIR:-none}", "", None, "", vec!["none"]),
    ] {
        let (failure, lines) = ran(line, input, LONG, &never).await;
        assert_eq!(failure.as_ref().map(|failure| failure.code), code, "{line}: {failure:?}");
        assert!(failure.map(|failure| failure.message).unwrap_or_default().ends_with(said), "{line}");
        assert_eq!(lines.iter().map(|line| line.trim()).collect::<Vec<_>>(), written, "{line}");
    }
}

#[tokio::test]
async fn what_cannot_be_started_is_said() {
    let command: Command = serde_json::from_value(json!(["/there/is/no/such/program"])).unwrap();
    let talk = Talk::new(&"hooks".into(), Event::Measure);
    let never = CancellationToken::new();
    let error = run(Work {
        command: &command,
        told: &[],
        input: "",
        within: LONG,
        cancel: &never,
        output: (&|_: &str| (), LINE_MAX),
        talk: &talk,
    });
    let failure = Failure::from(error.await.unwrap_err());
    assert_eq!(failure.reason.as_deref(), Some("not-started"));
    assert!(failure.message.starts_with("`/there/is/no/such/program` cannot be started: "), "{failure}");
}

#[tokio::test]
async fn nothing_of_a_group_outlives_its_time() {
    let never = CancellationToken::new();
    for (line, code) in [
        ("sleep 300 & echo $!; wait", Some(Code::TimedOut)),
        // Who does not listen is ended; so are children that do not.
        ("trap '' TERM; sleep 300 & echo $!; wait; wait", Some(Code::TimedOut)),
        // What is left behind is ended, too, and is not waited for.
        ("sleep 300 & echo $!", None),
    ] {
        let (failure, lines) = ran(line, "", if code.is_some() { SHORT } else { LONG }, &never).await;
        assert_eq!(failure.map(|failure| failure.code), code, "{line}");
        let [pid] = lines.as_slice() else { panic!("{line}: {lines:?}") };
        for _ in 0..200 {
            if !lives(pid) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(!lives(pid), "{line}");
    }
}

#[tokio::test]
async fn a_command_that_nobody_wants_any_more_is_ended() {
    let cancel = CancellationToken::new();
    let later = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        later.cancel();
    });
    let (failure, _) = ran("sleep 300", "", LONG, &cancel).await;
    assert_eq!(
        failure.map(|failure| (failure.code, failure.message)),
        Some((Code::Cancelled, "`sleep 300` was ended: cancelled".to_owned()))
    );
    let (failure, lines) = ran("echo never", "", LONG, &cancel).await;
    assert!(failure.is_some() && lines.is_empty());
}

#[tokio::test]
async fn what_a_shell_started_has_the_whole_grace() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("a.sh");
    let tidies =
        "trap 'sleep 0.3; echo tidied > tidied; exit 1' TERM\necho > began\nwhile :; do sleep 0.01; done\n";
    fs::write(&script, format!("cd {}\n{tidies}", folder.path().display())).unwrap();
    let cancel = CancellationToken::new();
    let line = format!("sh {}; true", script.display());
    let began = async {
        while !folder.path().join("began").exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        cancel.cancel();
    };
    let ((failure, _), ()) = tokio::join!(ran(&line, "", LONG, &cancel), began);
    assert_eq!(failure.map(|failure| failure.code), Some(Code::Cancelled));
    assert_eq!(fs::read_to_string(folder.path().join("tidied")).unwrap_or_default(), "tidied\n");
}
