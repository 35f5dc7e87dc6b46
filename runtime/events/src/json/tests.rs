use std::time::Duration;

use servo_types::{Code, Failure, Metric, Value as Setting};

use super::*;
use crate::{Answer, Verdict};

#[test]
fn arguments_round_trip() {
    let control = Control {
        warmup: Duration::from_secs(5),
        duration: Duration::from_millis(1500),
        ..Control::default()
    };
    let adjustment = |value| Adjustment { component: "web".into(), setting: "cpu".into(), value };
    let calls = [
        Call::Startup,
        Call::Shutdown { reason: "SIGTERM".into() },
        Call::Metrics,
        Call::Components,
        Call::Describe { control: Control::default() },
        Call::CheckList,
        Call::CheckRun { id: "connect".into() },
        Call::CheckRemedy { id: "connect".into() },
        Call::Measure { metrics: vec!["latency".into()], control: control.clone() },
        Call::Adjust {
            adjustments: vec![adjustment(Setting::Number(0.5)), adjustment("big".into())],
            control,
        },
        Call::Promote,
    ];
    for call in calls {
        assert_eq!(Call::parse(call.event(), &call.arguments()), Ok(call.clone()), "{}", call.arguments());
    }
}

#[test]
fn hooks_pass_their_document_on() {
    let before = Call::Before { event: Event::Measure, arguments: "{\"metrics\":[]}".into() };
    assert_eq!(before.arguments(), "{\"metrics\":[]}");
    let after = Call::After { event: Event::Measure, outcomes: "[]".into() };
    assert_eq!(after.arguments(), "[]");
}

#[test]
fn connectors_dispatch_shared_events_with_defaults() {
    let cases = [
        ("metrics", "{}", Call::Metrics),
        ("check", "{}", Call::CheckList),
        ("check", r#"{"id": "x"}"#, Call::CheckRun { id: "x".into() }),
        ("measure", "{}", Call::Measure { metrics: vec![], control: Control::default() }),
        ("describe", r#"{"control": {}}"#, Call::Describe { control: Control::default() }),
    ];
    for (name, arguments, call) in cases {
        assert_eq!(Call::dispatched(name, arguments), Ok(call));
    }
}

#[test]
fn bad_requests_say_what_is_expected() {
    let cases = [
        ("Measure", "{}", "there is no event `Measure`; did you mean `measure`?"),
        ("at tach", "{}", "there is no event `at tach`"),
        ("startup", "{}", "startup belongs to the servo and cannot be dispatched"),
        ("check", r#"{"id": "x", "remedy": true}"#, "a remedy belongs to the servo and cannot be dispatched"),
        ("metrics", "[]", "invalid arguments of metrics: not a JSON object; expected {}"),
        (
            "metrics",
            r#"{"x": 1}"#,
            "invalid arguments of metrics: unknown field `x`, there are no fields; expected {}",
        ),
        (
            "measure",
            r#"{"metric": []}"#,
            "invalid arguments of measure: unknown field `metric`, expected `metrics` or `control`; \
             expected {\"metrics\": [\"…\"], \"control\": {…}}",
        ),
        (
            "describe",
            r#"{"control": {"durration": 5}}"#,
            "invalid arguments of describe: unknown field `control.durration`; did you mean `duration`?; \
             expected {\"control\": {…}}",
        ),
        (
            "describe",
            r#"{"control": {"duration": -5}}"#,
            "invalid arguments of describe: -5 is not a duration in seconds: cannot convert float seconds to Duration: \
             value is negative; expected {\"control\": {…}}",
        ),
        (
            "check",
            r#"{"remedy": true}"#,
            "invalid arguments of check: a remedy needs the `id` of its check; expected {} or {\"id\": \"…\"}",
        ),
        (
            "promote",
            "{",
            "invalid arguments of promote: EOF while parsing an object at line 1 column 1; expected {}",
        ),
        (
            "adjust",
            "{}",
            "invalid arguments of adjust: missing field `adjustments`; expected \
             {\"adjustments\": [{\"component\": \"…\", \"setting\": \"…\", \"value\": …}], \"control\": {…}}",
        ),
    ];
    for (name, arguments, message) in cases {
        assert_eq!(Call::dispatched(name, arguments).unwrap_err().to_string(), message);
    }
}

#[test]
fn outcomes_have_one_form() {
    let answer = |name: &str, result| Answer { connector: name.into(), result, took: Duration::ZERO };
    let mut outcomes = Outcomes::new(Event::Metrics);
    assert_eq!(outcomes.json(), "[]");
    let metric = Metric { name: "latency".into(), unit: "ms".into() };
    outcomes.answers = vec![
        answer("prom", Ok(Reply::Metrics(vec![metric]))),
        answer("load", Err(Failure::new(Code::TimedOut, "too slow").because("x"))),
        answer("wait", Ok(Reply::Done)),
        answer("c", Ok(Reply::Checked(Verdict { passed: true, ..Verdict::default() }))),
    ];
    let expected = concat!(
        r#"[{"connector":"prom","ok":[{"name":"latency","unit":"ms"}]},"#,
        r#"{"connector":"load","error":{"code":"timed-out","reason":"x","message":"too slow"}},"#,
        r#"{"connector":"wait","ok":null},"#,
        r#"{"connector":"c","ok":{"passed":true,"message":""}}]"#,
    );
    assert_eq!(outcomes.json(), expected);
}
