//! One connector in each language, run by servo against the real program it is made for.

mod c;
mod cpp;
mod go;
mod js;
mod native;
pub(crate) mod nginx;
mod python;
mod ts;

use std::collections::BTreeSet;
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use servo_test_support::{Finished, Program, Signal, World};

use crate::shown;

/// Longest time of one command. Language runtimes are large, and compiling one takes long on a busy machine.
const LONGEST: Duration = Duration::from_secs(300);

/// What is compiled already. Large components are compiled one at a time: together they would all take too long.
static COMPILED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// A world with this configuration, in which a finished connector of `guests/` lies as `./connector.wasm`. What servo
/// compiles is kept for the other tests.
fn world(connector: &str, configuration: &str) -> World {
    let world = shown::world();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guests").join(connector);
    assert!(file.is_file(), "{} does not exist: run `make guests-all` first", file.display());
    symlink(file, world.path("connector.wasm")).unwrap();
    let components = Path::new(env!("CARGO_TARGET_TMPDIR")).join("components");
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&components).unwrap();
    symlink(components, world.path("state/components")).unwrap();
    world.file("servo.yaml", configuration);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if !compiled.contains(connector) {
        servo(&world, "show events").run().expect(0);
        compiled.insert(connector.to_owned());
    }
    world
}

/// The command line, to be run in the world.
fn servo(world: &World, line: &str) -> Program {
    world.servo(line.split_whitespace()).timeout(LONGEST)
}

/// What a command wrote to stdout, as JSON.
#[track_caller]
fn json(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("not JSON: {error}: {finished:?}"))
}

/// Times and values of the first series of a metric; none when it is not there.
fn points(measurement: &Value, metric: &str) -> Vec<(f64, f64)> {
    let readings = measurement["readings"].as_array().unwrap();
    let Some(series) = readings.iter().find(|reading| reading["metric"] == metric) else { return Vec::new() };
    let numbers = |name: &str| -> Vec<f64> {
        series[name].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    numbers("times").into_iter().zip(numbers("values")).collect()
}

/// The last value of the first series of a metric.
#[track_caller]
fn last(measurement: &Value, metric: &str) -> f64 {
    points(measurement, metric).last().unwrap_or_else(|| panic!("no {metric}: {measurement:#}")).1
}

/// A measurement that takes samples ends at once with ctrl-C.
#[track_caller]
fn stops_when_interrupted(world: &World, samples: impl Fn() -> bool) {
    let mut measuring = servo(world, "measure -d 10m").start();
    measuring.wait_for("it takes samples", |_, _| samples().then_some(()));
    measuring.signal(Signal::INT);
    assert_eq!(measuring.wait().code, Some(130));
}
