//! The engine: one for each process, with the clock that interrupts guests and a second runtime for those
//! that compute much.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use thiserror::Error;
use tokio::runtime::Handle;
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Config, Engine, EngineWeak, OptLevel};

use crate::bindings;
use crate::caps::{sockets, wasi_http};
use crate::contract::Contract;
use crate::loader::Compiler;
use crate::shelf::Shelves;
use crate::state::State;

/// How often a guest that computes yields to others, and is asked whether it is within its budget.
pub(crate) const TICK: Duration = Duration::from_millis(1);
/// Ticks without any call after which the clock stops; waking it costs a system call.
const IDLE_TICKS: u32 = 100;

/// What a [`Sandbox`] takes.
#[derive(Debug)]
pub struct SandboxOptions {
    /// Where compiled components are kept; nobody but this user may write there, because they are native code.
    pub cache: PathBuf,
    /// Who compiles components that did not come with the program.
    pub compiler: Compiler,
    /// Runtime for instances whose calls turn out to compute much.
    pub heavy: Handle,
}

/// The process cannot run connectors.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// The engine refused its own configuration, or the machine.
    #[error("the WebAssembly engine cannot start on this machine: {0:#}")]
    Engine(wasmtime::Error),
    /// The clock of the guests cannot run.
    #[error("cannot start the thread that interrupts guests: {0}")]
    Clock(std::io::Error),
}

/// Everything that instances share: the engine, the linked imports, the contract, the cache.
pub struct Sandbox {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<State>,
    pub(crate) contract: Contract,
    pub(crate) options: SandboxOptions,
    pub(crate) shelves: Shelves,
    clock: Arc<Clock>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Starts the engine; costs less than a millisecond.
    pub fn new(options: SandboxOptions) -> Result<Arc<Self>, SandboxError> {
        // reqwest and the TLS of the guests' requests share one provider; a second install is no error.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let engine = engine().map_err(SandboxError::Engine)?;
        let linker = link(&engine).map_err(SandboxError::Engine)?;
        let contract = Contract::new(&engine).map_err(SandboxError::Engine)?;
        let clock = Clock::start(engine.weak()).map_err(SandboxError::Clock)?;
        Ok(Arc::new(Self { engine, linker, contract, options, shelves: Shelves::default(), clock }))
    }

    /// Keeps the clock running while a guest may run.
    pub(crate) fn busy(&self) -> Busy<'_> {
        self.clock.active.fetch_add(1, Ordering::SeqCst);
        if self.clock.parked.load(Ordering::SeqCst)
            && self.clock.parked.swap(false, Ordering::SeqCst)
            && let Some(thread) = self.clock.thread.get()
        {
            thread.unpark();
        }
        Busy(&self.clock)
    }
}

/// The engine's configuration decides whether compiled components can be loaded, so there is one place for it.
pub(crate) fn engine() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .concurrency_support(false)
        .epoch_interruption(true)
        .consume_fuel(false)
        .max_wasm_stack(512 << 10)
        .async_stack_size(1 << 20)
        .wasm_memory64(false)
        .wasm_multi_memory(true)
        .memory_reservation(4 << 30)
        .memory_guard_size(32 << 20)
        .memory_may_move(false)
        .cranelift_opt_level(OptLevel::Speed);
    Engine::new(&config)
}

fn link(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    // Language runtimes import files, sockets and the command line as start-up code: linked, granted nothing.
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    sockets::link(&mut linker)?;
    wasi_http::link(&mut linker)?;
    bindings::Connector::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    Ok(linker)
}

/// The thread that advances the epoch while a call is in progress, and sleeps otherwise.
#[derive(Debug, Default)]
struct Clock {
    active: AtomicUsize,
    parked: AtomicBool,
    thread: std::sync::OnceLock<std::thread::Thread>,
}

/// A guest may run as long as this is held.
#[derive(Debug)]
pub(crate) struct Busy<'a>(&'a Clock);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Clock {
    fn start(engine: EngineWeak) -> std::io::Result<Arc<Self>> {
        let clock = Arc::new(Self::default());
        let weak = Arc::downgrade(&clock);
        let thread = std::thread::Builder::new().name("epoch".into()).spawn(move || {
            let mut idle = 0;
            while let (Some(clock), Some(engine)) = (weak.upgrade(), engine.upgrade()) {
                engine.increment_epoch();
                drop(engine);
                idle = if clock.active.load(Ordering::SeqCst) == 0 { idle + 1 } else { 0 };
                if idle < IDLE_TICKS {
                    drop(clock);
                    std::thread::park_timeout(TICK);
                    continue;
                }
                clock.parked.store(true, Ordering::SeqCst);
                if clock.active.load(Ordering::SeqCst) == 0 {
                    drop(clock);
                    std::thread::park();
                }
                idle = 0;
            }
        })?;
        let _ = clock.thread.set(thread.thread().clone());
        Ok(clock)
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}
