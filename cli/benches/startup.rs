//! What a command costs that needs no configuration: the whole process of `servo --help` and `servo version`.
#![allow(clippy::disallowed_methods, reason = "there is no runtime here whose worker could be blocked")]

#[path = "../../tests/bench/table.rs"]
mod table;

use std::error::Error;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use table::{median, row};

type Failure = Box<dyn Error>;

const SERVO: &str = env!("CARGO_BIN_EXE_servo");
const RUNS: usize = 30;
const TIME_MS: f64 = 10.0;
const MEMORY_MIB: f64 = 12.0;
/// What a pipe holds on Linux.
const PIPE: usize = 64 << 10;
/// A process whose memory has not grown for so many looks, 5 ms apart, waits for its output to be read.
const LOOKS: usize = 10;
/// Looks after which a process that never settles is given up.
const LOOKS_MAX: usize = 1000;

fn main() -> Result<(), Failure> {
    for argument in ["--help", "version"] {
        let mut times = (0..RUNS).map(|_| time(argument)).collect::<Result<Vec<_>, _>>()?;
        let middle = median(&mut times).as_secs_f64() * 1e3;
        let best = times.first().copied().unwrap_or_default().as_secs_f64() * 1e3;
        row(&format!("servo {argument}"), middle, TIME_MS, "ms", &format!("best {best:.1} ms"));
        row(&format!("servo {argument}, memory"), memory(argument)?, MEMORY_MIB, "MiB", "");
    }
    Ok(())
}

fn time(argument: &str) -> Result<Duration, Failure> {
    let began = Instant::now();
    let status = Command::new(SERVO).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let took = began.elapsed();
    if status.success() { Ok(took) } else { Err(format!("servo {argument}: {status}").into()) }
}

/// The most memory that the process had at a time, in MiB.
///
/// The kernel tells it only of a living process (what it tells of a dead one includes its parent's before `exec`), so
/// this one is held up: it prints into a pipe that is full.
fn memory(argument: &str) -> Result<f64, Failure> {
    let (reader, mut writer) = pipe()?;
    writer.write_all(&[b' '; PIPE])?;
    let mut child = Command::new(SERVO).arg(argument).stdout(writer.try_clone()?).spawn()?;
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
