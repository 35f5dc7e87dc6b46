use super::*;

pub(crate) fn read(json: &Value) -> Result<Settings, Problems> {
    let settings: Settings = servo_sdk::settings::read(&json.to_string())?;
    let problems = settings.problems();
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

/// An application with a range, one deep in the document, a choice and a pinned setting.
pub(crate) fn web() -> Settings {
    read(&json!({
        "component": "web",
        "url": "http://h:80/",
        "ready": {"path": "/ready"},
        "settings": {
            "workers": {"min": 1, "max": 16, "unit": "threads"},
            "ratio": {"pointer": "/deep/ratio", "min": 0.5, "max": 2},
            "eviction": {"values": ["fifo", "lru", true, 3]},
            "port": {"min": 1, "max": 65535, "pinned": true},
        },
    }))
    .unwrap()
}

#[test]
fn the_example_is_taken_and_the_order_kept() {
    let settings = read(&crate::HttpSettings::example()).unwrap();
    assert_eq!(settings.set.method, Method::Patch);
    let component = web().component(Some(&json!({"workers": 4, "deep": {"ratio": 1.5}, "eviction": true})));
    let shown: Vec<(&str, Option<String>)> = component
        .settings
        .iter()
        .map(|setting| (setting.name.as_str(), setting.value.as_ref().map(ToString::to_string)))
        .collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        shown,
        [("workers", text("4")), ("ratio", text("1.5")), ("eviction", text("true")), ("port", None)]
    );
}

#[test]
fn problems_name_their_place() {
    let with = |more: Value| {
        let mut json = json!({"url": "http://h", "settings": {"a": {"min": 1, "max": 2}}});
        json.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json
    };
    let setting = |offer: Value| with(json!({"settings": {"a/b": offer}}));
    for (json, place) in [
        (with(json!({"component": ""})), "/component"),
        (with(json!({"url": "h"})), "/url"),
        (with(json!({"get": {"path": "settings"}})), "/get/path"),
        (with(json!({"set": {"method": "POST"}})), "/set/method"),
        (with(json!({"set": {"body": 1}})), "/set/body"),
        (with(json!({"ready": {"path": "/r", "interval": 0}})), "/ready/interval"),
        (with(json!({"settings": {}})), "/settings"),
        (setting(json!({})), "/settings/a~1b"),
        (setting(json!({"min": 1})), "/settings/a~1b/max"),
        (setting(json!({"min": 2, "max": 1})), "/settings/a~1b/max"),
        (setting(json!({"min": 1, "max": 4, "step": 2})), "/settings/a~1b/step"),
        (setting(json!({"min": 1, "max": 4, "step": -1})), "/settings/a~1b/step"),
        (setting(json!({"min": 0, "max": 4, "scale": "log"})), "/settings/a~1b/scale"),
        (setting(json!({"min": 0, "max": 4, "values": [1]})), "/settings/a~1b/values"),
        (setting(json!({"values": []})), "/settings/a~1b/values"),
        (setting(json!({"values": [1, [2]]})), "/settings/a~1b/values/1"),
        (setting(json!({"values": ["a", "a"]})), "/settings/a~1b/values/1"),
        (setting(json!({"min": 1, "max": 2, "pointer": "a"})), "/settings/a~1b/pointer"),
        (setting(json!({"min": 1, "max": 2, "pointer": "/a~2"})), "/settings/a~1b/pointer"),
        (
            with(
                json!({"settings": {"a": {"min": 1, "max": 2}, "b": {"min": 1, "max": 2, "pointer": "/a"}}}),
            ),
            "/settings/b/pointer",
        ),
    ] {
        assert_eq!(read(&json).unwrap_err()[0].pointer, place, "{json}");
    }
}
