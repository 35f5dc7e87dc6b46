use serde_json::json;
use servo_types::{Code, Failure};

use super::*;
use crate::scripted::{Scripted, summary};
use crate::{Bus, Call, DispatchError, Hook, Moment, Options, Reply};

fn event(name: &str) -> CustomEvent {
    CustomEvent::new(name).unwrap()
}

fn definition(name: &str, owner: &str) -> Definition {
    Definition {
        event: event(name),
        owner: owner.into(),
        description: "For tests".to_owned(),
        parameters: json!({"required": "text"}),
        returns: json!({"required": "text"}),
    }
}

/// A schema of the tests: a value must have the key that it names, with a text.
fn compile(schema: &Value) -> Result<Checker, String> {
    let kind = schema["required"].as_str().ok_or("no `required`")?.to_owned();
    Ok(Arc::new(move |value: &Value| match value.get(&kind) {
        Some(Value::String(_)) => Ok(()),
        _ => Err(format!("`{kind}` is missing")),
    }))
}

fn echo(name: &'static str) -> Scripted {
    Scripted::new(name, |call, _| async move {
        match &*call {
            Call::Custom { arguments, .. } => Ok(Reply::Custom(serde_json::from_str(arguments).unwrap())),
            Call::Before { .. } => Err(Failure::new(Code::Cancelled, "not today")),
            _ => Ok(Reply::Done),
        }
    })
    .on(&[])
}

async fn dispatch(bus: &Bus, name: &str, arguments: &str) -> Result<crate::Outcomes, DispatchError> {
    bus.dispatch(Call::dispatched(name, arguments).unwrap(), Options::default()).await
}

#[test]
fn names_are_short_and_plain_and_no_standard_ones() {
    for name in ["ping", "fleet.drain", "a", "b-2_c", &"x".repeat(NAME_MAX)] {
        assert_eq!(event(name).name(), name);
    }
    for name in ["", "Ping", "1st", ".x", "a b", "é", "measure", "startup", &"x".repeat(NAME_MAX + 1)] {
        assert_eq!(CustomEvent::new(name), None, "{name}");
    }
}

#[tokio::test]
async fn whoever_handles_a_defined_event_is_asked() {
    let bus = Bus::checking(compile);
    echo("one").defines(definition("ping", "a")).handle(&["ping"]).register(&bus);
    echo("two").handle(&["ping"]).register(&bus);
    echo("three").register(&bus);
    bus.complete().unwrap();
    let outcomes = dispatch(&bus, "ping", r#"{"text": "x"}"#).await.unwrap();
    assert_eq!(summary(&outcomes), "one ok, two ok");
    assert_eq!(outcomes.answers[0].result, Ok(Reply::Custom(json!({"text": "x"}))));
    let described = bus.definitions();
    assert_eq!((described[0].0.event.name(), &*described[0].1), ("ping", "one"));
}

#[tokio::test]
async fn what_does_not_fit_the_definition_is_refused_and_named() {
    let bus = Bus::checking(compile);
    echo("one").defines(definition("ping", "a")).handle(&["ping"]).register(&bus);
    let error = dispatch(&bus, "ping", "{}").await.unwrap_err();
    let text = "invalid arguments of `ping`: `text` is missing; `one` defines what it takes";
    assert_eq!(error.to_string(), text);
    let error = dispatch(&bus, "pong", "{}").await.unwrap_err();
    assert_eq!(error.to_string(), "there is no event `pong`; did you mean `ping`?");
    let error = dispatch(&bus, "messure", "{}").await.unwrap_err();
    assert_eq!(error.to_string(), "there is no event `messure`; did you mean `measure`?");
    let liar = Scripted::new("liar", |_, _| async { Ok(Reply::Custom(json!({"other": 1}))) });
    liar.on(&[]).handle(&["ping"]).register(&bus);
    let outcomes = dispatch(&bus, "ping", r#"{"text": "x"}"#).await.unwrap();
    assert_eq!(summary(&outcomes), "one ok, liar failed");
    let text = "`liar` answered what the definition of the event does not allow: `text` is missing";
    assert_eq!(outcomes.worst().unwrap().message, text);
}

#[tokio::test]
async fn a_before_hook_cancels_a_defined_event() {
    let bus = Bus::checking(compile);
    echo("one").defines(definition("ping", "a")).handle(&["ping"]).register(&bus);
    echo("guard").hook(Moment::Before, Event::Custom(event("ping"))).register(&bus);
    bus.complete().unwrap();
    let outcomes = dispatch(&bus, "ping", r#"{"text": "x"}"#).await.unwrap();
    assert_eq!((outcomes.answers.len(), &*outcomes.cancelled_by.unwrap().connector), (0, "guard"));
}

#[test]
fn definitions_that_contradict_are_refused_with_both_owners() {
    let other = Definition { returns: json!({"required": "other"}), ..definition("ping", "a") };
    let broken = Definition { returns: json!({}), ..definition("ping", "a") };
    let cases = [
        (vec![definition("ping", "a"), definition("ping", "a")], Ok(())),
        (
            vec![definition("ping", "a"), definition("ping", "b")],
            Err(
                "the event `ping` is defined by `one` (component `a`) and by `two` (component `b`); leave one of them \
                 out, or have its author rename the event",
            ),
        ),
        (
            vec![definition("ping", "a"), other],
            Err(
                "`one` and `two` define the event `ping` differently, though they are the same component; give them \
                 settings with which they define it alike",
            ),
        ),
        (
            vec![broken],
            Err(
                "`one` defines the event `ping` with `returns` that are no usable JSON Schema: no `required`",
            ),
        ),
    ];
    for (definitions, expected) in cases {
        let bus = Bus::checking(compile);
        let registered = ["one", "two"]
            .into_iter()
            .zip(definitions)
            .try_for_each(|(name, definition)| bus.register(Arc::new(echo(name).defines(definition))));
        assert_eq!(registered.map_err(|error| error.to_string()), expected.map_err(str::to_owned));
        let count = bus.registrations().len();
        assert_eq!(count, bus.registrations().iter().filter(|one| !one.defines.is_empty()).count());
    }
}

#[test]
fn what_nobody_defines_is_refused_when_all_are_there() {
    let hook = Hook { event: Event::Custom(event("pin")), moment: Moment::After };
    let cases = [
        (
            echo("two").handle(&["drain"]),
            "handles the event `drain`, which no connector defines; activate the connector that defines it",
        ),
        (
            echo("two").hook(hook.moment, hook.event),
            "has a hook after `pin`, which no connector defines; did you mean `ping`?",
        ),
    ];
    for (handler, expected) in cases {
        let bus = Bus::new();
        handler.register(&bus);
        echo("one").defines(definition("ping", "a")).register(&bus);
        assert_eq!(bus.complete().unwrap_err().to_string(), format!("`two` {expected}"));
    }
}
