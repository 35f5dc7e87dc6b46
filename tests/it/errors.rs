//! What servo says when it cannot do what it was asked, and the code it ends with.

use crate::shown::{says, world};

#[test]
fn wrong_command_lines() {
    let world = world();
    for (name, line) in [
        ("unknown command", "frobnicate"),
        ("unknown flag", "run --frobnicate"),
        ("misspelt command", "validat"),
        ("log level", "list --log-level loud"),
        ("missing adjustments", "adjust"),
        ("adjustment form", "adjust web"),
        ("duration", "measure --duration 1m30"),
        ("rate", "load attack http://127.0.0.1:1/ --rate fast"),
        ("no targets", "load attack"),
        ("check expression", "check --name /a(/"),
    ] {
        says(&world, &format!("usage {name}"), line);
    }
}

#[test]
fn without_a_configuration() {
    let world = world();
    for line in
        ["run", "validate", "config", "list", "show grants", "describe", "measure", "check", "history"]
    {
        says(&world, &format!("without configuration {line}"), line);
    }
    says(&world, "named configuration is missing", "-c elsewhere.yaml list");
    says(&world, "run takes a file", "run elsewhere.yaml");
}

#[test]
fn names_that_do_not_exist() {
    let world = world();
    world.file("servo.yaml", "connectors: {pause: wait}\npause: {measure_enabled: true}\n");
    for (name, line) in [
        ("describe", "describe pauze"),
        ("check", "check pauze"),
        ("check id", "check --id /nothing/"),
        ("measure connector", "measure -c pauze -d 1s"),
        ("measure metric", "measure throughput -d 1s"),
        ("adjust without handler", "adjust web.cpu=1"),
        ("promote without handler", "promote"),
        ("version", "version promethus"),
        ("schema", "schema promethus"),
        ("generate", "generate promethus -f other.yaml"),
        ("generate alias", "generate a:wait -f other.yaml"),
        ("config key", "config nothing"),
        ("servo", "--name other list"),
        ("servo of run", "--name other run --dry-run"),
        ("run without objective", "run"),
        ("component", "connectors missing.wasm"),
        ("targets", "load attack --targets missing.txt"),
    ] {
        says(&world, &format!("unknown {name}"), line);
    }
}

#[test]
fn several_servos_need_a_name() {
    let world = world();
    let document = |name: &str| {
        format!(
            "name: {name}\nwait: {{measure_enabled: true}}\noptimizer: {{id: example.com/{name}, token: t}}\n"
        )
    };
    world.file("servo.yaml", format!("{}---\n{}", document("one"), document("two")));
    says(&world, "several without name", "show limits");
    says(&world, "several list", "list");
    world.servo(["--name", "two", "show", "connectors"]).run().expect(0);
    world.servo(["show", "connectors"]).env("SERVO_NAME", "two").run().expect(0);
}

#[test]
fn the_environment_is_looked_at() {
    let world = world();
    world.file(".env", "OPSANI_TOKEN");
    says(&world, "broken dotenv", "list");
}
