//! Which interfaces of the contract a component exports.
//!
//! The generated bindings of one world with everything are used interface by interface: what a component does
//! not export is `None`, and nothing is instantiated to find that out.

use wasmtime::AsContextMut;
use wasmtime::component::{Instance, InstancePre};

use crate::bindings::exported as x;
use crate::state::State;

macro_rules! surface {
    (required: $($r:ident)*; optional: $($o:ident)*) => {
        /// The exports of a component.
        #[allow(missing_debug_implementations, reason = "the generated indices have no Debug")]
        pub(crate) struct Surface {
            $($r: x::$r::GuestIndices,)*
            $(pub(crate) $o: Option<x::$o::GuestIndices>,)*
        }

        /// The exports of an instance, ready to be called.
        #[allow(missing_debug_implementations, reason = "the generated guests have no Debug")]
        pub(crate) struct Exports {
            $(pub(crate) $r: x::$r::Guest,)*
            $(pub(crate) $o: Option<x::$o::Guest>,)*
        }

        impl Surface {
            /// Looks the exports up; runs no code of the component.
            pub(crate) fn of(pre: &InstancePre<State>) -> wasmtime::Result<Self> {
                let component = pre.component();
                $(
                    let name = concat!("servo:connector/", stringify!($o), "@0.1.0");
                    let $o = match component.get_export_index(None, name) {
                        Some(_) => Some(x::$o::GuestIndices::new(pre)?),
                        None => None,
                    };
                )*
                Ok(Self { $($r: x::$r::GuestIndices::new(pre)?,)* $($o,)* })
            }

            /// The exports of one instance.
            pub(crate) fn load(
                &self,
                mut store: impl AsContextMut<Data = State>,
                instance: &Instance,
            ) -> wasmtime::Result<Exports> {
                Ok(Exports {
                    $($r: self.$r.load(&mut store, instance)?,)*
                    $($o: match &self.$o {
                        Some(indices) => Some(indices.load(&mut store, instance)?),
                        None => None,
                    },)*
                })
            }
        }
    };
}

surface!(
    required: settings;
    optional: lifecycle inventory describe measure adjust check promote declarations hooks events commands
);
