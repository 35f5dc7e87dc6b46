//! The code that wit-bindgen makes from the contract: one module for everything that can be called, and one for
//! each interface that can be exported.
//!
//! All modules share one set of contract types. The export macros are called by `connector!` in the crate of the
//! author, which is why they are public.

#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    reason = "generated from the contract"
)]

/// What the host offers, and the shared vocabulary.
pub mod imports {
    wit_bindgen::generate!({
        path: ["../../../wit", "wit"],
        world: "servo:sdk/imports",
        additional_derives: [PartialEq],
        generate_all,
    });
}

macro_rules! exports {
    ($($name:ident $world:literal)*) => {$(
        pub mod $name {
            wit_bindgen::generate!({
                path: ["../../../wit", "wit"],
                world: $world,
                with: { "servo:connector/contract@0.1.0": crate::bindings::imports::servo::connector::contract },
                pub_export_macro: true,
                export_macro_name: "export",
                default_bindings_module: "servo_sdk::bindings",
                additional_derives: [PartialEq],
            });
        }
    )*};
}

exports! {
    settings "servo:sdk/settings"
    lifecycle "servo:sdk/lifecycle"
    inventory "servo:sdk/inventory"
    describe "servo:sdk/describe"
    measure "servo:sdk/measure"
    adjust "servo:sdk/adjust"
    check "servo:sdk/check"
    promote "servo:sdk/promote"
    declarations "servo:sdk/declarations"
    hooks "servo:sdk/hooks"
    events "servo:sdk/events"
    commands "servo:sdk/commands"
}
