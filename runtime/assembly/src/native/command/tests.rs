use serde_json::json;

use super::*;

fn command(written: Value) -> Result<Command, String> {
    let command: Command = serde_json::from_value(written).map_err(|error| error.to_string())?;
    command.within(&Around::default(), Path::new("/etc/servo"))
}

#[test]
fn every_form_is_read_and_shown() {
    for (written, shown, terms) in [
        (json!("./a.sh  --x"), "./a.sh  --x", "at most 30s"),
        (json!(["logger", "-t", "a b"]), "logger -t a b", "at most 30s"),
        (
            json!({"run": "first\nsecond", "timeout": "1m", "directory": "work", "inherit": ["KUBECONFIG"]}),
            "first; second",
            "at most 1m, in /etc/servo/work, sees KUBECONFIG",
        ),
        (
            json!({"run": ["a"], "timeout": 2, "environment": {"N": 1, "T": true}}),
            "a",
            "at most 2s, sees N T",
        ),
        (json!({"run": "a", "directory": "/tmp"}), "a", "at most 30s, in /tmp"),
    ] {
        let command = command(written).unwrap();
        assert_eq!(command.to_string(), shown);
        assert_eq!(command.terms(Duration::from_secs(30)), terms);
    }
    assert_eq!(command(json!("x".repeat(200))).unwrap().to_string(), format!("{}…", "x".repeat(80)));
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (written, said) in [
        (json!("  "), "a command is empty"),
        (json!([]), "a command is empty"),
        (json!([""]), "a command is empty"),
        (json!({"run": "a", "inherit": ["A=B"]}), "`A=B` cannot be the name of a variable"),
        (json!({"run": "a", "environment": {"": "x"}}), "`` cannot be the name of a variable"),
        (json!({"run": "a", "timeout": 0}), "a timeout is longer than zero and at most a week"),
        (json!({"run": "a", "timeout": "8d"}), "a timeout is longer than zero and at most a week"),
        (json!({"run": "a", "timeout": "soon"}), "`soon` is not a duration"),
        (json!({"run": "a", "environment": {"A": []}}), "`[]` is no text"),
        (json!(3), "did not match"),
    ] {
        let refused = command(written.clone()).unwrap_err();
        assert!(refused.contains(said), "{written}: {refused}");
    }
}

#[test]
fn what_a_command_says_for_itself_counts_and_the_rest_is_added() {
    let all: Around = serde_json::from_value(json!({
        "timeout": "5s", "environment": {"A": "all", "B": "all"}, "inherit": ["X"], "directory": "all",
    }))
    .unwrap();
    let own: Command =
        serde_json::from_value(json!({"run": "a", "environment": {"A": "own"}, "inherit": ["Y"]})).unwrap();
    let command = own.within(&all, Path::new("")).unwrap();
    assert_eq!(command.terms(Duration::ZERO), "at most 5s, in all, sees A B X Y");
    assert_eq!(command.around.environment["A"], Text("own".to_owned()));
}
