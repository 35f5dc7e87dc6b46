//! Writes servo connectors in Rust.
//!
//! A connector is a type with settings that implements one trait for each interface of the contract it offers, and
//! one line that names them:
//!
//! ```
//! use servo_sdk::prelude::*;
//!
//! #[derive(Deserialize, JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! struct Settings {
//!     /// What is counted.
//!     unit: String,
//! }
//!
//! struct Count {
//!     settings: Settings,
//! }
//!
//! impl Connector for Count {
//!     type Settings = Settings;
//!
//!     fn example() -> Value {
//!         json!({"unit": "sheep"})
//!     }
//!
//!     fn configure(settings: Settings) -> Result<Self, Problems> {
//!         Ok(Count { settings })
//!     }
//! }
//!
//! impl Measure for Count {
//!     fn measure(&mut self, _metrics: &[String], control: &Control) -> Result<Measurement, Failure> {
//!         log::info(format!("counting {}", self.settings.unit));
//!         progress::wait(control.asked())?;
//!         Ok(Measurement::default())
//!     }
//! }
//!
//! servo_sdk::connector!(Count: measure);
//! ```
//!
//! The component exports `settings` and what the line names, nothing else, and imports only what is called: a
//! connector that never calls `http` cannot be granted it by mistake. A panic ends the instance; its text is shown to
//! the operator.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[doc(hidden)]
pub mod bindings;

pub mod connector;
pub mod contract;
pub mod dispatch;
mod endpoint;
#[doc(hidden)]
pub mod export;
mod failure;
pub mod http;
pub mod liveness;
pub mod load;
pub mod log;
pub mod progress;
pub mod quantity;
pub mod settings;
pub mod slo;
pub mod state;
pub mod time;

pub use endpoint::Endpoint;

/// What nearly every connector uses.
pub mod prelude {
    pub use crate::connector::{
        Adjust, Check, Commands, Connector, Declarations, Describe, Events, Hooks, Inventory, Lifecycle,
        Measure, Promote,
    };
    pub use crate::contract::{
        Adjustment, Answer, Argument, ArgumentKind, CheckInfo, CheckOutcome, Code, Command, Component,
        Condition, Control, Declaration, Definition, Description, Domain, Failure, Hook, Keep, Measurement,
        Metric, Moment, Range, Reading, Scalar, Scale, Series, Setting, Severity, Threshold,
    };
    pub use crate::quantity::{Duration, Rate};
    pub use crate::settings::{Problem, Problems};
    pub use crate::{Endpoint, dispatch, http, liveness, load, log, progress, state, time};
    pub use schemars::{self, JsonSchema};
    pub use serde::{self, Deserialize, Serialize};
    pub use serde_json::{Map, Value, json};
}

#[doc(hidden)]
pub use serde_json;
