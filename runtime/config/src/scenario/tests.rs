use serde_json::json;

use super::*;
use crate::testing::{catalogue, lines};

fn read(yaml: &str) -> Result<Scenario, Problems> {
    scenario(&Source::from_text("tests/measure.yaml", yaml), "shop", Path::new("/shop/shop.wasm"))
}

#[test]
fn everything_that_can_be_written_is_read() {
    let scenario = read(
        r#"
settings: {measure_enabled: true}
limits: {wall: 5s}
grants: {http: ["http://app.test"]}
start: 1800000000
exchanges:
- request: GET http://app.test/*
  headers: {Accept: "text/*"}
  times: any
  after: 20ms
  answer: {body: {a: 1}}
- request: POST http://app.test/set
  body: "a=*"
  times: 3
  answer: {error: timed-out, message: late}
- request: GET http://app.test/raw
  answer: {status: 404, base64: "/w=="}
calls:
- {call: configure}
- {call: measure, duration: 3m, warmup: 500ms, metrics: [a], result: {readings: []}, log: [x], denied: [y]}
- {call: adjust, set: {my.app.cpu: 2}, control: {userdata: []}, failure: no*, cancel_after: 1s}
- {call: check}
- {call: remedy, check: up}
- {call: dispatch, event: shop.close, arguments: {door: 1}}
- {call: command, command: doors, duration: 2s}
- {call: shutdown}
"#,
    )
    .unwrap();
    assert_eq!(scenario.start, 1.8e9);
    let answers: Vec<_> = scenario.exchanges.iter().map(|one| one.answer.clone()).collect();
    let response =
        |status, body: &[u8]| Answer::Response { status, headers: Vec::new(), body: body.to_vec() };
    assert_eq!(answers[0], response(200, br#"{"a":1}"#));
    assert_eq!(
        answers[1],
        Answer::Nothing { error: "timed-out".to_owned(), message: Some("late".to_owned()) }
    );
    assert_eq!(answers[2], response(404, &[0xff]));
    let first = &scenario.exchanges[0];
    assert_eq!((first.method.as_str(), first.times, first.after.as_millis()), ("GET", None, 20));
    assert_eq!(first.headers, [("accept".to_owned(), "text/*".to_owned())]);
    assert_eq!(scenario.exchanges[1].times, Some(3));
    let actions: Vec<_> = scenario.calls.iter().map(|call| call.action.clone()).collect();
    let event = |event, arguments| Action::Event { event, arguments };
    assert_eq!(
        actions,
        [
            Action::Configure,
            event("measure", json!({"metrics": ["a"], "control": {"warmup": 0.5, "duration": 180.0}})),
            event(
                "adjust",
                json!({
                    "adjustments": [{"component": "my.app", "setting": "cpu", "value": 2}],
                    "control": {"userdata": []},
                })
            ),
            Action::Checks,
            event("check", json!({"id": "up", "remedy": true})),
            Action::Dispatch { event: "shop.close".to_owned(), arguments: json!({"door": 1}) },
            Action::Command {
                command: "doors".to_owned(),
                arguments: json!({}),
                asked: Duration::from_secs(2)
            },
            event("shutdown", json!({"reason": "finished"})),
        ]
    );
    let connectors = scenario.loaded.references();
    assert_eq!(connectors[0].component, crate::ConnectorRef::File("/shop/shop.wasm".into()));
}

#[test]
fn what_is_wrong_is_told_where_it_is_written() {
    for (yaml, wanted) in [
        ("", "has no scenario"),
        ("calls: []\n---\ncalls: []", "tests/measure.yaml:3:1: a scenario is one document"),
        ("call: []", "did you mean `calls`?"),
        ("calls: [{call: measures}]", "measure"),
        (
            "calls: [{call: describe}, {call: configure}]",
            "tests/measure.yaml:1:28: `configure` is called once",
        ),
        (
            "calls: [{call: check, duration: 1s}]",
            "tests/measure.yaml:1:23: `duration` is for describe, measure, adjust",
        ),
        ("calls: [{call: adjust, set: {cpu: 1}}]", "`cpu` is no setting"),
        ("calls: [{call: remedy}]", "needs the id"),
        ("calls: [{call: check, result: 1, failure: x}]", "a result or a failure"),
        (
            "calls: []\nexchanges: [{request: GET, answer: {}}]",
            "tests/measure.yaml:2:13: `GET` is no request",
        ),
        ("calls: []\nexchanges: [{request: GET x, answer: {error: unreachable, status: 200}}]", "not both"),
        ("calls: []\nexchanges: [{request: GET x, answer: {base64: ä}}]", "cannot be read"),
        ("calls: []\nexchanges: [{request: GET x, answer: {message: x}}]", "belongs to an `error`"),
    ] {
        let told = lines(&read(yaml).unwrap_err());
        assert!(told.contains(wanted), "{yaml}: {told}");
    }
    let scenario = read("settings: {a: 1}\ncalls: []").unwrap();
    let mut catalogue = catalogue();
    let wait = catalogue.find("wait").unwrap().as_ref().clone();
    catalogue.insert_component(scenario.loaded.references()[0].component.clone(), wait);
    let told = lines(&scenario.loaded.resolve(&catalogue).unwrap_err());
    assert!(told.contains("tests/measure.yaml:1:12") && told.contains('a'), "{told}");
}

#[test]
fn only_what_is_written_is_compared() {
    let came = json!({
        "readings": [{"metric": "rate", "value": 0.1 + 0.2, "at": 5}, {"metric": "b", "value": 1}],
        "annotations": [],
    });
    for (expected, wanted) in [
        ("readings: [{metric: rate, value: 0.3}, {metric: '*'}]", &[][..]),
        (
            "readings: [{value: 0.31}, {}]",
            &["1:20 result.readings[0].value: 0.31, came 0.30000000000000004"][..],
        ),
        ("readings: [{id: x}, {id: null}]", &["1:13 result.readings[0].id: \"x\", came nothing"][..]),
        ("readings: []", &["1:11 result.readings: 0 items, came 2 items: "][..]),
        ("annotations: {}", &["1:14 result.annotations: {}, came []"][..]),
    ] {
        let node = yaml::parse(&Source::from_text("x", expected)).unwrap().remove(0);
        let found = compare(&node, &came, "result").into_iter().map(|one| {
            let (_, line, column) = one.origin.position().unwrap();
            format!("{line}:{column} {}: {}, came {}", one.path, one.expected, one.came)
        });
        let found: Vec<_> = found.collect();
        assert_eq!(found.len(), wanted.len(), "{expected}: {found:?}");
        for (found, wanted) in found.iter().zip(wanted) {
            assert!(found.starts_with(wanted), "{found}, not {wanted}");
        }
    }
}

#[test]
fn a_star_is_any_text() {
    for (pattern, text, fits) in [
        ("", "", true),
        ("a", "ab", false),
        ("*", "", true),
        ("a*c", "abc", true),
        ("a*c", "ac", true),
        ("a*a", "a", false),
        ("*b*b*", "abcb", true),
        ("*b*b", "abc", false),
        ("ä*", "äö", true),
    ] {
        assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
    }
}

#[test]
fn the_one_that_the_page_of_the_connectors_shows_can_be_read() {
    let page = include_str!("../../../../guests/README.md");
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let scenario = read(shown).unwrap();
    assert_eq!((scenario.exchanges.len(), scenario.calls.len()), (2, 6));
}
