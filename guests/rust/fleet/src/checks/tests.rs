use servo_sdk::liveness::{Service, State, Why};

use super::*;

#[test]
fn enough_must_certainly_be_up() {
    use State::{Suspect, Unknown, Up};
    let down = State::Down(Why::Expired);
    let settings = serde_json::from_value(json!({"type": "web", "at_least": 2})).unwrap();
    for (states, passed, message) in [
        (vec![Up, Up, down], true, "2 up, 1 down, 0 suspect"),
        (vec![Up, Suspect, down], false, "1 up, 1 down, 1 suspect"),
        (vec![], false, "0 up, 0 down, 0 suspect"),
        (vec![Up, Up, Unknown], false, "it is not known which services are up"),
    ] {
        let service = |state: &State| Service {
            uuid: "1".into(),
            kind: "web".into(),
            host: "h".into(),
            region: String::new(),
            maintenance: None,
            state: *state,
        };
        let services: Vec<Service> = states.iter().map(service).collect();
        let outcome = run(ENOUGH, &settings, || Ok(Counts::of(&services))).unwrap();
        assert_eq!((outcome.passed, outcome.message.as_str()), (passed, message), "{states:?}");
        assert_eq!(outcome.hint.is_some(), !passed);
    }
    let denied = || Err(Failure::new(Code::Denied, "not granted"));
    assert_eq!(run(ENOUGH, &settings, denied).unwrap_err().code, Code::Denied);
    assert!(run("other", &settings, || Ok(None)).unwrap_err().message.contains("`other`"));
}
