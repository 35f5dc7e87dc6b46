//! What a command costs that needs no configuration: the whole process of `servo --help` and `servo version`, in an empty
//! folder and beside a configuration whose connectors bring commands, which stand in the help.
#![allow(clippy::disallowed_methods, reason = "there is no runtime here whose worker could be blocked")]

#[path = "../../tests/bench/table.rs"]
mod table;

use std::error::Error;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use servo_test_support::World;
use table::{median, row};

type Failure = Box<dyn Error>;

const SERVO: &str = env!("CARGO_BIN_EXE_servo");
const RUNS: usize = 30;
/// Two connectors that bring commands or could, one of them twice.
const CONFIGURATION: &str = "connectors: {prom1: prometheus, prom2: prometheus, load: vegeta, pause: wait}
prom1: {base_url: 'http://127.0.0.1:9', metrics: [{name: throughput, query: up}]}
prom2: {base_url: 'http://127.0.0.1:9', metrics: [{name: errors, query: up}]}
load: {rate: 10, target: 'GET http://127.0.0.1:9/'}
pause: {measure_enabled: true}
";
const TIME_MS: f64 = 10.0;
const MEMORY_MIB: f64 = 12.0;
/// What a pipe holds on Linux.
const PIPE: usize = 64 << 10;
/// A process whose memory has not grown for so many looks, 5 ms apart, waits for its output to be read.
const LOOKS: usize = 10;
/// Looks after which a process that never settles is given up.
const LOOKS_MAX: usize = 1000;

fn main() -> Result<(), Failure> {
    let (empty, configured) = (World::new(SERVO), World::new(SERVO));
    configured.file("servo.yaml", CONFIGURATION);
    let (nothing, connectors) = (empty.path("."), configured.path("."));
    for (argument, folder, where_) in [
        ("--help", &nothing, ""),
        ("version", &nothing, ""),
        ("--help", &connectors, ", configured"),
        ("version", &connectors, ", configured"),
    ] {
        let mut times = (0..RUNS).map(|_| time(argument, folder)).collect::<Result<Vec<_>, _>>()?;
        let middle = median(&mut times).as_secs_f64() * 1e3;
        let best = times.first().copied().unwrap_or_default().as_secs_f64() * 1e3;
        row(&format!("servo {argument}{where_}"), middle, TIME_MS, "ms", &format!("best {best:.1} ms"));
        row(&format!("servo {argument}{where_}, memory"), memory(argument, folder)?, MEMORY_MIB, "MiB", "");
    }
    Ok(())
}

fn time(argument: &str, folder: &Path) -> Result<Duration, Failure> {
    let began = Instant::now();
    let status = Command::new(SERVO)
        .arg(argument)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let took = began.elapsed();
    if status.success() { Ok(took) } else { Err(format!("servo {argument}: {status}").into()) }
}

/// The most memory that the process had at a time, in MiB.
///
/// The kernel tells it only of a living process (what it tells of a dead one includes its parent's before `exec`), so
/// this one is held up: it prints into a pipe that is full.
fn memory(argument: &str, folder: &Path) -> Result<f64, Failure> {
    let (reader, mut writer) = pipe()?;
    writer.write_all(&[b' '; PIPE])?;
    let mut child =
        Command::new(SERVO).arg(argument).current_dir(folder).stdout(writer.try_clone()?).spawn()?;
    let peak = settled_peak(&mut child);
    let status = drain(child, reader, writer)?;
    if !status.success() {
        return Err(format!("servo {argument}: {status}").into());
    }
    peak
}

fn settled_peak(child: &mut Child) -> Result<f64, Failure> {
    let (mut peak, mut looks) = (0.0, 0);
    for _ in 0..LOOKS_MAX {
        thread::sleep(Duration::from_millis(5));
        if child.try_wait()?.is_some() {
            return Err("it ended without having printed anything".into());
        }
        let status = fs::read_to_string(format!("/proc/{}/status", child.id()))?;
        let field = |name| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let now = field("VmHWM:").and_then(|kib| kib.trim_end_matches(" kB").parse::<f64>().ok());
        let now = now.unwrap_or_default() / 1024.0;
        let waits = field("State:").is_some_and(|state| state.starts_with('S'));
        looks = if waits && now > 0.0 && now <= peak { looks + 1 } else { 0 };
        peak = now;
        if looks == LOOKS {
            return Ok(peak);
        }
    }
    Err("its memory never settled".into())
}

fn drain(
    mut child: Child,
    mut reader: PipeReader,
    writer: PipeWriter,
) -> Result<std::process::ExitStatus, Failure> {
    // The pipe ends when nobody can write any more.
    drop(writer);
    reader.read_to_end(&mut Vec::new())?;
    Ok(child.wait()?)
}
