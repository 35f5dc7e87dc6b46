//! What an error of the engine means to the one who called the guest.

use servo_types::{Code, Failure};
use wasmtime::Trap;
use wasmtime_wasi::I32Exit;

use crate::instance::Late;
use crate::meter::CpuBudget;
use crate::state::State;

/// Names the limit, the panic or the trap behind an error. `doing` is what the guest was called for.
pub(crate) fn verdict(error: &wasmtime::Error, state: &State, doing: &str) -> Failure {
    let tenant = &state.tenant;
    let alias = &tenant.alias;
    let limit = |name: &'static str, text: String| {
        tenant.tally.limit(name);
        let code = if name == "wall" { Code::TimedOut } else { Code::LimitExceeded };
        let text = format!("`{alias}` {text} in {doing}: the limit `{name}` of its table in `connectors`");
        Failure::new(code, text).because(name)
    };
    if let Some(late) = error.downcast_ref::<Late>() {
        return limit("wall", late.to_string());
    }
    if let Some(budget) = error.downcast_ref::<CpuBudget>() {
        return limit("cpu", budget.to_string());
    }
    let text = format!("{error:#}");
    if text.contains("fuel allocated for hostcalls") {
        return limit(
            "result",
            format!("moved more than {} bytes across its boundary", tenant.limits.result),
        );
    }
    if text.contains("no free keys") || text.contains("handle limit exceeded") {
        return limit("handles", format!("held more than {} handles", tenant.limits.handles));
    }
    if state.memory.denied() {
        return limit("memory", format!("needed more than {} bytes of memory", tenant.limits.memory));
    }
    let words = tenant.log.last_words();
    let said = words.map(|words| format!(": {words}")).unwrap_or_default();
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return Failure::failed(format!("`{alias}` ended itself with status {} in {doing}{said}", exit.0))
            .because("exit");
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => {
            Failure::failed(format!("`{alias}` panicked in {doing}{said}")).because("panic")
        }
        Some(Trap::StackOverflow) => {
            Failure::failed(format!("`{alias}` recursed too deep in {doing}{said}")).because("stack")
        }
        Some(trap) => Failure::failed(format!("`{alias}` trapped in {doing}: {trap}{said}")).because("trap"),
        None => {
            Failure::failed(format!("`{alias}` broke the boundary in {doing}: {}{said}", error.root_cause()))
                .because("trap")
        }
    }
}
