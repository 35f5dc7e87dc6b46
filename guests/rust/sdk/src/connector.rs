//! What an author implements: `Connector`, and one trait for each interface that the connector offers.
//!
//! Naming an interface in `connector!` without implementing its trait does not compile; implementing a trait without
//! naming it exports nothing.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::contract::{
    Adjustment, Answer, CheckInfo, CheckOutcome, Command, Component, Control, Declaration, Description,
    Failure, Measurement, Metric,
};
use crate::settings::Problems;

/// A connector and its settings.
pub trait Connector: Sized + 'static {
    /// What the operator writes into `servo.yaml`. Its JSON Schema, doc comments included, is what people see in
    /// `servo schema`.
    type Settings: DeserializeOwned + JsonSchema;

    /// Settings that work, or nearly so; `servo generate` writes them.
    fn example() -> Value;

    /// Takes the settings. Called once, before everything else.
    ///
    /// # Errors
    /// All problems that neither the schema nor deserialising can see, each with the place of the value.
    fn configure(settings: Self::Settings) -> Result<Self, Problems>;
}

/// Start and end of work.
pub trait Lifecycle: Connector {
    /// Called once when `servo run` starts.
    ///
    /// # Errors
    /// A failure ends the start of the servo.
    fn startup(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    /// Called once when the servo ends, with the reason (`SIGTERM`, `finished`, `failed`).
    ///
    /// # Errors
    /// A failure is logged.
    fn shutdown(&mut self, reason: &str) -> Result<(), Failure> {
        let _ = reason;
        Ok(())
    }
}

/// What can be measured and changed, without looking at the application.
pub trait Inventory: Connector {
    /// The metrics.
    ///
    /// # Errors
    /// When they cannot be known.
    fn metrics(&mut self) -> Result<Vec<Metric>, Failure> {
        Ok(Vec::new())
    }

    /// The components and their settings; values may be absent.
    ///
    /// # Errors
    /// When they cannot be known.
    fn components(&mut self) -> Result<Vec<Component>, Failure> {
        Ok(Vec::new())
    }
}

/// The state of the application.
pub trait Describe: Connector {
    /// Reads the settings as they are now.
    ///
    /// # Errors
    /// When the application cannot be asked.
    fn describe(&mut self, control: &Control) -> Result<Description, Failure>;
}

/// Measuring.
pub trait Measure: Connector {
    /// Measures what `metrics` names, or all when it is empty. Wait with `progress::wait`, so that a cancel ends the
    /// wait.
    ///
    /// # Errors
    /// `aborted` when going on would do harm, `cancelled` when asked to stop, else `failed`.
    fn measure(&mut self, metrics: &[String], control: &Control) -> Result<Measurement, Failure>;
}

/// Changing settings.
pub trait Adjust: Connector {
    /// Changes the settings that belong to this connector, ignores the others, and returns the state as read back.
    /// Must be safe to repeat.
    ///
    /// # Errors
    /// `rejected` when the application cannot take the values, else `failed`.
    fn adjust(&mut self, adjustments: &[Adjustment], control: &Control) -> Result<Description, Failure>;
}

/// Is this servo fit to work?
pub trait Check: Connector {
    /// The checks, in the order in which they are to be run.
    ///
    /// # Errors
    /// When they cannot be known.
    fn list(&mut self) -> Result<Vec<CheckInfo>, Failure>;

    /// Runs one check.
    ///
    /// # Errors
    /// An error counts as a failed check.
    fn run(&mut self, id: &str) -> Result<CheckOutcome, Failure>;

    /// Repairs what the check found, and says what was done. Called only for checks with `remedy`.
    ///
    /// # Errors
    /// When it could not be repaired.
    fn remedy(&mut self, id: &str) -> Result<String, Failure> {
        Err(Failure::failed(format!("check `{id}` has no remedy")))
    }
}

/// Making the best settings permanent.
pub trait Promote: Connector {
    /// The best settings are in force; write them where they outlive a deployment.
    ///
    /// # Errors
    /// When they could not be written.
    fn promote(&mut self) -> Result<(), Failure>;
}

/// What depends on settings, or cannot be read from the exports.
pub trait Declarations: Connector {
    /// Called once, right after `configure`.
    ///
    /// # Errors
    /// When the connector cannot work with its settings after all.
    fn declare(&mut self) -> Result<Declaration, Failure>;
}

/// The hooks that `declare` asked for.
pub trait Hooks: Connector {
    /// Called before the event with its arguments.
    ///
    /// # Errors
    /// `cancelled` cancels the event; any other failure is reported and the event goes on.
    fn before(&mut self, event: &str, arguments: &Value) -> Result<(), Failure> {
        let _ = (event, arguments);
        Ok(())
    }

    /// Called after the event with the outcome of every connector.
    ///
    /// # Errors
    /// A failure is reported.
    fn after(&mut self, event: &str, outcomes: &Value) -> Result<(), Failure> {
        let _ = (event, outcomes);
        Ok(())
    }
}

/// Events that connectors define.
pub trait Events: Connector {
    /// Handles an event that `declare` named in `handles`, and returns its result.
    ///
    /// # Errors
    /// As for standard events: `aborted` and `cancelled` cancel the others that handle it.
    fn handle(&mut self, event: &str, arguments: &Value) -> Result<Value, Failure>;
}

/// Commands for the command line: `servo NAME COMMAND`.
pub trait Commands: Connector {
    /// The commands. Called without an instance: they do not depend on settings.
    fn commands() -> Vec<Command>;

    /// Runs one of them; arguments that were not given are not in the map. Wait with `progress::wait`, so that ctrl-C
    /// ends it.
    ///
    /// # Errors
    /// Why there is no answer.
    fn run(&mut self, command: &str, arguments: &Map<String, Value>) -> Result<Answer, Failure>;
}
