//! What the tests of a run share: worlds whose components are compiled already, the fixture, journals.

use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use servo_test_support::{Finished, Program, World};

use crate::shown;

/// Longest time that any command of these tests takes, on a machine that does other things, too.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);

/// A connector that behaves and misbehaves as its settings say; each world has it as `./fixture.wasm`.
const FIXTURE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../guests/target/wasm32-wasip2/release/fixture.wasm");

/// Names every component that these tests use, so that each is compiled once and not by all tests at once.
const EVERYTHING: &str = "connectors: {fixture: ./fixture.wasm, http-settings: http-settings, vegeta: vegeta, prometheus: prometheus}
http-settings: {url: 'http://127.0.0.1:9', settings: {workers: {min: 1, max: 2}}}
vegeta: {rate: 1/1s, target: 'GET http://127.0.0.1:9/'}
prometheus: {base_url: 'http://127.0.0.1:9', metrics: [{name: one, query: one}]}
fixture: {}
";

static COMPILED: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("components");
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).unwrap();
    let world = with(&folder);
    world.file("servo.yaml", EVERYTHING);
    servo(&world, "show events").run().expect(0);
    folder
});

/// A world with the fixture, in which no component needs to be compiled.
pub(crate) fn world() -> World {
    with(&COMPILED)
}

fn with(compiled: &Path) -> World {
    let world = shown::world();
    assert!(Path::new(FIXTURE).is_file(), "{FIXTURE} does not exist: run `make guests PROFILE=dev` first");
    symlink(FIXTURE, world.path("fixture.wasm")).unwrap();
    symlink(compiled, world.path("state/components")).unwrap();
    world
}

/// The command line, to be run in the world.
pub(crate) fn servo(world: &World, line: &str) -> Program {
    world.servo(line.split_whitespace()).timeout(LONGEST)
}

/// What a command wrote to stdout, as JSON.
#[track_caller]
pub(crate) fn json(finished: &Finished) -> Value {
    let Finished { stdout, stderr, .. } = finished;
    serde_json::from_str(stdout)
        .unwrap_or_else(|error| panic!("not JSON: {error}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"))
}

/// The journal of the only servo that has run in this world.
#[track_caller]
pub(super) fn journal_path(world: &World) -> PathBuf {
    let entries = std::fs::read_dir(world.path("state/journals")).unwrap();
    let journals: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    assert_eq!(journals.len(), 1, "{journals:?}");
    journals[0].clone()
}

/// Its records.
#[track_caller]
pub(super) fn records(world: &World) -> Vec<Value> {
    let text = world.read(journal_path(world));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The records of one kind.
pub(super) fn of_kind<'a>(records: &'a [Value], kind: &str) -> Vec<&'a Value> {
    records.iter().filter(|record| record["record"] == kind).collect()
}

/// The numbers of the measurements that count.
pub(super) fn measured(records: &[Value]) -> Vec<u64> {
    of_kind(records, "result").into_iter().filter_map(|record| record["trial"].as_u64()).collect()
}
