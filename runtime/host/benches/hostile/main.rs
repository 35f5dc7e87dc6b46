//! What attacks cost: each alone beside an honest neighbour, then all at once by twenty instances, then the bars.
//!
//! `--seconds N` says for how long all attack at once, 60 if nothing is said; `--bars` leaves out the table. Components
//! are compiled in a child process, as those that people bring are.

#[path = "../../tests/hostile/arena.rs"]
mod arena;
#[path = "../../tests/hostile/attacks.rs"]
mod attacks;
mod bars;
mod costs;
#[path = "../../tests/hostile/guests.rs"]
mod guests;
#[path = "../../tests/hostile/servers.rs"]
mod servers;
#[path = "../../tests/hostile/siege.rs"]
mod siege;
#[path = "../../../../tests/bench/table.rs"]
mod table;
#[path = "../../tests/hostile/verify.rs"]
mod verify;

use std::env;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use servo_host::{CompileLimits, Compiler, compile_file};
use tokio::runtime::{Builder, Handle};

use arena::{Arena, Error};

/// The argument that makes this program a compiler.
const COMPILE: &str = "__compile";

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [COMPILE, input, output, memory, cpu] =
        arguments.iter().map(String::as_str).collect::<Vec<_>>()[..]
    {
        let (memory, cpu) = (memory.parse()?, cpu.parse()?);
        let limits = CompileLimits { memory, cpu, ..CompileLimits::default() };
        return Ok(compile_file(Path::new(input), Path::new(output), limits)?);
    }
    let seconds = arguments.iter().position(|argument| argument == "--seconds");
    let seconds = seconds.and_then(|at| arguments.get(at + 1)).map_or(Ok(60), |text| text.parse())?;
    // The two runtimes of the real program.
    let cores = std::thread::available_parallelism()?.get();
    let heavy = Builder::new_multi_thread()
        .worker_threads(cores.saturating_sub(1).max(1))
        .event_interval(1)
        .enable_all()
        .build()?;
    let main = Builder::new_multi_thread().worker_threads(cores).event_interval(1).enable_all().build()?;
    let with_table = arguments.iter().all(|argument| argument != "--bars");
    let ended = main.block_on(bench(heavy.handle().clone(), Duration::from_secs(seconds), with_table));
    heavy.shutdown_background();
    ended
}

async fn bench(heavy: Handle, time: Duration, with_table: bool) -> Result<(), Error> {
    let arena = Arc::new(Arena::new(compiler(CompileLimits::default())?, heavy).await?);
    if with_table {
        costs::table(&arena).await?;
        costs::bombs(&arena).await?;
    }
    bars::all_at_once(&arena, time).await?;
    bars::at_their_shares(&arena).await?;
    bars::loops(&arena).await?;
    bars::rebuilds(&arena).await
}

/// This program, as a compiler with these limits.
fn compiler(limits: CompileLimits) -> Result<Compiler, Error> {
    Ok(Compiler::Child { program: env::current_exe()?, arguments: vec![COMPILE.into()], limits })
}
