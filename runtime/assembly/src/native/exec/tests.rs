use serde_json::json;
use servo_events::{Chain, ProgressSink};
use servo_types::Value as Setting;
use tokio_util::sync::CancellationToken;

use super::*;

fn exec(settings: Value) -> Result<Exec, String> {
    Exec::new("app", "shop", &settings, Path::new("/"))
}

async fn called(settings: Value, call: Call) -> Result<Reply, Failure> {
    let context = Context {
        cancel: CancellationToken::new(),
        deadline: tokio::time::Instant::now() + Duration::from_secs(60),
        progress: ProgressSink::default(),
        callers: Chain::default(),
    };
    exec(settings).unwrap().call(Arc::new(call), context).await
}

fn measure() -> Call {
    Call::Measure { metrics: vec!["rate".to_owned()], control: Control::default() }
}

fn adjust(setting: &str, value: f64) -> Call {
    let (component, value) = ("web".to_owned(), Setting::Number(value));
    let adjustments = vec![Adjustment { component, setting: setting.to_owned(), value }];
    Call::Adjust { adjustments, control: Control::default() }
}

const DESCRIBE: &str =
    r#"echo '{"components": {"web": {"settings": {"n": {"min": 1, "max": 9, "value": 4}}}}}'"#;

#[test]
fn it_handles_what_it_has_commands_for() {
    let handled = |settings: Value| {
        let exec = exec(settings).unwrap();
        let names: Vec<&str> =
            Event::ALL.iter().filter(|event| exec.handles(**event)).map(|event| event.name()).collect();
        names.join(" ")
    };
    assert_eq!(handled(json!({})), "");
    assert_eq!(handled(json!({"measure": "m", "metrics": {"rate": "rps"}})), "metrics describe measure");
    assert_eq!(handled(json!({"describe": "d", "adjust": "a"})), "metrics components describe check adjust");
    for settings in [
        json!({"adjust": "a"}),
        json!({"encoders": [{"component": "web", "setting": "o", "form": "jvm", "settings": {"a": {"min": 1, "max": 2}}}]}),
    ] {
        assert!(exec(settings).unwrap_err().starts_with("`describe` is missing"));
    }
    assert!(exec(json!({"measure": ""})).unwrap_err().starts_with("measure: a command is empty"));
}

#[tokio::test]
async fn a_measurement_is_what_is_printed_last() {
    let line = r#"cat > /dev/null; echo starting; echo '{"progress": 50}'; echo '{"metrics": {"rate": {"value": 2}}}'"#;
    let Ok(Reply::Measurement(measured)) = called(json!({"measure": line}), measure()).await else {
        panic!()
    };
    assert_eq!(measured.readings[0].mean(), Some(2.0));
    let told = r#"grep -q '^{"metrics":\["rate"\],"control":{}}$' && echo '{"metrics": {}}'"#;
    called(json!({"measure": told}), measure()).await.unwrap();
}

#[tokio::test]
async fn failures_name_the_command_and_what_it_said() {
    for (line, code, reason, said) in [
        ("echo why >&2; exit 3", Code::Failed, "exit-status", "ended with exit status 3: why"),
        (
            r#"echo '{"status": "rejected", "message": "no room", "reason": "full"}'; exit 1"#,
            Code::Rejected,
            "full",
            "no room",
        ),
        (r#"echo '{"status": "aborted", "message": "hot", "reason": "x"}'"#, Code::Aborted, "x", "hot"),
        ("echo done", Code::Failed, "answer", "printed no JSON object, but `done`"),
        ("true", Code::Failed, "answer", "printed no JSON object"),
        ("echo '{}'", Code::Failed, "answer", "it has no `metrics`"),
        ("head -c 5000000 /dev/zero", Code::Failed, "answer", "printed more than 4 MiB"),
    ] {
        let failed = called(json!({"measure": line}), measure()).await.unwrap_err();
        assert_eq!((failed.code, failed.reason.as_deref()), (code, Some(reason)), "{line}: {failed}");
        assert!(failed.message.contains(said), "{line}: {failed}");
    }
}

#[tokio::test]
async fn what_was_adjusted_is_described_by_the_answer_or_by_asking() {
    let value = |reply: Reply| match reply {
        Reply::Description(description) => {
            description.setting("web", "n").and_then(|setting| setting.value.clone())
        }
        other => panic!("{other:?}"),
    };
    let told = r#"grep -q '"application":{"components":{"web":{"settings":{"n":{"value":8}}}}}'"#;
    for (answer, expected) in [
        ("true".to_owned(), 4.0),
        (r#"echo '{"status": "ok"}'"#.to_owned(), 4.0),
        (r#"echo '{"state": {"application": {"components": {"web": {"settings": {"n": {"value": 8}}}}}}}'"#.to_owned(), 4.0),
        (DESCRIBE.replace("\"value\": 4", "\"value\": 8"), 8.0),
    ] {
        let settings = json!({"describe": DESCRIBE, "adjust": format!("{told} && {answer}")});
        let reply = called(settings, adjust("n", 8.0)).await.unwrap();
        assert_eq!(value(reply), Some(Setting::Number(expected)), "{answer}");
    }
}

#[tokio::test]
async fn settings_in_a_text_are_changed_one_at_a_time() {
    let describe =
        r#"echo '{"components": {"web": {"settings": {"JAVA_OPTS": {"value": "-v -Xmx64m -XX:Ratio=3"}}}}}'"#;
    let adjust_it = r#"grep -q '"JAVA_OPTS":{"value":"-v -Xmx128m -XX:Ratio=3"}'"#;
    let settings = json!({
        "describe": describe,
        "adjust": adjust_it,
        "encoders": [{"component": "web", "setting": "JAVA_OPTS", "form": "jvm", "settings": {
            "heap": {"option": "-Xmx{}m", "min": 64, "max": 512, "step": 64, "unit": "MiB"},
            "Ratio": {"min": 1, "max": 9, "step": 1},
        }}],
    });
    let Ok(Reply::Components(components)) = called(settings.clone(), Call::Components).await else {
        panic!()
    };
    let names: Vec<&str> = components[0].settings.iter().map(|setting| setting.name.as_str()).collect();
    assert_eq!(names, ["heap", "Ratio"]);
    assert_eq!(components[0].settings[0].value, Some(Setting::Number(64.0)));
    called(settings, adjust("heap", 128.0)).await.unwrap();
}
