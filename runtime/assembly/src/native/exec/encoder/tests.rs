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

fn named<const N: usize>(values: [(&str, t::Value); N]) -> BTreeMap<String, t::Value> {
    values.map(|(name, value)| (name.to_owned(), value)).into()
}

#[test]
fn a_text_is_taken_apart() {
    let decoded =
        jvm().decode("-server -Xmx512m -Xss1m -XX:GCTimeRatio=9 -Dname=\"a b\" -XX:-UseG1GC -Xint -Xmx1024m");
    let values = [
        ("MaxHeapSize", number(1024.0)),
        ("GCTimeRatio", number(9.0)),
        ("UseG1GC", text("off")),
        ("Gc", text("int")),
    ];
    assert_eq!(decoded, named(values));
    let decoded = flags().decode("--no-cache --workers=1.5 --mode=3 --workers=many --mode=other");
    let values = [("cache", text("false")), ("workers", number(1.5)), ("mode", number(3.0))];
    assert_eq!(decoded, named(values));
    assert_eq!(words("  a  'b c'd \"e\n"), ["a", "'b c'd", "\"e\n"]);
}

#[test]
fn every_word_stays_in_its_place() {
    let heap = || named([("MaxHeapSize", number(256.0))]);
    for (before, after) in [
        ("-Xmx128m -jar app.jar -XX:-UseG1GC", "-Xmx256m -jar app.jar -XX:-UseG1GC"),
        ("-server  -Xmx1m -Dname=\"a b\" -Xmx2m", "-server -Xmx256m -Dname=\"a b\" -Xmx256m"),
        ("", "-Xmx256m"),
        ("-server -Xss1m", "-server -Xss1m -Xmx256m"),
        ("-Xmx1g -jar app.jar -v", "-Xmx1g -Xmx256m -jar app.jar -v"),
        ("java -cp a.jar:b.jar -server Main -v", "java -cp a.jar:b.jar -server -Xmx256m Main -v"),
        ("-cp x", "-cp x -Xmx256m"),
        ("@opts -cp", "@opts -cp -Xmx256m"),
    ] {
        assert_eq!(jvm().encode(before, &heap()), after, "{before}");
    }
    let changes = || named([("cache", text("false")), ("workers", number(8.0))]);
    for (before, after) in [
        ("--workers=4 -- file", "--workers=8 --no-cache -- file"),
        ("serve --cache file", "serve --no-cache file --workers=8"),
        ("-- --other", "--workers=8 --no-cache -- --other"),
    ] {
        assert_eq!(flags().encode(before, &changes()), after, "{before}");
    }
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
    for (setting, value, said) in [
        ("mode", text("slow"), "web.mode=slow is none of its values"),
        ("workers", number(65.0), "web.workers=65 is not from -1 to 64"),
        ("workers", number(f64::NAN), "web.workers=NaN is not from -1 to 64"),
        ("workers", text("4"), "web.workers=4 is none of its values"),
    ] {
        let refused = flags().adjust(&mut state, &mut vec![wanted(setting, value)]).unwrap_err();
        assert_eq!(refused, said);
    }
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
        let (values, text) = (values.collect::<BTreeMap<_, _>>(), rest.join(" "));
        let written = jvm().encode(&text, &values);
        prop_assert_eq!(jvm().decode(&written), values);
        prop_assert!(written.starts_with(&text), "{}", written);
    }

    #[test]
    fn changes_are_read_back_and_the_rest_stays(
        text in "( |-- |--workers=[0-9]|--no-cache|--mode=fast|[a-z -]){0,12}",
        workers in prop::option::of(0..64_u32),
    ) {
        let changes = workers.map(|workers| ("workers".to_owned(), number(workers.into())));
        let changes: BTreeMap<_, _> = changes.into_iter().collect();
        let mut expected = flags().decode(&text);
        expected.extend(changes.clone());
        let written = flags().encode(&text, &changes);
        prop_assert_eq!(flags().decode(&written), expected);
        let others = |text: &str| -> Vec<String> {
            words(text).into_iter().filter(|word| !word.starts_with("--workers=")).map(str::to_owned).collect()
        };
        prop_assert_eq!(others(&written), others(&text));
    }
}
