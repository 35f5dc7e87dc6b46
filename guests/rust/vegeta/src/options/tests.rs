use super::*;

fn read(json: &Value) -> Result<Settings, Problems> {
    let settings: Settings = servo_sdk::settings::read(&json.to_string())?;
    let problems = settings.problems();
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

fn with(more: &Value) -> Value {
    let mut json = json!({"rate": "50/1s", "target": "GET http://h/"});
    for (key, value) in more.as_object().unwrap() {
        json[key] = value.clone();
    }
    json
}

#[test]
fn the_defaults_are_those_of_servox() {
    let settings = read(&crate::Vegeta::example()).unwrap();
    let plan = settings.plan(60_000, settings.reporting_interval.millis());
    assert_eq!(plan.pace, load::Pace::Rate((50, 1_000)));
    assert_eq!((plan.connections, plan.max_body, plan.report_every), (10_000, None, 15_000));
    assert!(plan.http2 && plan.keepalive && !plan.insecure);
    assert_eq!(settings.profile(Time::from_secs(60)), "50/1s for 1m");
}

#[test]
fn a_rate_of_zero_is_a_closed_loop() {
    for (more, connections) in [
        (json!({"rate": 0}), 10),
        (json!({"rate": "0/1s", "workers": 4}), 4),
        (json!({"rate": "infinity", "max_workers": 32}), 32),
        (json!({"rate": 0, "max_workers": 18_446_744_073_709_551_615_u64, "connections": 64}), 64),
    ] {
        let settings = read(&with(&more)).unwrap();
        assert_eq!(settings.plan(1, 1).pace, load::Pace::Closed(connections), "{more}");
        assert_eq!(settings.profile(Time::from_secs(90)), format!("{connections} connections for 1m30s"));
    }
}

#[test]
fn most_workers_bound_the_requests_at_a_time() {
    let settings = read(&with(&json!({"max_workers": 7, "max_body": 100}))).unwrap();
    assert_eq!((settings.plan(1, 1).connections, settings.plan(1, 1).max_body), (7, Some(100)));
}

#[test]
fn problems_name_their_place() {
    for (json, place) in [
        (json!({"rate": "50/1s"}), ""),
        (with(&json!({"targets": "GET http://h/"})), "/targets"),
        (with(&json!({"target": "fetch me"})), "/target"),
        (with(&json!({"rate": "fast"})), "/rate"),
        (with(&json!({"connections": 0})), "/connections"),
        (with(&json!({"max_workers": 0})), "/max_workers"),
        (with(&json!({"max_body": -2})), "/max_body"),
        (with(&json!({"reporting_interval": "0s"})), "/reporting_interval"),
        (with(&json!({"format": "xml"})), "/format"),
        (with(&json!({"rps": 5})), "/rps"),
    ] {
        assert_eq!(read(&json).unwrap_err()[0].pointer, place, "{json}");
    }
}

#[test]
fn the_schema_marks_what_is_granted_and_what_is_a_file() {
    let schema = servo_sdk::settings::schema::<Settings>();
    assert_eq!(schema["properties"]["target"]["x-servo-grant"], "load");
    assert_eq!(schema["properties"]["targets"]["x-servo-file"], true);
    assert_eq!(schema["properties"]["reporting_interval"]["default"], "15s");
    assert_eq!(schema["properties"]["rate"]["format"], "rate");
    assert_eq!(schema["required"], json!(["rate"]));
}
