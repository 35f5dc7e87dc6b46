//! The two runtimes: one for the control loop and most connectors, one for connectors that compute much.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::{env, io, thread};

use servo_assembly::CompileLimits;
use tokio::runtime::{Builder, Handle, Runtime};

/// The argument that makes this program compile a component and nothing else. The name of the file to read, that of
/// the file to write, and the limits follow: bytes of memory, seconds of CPU time. It is no command: the sandbox calls it.
pub(crate) const COMPILE: &str = "__compile";

/// Threads that a connector's computing may occupy, made when a connector first needs them.
#[derive(Debug, Default)]
pub(crate) struct Heavy(OnceLock<Runtime>);

/// Compiles if the program was called for that; else it was called by a person.
pub(crate) fn compile_if_asked() -> Option<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    if arguments.next()? != COMPILE {
        return None;
    }
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        return Some(ExitCode::from(crate::exit::USAGE));
    };
    let mut number = || arguments.next()?.to_str()?.parse().ok();
    let (Some(memory), Some(cpu)) = (number(), number()) else {
        return Some(ExitCode::from(crate::exit::USAGE));
    };
    let limits = CompileLimits { memory, cpu, ..CompileLimits::default() };
    match servo_assembly::compile_file(&PathBuf::from(input), &PathBuf::from(output), limits) {
        Ok(()) => Some(ExitCode::SUCCESS),
        Err(error) => {
            // Whoever called reads the reason from stderr.
            crate::printer::Printer::new(true).say(&format!("{error:#}"));
            Some(ExitCode::from(crate::exit::FAILED))
        }
    }
}

/// The runtime of the control loop.
pub(crate) fn main() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(cores())
        .event_interval(1)
        .thread_name("servo")
        .enable_all()
        .build()
}

impl Heavy {
    /// The runtime's handle; starts its threads the first time.
    pub(crate) fn handle(&self) -> io::Result<Handle> {
        if let Some(runtime) = self.0.get() {
            return Ok(runtime.handle().clone());
        }
        let workers = cores().saturating_sub(1).max(1);
        let runtime = Builder::new_multi_thread()
            .worker_threads(workers)
            .event_interval(1)
            .thread_name("servo-heavy")
            .enable_all()
            .build()?;
        Ok(self.0.get_or_init(|| runtime).handle().clone())
    }

    /// Leaves what still computes to the end of the process.
    pub(crate) fn end(self) {
        if let Some(runtime) = self.0.into_inner() {
            runtime.shutdown_background();
        }
    }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
