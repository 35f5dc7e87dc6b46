//! What servo adds to a call: a dispatch of `measure` to 1, 10 and 100 connectors that do nothing, from the bus to
//! the guests and back, beside the bare typed calls of the same component in an engine of the same configuration.
//!
//! Bare calls and dispatches take turns, so that a busy machine disturbs both alike; ratios are of medians.

#[path = "../../../tests/bench/table.rs"]
mod table;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use servo_events::{Bus, Call, Handler, Options, Reply};
use servo_host::{
    Compiler, Connector, ConnectorOptions, Grants, Limits, Program, Sandbox, SandboxOptions, Services,
};
use servo_types::Control;
use table::{median, row};
use tokio::runtime::{Builder, Runtime};
use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime::{Config, Engine, OptLevel, Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use bare::exports::servo::connector::measure::Guest;
use bare::servo::connector::contract;

type Failure = Box<dyn Error + Send + Sync>;

const COUNTS: [usize; 3] = [1, 10, 100];
const ROUNDS: usize = 400;
/// Rounds before any counts: memory is touched, code is mapped.
const WARM_UP: usize = 40;
/// What a dispatch may cost beyond the bare calls: 30 % of them and 1 µs for each.
const SHARE: f64 = 1.3;
const EACH: f64 = 1.0;
/// What it may cost in all when the control loop, which is no worker of the runtime, has to be woken: in µs.
const IN_ALL: f64 = 60.0;

mod bare {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "
            package bench:bare;
            world bare {
                export servo:connector/settings@0.1.0;
                export servo:connector/measure@0.1.0;
            }
        ",
        exports: { default: async },
    });
}

fn main() -> Result<(), Failure> {
    let component = std::fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/target/wasm32-wasip2/release/nothing.wasm"),
    )
    .map_err(|error| format!("the guest `nothing`: {error}; run `make guests` first"))?;
    let runtime = Builder::new_multi_thread().worker_threads(2).event_interval(1).enable_all().build()?;
    let program = runtime.block_on(load(&component))?;
    let bare = BareComponent::new(&component)?;
    for count in COUNTS {
        compare(&runtime, &program, &bare, count)?;
    }
    bare.stop.store(true, Ordering::Relaxed);
    Ok(())
}

async fn load(component: &[u8]) -> Result<Arc<Program>, Failure> {
    let options = SandboxOptions {
        cache: Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-components"),
        compiler: Compiler::InProcess,
        heavy: tokio::runtime::Handle::current(),
    };
    Ok(Sandbox::new(options)?.load(component, true).await?)
}

fn compare(
    runtime: &Runtime,
    program: &Arc<Program>,
    component: &BareComponent,
    count: usize,
) -> Result<(), Failure> {
    let bus = Bus::new();
    let mut instances = Vec::with_capacity(count);
    for index in 0..count {
        let alias = format!("nothing{index}");
        let services = Services { bus: Some(bus.clone()), ..Services::default() };
        let (limits, grants) = (Limits::default(), Grants::default());
        let options = ConnectorOptions { alias, settings: json!({}), limits, grants, services };
        let connector = runtime.block_on(Connector::start(Arc::clone(program), options))?;
        bus.register(connector as Arc<dyn Handler>)?;
        instances.push(runtime.block_on(component.start())?);
    }
    let (mut raw, mut beside, mut from_loop) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..WARM_UP + ROUNDS {
        let raw_time;
        (instances, raw_time) = runtime.block_on(runtime.spawn(call_all(instances)))??;
        let beside_time = runtime.block_on(runtime.spawn(dispatch(bus.clone(), count)))??;
        let loop_time = runtime.block_on(dispatch(bus.clone(), count))?;
        if round >= WARM_UP {
            raw.push(raw_time);
            beside.push(beside_time);
            from_loop.push(loop_time);
        }
    }
    let us = |mut times: Vec<Duration>| median(&mut times).as_secs_f64() * 1e6;
    let (raw, beside, from_loop) = (us(raw), us(beside), us(from_loop));
    let bar = raw * SHARE + count as f64 * EACH;
    let note = |total: f64| {
        let more = total - raw;
        format!(
            "raw {raw:.2} us, {:.1}x, {more:.2} us more in all, {:.2} us each",
            total / raw,
            more / count as f64
        )
    };
    row(&format!("dispatch to {count}, from a task beside"), beside, bar, "us", &note(beside));
    row(
        &format!("dispatch to {count}, from the control loop"),
        from_loop,
        bar + IN_ALL,
        "us",
        &note(from_loop),
    );
    Ok(())
}

async fn dispatch(bus: Bus, count: usize) -> Result<Duration, Failure> {
    let call = Call::Measure { metrics: Vec::new(), control: Control::default() };
    let start = Instant::now();
    let outcomes = bus.dispatch(call, Options::default()).await?;
    let took = start.elapsed();
    let measured = outcomes.replies().filter(|(_, reply)| matches!(reply, Reply::Measurement(_))).count();
    if measured != count {
        return Err(format!("only {measured} of {count} answered: {:?}", outcomes.worst()).into());
    }
    Ok(took)
}

/// Calls one after another, without anything around the calls.
async fn call_all(mut instances: Vec<Bare>) -> Result<(Vec<Bare>, Duration), Failure> {
    let control = contract::Control {
        delay: 0,
        warmup: 0,
        duration: 0,
        settlement: 0,
        load: None,
        slo: Vec::new(),
        userdata: Vec::new(),
    };
    let start = Instant::now();
    for Bare { store, measure } in &mut instances {
        store.set_epoch_deadline(1);
        let measured = measure.call_measure(store, &[], &control).await?;
        measured.map_err(|failure| failure.message)?;
    }
    Ok((instances, start.elapsed()))
}

/// The component in an engine with the settings of the sandbox, and nothing else of it.
struct BareComponent {
    engine: Engine,
    component: Component,
    linker: Linker<BareState>,
    stop: Arc<AtomicBool>,
}

/// One instance.
struct Bare {
    store: Store<BareState>,
    measure: Guest,
}

struct BareState {
    table: ResourceTable,
    wasi: WasiCtx,
}

impl WasiView for BareState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl contract::Host for BareState {}

impl BareComponent {
    fn new(bytes: &[u8]) -> Result<Self, Failure> {
        let mut config = Config::new();
        config
            .wasm_component_model(true)
            .concurrency_support(false)
            .epoch_interruption(true)
            .max_wasm_stack(512 << 10)
            .async_stack_size(1 << 20)
            .memory_reservation(4 << 30)
            .memory_guard_size(32 << 20)
            .memory_may_move(false)
            .cranelift_opt_level(OptLevel::Speed);
        let engine = Engine::new(&config)?;
        let component = Component::new(&engine, bytes)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        bare::Bare::add_to_linker::<_, HasSelf<BareState>>(&mut linker, |state| state)?;
        linker.define_unknown_imports_as_traps(&component)?;
        let stop = Arc::new(AtomicBool::new(false));
        let (ticking, stopped) = (engine.clone(), Arc::clone(&stop));
        std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                std::thread::park_timeout(Duration::from_millis(1));
                ticking.increment_epoch();
            }
        });
        Ok(Self { engine, component, linker, stop })
    }

    async fn start(&self) -> Result<Bare, Failure> {
        let state = BareState { table: ResourceTable::new(), wasi: WasiCtx::builder().build() };
        let mut store = Store::new(&self.engine, state);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
        let bindings = bare::Bare::instantiate_async(&mut store, &self.component, &self.linker).await?;
        let configured =
            bindings.servo_connector_settings().call_configure(&mut store, &"{}".to_owned()).await?;
        configured.map_err(|problems| format!("{problems:?}"))?;
        Ok(Bare { store, measure: bindings.servo_connector_measure().clone() })
    }
}
