use super::{Domain, Setting, Space, Value, same_settings};

fn integer(name: &str, min: f64, max: f64, value: i64) -> Setting {
    let domain = Domain::range(min, max, None, true);
    let (component, name) = ("app".to_owned(), name.to_owned());
    Setting { component, name, domain, value: Value::Integer(value), pinned: false }
}

fn with(domain: Domain, value: Value) -> Setting {
    Setting { domain, value, ..integer("x", 1.0, 2.0, 1) }
}

fn problem(setting: Setting) -> String {
    Space::new(vec![setting]).unwrap_err().to_string()
}

#[test]
fn every_mistake_names_its_setting() {
    let range = |min, max, step, integer, log| Domain::Range { min, max, step, integer, log };
    let one = Value::Integer(1);
    let table = [
        (
            with(range(4.0, 2.0, None, true, false), one.clone()),
            "setting app.x: min 4 is above max 2: swap them",
        ),
        (
            with(range(0.0, f64::INFINITY, None, false, false), one.clone()),
            "setting app.x: max is inf, which is not a finite number",
        ),
        (
            with(range(0.0, 2.0, Some(0.0), false, false), one.clone()),
            "setting app.x: step 0 must be above 0",
        ),
        (
            with(range(0.5, 2.0, None, true, false), one.clone()),
            "setting app.x: min 0.5 is not a whole number, but the range is of integers",
        ),
        (
            with(range(-1.0, 2.0, None, true, true), one.clone()),
            "setting app.x: a logarithmic range cannot start below 0, and min is -1",
        ),
        (
            with(Domain::Enum(Vec::new()), one.clone()),
            "setting app.x: the enum has no values: list at least one",
        ),
        (
            with(Domain::Enum(vec![one.clone(), Value::Number(1.0)]), one.clone()),
            "setting app.x: the enum lists 1 twice",
        ),
        (
            integer("x", 1.0, 2.0, 7),
            "setting app.x: its value 7 is outside 1 to 2: widen the domain or change the value",
        ),
        (
            with(Domain::Enum(vec![one, Value::Text("b".to_owned())]), Value::Text("c".to_owned())),
            "setting app.x: its value c is outside [1, b]: widen the domain or change the value",
        ),
        (
            Setting { name: String::new(), ..integer("x", 1.0, 2.0, 1) },
            "setting \"app.\": component and setting names must not be empty",
        ),
    ];
    for (setting, text) in table {
        assert_eq!(problem(setting), text);
    }
    let twice = Space::new(vec![integer("x", 1.0, 2.0, 1), integer("x", 1.0, 2.0, 1)]);
    assert_eq!(
        twice.unwrap_err().to_string(),
        "setting app.x appears twice: give each setting of a component its own name"
    );
}

#[test]
fn the_fingerprint_is_of_the_definition_not_of_the_current_value() {
    let space = |value, max, pinned| {
        Space::new(vec![Setting { pinned, ..integer("x", 1.0, max, value) }]).unwrap().fingerprint()
    };
    assert_eq!(space(1, 8.0, false), space(5, 8.0, false));
    assert_ne!(space(1, 8.0, false), space(1, 9.0, false));
    assert_ne!(space(1, 8.0, false), space(1, 8.0, true));
    assert_ne!(space(1, 8.0, true), space(2, 8.0, true));
}

#[test]
fn wide_ranges_get_a_logarithmic_axis() {
    let log = |min, max| matches!(Domain::range(min, max, None, true), Domain::Range { log: true, .. });
    assert!(log(1.0, 16.0) && log(0.0, 20_000.0));
    assert!(!log(1.0, 9.0) && !log(0.0, 100.0) && !log(-5.0, 5_000.0));
}

#[test]
fn a_space_survives_json() {
    let mut pinned = integer("p", 1.0, 4.0, 2);
    pinned.pinned = true;
    let mode = with(Domain::Enum(vec![Value::Bool(true), Value::Text("auto".to_owned())]), Value::Bool(true));
    let share = Setting {
        name: "s".to_owned(),
        ..with(Domain::range(0.1, 1.0, Some(0.3), false), Value::Number(1.0))
    };
    let space = Space::new(vec![pinned, mode, share]).unwrap();
    let json = serde_json::to_string(&space).unwrap();
    assert_eq!(serde_json::from_str::<Space>(&json).unwrap(), space);
    let broken = json.replace("\"min\":1.0,\"max\":4.0", "\"min\":5.0,\"max\":4.0");
    assert!(serde_json::from_str::<Space>(&broken).unwrap_err().to_string().contains("app.p"));
}

#[test]
fn settings_compare_by_meaning() {
    let a = [("x".to_owned(), Value::Integer(2))].into();
    let b = [("x".to_owned(), Value::Number(2.0))].into();
    let c = [("x".to_owned(), Value::Text("2".to_owned()))].into();
    assert!(same_settings(&a, &b));
    assert!(!same_settings(&a, &c));
    assert!(!same_settings(&a, &Default::default()));
}
