//! The Rust side of `wit/`: types, host traits and calls, generated.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "connector",
    imports: {
        "servo:connector/log.write": trappable,
        "servo:connector/progress.report": trappable,
        "servo:connector/load.[method]attack.total": trappable,
        default: async | trappable,
    },
    exports: { default: async },
    with: { "servo:connector/load.attack": crate::caps::load::Attack },
});

pub(crate) use exports::servo::connector as exported;
pub(crate) use servo::connector as imported;
