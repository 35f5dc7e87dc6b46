//! What a start costs after the configuration is read: ten aliases of two bundled connectors, whose compiled forms are
//! in the cache, from nothing to a servo on its bus; what components in the local store cost more than files; and what
//! listing two hundred installed connectors costs.

#[path = "../../../tests/bench/table.rs"]
mod table;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use std::{env, fs};

use jiff::Timestamp;
use servo_assembly::distribution::{Depot, RegistryOptions};
use servo_assembly::{Bundled, Inputs, Programs, ProxyVariables, Servo, StateDir};
use servo_config::{Environment, Flags, Source, load};
use servo_distribution::manifest::{About, Artifact};
use servo_distribution::{Digest, Installed, Record, Reference, Store};
use table::{median, row};
use tokio::runtime::{Builder, Handle};

type Failure = Box<dyn Error + Send + Sync>;

const ROUNDS: usize = 30;
const ASSEMBLE_MS: f64 = 50.0;
/// What an instance may cost more when its component is in the store.
const STORE_MS: f64 = 1.0;
/// What it may take to list so many installed connectors.
const LIST_MS: f64 = 50.0;
const INSTALLED: usize = 200;
const INSTANCES: usize = 10;
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
    warm_store(bundled[0].bytes).await?;
    listing(bundled[0].bytes).await
}

/// Components from the store against the same ones as files.
async fn warm_store(bytes: &'static [u8]) -> Result<(), Failure> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-store");
    let record = stored(bytes).await?;
    fs::create_dir_all(&folder)?;
    let mut texts = [String::from("connectors:\n"), String::from("connectors:\n")];
    for number in 0..INSTANCES {
        let path = folder.join(format!("component-{number}.wasm"));
        fs::write(&path, bytes)?;
        texts[0] += &format!("  one{number}: '{}'\n", path.display());
        texts[1] +=
            &format!("  one{number}: oci://127.0.0.1:1/bench/component-{number}@{}\n", record.manifest);
    }
    let settings: String = (0..INSTANCES)
        .map(|number| {
            format!("one{number}: {{base_url: 'http://127.0.0.1:9', metrics: [{{name: one, query: one}}]}}\n")
        })
        .collect();
    let mut medians = Vec::new();
    for text in texts {
        let source = Source::from_text("servo.yaml", text + &settings);
        let loaded = load(&[source], &Environment::default(), &Flags::default())?;
        let mut times = Vec::new();
        for round in 0..=ROUNDS {
            let began = Instant::now();
            let programs = programs(&[])?;
            let (config, _) = loaded.resolve(&programs.catalogue(Some(&loaded)).await)?;
            let config = config.servos.first().ok_or("the configuration has no servo")?;
            Servo::assemble(&programs, config, Path::new("servo.yaml")).await?;
            if round > 0 {
                times.push(began.elapsed());
            }
        }
        medians.push(median(&mut times).as_secs_f64() * 1e3);
    }
    let more = (medians[1] - medians[0]) / INSTANCES as f64;
    let note = format!("files {:.1} ms, store {:.1} ms for {INSTANCES}", medians[0], medians[1]);
    row("a component from the warm store, more than a file", more, STORE_MS, "ms", &note);
    Ok(())
}

async fn listing(bytes: &'static [u8]) -> Result<(), Failure> {
    let record = stored(bytes).await?;
    let about = programs(&[Bundled { bytes }])?.connectors().next().cloned().ok_or("nothing is bundled")?;
    let hold = Store::open(&state().path().join("store"))?.hold().await?;
    for number in 0..INSTALLED {
        let (name, about) = (format!("installed-{number:03}"), serde_json::to_value(&about)?);
        hold.install(&Installed { name, record: record.clone(), installed: Timestamp::now(), about })?;
    }
    drop(hold);
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        if depot().installed_connectors()?.len() != INSTALLED {
            return Err("not all installed connectors are listed".into());
        }
        times.push(began.elapsed());
    }
    let hold = Store::open(&state().path().join("store"))?.hold().await?;
    (0..INSTALLED).try_for_each(|number| hold.uninstall(&format!("installed-{number:03}")))?;
    let middle = median(&mut times).as_secs_f64() * 1e3;
    row("list of 200 installed connectors", middle, LIST_MS, "ms", "");
    Ok(())
}

/// The component in the store, under a reference for each instance.
async fn stored(bytes: &[u8]) -> Result<Record, Failure> {
    let hold = Store::open(&state().path().join("store"))?.hold().await?;
    let artifact = Artifact::new(Digest::of(bytes), bytes.len() as u64, &About::default());
    let (manifest, config) = (hold.put(&artifact.manifest)?, hold.put(&artifact.config)?);
    let component = hold.put(bytes)?;
    let mut record = Record {
        index: None,
        reference: "oci://127.0.0.1:1/bench/component:1".parse()?,
        manifest,
        config,
        component,
        size: bytes.len() as u64,
        fetched: Timestamp::now(),
        signatures: Vec::new(),
    };
    for number in 0..INSTANCES {
        let reference: Reference = format!("oci://127.0.0.1:1/bench/component-{number}:1").parse()?;
        record.reference = reference.at(manifest);
        hold.keep(&record)?;
    }
    Ok(record)
}

fn state() -> StateDir {
    StateDir::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-state"))
}

fn depot() -> Depot {
    Depot::new(state(), RegistryOptions::default(), Arc::new(|_| {}))
}

fn programs(bundled: &[Bundled]) -> Result<Programs, Failure> {
    Ok(Programs::new(Inputs {
        proxies: ProxyVariables::default(),
        bundled,
        state: state(),
        compiler: None,
        compiler_argument: "",
        heavy: Handle::current(),
        depot: depot(),
        locked: false,
    })?)
}
