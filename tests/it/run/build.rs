//! `servo build`: from the source of a connector to a file that runs, and what it may do without a grant.

use std::path::Path;

use servo_test_support::{Reply, Scripted, Server as _};

use super::stage::{json, servo, world};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn a_connector_is_built_with_its_metadata_and_runs_from_its_file() {
    let world = world();
    let source = Path::new(REPOSITORY).join("guests/rust/wait");
    let home = std::env::var("HOME").unwrap();
    // The guests' own target directory: the dependencies are compiled there already.
    let built = servo(&world, "build")
        .arg(source)
        .args(["--out", "waiter.wasm"])
        .env("CARGO_TARGET_DIR", Path::new(REPOSITORY).join("guests/target"))
        .env("CARGO_HOME", std::env::var("CARGO_HOME").unwrap_or(format!("{home}/.cargo")))
        .env("RUSTUP_HOME", std::env::var("RUSTUP_HOME").unwrap_or(format!("{home}/.rustup")))
        .run()
        .expect(0);
    assert!(world.path("waiter.wasm").is_file(), "{}", built.stderr);
    world.file(
        "servo.yaml",
        "connectors:\n  pause: {component: ./waiter.wasm}\npause: {measure_enabled: true}\n",
    );
    let schema = json(&servo(&world, "schema").run().expect(0));
    let pause = &schema["properties"]["pause"]["anyOf"][0];
    assert_eq!(pause["$ref"], "#/$defs/connector-pause", "{schema:#}");
    let setting = &schema["$defs"]["connector-pause"]["properties"]["measure_enabled"];
    assert_eq!(setting["type"], "boolean", "{schema:#}");
    let measured = json(&servo(&world, "measure -d 10ms -o json").run().expect(0));
    assert_eq!(measured["readings"].as_array().map(Vec::len), Some(0), "{measured:#}");
}

#[test]
fn load_and_requests_go_nowhere_without_a_grant() {
    let world = world();
    let server = Scripted::start(|_| Reply::text(200, ""));
    let url = server.url();
    for mode in [format!("load:50:100:{url}/"), format!("http:{url}/")] {
        world.file(
            "servo.yaml",
            format!(
                "connectors:\n  fix: {{component: ./fixture.wasm}}\nfix: {{on: {{measure: '{mode}'}}}}\n"
            ),
        );
        let refused = servo(&world, "measure -d 100ms").run().expect(1);
        let wanted = format!("{url} is not granted to `fix`");
        assert!(refused.stderr.contains(&wanted), "{mode}: {}", refused.stderr);
    }
    assert!(server.seen().is_empty(), "a request arrived");
}

#[test]
fn a_grant_may_be_for_all_hosts_below_a_domain() {
    let world = world();
    let grants = "{http: ['https://*.example.com'], load: ['http://*.test:8080']}";
    world.file(
        "servo.yaml",
        format!("connectors: {{fix: {{component: ./fixture.wasm, grants: {grants}}}}}\nfix: {{}}\n"),
    );
    let shown = servo(&world, "show grants").run().expect(0).stdout;
    for origin in ["https://*.example.com:443", "http://*.test:8080"] {
        assert!(shown.contains(origin), "{shown}");
    }
}
