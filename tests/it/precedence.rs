//! Flag over environment over `.env` over file over default, each with its origin.

use serde_json::Value;

use crate::shown::world;

const FILE: &str = "connectors: {pause: wait}\npause: {measure_enabled: true}\n\
                    optimizer: {id: example.com/file, token: from-file}\n";

fn origin(
    world: &servo_test_support::World,
    line: &str,
    variables: &[(&str, &str)],
    path: &str,
) -> (String, String) {
    let mut program = world.servo(line.split_whitespace().chain(["config", "--origins", "-o", "json"]));
    for (name, value) in variables {
        program = program.env(name, value);
    }
    let leaves: Vec<Value> = serde_json::from_str(&program.run().expect(0).stdout).unwrap();
    let leaf =
        leaves.iter().find(|leaf| leaf["path"] == path).unwrap_or_else(|| panic!("no {path} in {leaves:#?}"));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    (text(&leaf["value"]), text(&leaf["origin"]))
}

#[test]
fn the_stronger_layer_wins() {
    let world = world();
    world.file("servo.yaml", FILE);
    let id = |line: &str, variables: &[(&str, &str)]| origin(&world, line, variables, "optimizer.id");
    let pair = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
    assert_eq!(id("", &[]), pair("example.com/file", "servo.yaml:3:17"));
    world.file(".env", "OPSANI_OPTIMIZER=example.com/dotenv\n");
    let dotenv = world.path(".env");
    let (value, place) = id("", &[]);
    assert_eq!(value, "example.com/dotenv");
    assert!(place.contains(".env:1 OPSANI_OPTIMIZER"), "{place} {}", dotenv.display());
    let variable = [("OPSANI_OPTIMIZER", "example.com/variable")];
    assert_eq!(id("", &variable), pair("example.com/variable", "environment OPSANI_OPTIMIZER"));
    assert_eq!(id("--optimizer example.com/flag", &variable), pair("example.com/flag", "flag --optimizer"));
}

#[test]
fn settings_of_connectors_have_variables() {
    let world = world();
    world.file("servo.yaml", FILE);
    let found = origin(&world, "", &[("SERVO_PAUSE_MEASURE_ENABLED", "false")], "pause.measure_enabled");
    assert_eq!(found, ("false".to_owned(), "environment SERVO_PAUSE_MEASURE_ENABLED".to_owned()));
    let found =
        origin(&world, "", &[("SERVO_PAUSE", r#"{"measure_enabled": false}"#)], "pause.measure_enabled");
    assert_eq!(found.0, "false");
    let (value, place) = origin(&world, "", &[], "checks.wait");
    assert_eq!((value.as_str(), place.as_str()), ("30m", "default"));
}

#[test]
fn the_token_is_given_in_one_way() {
    let world = world();
    world.file("servo.yaml", "wait: {measure_enabled: true}\noptimizer: {id: example.com/shop}\n");
    world.file("token", "secret\n");
    world.servo(["--token-file", "token", "list"]).run().expect(0);
    world.servo(["list"]).env("OPSANI_TOKEN_FILE", "token").run().expect(0);
    let both = world.servo(["--token", "a", "--token-file", "token", "list"]).run().expect(2);
    assert!(both.stderr.contains("token and token_file exclude each other"), "{}", both.stderr);
    let none = world.servo(["list"]).run().expect(2);
    assert!(none.stderr.contains("OPSANI_TOKEN"), "{}", none.stderr);
}

#[test]
fn the_file_and_the_log_level_come_from_variables_too() {
    let world = world();
    world.file("other.yaml", FILE);
    world.servo(["list"]).env("SERVO_CONFIG_FILE", "other.yaml").run().expect(0);
    world.servo(["-c", "other.yaml", "list"]).env("SERVO_CONFIG_FILE", "missing.yaml").run().expect(0);
    world.servo(["list", "-c", "other.yaml"]).run().expect(0);
    world.file(".env", "SERVO_CONFIG_FILE=other.yaml\nSERVO_LOG_LEVEL=loud\n");
    let wrong = world.servo(["list"]).run().expect(2);
    assert!(wrong.stderr.contains("`loud` is not a log level"), "{}", wrong.stderr);
    world.servo(["list"]).env("SERVO_LOG_LEVEL", "ERROR").run().expect(0);
}
