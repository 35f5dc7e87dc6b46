use super::*;

fn read(json: &Value) -> Result<Settings, Problems> {
    let settings: Settings = servo_sdk::settings::read(&json.to_string())?;
    let problems = settings.problems();
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

#[test]
fn the_example_and_the_least_settings_are_taken() {
    read(&crate::Prometheus::example()).unwrap();
    let least =
        read(&json!({"base_url": "http://p:9090/", "metrics": [{"name": "a", "query": "up"}]})).unwrap();
    assert_eq!(least.base_url.as_str(), "http://p:9090");
    assert_eq!(least.metrics[0].step, minute());
    assert_eq!(least.metrics[0].text(), "up");
    assert!(!least.fast_fail.disabled);
}

#[test]
fn problems_name_their_place() {
    let metric = |name: &str, query: &str| json!({"name": name, "query": query, "step": "0s"});
    let problems =
        read(&json!({"base_url": "http://p", "metrics": [metric("a", "up"), metric("a", " ")]})).unwrap_err();
    let places: Vec<&str> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
    assert_eq!(places, ["/metrics/0/step", "/metrics/1/name", "/metrics/1/query", "/metrics/1/step"]);
    for (json, place) in [
        (json!({"base_url": "http://p", "metrics": []}), "/metrics"),
        (json!({"base_url": "p:9090", "metrics": []}), "/base_url"),
        (
            json!({"base_url": "http://p", "metrics": [{"name": "a", "query": "up", "absent": "no"}]}),
            "/metrics/0/absent",
        ),
        (
            json!({"base_url": "http://p", "metrics": [{"name": "a", "query": "up"}], "fast_fail": {"disabled": 2}}),
            "/fast_fail/disabled",
        ),
    ] {
        assert_eq!(read(&json).unwrap_err()[0].pointer, place, "{json}");
    }
}

#[test]
fn absent_zero_is_part_of_the_query() {
    let settings =
        json!({"base_url": "http://p", "metrics": [{"name": "a", "query": "up", "absent": "zero"}]});
    assert_eq!(read(&settings).unwrap().metrics[0].text(), "up or on() vector(0)");
}
