use servo_events::{Chain, ProgressSink};
use tokio_util::sync::CancellationToken;

use super::*;

fn scripts(settings: Value) -> Result<Scripts, String> {
    Scripts::new("hooks", "shop", &settings, Path::new("/"))
}

async fn called(settings: Value, call: Call) -> Result<Reply, Failure> {
    let context = Context {
        cancel: CancellationToken::new(),
        deadline: tokio::time::Instant::now() + Duration::from_secs(60),
        progress: ProgressSink::default(),
        callers: Chain::default(),
    };
    scripts(settings).unwrap().call(Arc::new(call), context).await
}

#[test]
fn settings_that_mean_nothing_are_refused() {
    for (settings, said) in [
        (json!({"on": {"check": ["a"]}}), "on: a command cannot answer `check`"),
        (json!({"on": {"fleet.drain": ["a"]}}), "on: a command cannot answer `fleet.drain`"),
        (
            json!({"before": {"startup": ["a"]}}),
            "before: `startup` has no hooks; write the command under `on`",
        ),
        (json!({"after": {"Not an event": ["a"]}}), "after: `Not an event` cannot be the name of an event"),
        (json!({"before": {"measure": [" "]}}), "before.measure: a command is empty"),
    ] {
        let refused = scripts(settings.clone()).unwrap_err();
        assert!(refused.starts_with(said), "{settings}: {refused}");
    }
}

#[test]
fn only_what_is_named_is_handled() {
    let nothing = scripts(json!({"before": {"measure": []}})).unwrap();
    assert!(nothing.hooks().is_empty() && Event::ALL.iter().all(|event| !nothing.handles(*event)));
    let some = scripts(json!({
        "before": {"measure": ["a"]}, "after": {"adjust": ["b"], "fleet.drain": ["c"]}, "on": {"startup": ["d"]},
    }))
    .unwrap();
    let hooks: Vec<String> =
        some.hooks().iter().map(|hook| format!("{} {}", hook.moment, hook.event)).collect();
    assert_eq!(hooks, ["before measure", "after adjust", "after fleet.drain"]);
    assert!(some.handles(Event::Startup) && !some.handles(Event::Measure));
    let shown: Vec<String> = some.grantable().iter().map(|one| format!("{}: {}", one.to, one.with)).collect();
    let wanted = [
        "a: before measure, at most 1m",
        "d: on startup, at most 1m",
        "b: after adjust, at most 1m",
        "c: after fleet.drain, at most 1m",
    ];
    assert_eq!(shown, wanted);
}

#[tokio::test]
async fn a_failure_means_what_its_place_says() {
    let before = || Call::Before { event: Event::Measure, arguments: "{}".to_owned() };
    let after = || Call::After { event: Event::Measure, outcomes: "[]".to_owned() };
    let measure = || Call::Measure { metrics: Vec::new(), control: Default::default() };
    for (when, call, code) in [
        ("before", before(), Code::Cancelled),
        ("on", measure(), Code::Failed),
        ("after", after(), Code::Failed),
    ] {
        let failed =
            called(json!({when: {"measure": ["true", "exit 4", "exit 5"]}}), call).await.unwrap_err();
        assert_eq!((failed.code, failed.reason.as_deref()), (code, Some("exit-status")), "{when}");
        assert!(failed.message.contains("exit status 4"), "{when}: {failed}");
    }
    let reply = called(json!({"on": {"measure": ["true"]}}), measure()).await.unwrap();
    assert_eq!(reply, Reply::Measurement(Measurement::default()));
}

#[tokio::test]
async fn what_happens_is_told_as_json() {
    let check = r#"grep -q '"moment":"before"' && test $SERVO_EVENT.$SERVO_MOMENT.$SERVO_CONNECTOR.$SERVO_CALLER = \
                   adjust.before.hooks.shop"#;
    let arguments = r#"{"adjustments": []}"#.to_owned();
    let call = Call::Before { event: Event::Adjust, arguments };
    assert_eq!(document("before", "hooks", &call)["arguments"], json!({"adjustments": []}));
    assert_eq!(called(json!({"before": {"adjust": [check]}}), call).await.unwrap(), Reply::Done);
    let call =
        Call::After { event: Event::Adjust, outcomes: r#"[{"connector": "web", "ok": null}]"#.to_owned() };
    let told = document("after", "hooks", &call);
    assert_eq!((&told["event"], &told["outcomes"][0]["connector"]), (&json!("adjust"), &json!("web")));
}
