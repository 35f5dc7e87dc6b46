use super::*;

fn changed(change: &str) -> Result<Settings, Vec<String>> {
    let shown = |problem: Problem| format!("{}: {}", problem.pointer, problem.text);
    Settings::default()
        .changed(change.as_bytes())
        .map_err(|problems| problems.into_iter().map(shown).collect())
}

#[test]
fn a_change_replaces_what_it_names() {
    let expected = Settings { workers: 16, eviction: Eviction::Lru, ..Settings::default() };
    assert_eq!(changed(r#"{"workers": 16, "eviction": "lru"}"#), Ok(expected));
    assert_eq!(changed("{}"), Ok(Settings::default()));
}

#[test]
fn every_mistake_is_told_with_its_place_and_the_right_form() {
    let change = r#"{"workers": 17, "compression_level": 0, "cache_entries": 1.5, "eviction": "random",
                     "batch_size": "4", "wor/kers": 1}"#;
    assert_eq!(
        changed(change).unwrap_err(),
        [
            "/workers: 17 is not a whole number from 1 to 16 (threads)",
            "/compression_level: 0 is not a whole number from 1 to 9 (level)",
            "/cache_entries: 1.5 is not a whole number from 0 to 20000 (entries)",
            "/eviction: \"random\" is neither \"fifo\" nor \"lru\"",
            "/batch_size: \"4\" is not a whole number from 1 to 64 (requests)",
            "/wor~1kers: there is no such setting; there are workers, compression_level, cache_entries, eviction, \
             batch_size",
        ]
    );
}

#[test]
fn what_is_not_an_object_is_no_change() {
    for change in ["", "[]", "null", "{\"workers\": 2", "\u{feff}{}", &"[".repeat(10_000)] {
        let problems = changed(change).unwrap_err();
        assert!(problems[0].starts_with(": the change is not a JSON object like"), "{problems:?}");
    }
}

#[test]
fn the_schema_covers_every_setting_and_its_bounds_are_the_ones_that_are_checked() {
    let (schema, defaults) = (Settings::schema(), json!(Settings::default()));
    let properties = schema["properties"].as_object().unwrap();
    assert!(properties.keys().eq(defaults.as_object().unwrap().keys()));
    for (name, property) in properties {
        assert_eq!(property["default"], defaults[name]);
        assert!(!property["description"].as_str().unwrap().is_empty());
        let try_value = |value: Value| changed(&json!({ name: value }).to_string()).is_ok();
        match property["enum"].as_array() {
            Some(values) => assert!(values.iter().cloned().all(try_value)),
            None => {
                let (min, max) =
                    (property["minimum"].as_i64().unwrap(), property["maximum"].as_i64().unwrap());
                assert!(try_value(json!(min)) && try_value(json!(max)));
                assert!(!try_value(json!(min - 1)) && !try_value(json!(max + 1)));
            }
        }
    }
}
