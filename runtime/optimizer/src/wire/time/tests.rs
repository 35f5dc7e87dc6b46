use serde_json::json;

use super::*;

fn read(value: serde_json::Value) -> Option<f64> {
    let time: Time = serde_json::from_value(value).unwrap();
    time.to_duration("x", ASKED_MAX).ok().map(|duration| duration.as_secs_f64())
}

#[test]
fn defect_25_lengths_of_time_are_numbers_of_seconds_or_texts_with_units() {
    let table = [
        (json!(10), Some(10.0)),
        (json!(0.25), Some(0.25)),
        (json!("90"), Some(90.0)),
        (json!("1m"), Some(60.0)),
        (json!("1h 30m"), Some(5400.0)),
        (json!("300ms"), Some(0.3)),
        (json!("1mm"), Some(2_592_000.0)),
        // What ServoX dropped without a word.
        (json!("1m30"), None),
        (json!("-5m"), None),
        (json!(-1), None),
        (json!(""), None),
        (json!("soon"), None),
        (json!("1.2.3s"), None),
        (json!(1e12), None),
        (json!("2y"), None),
    ];
    for (value, seconds) in table {
        assert_eq!(read(value.clone()), seconds, "{value}");
    }
}

#[test]
fn lengths_of_time_are_written_in_seconds() {
    let table =
        [(Duration::from_secs(60), "60"), (Duration::from_millis(1500), "1.5"), (Duration::ZERO, "0")];
    for (duration, text) in table {
        assert_eq!(serde_json::to_string(&Time::of(duration)).unwrap(), text);
    }
}

#[test]
fn a_wrong_length_of_time_is_named() {
    let error = Time::Text("soon".to_owned()).to_duration("control.delay", ASKED_MAX).unwrap_err();
    assert_eq!(
        error.to_string(),
        "control.delay: \"soon\" is neither a number of seconds nor a text such as `1m30s`"
    );
}
