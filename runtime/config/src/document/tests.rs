use serde_json::json;

use super::*;
use crate::testing::{catalogue, config};

#[test]
fn own_schemas_are_valid_and_their_defaults_are_true() {
    assert!(
        OWN.servo.checker().is_some() && OWN.limits.checker().is_some() && OWN.grants.checker().is_some()
    );
    // A file with every documented default means the same as an empty one.
    let mut file = json!({});
    for field in
        OWN.servo.fields().iter().filter(|field| field.path[0] != "optimizer" && field.path[0] != "objective")
    {
        let Some(default) = field.default.as_ref().filter(|default| !default.is_null()) else { continue };
        let mut place = &mut file;
        for step in &field.path[..field.path.len() - 1] {
            if place.get(step).is_none() {
                place[step] = json!({});
            }
            place = &mut place[step];
        }
        place[&field.path[field.path.len() - 1]] = default.clone();
    }
    assert!(file["sandbox"]["limits"]["log"].is_string(), "{file}");
    let (given, empty) = (config(&file.to_string()), config("{}"));
    let (given, empty) = (&given.servos[0], &empty.servos[0]);
    assert_eq!(given.sandbox, empty.sandbox);
    assert_eq!(given.checks, empty.checks);
    assert_eq!(given.settings, empty.settings);
}

#[test]
fn every_property_names_its_variables() {
    let schema = document_schema(&catalogue(), None);
    let names =
        |pointer: &str| schema.pointer(pointer).unwrap_or_else(|| panic!("{pointer}"))["env_names"].clone();
    for (pointer, expected) in [
        ("/properties/name", json!(["SERVO_NAME"])),
        ("/properties/servo_uid", json!(["SERVO_UID"])),
        ("/properties/connectors", json!(["SERVO_CONNECTORS"])),
        ("/properties/vegeta", json!(["SERVO_VEGETA"])),
        ("/$defs/Optimizer/properties/token", json!(["APPD_TOKEN", "OPSANI_TOKEN", "SERVO_OPTIMIZER_TOKEN"])),
        ("/$defs/Timeouts/properties/read", json!(["SERVO_SETTINGS_TIMEOUTS_READ"])),
        ("/$defs/connector-vegeta/properties/rate", json!(["SERVO_VEGETA_RATE"])),
        ("/$defs/connector-prometheus/properties/description", json!(["SERVO_PROMETHEUS_DESCRIPTION"])),
        (
            "/$defs/connector-prometheus/$defs/FastFail/properties/period",
            json!(["SERVO_PROMETHEUS_FAST_FAIL_PERIOD"]),
        ),
    ] {
        assert_eq!(names(pointer), expected, "{pointer}");
    }
    assert_eq!(
        connector_schema("prom1", catalogue().find("prometheus").unwrap())["properties"]["base_url"]["env_names"],
        json!(["SERVO_PROM1_BASE_URL"])
    );
}

#[test]
fn the_schema_accepts_what_servo_accepts() {
    let yaml = include_str!("../../testdata/ten-aliases.yaml");
    let config = config(yaml);
    let schema = document_schema(&catalogue(), Some(&config.servos[0]));
    let validator = jsonschema::options().offline().build(&schema).unwrap();
    let source = crate::Source::from_text("servo.yaml", yaml);
    let document = crate::yaml::parse(&source).unwrap().remove(0).to_json();
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    let mut wrong = document.clone();
    wrong["prom3"]["metrics"][0]["nmae"] = json!("x");
    assert!(!validator.is_valid(&wrong), "references still lead somewhere");
    wrong = document;
    wrong["prom9"] = json!({});
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn without_connectors_the_schema_still_stands() {
    let schema = document_schema(&crate::Catalogue::new(), None);
    insta::assert_snapshot!(serde_json::to_string_pretty(&schema).unwrap());
}
