use proptest::prelude::*;

use super::*;

fn encoder(form: &str, settings: Value) -> Result<Encoder, String> {
    let written = json!({"component": "web", "setting": "OPTS", "form": form, "settings": settings});
    Encoder::new(serde_json::from_value(written).unwrap())
}

fn jvm() -> Encoder {
    let settings = json!({
        "MaxHeapSize": {"option": "-Xmx{}m", "min": 64, "max": 4096, "step": 64, "unit": "MiB"},
        "GCTimeRatio": {"min": 1, "max": 99, "step": 1},
        "UseG1GC": {"values": ["on", "off"]},
        "Gc": {"option": "-X{}", "values": ["int", "comp"]},
    });
    encoder("jvm", settings).unwrap()
}

fn flags() -> Encoder {
    let settings = json!({
        "workers": {"min": -1, "max": 64, "step": 0.5},
        "cache": {"values": ["true", "false"]},
        "mode": {"values": ["fast", "safe", 3]},
    });
    encoder("flags", settings).unwrap()
}

fn number(number: f64) -> t::Value {
    t::Value::Number(number)
}

fn text(text: &str) -> t::Value {
    t::Value::Text(text.to_owned())
}

#[test]
fn a_text_is_taken_apart_and_what_is_not_ours_is_kept() {
    let decoded =
        jvm().decode("-server -Xmx512m -Xss1m -XX:GCTimeRatio=9 -Dname=\"a b\" -XX:-UseG1GC -Xint -Xmx1024m");
    let values = [
        ("MaxHeapSize", number(1024.0)),
        ("GCTimeRatio", number(9.0)),
        ("UseG1GC", text("off")),
        ("Gc", text("int")),
    ];
    assert_eq!(decoded.values, values.map(|(name, value)| (name.to_owned(), value)).into());
    assert_eq!(decoded.rest, ["-server", "-Xss1m", "-Dname=\"a b\""]);
    let written = "-server -Xss1m -Dname=\"a b\" -Xmx1024m -XX:GCTimeRatio=9 -XX:-UseG1GC -Xint";
    assert_eq!(jvm().encode(&decoded), written);
    let decoded = flags().decode("--no-cache --workers=1.5 --mode=3 --workers=many --mode=other");
    assert_eq!(flags().encode(&decoded), "--workers=many --mode=other --workers=1.5 --no-cache --mode=3");
    assert_eq!(words("  a  'b c'd \"e\n"), ["a", "'b c'd", "\"e\n"]);
}

#[test]
fn what_could_not_be_read_back_is_refused() {
    for (settings, said) in [
        (json!({"a": {}}), "`a` needs either `values`, or `min` and `max`"),
        (json!({"a": {"min": 1, "max": 2, "values": ["x"]}}), "`a` needs either"),
        (json!({"a": {"values": ["x y"]}}), "`a` has an empty value, or one with spaces or quotes"),
        (json!({"a": {"values": [true]}}), "`a` has a value that is neither text nor number"),
        (json!({"a": {"option": "-a", "min": 1, "max": 2}}), "`a` has an `option` without `{}`"),
        (
            json!({"a": {"option": "-x{}", "min": 1, "max": 2}, "b": {"option": "-x{}", "min": 1, "max": 2}}),
            "`b` is written as `-x{}`, as another setting is",
        ),
        (
            json!({"x": {"values": ["on", "off"]}, "no-x": {"values": ["on", "off"]}}),
            "`no-x` is written as `--no-x`",
        ),
    ] {
        let refused = encoder("flags", settings.clone()).unwrap_err();
        assert!(refused.starts_with(&format!("the encoder of web.OPTS: {said}")), "{settings}: {refused}");
    }
}

#[test]
fn a_description_has_the_settings_instead_of_the_text() {
    let printed = |settings: Value| {
        let Value::Object(document) = json!({"components": {"web": {"settings": settings}}}) else {
            panic!()
        };
        State::of(document)
    };
    let mut state =
        printed(json!({"OPTS": {"value": "--workers=4 -v"}, "other": {"min": 0, "max": 1, "value": 0}}));
    flags().describe(&mut state).unwrap();
    let described = state.description("it").unwrap();
    let value = |name: &str| described.setting("web", name).and_then(|setting| setting.value.clone());
    assert_eq!((value("workers"), value("cache"), value("OPTS")), (Some(number(4.0)), None, None));
    for (settings, said) in [
        (json!({}), "there is no web.OPTS, which `encoders` names"),
        (json!({"OPTS": {"value": 3}}), "web.OPTS is 3, which is no text"),
        (
            json!({"OPTS": {"value": ""}, "mode": {}}),
            "the encoder of web.OPTS has a setting `mode`, and so has",
        ),
    ] {
        let refused = flags().describe(&mut printed(settings)).unwrap_err();
        assert!(refused.starts_with(said), "{refused}");
    }
    let wanted =
        |setting: &str, value| t::Adjustment { component: "web".into(), setting: setting.into(), value };
    let mut state = printed(json!({"OPTS": {"value": "-v --workers=4 --cache"}}));
    let mut adjustments = vec![wanted("workers", number(8.0)), wanted("other", number(1.0))];
    flags().adjust(&mut state, &mut adjustments).unwrap();
    assert_eq!(adjustments, [wanted("other", number(1.0)), wanted("OPTS", text("-v --workers=8 --cache"))]);
    let refused = flags().adjust(&mut state, &mut vec![wanted("mode", text("slow"))]).unwrap_err();
    assert_eq!(refused, "web.mode=slow is none of its values");
}

fn heap() -> impl Strategy<Value = Option<f64>> {
    prop::option::of(prop_oneof![(-1.0e9..1.0e9_f64), (0..4096_u32).prop_map(f64::from)])
}

proptest! {
    #[test]
    fn what_is_encoded_reads_back(
        heap in heap(),
        ratio in heap(),
        collector in prop::option::of(prop::sample::select(vec!["on", "off"])),
        mode in prop::option::of(prop::sample::select(vec!["int", "comp"])),
        rest in prop::collection::vec("-D[a-z]{1,8}=[A-Z0-9]{0,8}", 0..4),
    ) {
        let values = [
            ("MaxHeapSize", heap.map(number)),
            ("GCTimeRatio", ratio.map(number)),
            ("UseG1GC", collector.map(text)),
            ("Gc", mode.map(text)),
        ];
        let values = values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let decoded = Decoded { values: values.collect(), rest };
        prop_assert_eq!(jvm().decode(&jvm().encode(&decoded)), decoded);
    }

    #[test]
    fn any_text_keeps_its_meaning(text in "[ -~]{0,60}") {
        let decoded = flags().decode(&text);
        prop_assert_eq!(flags().decode(&flags().encode(&decoded)), decoded);
    }
}
