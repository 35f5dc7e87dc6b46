//! What a start costs after the configuration is read: ten aliases of two bundled connectors, whose compiled forms are
//! in the cache, from nothing to a servo on its bus.

#[path = "../../../tests/bench/table.rs"]
mod table;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs};

use servo_assembly::{Bundled, Inputs, Programs, Servo, StateDir};
use servo_config::{Environment, Flags, Source, load};
use table::{median, row};
use tokio::runtime::{Builder, Handle};

type Failure = Box<dyn Error + Send + Sync>;

const ROUNDS: usize = 30;
const ASSEMBLE_MS: f64 = 50.0;
/// Ten aliases of `prometheus` and `vegeta`.
const CONFIG: &str = include_str!("../../config/testdata/ten-aliases.yaml");

fn main() -> Result<(), Failure> {
    let folder = env::var_os("SERVO_CONNECTORS_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/connectors"), PathBuf::from);
    // The components of a program live as long as it does.
    let bundled: &'static [Bundled] =
        vec![component(&folder.join("prometheus.wasm"))?, component(&folder.join("vegeta.wasm"))?].leak();
    let runtime = Builder::new_multi_thread().worker_threads(2).event_interval(1).enable_all().build()?;
    runtime.block_on(bench(bundled))
}

fn component(path: &Path) -> Result<Bundled, Failure> {
    let bytes =
        fs::read(path).map_err(|error| format!("{}: {error}; run `make guests` first", path.display()))?;
    Ok(Bundled { bytes: bytes.leak() })
}

async fn bench(bundled: &'static [Bundled]) -> Result<(), Failure> {
    let loaded =
        load(&[Source::from_text("servo.yaml", CONFIG)], &Environment::default(), &Flags::default())?;
    let (config, _) = loaded.resolve(&programs(bundled)?.catalogue(None).await)?;
    let config = config.servos.first().ok_or("the configuration has no servo")?;
    let mut times = Vec::new();
    for round in 0..=ROUNDS {
        let began = Instant::now();
        let programs = programs(bundled)?;
        let servo = Servo::assemble(&programs, config, Path::new("servo.yaml")).await?;
        // The first round may have to compile.
        if round > 0 {
            times.push(began.elapsed());
        }
        if servo.registrations().len() != 10 {
            return Err("not all ten connectors are there".into());
        }
    }
    let middle = median(&mut times).as_secs_f64() * 1e3;
    let best = times.first().copied().unwrap_or_default().as_secs_f64() * 1e3;
    row("assembly of ten aliases, warm cache", middle, ASSEMBLE_MS, "ms", &format!("best {best:.1} ms"));
    Ok(())
}

fn programs(bundled: &'static [Bundled]) -> Result<Programs, Failure> {
    Ok(Programs::new(Inputs {
        bundled,
        state: StateDir::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-state")),
        compiler: None,
        compiler_argument: "",
        heavy: Handle::current(),
    })?)
}
