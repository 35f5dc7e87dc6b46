//! One instance: a store with its guest, from instantiation to its last call.

mod ask;
mod declared;

use std::sync::Arc;
use std::time::Duration;

use servo_events::{Call, Output, Reply, Verdict};
use servo_types::{Code, Failure};
use thiserror::Error;
use wasmtime::{Store, UpdateDeadline};

use crate::bindings::exported::settings::Problem;
use crate::convert;
use crate::counters::Spent;
use crate::engine::Sandbox;
use crate::loader::Program;
use crate::meter::Meter;
use crate::state::{Scope, State, after};
use crate::surface::Exports;
use crate::tenant::Tenant;
use crate::verdict::verdict;
use crate::weight;

pub use ask::AskError;
pub(crate) use ask::{Answers, ask};
pub(crate) use declared::Declared;

/// A guest that has been configured and can be called.
pub(crate) struct Instance {
    sandbox: Arc<Sandbox>,
    meter: Arc<Meter>,
    store: Store<State>,
    exports: Exports,
    /// Bytes of arguments and result of the last call.
    weight: usize,
}

/// How a call of a guest ended.
pub(crate) enum Ended {
    /// With an answer of the guest.
    Answered(Result<Reply, Failure>),
    /// With an error of the engine: the instance must not be entered again.
    Broken(Failure),
}

/// An instance that does not start.
pub(crate) enum Refused {
    /// The guest does not like its settings.
    Settings(Vec<Problem>),
    /// Anything else.
    Failed(Failure),
}

/// A call that is not part of an event was not done in this time.
#[derive(Debug, Error)]
#[error("took more than {0:?}")]
pub(crate) struct Late(Duration);

impl Instance {
    /// Builds an instance and configures it; `declare` is called too, where it is exported.
    pub(crate) async fn start(
        program: &Program,
        tenant: &Arc<Tenant>,
        settings: &String,
    ) -> Result<(Self, Declared), Refused> {
        let mut instance = Self::build(program, tenant).await.map_err(Refused::Failed)?;
        let wall = tenant.limits.wall;
        instance.store.data_mut().begin(Scope::internal(wall));
        let Self { sandbox, meter, store, exports, .. } = &mut instance;
        let cpu = tenant.limits.cpu;
        let configure = exports.settings.call_configure(&mut *store, settings);
        let configured = timed(wall, meter.run(sandbox, cpu, configure)).await;
        match judge(configured, store, "configure") {
            Ok(Ok(())) => {}
            Ok(Err(problems)) => return Err(Refused::Settings(problems)),
            Err(failure) => return Err(Refused::Failed(failure)),
        }
        let Some(declarations) = &exports.declarations else { return Ok((instance, Declared::default())) };
        let declared = timed(wall, meter.run(sandbox, cpu, declarations.call_declare(&mut *store))).await;
        let declaration = match judge(declared, store, "declare") {
            Ok(Ok(declaration)) => declaration,
            Ok(Err(failure)) => return Err(Refused::Failed(convert::failure(failure))),
            Err(failure) => return Err(Refused::Failed(failure)),
        };
        let owner = program.about.metadata.name.as_deref().unwrap_or(&program.digest).into();
        let declared = Declared::read(declaration, exports, &tenant.alias, &owner);
        let declared = declared.map_err(Refused::Failed)?;
        Ok((instance, declared))
    }

    /// Calls the guest, within the time that its limits and the call leave.
    pub(crate) async fn call(&mut self, call: &Call, scope: Scope) -> Ended {
        let Self { sandbox, meter, store, exports, weight: moved } = self;
        let tenant = Arc::clone(&store.data().tenant);
        let event = call.event();
        let doing = event.name();
        let weight = weight::of_call(call);
        *moved = weight;
        if weight > tenant.limits.result {
            return Ended::Answered(Err(too_much(&tenant, weight, "arguments of", doing)));
        }
        store.data_mut().begin(scope);
        // The tick that was due is long past: without this the call would begin with a yield.
        store.set_epoch_deadline(1);
        let cpu = tenant.limits.cpu_for(call.asked());
        match meter.run(sandbox, cpu, invoke(exports, &mut *store, call)).await {
            Err(error) => Ended::Broken(verdict(&error, store.data(), doing)),
            Ok(Ok(reply)) => {
                let weight = weight + weight::of_reply(&reply);
                *moved = weight;
                if weight > tenant.limits.result {
                    return Ended::Broken(too_much(&tenant, weight, "arguments and result of", doing));
                }
                Ended::Answered(Ok(reply))
            }
            Ok(Err(failure)) => Ended::Answered(Err(failure)),
        }
    }

    /// CPU time of the last call.
    pub(crate) fn cpu(&self) -> Duration {
        self.meter.spent()
    }

    /// Bytes of memory in use.
    pub(crate) fn memory(&self) -> usize {
        self.store.data().memory.used()
    }

    /// What the last call took, `wall` and `asked` as the caller has them.
    pub(crate) fn spent(&mut self, wall: Duration, asked: Duration) -> Spent {
        let (cpu, memory, result) = (self.cpu(), self.memory(), self.weight);
        let handles = self.store.data_mut().table.iter_mut().count();
        Spent { cpu, wall, asked, memory, handles, result }
    }

    async fn build(program: &Program, tenant: &Arc<Tenant>) -> Result<Self, Failure> {
        let sandbox = Arc::clone(&program.sandbox);
        let limits = tenant.limits;
        let mut store = Store::new(&sandbox.engine, State::new(Arc::clone(tenant)));
        let meter = Arc::clone(&store.data().meter);
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(limits.result);
        store.set_max_component_handles(limits.handles);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|context| {
            context.data().meter.over()?;
            Ok(UpdateDeadline::Yield(1))
        });
        let instantiate = program.pre.instantiate_async(&mut store);
        let instance = timed(limits.wall, meter.run(&sandbox, limits.cpu, instantiate)).await;
        let instance = judge(instance, &store, "start")?;
        let exports = program.surface.load(&mut store, &instance);
        let exports = exports.map_err(|error| verdict(&error, store.data(), "start"))?;
        Ok(Self { sandbox, meter, store, exports, weight: 0 })
    }
}

async fn invoke(
    exports: &Exports,
    store: &mut Store<State>,
    call: &Call,
) -> wasmtime::Result<Result<Reply, Failure>> {
    macro_rules! call {
        ($interface:ident . $function:ident ( $($argument:expr),* ) => $reply:expr) => {{
            let Some(interface) = &exports.$interface else { return Ok(Err(unhandled(call))) };
            interface.$function(&mut *store, $($argument),*).await?.map($reply).map_err(convert::failure)
        }};
    }
    let done = |()| Reply::Done;
    Ok(match call {
        Call::Startup => call!(lifecycle.call_startup() => done),
        Call::Shutdown { reason } => call!(lifecycle.call_shutdown(reason) => done),
        Call::Metrics => {
            call!(inventory.call_metrics() => |all| Reply::Metrics(all.into_iter().map(convert::metric).collect()))
        }
        Call::Components => {
            call!(inventory.call_components() => |all| Reply::Components(all.into_iter().map(convert::component).collect()))
        }
        Call::Describe { control } => {
            let control = convert::control_to_guest(control);
            call!(describe.call_describe(&control) => |state| Reply::Description(convert::description(state)))
        }
        Call::Measure { metrics, control } => {
            let control = convert::control_to_guest(control);
            let measured: Result<_, Failure> =
                call!(measure.call_measure(metrics, &control) => |measured| measured);
            measured.and_then(|measured| Ok(Reply::Measurement(convert::measurement(measured)?)))
        }
        Call::Adjust { adjustments, control } => {
            let (adjustments, control) =
                (convert::adjustments_to_guest(adjustments), convert::control_to_guest(control));
            call!(adjust.call_adjust(&adjustments, &control) => |state| Reply::Description(convert::description(state)))
        }
        Call::CheckList => {
            call!(check.call_list() => |all| Reply::Checks(all.into_iter().map(convert::check).collect()))
        }
        Call::CheckRun { id } => call!(check.call_run(id) => |outcome| Reply::Checked(Verdict {
            passed: outcome.passed,
            message: outcome.message,
            hint: outcome.hint,
        })),
        Call::CheckRemedy { id } => call!(check.call_remedy(id) => Reply::Remedied),
        Call::Promote => call!(promote.call_promote() => done),
        Call::Command { name, arguments, .. } => {
            let answer: Result<_, Failure> =
                call!(commands.call_run(name, arguments) => |answer| (answer.value, answer.columns));
            answer.and_then(|(value, columns)| {
                let columns = columns.into_iter().map(|column| (column.heading, column.pointer)).collect();
                Ok(Reply::Output(Output { value: json(call, &value)?, columns }))
            })
        }
        Call::Custom { event, arguments } => {
            let answer: Result<_, Failure> =
                call!(events.call_handle(event.name(), arguments) => |answer| answer);
            answer.and_then(|answer| json(call, &answer).map(Reply::Custom))
        }
        Call::Before { event, arguments } => call!(hooks.call_before(event.name(), arguments) => done),
        Call::After { event, outcomes } => call!(hooks.call_after(event.name(), outcomes) => done),
    })
}

/// What a guest says in JSON.
fn json(call: &Call, text: &str) -> Result<serde_json::Value, Failure> {
    serde_json::from_str(text).map_err(|error| {
        Failure::failed(format!("the answer to `{}` is not JSON: {error}", call.event())).because("not-json")
    })
}

fn unhandled(call: &Call) -> Failure {
    Failure::failed(format!("the connector does not handle `{}`", call.event()))
}

fn too_much(tenant: &Tenant, weight: usize, what: &str, doing: &str) -> Failure {
    tenant.tally.limit("result");
    let (alias, limit) = (&tenant.alias, tenant.limits.result);
    let text = format!(
        "the {what} {doing} of `{alias}` are {weight} bytes, more than its limit `result` of {limit}"
    );
    Failure::new(Code::LimitExceeded, text).because("result")
}

/// A call that is not part of an event, with its time.
async fn timed<T>(time: Duration, call: impl Future<Output = wasmtime::Result<T>>) -> wasmtime::Result<T> {
    tokio::time::timeout_at(after(time), call).await.unwrap_or_else(|_| Err(Late(time).into()))
}

fn judge<T>(result: wasmtime::Result<T>, store: &Store<State>, doing: &str) -> Result<T, Failure> {
    result.map_err(|error| verdict(&error, store.data(), doing))
}
