//! From nothing to a configuration: init, generate, validate, schema, config.

use std::os::unix::fs::PermissionsExt as _;

use crate::shown::{compare, says, shown, world};

#[test]
fn what_init_writes_validates_and_runs() {
    let world = world();
    says(&world, "init", "init --yes");
    compare(&world, "init servo.yaml", &world.read("servo.yaml"));
    compare(&world, "init .env", &world.read(".env"));
    assert_eq!(world.read(".gitignore"), ".env\n");
    let mode = std::fs::metadata(world.path(".env")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    says(&world, "init validate", "validate");
    says(&world, "init dry run", "run --dry-run");
}

#[test]
fn init_overwrites_only_when_told_to() {
    let world = world();
    world.file("servo.yaml", "mine: 1\n");
    world.file(".gitignore", "target");
    says(&world, "init twice", "init --yes");
    assert_eq!(world.read("servo.yaml"), "mine: 1\n");
    assert!(!world.path(".env").exists());
    world.servo(["init", "--yes", "--force"]).run().expect(0);
    world.servo(["validate"]).run().expect(0);
    assert_eq!(world.read(".gitignore"), "target\n.env\n");
    world.servo(["init", "--yes", "--force"]).run().expect(0);
    assert_eq!(world.read(".gitignore"), "target\n.env\n");
    says(&world, "init without terminal", "init");
}

#[test]
fn what_is_uncommented_validates() {
    let world = world();
    world.servo(["init", "--yes", "--no-dotenv"]).run().expect(0);
    // Sentences have one space after their `#`, settings none, or those of their indentation.
    let uncommented = |line: &str| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') || setting.starts_with("  ") => format!("{setting}\n"),
        _ => format!("{line}\n"),
    };
    let yaml: String = world.read("servo.yaml").lines().map(uncommented).collect();
    world.file("all.yaml", &yaml);
    let finished = world.servo(["validate", "-f", "all.yaml"]).run();
    assert_eq!(finished.code, Some(0), "{}\n{yaml}", shown(&finished));
    assert_eq!(
        world
            .servo(["list", "-c", "all.yaml", "-o", "json"])
            .run()
            .expect(0)
            .stdout
            .matches("prometheus")
            .count(),
        1
    );
}

#[test]
fn generate_writes_examples() {
    let world = world();
    says(&world, "generate wait", "generate wait");
    says(&world, "generate alias", "generate prom1:prometheus WaitConnector -f alias.yaml -n shop");
    says(&world, "generate standalone", "generate -s wait --defaults -f -");
    says(&world, "generate twice", "generate wait");
    world.servo(["generate", "wait", "--force", "-q"]).run().expect(0);
    world.servo(["validate"]).run().expect(0);
    let both = world.servo(["generate", "pause:wait", "--append", "-q", "-n", "second"]).run().expect(0);
    assert_eq!(both.stdout + &both.stderr, "");
    assert_eq!(world.read("servo.yaml").matches("---\n").count(), 1);
}

#[test]
fn a_connector_that_was_generated_needs_only_its_origin() {
    let world = world();
    for (connector, origin) in [("prometheus", "base_url"), ("vegeta", "target"), ("http-settings", "url")] {
        let file = format!("{connector}.yaml");
        world.servo(["generate", connector, "-q", "-f", &file]).run().expect(0);
        let text = world.read(&file);
        assert!(text.contains(&format!("  # {origin}: ")), "{text}");
        // Vegeta can be told its targets in two ways, so that its schema requires neither.
        if connector != "vegeta" {
            let invalid = world.servo(["validate", "-f", &file]).run();
            assert!(invalid.code == Some(1) && invalid.stderr.contains(origin), "{}", shown(&invalid));
        }
        world.file(&file, text.replace("  # ", "  "));
        world.servo(["validate", "-f", &file]).run().expect(0);
    }
}

#[test]
fn config_shows_what_is_meant_and_where_it_came_from() {
    let world = world();
    world.file("servo.yaml", "name: shop\nconnectors: {pause: wait}\npause: {measure_enabled: true}\noptimizer: {id: example.com/shop, token: very-secret}\n");
    says(&world, "config", "config");
    says(&world, "config key", "config pause.measure_enabled");
    says(&world, "config table", "config -o table");
    says(&world, "config origins", "config --origins optimizer pause name");
    for line in
        ["config", "config -f json", "config --origins", "config -o table", "config --origins -o json"]
    {
        let finished = world.servo(line.split_whitespace()).run().expect(0);
        assert!(!finished.stdout.contains("very-secret"), "{line} shows the token");
    }
}

#[test]
fn schemas_are_json_schema_with_variables() {
    let world = world();
    for line in
        ["schema", "schema --all", "schema --top-level", "schema prometheus", "schema PrometheusConnector"]
    {
        let finished = world.servo(line.split_whitespace()).run().expect(0);
        let schema: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
        assert!(schema["properties"].is_object(), "{line}");
        assert!(finished.stdout.contains("env_names"), "{line}");
    }
    world.file("servo.yaml", "connectors: {pause: wait}\npause: {measure_enabled: true}\n");
    let schema = world.servo(["schema"]).run().expect(0).stdout;
    assert!(
        schema.contains("SERVO_PAUSE_MEASURE_ENABLED") && !schema.contains("SERVO_PROMETHEUS"),
        "{schema}"
    );
    world.servo(["schema", "pause"]).run().expect(0);
}
