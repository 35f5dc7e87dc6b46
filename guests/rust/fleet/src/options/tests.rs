use super::*;

#[test]
fn what_cannot_be_counted_is_refused() {
    let problems = |value: Value| serde_json::from_value::<Settings>(value).unwrap().problems();
    assert!(problems(json!({"type": "web"})).is_empty());
    let wrong = problems(json!({"type": "", "metrics": "", "step": "1ms"}));
    let places: Vec<&str> = wrong.iter().map(|problem| problem.pointer.as_str()).collect();
    assert_eq!(places, ["/type", "/metrics", "/step"]);
}

#[test]
fn settings_say_which_services_and_how_the_metrics_are_called() {
    let settings: Settings =
        serde_json::from_value(json!({"type": "web", "hosts": ["a", "b"], "metrics": "web"})).unwrap();
    let which = settings.selection();
    assert_eq!((which.kinds, which.hosts.len(), which.regions.len()), (vec!["web".to_owned()], 2, 0));
    assert_eq!(settings.metric("up"), "web_up");
}
