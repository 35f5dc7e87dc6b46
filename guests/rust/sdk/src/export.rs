//! Between the generated traits and those of the author: one adapter for all connectors.
//!
//! The instance lives in a thread local, because a component has one thread and the generated functions no receiver.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::thread::LocalKey;

use serde_json::Value;

use crate::bindings;
use crate::connector::{
    Adjust, Check, Commands, Connector, Declarations, Describe, Events, Hooks, Inventory, Lifecycle, Measure,
    Promote,
};
use crate::contract::{
    Adjustment, Answer, CheckInfo, CheckOutcome, Command, Component, Control, Declaration, Description,
    Failure, Measurement, Metric,
};
use crate::settings::{self, Problem, Problems};

/// Where the one instance of a connector lives; implemented by `connector!`.
pub trait Instance: Connector {
    /// The place, empty until `configure`.
    fn place() -> &'static LocalKey<RefCell<Option<Self>>>;
}

/// Implements the generated traits for a connector.
#[derive(Debug)]
pub struct Export<T>(PhantomData<T>);

/// Exports the named interfaces of a connector, and its settings.
///
/// ```text
/// servo_sdk::connector!(Wait: measure, check);
/// ```
#[macro_export]
macro_rules! connector {
    ($connector:ty $(: $($interface:ident),+ $(,)?)?) => {
        const _: () = {
            impl $crate::export::Instance for $connector {
                fn place() -> &'static ::std::thread::LocalKey<::std::cell::RefCell<Option<Self>>> {
                    ::std::thread_local! {
                        static PLACE: ::std::cell::RefCell<Option<$connector>> = const {
                            ::std::cell::RefCell::new(None)
                        };
                    }
                    &PLACE
                }
            }

            type Exported = $crate::export::Export<$connector>;
            $crate::export_interface!(Exported: settings);
            $($($crate::export_interface!(Exported: $interface);)+)?
        };
    };
}

/// Exports one interface. On other targets than WebAssembly it only checks that the trait is implemented.
#[doc(hidden)]
#[macro_export]
macro_rules! export_interface {
    ($exported:ident: $interface:ident) => {
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::$interface::export!($exported with_types_in $crate::bindings::$interface);

        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || {
            fn implemented<T: $crate::bindings::$interface::exports::servo::connector::$interface::Guest>() {}
            implemented::<$exported>();
        };
    };
}

fn with<T: Instance, R>(call: impl FnOnce(&mut T) -> Result<R, Failure>) -> Result<R, Failure> {
    T::place().with_borrow_mut(|instance| match instance {
        Some(instance) => call(instance),
        None => Err(Failure::failed("the connector was called before it was configured")),
    })
}

impl<T: Instance> bindings::settings::exports::servo::connector::settings::Guest for Export<T> {
    fn schema() -> String {
        settings::schema::<T::Settings>().to_string()
    }

    fn example() -> String {
        T::example().to_string()
    }

    fn configure(settings: String) -> Result<(), Problems> {
        let connector = T::configure(settings::read(&settings)?)?;
        T::place().with_borrow_mut(|instance| match instance {
            Some(_) => Err(vec![Problem::new("", "the connector is configured already")]),
            None => {
                *instance = Some(connector);
                Ok(())
            }
        })
    }
}

impl<T: Instance + Lifecycle> bindings::lifecycle::exports::servo::connector::lifecycle::Guest for Export<T> {
    fn startup() -> Result<(), Failure> {
        with(T::startup)
    }

    fn shutdown(reason: String) -> Result<(), Failure> {
        with(|connector: &mut T| connector.shutdown(&reason))
    }
}

impl<T: Instance + Inventory> bindings::inventory::exports::servo::connector::inventory::Guest for Export<T> {
    fn metrics() -> Result<Vec<Metric>, Failure> {
        with(T::metrics)
    }

    fn components() -> Result<Vec<Component>, Failure> {
        with(T::components)
    }
}

impl<T: Instance + Describe> bindings::describe::exports::servo::connector::describe::Guest for Export<T> {
    fn describe(control: Control) -> Result<Description, Failure> {
        with(|connector: &mut T| connector.describe(&control))
    }
}

impl<T: Instance + Measure> bindings::measure::exports::servo::connector::measure::Guest for Export<T> {
    fn measure(metrics: Vec<String>, control: Control) -> Result<Measurement, Failure> {
        with(|connector: &mut T| connector.measure(&metrics, &control))
    }
}

impl<T: Instance + Adjust> bindings::adjust::exports::servo::connector::adjust::Guest for Export<T> {
    fn adjust(adjustments: Vec<Adjustment>, control: Control) -> Result<Description, Failure> {
        with(|connector: &mut T| connector.adjust(&adjustments, &control))
    }
}

impl<T: Instance + Check> bindings::check::exports::servo::connector::check::Guest for Export<T> {
    fn list() -> Result<Vec<CheckInfo>, Failure> {
        with(T::list)
    }

    fn run(id: String) -> Result<CheckOutcome, Failure> {
        with(|connector: &mut T| connector.run(&id))
    }

    fn remedy(id: String) -> Result<String, Failure> {
        with(|connector: &mut T| connector.remedy(&id))
    }
}

impl<T: Instance + Promote> bindings::promote::exports::servo::connector::promote::Guest for Export<T> {
    fn promote() -> Result<(), Failure> {
        with(T::promote)
    }
}

impl<T: Instance + Declarations> bindings::declarations::exports::servo::connector::declarations::Guest
    for Export<T>
{
    fn declare() -> Result<Declaration, Failure> {
        with(T::declare)
    }
}

impl<T: Instance + Hooks> bindings::hooks::exports::servo::connector::hooks::Guest for Export<T> {
    fn before(event: String, arguments: String) -> Result<(), Failure> {
        let arguments = parse(&event, &arguments)?;
        with(|connector: &mut T| connector.before(&event, &arguments))
    }

    fn after(event: String, outcomes: String) -> Result<(), Failure> {
        let outcomes = parse(&event, &outcomes)?;
        with(|connector: &mut T| connector.after(&event, &outcomes))
    }
}

impl<T: Instance + Events> bindings::events::exports::servo::connector::events::Guest for Export<T> {
    fn handle(event: String, arguments: String) -> Result<String, Failure> {
        let arguments = parse(&event, &arguments)?;
        with(|connector: &mut T| connector.handle(&event, &arguments)).map(|answer| answer.to_string())
    }
}

impl<T: Instance + Commands> bindings::commands::exports::servo::connector::commands::Guest for Export<T> {
    fn list() -> Vec<Command> {
        T::commands()
    }

    fn run(command: String, arguments: String) -> Result<Answer, Failure> {
        let Value::Object(arguments) = parse(&command, &arguments)? else {
            return Err(Failure::failed(format!("the arguments of `{command}` are no object")));
        };
        with(|connector: &mut T| connector.run(&command, &arguments))
    }
}

fn parse(called: &str, json: &str) -> Result<Value, Failure> {
    serde_json::from_str(json)
        .map_err(|error| Failure::failed(format!("`{called}` was called with no JSON: {error}")))
}
