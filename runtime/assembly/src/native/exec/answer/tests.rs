use servo_types::Code;

use super::*;

fn printed(text: &str) -> Printed {
    let printed = Printed::default();
    text.lines().for_each(|line| assert_eq!(printed.line(line), None, "{line}"));
    printed
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("{value}") };
    object
}

#[test]
fn lines_of_progress_are_taken_out() {
    let printed = Printed::default();
    let told =
        printed.line(r#"{"progress": 25, "message": "warming up", "log": ["a", "b"], "time_remain": 3}"#);
    let log = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(told, Some(Progress { percent: 25.0, message: "warming up".to_owned(), log }));
    assert_eq!(printed.line(r#"{"progress": 250}"#).map(|told| told.percent), Some(100.0));
    for line in ["progress: 3", r#"{"progress": "much"}"#, r#"{"status": "ok", "progress": 100}"#, "{"] {
        assert_eq!(printed.line(line), None, "{line}");
    }
    assert_eq!(printed.lines().len(), 4);
}

#[test]
fn the_document_is_what_ends_the_output() {
    for (text, lines) in [
        (r#"{"status": "ok"}"#, vec![]),
        ("starting\n{not json}\n{\n  \"status\": \"ok\"\n}\n\n", vec!["starting", "{not json}"]),
        ("{\"first\": 1}\n{\"status\": \"ok\"}", vec!["{\"first\": 1}"]),
    ] {
        let (document, before) = printed(text).document("it").unwrap().unwrap();
        assert_eq!(
            (document, before),
            (object(json!({"status": "ok"})), lines.iter().map(|line| (*line).to_owned()).collect()),
            "{text}"
        );
    }
    assert!(printed("\n  \n").document("it").unwrap().is_none());
    for (text, said) in [
        ("done\n", "`it` printed no JSON object, but `done`; it must be the last thing that it prints"),
        ("{\"a\": 1}\ndone\n", "`it` printed no JSON object, but `done`"),
        ("[1]", "`it` printed no JSON object, but `[1]`"),
    ] {
        let error = printed(text).document("it").unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
    let long = printed(&"x".repeat(DOCUMENT_MAX + 1)).document("it").unwrap_err();
    assert_eq!(long.to_string(), "`it` printed more than 4 MiB");
}

#[test]
fn a_status_says_how_it_failed() {
    for (document, code, message) in [
        (json!({"status": "failed", "message": "no disk", "reason": "disk"}), Code::Failed, "no disk"),
        (json!({"status": "rejected", "message": "no room"}), Code::Rejected, "no room"),
        (json!({"status": "aborted"}), Code::Aborted, "`it` says \"aborted\", and nothing more"),
        (json!({"status": "weird", "message": "no db"}), Code::Failed, "no db"),
        (json!({"status": 3}), Code::Failed, "`it` says 3, and nothing more"),
        (json!({"status": "rejected", "message": "no room", "reason": 7}), Code::Rejected, "no room"),
        // As drivers of the predecessor end when they do not know any better.
        (json!({"error": "Boom", "class": "failure", "message": "no db"}), Code::Failed, "no db"),
        (json!({"error": "Boom"}), Code::Failed, "`it` says \"Boom\", and nothing more"),
    ] {
        let failure = failure("it", &object(document)).unwrap();
        assert_eq!((failure.code, failure.message.as_str()), (code, message));
    }
    for document in [
        json!({"status": "ok"}),
        json!({"status": "ok", "reason": "success"}),
        json!({}),
        json!({"error": null}),
    ] {
        assert_eq!(failure("it", &object(document)), None);
    }
}

#[test]
fn descriptions_are_read_in_all_their_forms() {
    let components = json!({"web": {"settings": {
        "threads": {"min": 1, "max": 8, "step": 1, "value": 2, "unit": "threads"},
        "mode": {"values": ["a", "b"], "value": "a"},
    }}});
    let metrics = json!({"throughput": {"unit": "rps"}});
    let forms = [
        json!({"application": {"components": components}, "metrics": metrics}),
        json!({"components": components, "metrics": metrics, "status": "ok"}),
        json!({"application": {"components": components}, "measurement": {"metrics": metrics}}),
        json!({"descriptor": {"application": {"components": components}, "measurement": {"metrics": metrics}}}),
        json!({"state": {"application": {"components": components}, "measurement": {"metrics": metrics}}}),
    ];
    for form in forms {
        let described = State::of(object(form.clone())).description("it").unwrap();
        let shown: Vec<String> = described.components[0].settings.iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), 2, "{form}");
        assert!(described.setting("web", "threads").is_some() && described.setting("web", "mode").is_some());
        assert_eq!(
            (described.metrics[0].name.as_str(), described.metrics[0].unit.as_str()),
            ("throughput", "rps")
        );
    }
    let wrong = json!({"components": {"web": {"settings": {"threads": {"value": 2}}}}});
    let error = State::of(object(wrong)).description("it").unwrap_err().to_string();
    assert!(
        error.starts_with("`it` printed a description, which cannot be read: ") && error.contains("min"),
        "{error}"
    );
}

#[test]
fn measurements_are_series_or_values() {
    let read = |document| measurement("it", object(document), 7.0).map_err(|error| error.to_string());
    let values =
        read(json!({"metrics": {"a": {"value": 1.5, "unit": "rps"}}, "annotations": {"k": "v"}})).unwrap();
    assert_eq!((values.readings.len(), values.readings[0].mean()), (1, Some(1.5)));
    assert_eq!(values.annotations, [("k".to_owned(), "v".to_owned())]);
    let series =
        read(json!({"metrics": {"a": {"values": [{"id": "1", "data": [[1, 2.0], [2, 4.0]]}]}}})).unwrap();
    assert_eq!(series.readings[0].mean(), Some(3.0));
    for wrong in [json!({"status": "ok"}), json!({"metrics": {"a": 3}})] {
        assert!(read(wrong).unwrap_err().starts_with("`it` printed a measurement, which cannot be read: "));
    }
}
