use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use servo_types as t;

use super::*;

/// Body and reply of every exchange that was captured from ServoX.
fn captures() -> Vec<(String, Value, u64, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/servox");
    let mut captures = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for (line, number) in std::fs::read_to_string(&path).unwrap().lines().zip(1..) {
            let exchange: Value = serde_json::from_str(line).unwrap();
            let name = format!("{}:{number}", path.file_name().unwrap().to_string_lossy());
            if exchange["path"].as_str().unwrap().ends_with("/servo") {
                let body = serde_json::from_str(exchange["body"].as_str().unwrap()).unwrap();
                captures.push((
                    name,
                    body,
                    exchange["reply_status"].as_u64().unwrap(),
                    exchange["reply"].clone(),
                ));
            }
        }
    }
    assert_eq!(captures.len(), 77);
    captures
}

fn adjustment(settings: &str) -> Vec<u8> {
    format!(
        r#"{{"cmd":"ADJUST","cmd_uid":"c","param":{{"state":{{"application":{{"components":{settings}}}}},"control":{{}}}}}}"#
    )
    .into_bytes()
}

fn order(reply: &Value) -> Order {
    match Reply::read(reply.to_string().as_bytes()).unwrap() {
        Reply::Command(command) => command.order,
        Reply::Status(status) => panic!("{status:?}"),
    }
}

#[test]
fn every_captured_request_is_read_and_written_the_same() {
    for (name, body, ..) in captures() {
        let text = body.to_string();
        let request = Request::read(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(String::from_utf8(request.write().unwrap()).unwrap(), text, "{name}");
    }
}

#[test]
fn every_captured_reply_is_read_and_written_the_same() {
    for (name, _, status, mut reply) in captures() {
        if status != 200 {
            continue;
        }
        let text = reply.to_string();
        match Reply::read(text.as_bytes()) {
            Ok(read) => {
                // Where ServoX's optimizer may leave the key out, ours writes null.
                if let Some(object) = reply.as_object_mut().filter(|object| object.contains_key("cmd")) {
                    let param = object.shift_remove("param").unwrap();
                    object.entry("cmd_uid").or_insert(Value::Null);
                    object.insert("param".to_owned(), param);
                }
                assert_eq!(String::from_utf8(read.write().unwrap()).unwrap(), reply.to_string(), "{name}");
            }
            Err(WireError::Command(error)) => {
                assert_eq!((error.cmd.as_str(), error.cmd_uid.as_deref()), ("DANCE", Some("x")), "{name}");
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn captured_results_come_back_from_the_vocabulary_unchanged() {
    let mut seen = Vec::new();
    for (name, body, ..) in captures() {
        let request = Request::read(body.to_string().as_bytes()).unwrap();
        let event = match request.event {
            Event::Description(Report { cmd_uid, body: Body::Done(Described { descriptor }) }) => {
                let descriptor = Descriptor::of(&descriptor.to_types().unwrap());
                Event::Description(Report { cmd_uid, body: Body::Done(Described { descriptor }) })
            }
            Event::Adjustment(Report { cmd_uid, body: Body::Done(Adjusted { state }) }) => {
                let state = Descriptor::state_of(&state.to_types().unwrap());
                Event::Adjustment(Report { cmd_uid, body: Body::Done(Adjusted { state }) })
            }
            Event::Adjustment(Report { cmd_uid, body: Body::Failed(failed) }) => {
                let failed = Failed::of(&failed.to_types());
                Event::Adjustment(Report { cmd_uid, body: Body::Failed(failed) })
            }
            Event::Measurement(Report { cmd_uid, body: Body::Done(measured) }) => {
                let metrics = measured.metrics.iter();
                let metrics: Vec<_> = metrics
                    .map(|(name, of)| t::Metric { name: name.clone(), unit: of.unit.clone() })
                    .collect();
                let measured = Measured::of(&measured.to_types(0.0), &metrics, 0).unwrap();
                Event::Measurement(Report { cmd_uid, body: Body::Done(measured) })
            }
            _ => continue,
        };
        seen.push(event.name());
        let written = Request { event, servo_uid: request.servo_uid }.write().unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), body.to_string(), "{name}");
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, ["ADJUSTMENT", "DESCRIPTION", "MEASUREMENT"]);
}

#[test]
fn defect_16_every_series_of_a_metric_is_sent_with_its_name() {
    let series = |id: Option<&str>, value| {
        t::Reading::Series(t::Series {
            metric: "p99".to_owned(),
            id: id.map(str::to_owned),
            times: vec![100.9, 101.0, 102.0],
            values: vec![value, f64::NAN, value],
            ..t::Series::default()
        })
    };
    let readings = vec![series(Some("web-1"), 1.0), series(None, 2.0), series(None, 3.0)];
    let measurement = t::Measurement { readings, annotations: Vec::new() };
    let metrics = [t::Metric { name: "p99".to_owned(), unit: "ms".to_owned() }];
    let written = serde_json::to_value(Measured::of(&measurement, &metrics, 1_795_224_877).unwrap()).unwrap();
    let line = |id, value: f64| json!({"id": id, "data": [[100, value], [102, value]]});
    let values = json!([line("web-1", 1.0), line("1795224877", 2.0), line("1795224877-2", 3.0)]);
    assert_eq!(written, json!({"metrics": {"p99": {"unit": "ms", "values": values}}, "annotations": {}}));
}

#[test]
fn thousands_of_series_have_different_names() {
    let count = 50_000;
    let series = (0..count).map(|number| {
        let id = ["a", "a-2", "b"][number % 3].to_owned();
        let (metric, times, values) = ("p99".to_owned(), vec![1.0], vec![1.0]);
        t::Reading::Series(t::Series { metric, id: Some(id), times, values, ..t::Series::default() })
    });
    let measurement = t::Measurement { readings: series.collect(), annotations: Vec::new() };
    let measured = Measured::of(&measurement, &[], 0).unwrap();
    let lines = measured.metrics["p99"].values.as_ref().unwrap();
    let mut names: Vec<_> = lines.iter().map(|line| line.id.as_str()).collect();
    assert_eq!(names[..6], ["a", "a-2", "b", "a-3", "a-2-2", "b-2"]);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn scalars_are_one_value_and_those_of_several_sources_are_lines() {
    let scalar = |metric: &str, id: &str, value| {
        t::Reading::Scalar(t::Scalar { metric: metric.to_owned(), id: Some(id.to_owned()), at: 7.5, value })
    };
    let readings = vec![
        scalar("thr", "a", 1.25),
        scalar("err", "a", 1.0),
        scalar("err", "b", 2.0),
        scalar("none", "a", f64::INFINITY),
    ];
    let measurement = t::Measurement { readings, annotations: vec![("k".to_owned(), "v".to_owned())] };
    let written = serde_json::to_string(&Measured::of(&measurement, &[], 0).unwrap()).unwrap();
    let err = r#"{"unit":"","values":[{"id":"a","data":[[7,1.0]]},{"id":"b","data":[[7,2.0]]}]}"#;
    let expected = format!(
        r#"{{"metrics":{{"thr":{{"unit":"","value":1.25}},"err":{err}}},"annotations":{{"k":"v"}}}}"#
    );
    assert_eq!(written, expected);
}

#[test]
fn mixed_readings_are_refused() {
    let readings = vec![t::Reading::Scalar(t::Scalar::default()), t::Reading::Series(t::Series::default())];
    let measurement = t::Measurement { readings, annotations: Vec::new() };
    assert!(matches!(Measured::of(&measurement, &[], 0), Err(WireError::Mixed(_))));
}

#[test]
fn cpu_and_memory_are_fractions_with_a_value_and_whole_ranges_are_whole() {
    let range = |name: &str, unit: Option<&str>, value: Option<f64>, [min, max, step]: [f64; 3]| t::Setting {
        name: name.to_owned(),
        unit: unit.map(str::to_owned),
        domain: t::Domain::Range(t::Range { min, max, step, scale: t::Scale::Linear }),
        value: value.map(t::Value::Number),
        pinned: false,
    };
    let table = [
        (
            range("cpu", Some("cores"), None, [1.0, 4.0, 1.0]),
            r#"{"type":"range","pinned":false,"unit":"cores","value":null,"min":1.0,"max":4.0,"step":1.0}"#,
        ),
        (
            range("mem", Some("GiB"), Some(2.0), [1.0, 4.0, 1.0]),
            r#"{"type":"range","pinned":false,"unit":"GiB","value":2.0,"min":1.0,"max":4.0,"step":1.0}"#,
        ),
        (
            range("n", None, None, [1.0, 4.0, 1.0]),
            r#"{"type":"range","pinned":false,"min":1,"max":4,"step":1}"#,
        ),
        (
            range("f", None, Some(1.5), [1.0, 4.0, 0.5]),
            r#"{"type":"range","pinned":false,"value":1.5,"min":1.0,"max":4.0,"step":0.5}"#,
        ),
    ];
    for (setting, expected) in table {
        let component = t::Component { name: "web".to_owned(), settings: vec![setting.clone()] };
        let description = t::Description { components: vec![component], metrics: Vec::new() };
        let descriptor = Descriptor::of(&description);
        let written = &descriptor.application.components["web"].settings[setting.name.as_str()];
        assert_eq!(serde_json::to_string(written).unwrap(), expected);
        assert_eq!(descriptor.to_types().unwrap(), description);
    }
}

#[test]
fn a_measure_command_says_what_how_long_and_what_must_hold() {
    let (_, _, _, reply) = captures().into_iter().find(|(name, ..)| name == "wire_s1.jsonl:4").unwrap();
    let Order::Measure(measure) = order(&reply) else { panic!("not a measure command") };
    let metric = |name: &str, unit: &str| t::Metric { name: name.to_owned(), unit: unit.to_owned() };
    assert_eq!(measure.metrics.to_types(), [metric("throughput", "rps"), metric("error_rate", "%")]);
    let control = measure.control().unwrap();
    assert_eq!(control.asked(), Duration::from_secs(10 + 30 + 180));
    assert_eq!(control.load.as_deref(), Some(r#"{"x":1}"#));
    assert_eq!(control.userdata, [("foo".to_owned(), r#""bar""#.to_owned())]);
    let condition = t::Condition::new("error_rate", t::Keep::Below, t::Threshold::Fixed(5.0));
    assert_eq!(control.slo, Some(t::Slo { conditions: vec![condition] }));
    let again = Measure::of(&measure.metrics.to_types(), &control).unwrap();
    assert_eq!(again.control().unwrap(), control);
    assert_eq!(again.metrics, measure.metrics);
}

#[test]
fn an_adjust_command_is_a_list_in_the_order_of_the_document() {
    let (_, _, _, reply) = captures().into_iter().find(|(name, ..)| name == "wire_s1.jsonl:6").unwrap();
    let Order::Adjust(adjust) = order(&reply) else { panic!("not an adjust command") };
    let adjustments = adjust.state.to_types().unwrap();
    let shown: Vec<_> = adjustments.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["web.cpu=0.25", "web.mem=1.0", "web.replicas=3"]);
    assert_eq!(adjust.control.to_types().unwrap().settlement, Duration::from_secs(60));
    let again = Adjust::of(&adjustments, &t::Control::default()).unwrap();
    assert_eq!(serde_json::to_value(again).unwrap()["state"], reply["param"]["state"]);
}

#[test]
fn control_takes_either_name_of_the_delay_and_refuses_what_means_nothing() {
    let read = |control: Value| {
        let control: Control = serde_json::from_value(control).unwrap();
        control.to_types().map(|control| control.delay.as_secs()).map_err(|error| error.to_string())
    };
    let differ = "control: `delay` and its older name `past` differ; send one of them";
    let slo = |condition: Value| json!({"userdata": {"slo": {"conditions": [condition]}}});
    let table = [
        (json!({"past": "1m"}), Ok(60)),
        (json!({"past": "1m", "delay": 60}), Ok(60)),
        (json!({"past": "1m", "delay": 61}), Err(differ.to_owned())),
        (slo(json!({"metric": "m", "threshold": "5"})), Ok(0)),
        (
            slo(json!({"metric": "m"})),
            Err("userdata.slo.conditions[0]: `m` needs exactly one of threshold and threshold_metric"
                .to_owned()),
        ),
        (
            slo(json!({"metric": "m", "threshold": 1, "trigger_count": 3, "trigger_window": 2})),
            Err("userdata.slo.conditions[0]: `m` asks for 3 violations among 2 checks, which cannot be"
                .to_owned()),
        ),
        (
            slo(json!({"metric": "m", "threshold": 1, "threshold_multiplier": "twice"})),
            Err("userdata.slo.conditions[0]: the threshold_multiplier of `m` is not a number".to_owned()),
        ),
        (
            slo(json!({"metric": "m", "threshold": 1, "slo_metric_minimum": "none"})),
            Err("userdata.slo.conditions[0]: the slo_metric_minimum of `m` is not a number".to_owned()),
        ),
    ];
    for (control, expected) in table {
        assert_eq!(read(control.clone()), expected, "{control}");
    }
}

#[test]
fn conditions_keep_all_that_the_optimizer_says() {
    let whole = json!({
        "description": "no slower than main", "metric": "m", "threshold_metric": "main",
        "threshold_multiplier": 1.2, "keep": "above", "trigger_count": 2, "trigger_window": 3,
        "slo_metric_minimum": 0.5, "slo_threshold_minimum": 0.1,
    });
    let usual = json!({
        "metric": "m", "threshold_metric": "main", "keep": "below", "trigger_count": 1, "trigger_window": 1,
    });
    let said = r#"{"userdata":{"slo":{"conditions":"#;
    for condition in [whole, usual] {
        let text = format!("{said}[{condition}]}}}}}}");
        let control: Control = serde_json::from_str(&text).unwrap();
        let control = control.to_types().unwrap();
        assert_eq!(control.userdata, []);
        let again = serde_json::to_value(Control::of(&control).unwrap()).unwrap();
        assert_eq!(again["userdata"]["slo"]["conditions"][0], condition);
    }
    let short = json!({"metric": "m", "threshold": 5, "threshold_multiplier": 1.5, "trigger_count": 2});
    let control: Control = serde_json::from_str(&format!("{said}[{short}]}}}}}}")).unwrap();
    let read = control.to_types().unwrap().slo.unwrap().conditions;
    let expected = t::Condition {
        threshold_multiplier: 1.5,
        trigger_count: 2,
        trigger_window: 2,
        ..t::Condition::new("m", t::Keep::Below, t::Threshold::Fixed(5.0))
    };
    assert_eq!(read, [expected]);
}

#[test]
fn defect_4_commands_without_parameters_mean_what_they_can() {
    let sleep = |reply: Value| match order(&reply) {
        Order::Sleep(sleep) => sleep.duration().unwrap().as_secs(),
        other => panic!("{other:?}"),
    };
    assert_eq!(sleep(json!({"cmd": "SLEEP"})), 120);
    assert_eq!(sleep(json!({"cmd": "SLEEP", "param": null})), 120);
    assert_eq!(sleep(json!({"cmd": "SLEEP", "param": {"duration": "5m", "data": null}})), 300);
    assert!(matches!(order(&json!({"cmd": "DESCRIBE"})), Order::Describe(_)));
}

#[test]
fn what_cannot_be_carried_out_is_named_with_its_command() {
    let table = [
        (
            json!({"cmd": "MEASURE", "cmd_uid": "c", "param": {"control": {}}}).to_string().into_bytes(),
            "MEASURE",
        ),
        (
            json!({"cmd": "MEASURE", "cmd_uid": "c", "param": {"metrics": []}}).to_string().into_bytes(),
            "MEASURE",
        ),
        (json!({"cmd": "ADJUST", "cmd_uid": "c", "param": {}}).to_string().into_bytes(), "ADJUST"),
        (adjustment(r#"{"web":{"settings":{"cpu":{}}}}"#), "ADJUST"),
        (json!({"cmd": "DANCE", "cmd_uid": "c", "param": {}}).to_string().into_bytes(), "DANCE"),
    ];
    for (bytes, cmd) in table {
        match Reply::read(&bytes) {
            Err(WireError::Command(error)) => {
                assert_eq!((error.cmd.as_str(), error.cmd_uid.as_deref()), (cmd, Some("c")))
            }
            other => panic!("{other:?}"),
        }
    }
    let reply =
        serde_json::from_slice(&adjustment(r#"{"web":{"settings":{"cpu":{"value":null}}}}"#)).unwrap();
    let Order::Adjust(adjust) = order(&reply) else { panic!("not an adjust command") };
    let error = adjust.state.to_types().unwrap_err().to_string();
    assert_eq!(error, "state.application.components.web.settings.cpu: no value");
}

#[test]
fn what_is_written_a_little_otherwise_is_taken() {
    let sleep = |param: &str| {
        let reply =
            Reply::read(format!(r#"{{"cmd":"SLEEP","cmd_uid":7,"param":{param}}}"#).as_bytes()).unwrap();
        let Reply::Command(command) = reply else { panic!("{reply:?}") };
        assert_eq!(command.cmd_uid.as_deref(), Some("7"));
        let Order::Sleep(sleep) = command.order else { panic!("not a sleep") };
        (sleep.duration().unwrap().as_secs(), sleep.reason().map(str::to_owned))
    };
    for (data, reason) in
        [(r#"{"reason":7}"#, None), (r#"["x"]"#, None), (r#"{"reason":"x"}"#, Some("x".to_owned()))]
    {
        assert_eq!(sleep(&format!(r#"{{"duration":2,"data":{data}}}"#)), (2, reason), "{data}");
    }
}

#[test]
fn what_is_wrong_is_said_in_the_words_of_the_protocol() {
    for (cmd, param, said) in [
        ("MEASURE", r#"{"metrics":7,"control":{}}"#, "`metrics` is neither a list of names nor an object"),
        ("MEASURE", r#"{"metrics":["a"],"control":7}"#, "an object for `control`"),
        ("ADJUST", r#"{"state":7}"#, "an object with `application`"),
        ("SLEEP", "[]", "it is no JSON object"),
    ] {
        let bytes = format!(r#"{{"cmd":"{cmd}","cmd_uid":"c","param":{param}}}"#);
        let Err(WireError::Command(error)) = Reply::read(bytes.as_bytes()) else { panic!("{bytes} is read") };
        assert!(error.problem.contains(said) && !error.problem.contains("struct"), "{}", error.problem);
    }
    let error = Reply::read(b"[]").unwrap_err();
    let error = format!("{error} {:?}", std::error::Error::source(&error).map(ToString::to_string));
    assert!(error.contains("it is no JSON object"), "{error}");
}

#[test]
fn what_is_no_message_is_refused() {
    let deep = "[".repeat(100_000);
    for text in ["", "[]", "{}", "\"ok\"", "<html>", r#"{"status":"maybe"}"#, r#"{"cmd":1}"#, &deep] {
        assert!(matches!(Reply::read(text.as_bytes()), Err(WireError::Form { .. })), "{text:.20}");
    }
    for text in ["", "{}", r#"{"event":1}"#, r#"{"event":"MEASUREMENT"}"#, &deep] {
        assert!(matches!(Request::read(text.as_bytes()), Err(WireError::Form { .. })), "{text:.20}");
    }
    assert!(matches!(Request::read(br#"{"event":"DANCE"}"#), Err(WireError::UnknownEvent(_))));
    let huge = vec![b' '; REQUEST_MAX + 1];
    assert!(matches!(Request::read(&huge), Err(WireError::TooLarge { .. })));
    assert!(matches!(Reply::read(&huge), Err(WireError::TooLarge { .. })));
}

#[test]
fn failures_keep_what_they_say_and_other_codes_become_reasons() {
    use t::Code::*;
    let table = [
        (Rejected, ResultStatus::Rejected, None),
        (Aborted, ResultStatus::Aborted, None),
        (Cancelled, ResultStatus::Cancelled, None),
        (Failed, ResultStatus::Failed, None),
        (TimedOut, ResultStatus::Failed, Some("timed-out")),
        (LimitExceeded, ResultStatus::Failed, Some("limit-exceeded")),
        (Denied, ResultStatus::Failed, Some("denied")),
        (Busy, ResultStatus::Failed, Some("busy")),
    ];
    for (code, status, reason) in table {
        let told = super::Failed::of(&t::Failure::new(code, "m"));
        assert_eq!(
            (told.status, told.reason.as_deref(), told.message.as_deref()),
            (status, reason, Some("m"))
        );
        let told = super::Failed::of(&t::Failure::new(code, "m").because("r"));
        assert_eq!(told.reason.as_deref(), Some("r"));
    }
}
