//! What it costs to pull and verify a component of 20 MB, beside another client in the same run.
#![allow(clippy::unwrap_used, reason = "a bench says what is wrong by failing")]
#![allow(clippy::print_stdout, reason = "it prints its figures")]

#[path = "../../../tests/bench/table.rs"]
mod table;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use servo_distribution::{About, Artifact, Digest, Reference, Registry, RegistryOptions, Store};
use servo_test_support::{Program, Registry as Server, installed};
use table::{median, row};

const SIZE: usize = 20 << 20;
const ROUNDS: usize = 15;
/// The most times that of the other client.
const RATIO: f64 = 1.3;
/// The most memory above that of an idle process, in MiB.
const MEMORY: f64 = 16.0;
/// Tells this program to do nothing but one pull.
const ALONE: &str = "--alone";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, first, at, folder] = &*arguments
        && first == ALONE
    {
        return alone(&runtime, at, folder);
    }
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let at: Reference = format!("oci://{}/large:1", server.address()).parse().unwrap();
    runtime.block_on(push(&at, folder.path()));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let began = Instant::now();
        runtime.block_on(pull(&at, &folder.path().join(format!("store-{round}"))));
        let our_time = began.elapsed();
        let their_time = skopeo(&server, &folder.path().join(format!("layout-{round}")));
        // The first round warms the registry up.
        if round > 0 {
            ours.push(our_time);
            theirs.push(their_time);
        }
    }
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    let note = format!("{ours:.1?}, skopeo {theirs:.1?}, median of {ROUNDS}");
    row(
        "pull and verify 20 MB, beside skopeo copy",
        ours.as_secs_f64() / theirs.as_secs_f64(),
        RATIO,
        "x",
        &note,
    );

    let itself = Program::new(std::env::current_exe().unwrap());
    let child = itself.args([ALONE, &at.to_string()]).arg(folder.path().join("alone")).run().expect(0);
    let figures: Vec<f64> = child.stdout.split_whitespace().map(|figure| figure.parse().unwrap()).collect();
    let note = format!("idle {:.1} MiB", figures[0]);
    row("memory of a pull above idle", figures[1] - figures[0], MEMORY, "MiB", &note);
}

/// In a process of its own: pulls once, and says what memory it used before and at most.
fn alone(runtime: &tokio::runtime::Runtime, at: &str, folder: &str) {
    let idle = memory("VmRSS");
    runtime.block_on(pull(&at.parse().unwrap(), Path::new(folder)));
    println!("{idle} {}", memory("VmHWM"));
}

async fn push(at: &Reference, folder: &Path) {
    let bytes: Vec<u8> =
        (0..SIZE as u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let component = folder.join("component.wasm");
    fs::write(&component, &bytes).unwrap();
    let artifact = Artifact::new(Digest::of(&bytes), bytes.len() as u64, &About::default());
    let registry = Registry::new(RegistryOptions::default()).unwrap();
    registry.push(at, &artifact, &component, &|_| {}).await.unwrap();
}

/// As a new process does it: with a new client and an empty store.
async fn pull(at: &Reference, folder: &Path) {
    let registry = Registry::new(RegistryOptions::default()).unwrap();
    let store = Store::open(folder).unwrap();
    let (fetched, manifest) = registry.resolve(at).await.unwrap();
    let component = manifest.component().unwrap();
    let hold = store.hold().await.unwrap();
    let mut writer = hold.writer(component.digest, component.size).unwrap();
    registry.blob(&at.at(fetched.digest), component, &mut writer, &|_| {}).await.unwrap();
    writer.finish().unwrap();
    assert!(store.blob(&component.digest).unwrap().is_some());
}

fn skopeo(server: &Server, layout: &Path) -> Duration {
    let from = format!("docker://{}/large:1", server.address());
    let program = Program::new(installed("skopeo", "skopeo"))
        .env("HOME", layout.parent().unwrap())
        .args(["--insecure-policy", "copy", "--quiet", "--src-tls-verify=false", &from])
        .arg(format!("oci:{}:1", layout.display()));
    let began = Instant::now();
    program.run().expect(0);
    began.elapsed()
}

/// A figure of this process, in MiB.
fn memory(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}
