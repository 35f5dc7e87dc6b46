//! The part of the configuration that servo itself understands: its schema and its typed form.

use std::sync::{Arc, OnceLock};

use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::Value;

use crate::check::Checker;
use crate::config::{
    RawChecks, RawCommon, RawGrants, RawLimits, RawLiveness, RawObjective, RawOptimizer, RawTrust,
};
use crate::scenario::RawScenario;
use crate::schema::fields::{Field, fields};
use crate::serve::RawServe;

/// Servo's own keys.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Servo")]
pub(crate) struct RawOwn {
    /// Name of this servo.
    pub(crate) name: Option<String>,
    /// What this servo is for.
    pub(crate) description: Option<String>,
    /// A fixed identity, for instance of the pod.
    pub(crate) servo_uid: Option<String>,
    /// The remote optimizer; without one the embedded one works on `objective`.
    pub(crate) optimizer: Option<RawOptimizer>,
    /// The active connectors: a list of names, or a map from alias to connector.
    pub(crate) connectors: Option<Value>,
    /// Whether the optimizer may not ask for diagnostics.
    #[schemars(extend("default" = true))]
    pub(crate) no_diagnostics: Option<bool>,
    /// How servo talks to the optimizer.
    pub(crate) settings: Option<RawCommon>,
    /// How checks run before servo does.
    pub(crate) checks: Option<RawChecks>,
    /// Defaults for every connector instance.
    pub(crate) sandbox: Option<RawSandbox>,
    /// What the embedded optimizer works towards.
    pub(crate) objective: Option<RawObjective>,
    /// Where services are registered, and when one is up. Without it nothing of etcd is started.
    pub(crate) liveness: Option<RawLiveness>,
    /// Which components have to be signed by whom before they may run. Without it nothing is refused; with it, what
    /// comes from a registry and no rule matches is.
    pub(crate) trust: Option<Vec<RawTrust>>,
}

/// Defaults for every connector instance.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Sandbox")]
pub(crate) struct RawSandbox {
    /// Limits of an instance that sets none of its own.
    pub(crate) limits: Option<RawLimits>,
}

/// Schemas of servo's own parts, made once and when they are needed: they never change while the program
/// runs, and most runs need only some of them.
pub(crate) struct Own {
    pub(crate) servo: Part,
    pub(crate) limits: Part,
    pub(crate) grants: Part,
    pub(crate) scenario: Part,
    pub(crate) serve: Part,
}

/// One schema of servo's own.
pub(crate) struct Part {
    make: fn() -> Schema,
    schema: OnceLock<Arc<Value>>,
    fields: OnceLock<Vec<Field>>,
    checker: OnceLock<Option<Checker>>,
}

pub(crate) static OWN: Own = Own {
    servo: Part::new(|| schemars::schema_for!(RawOwn)),
    limits: Part::new(|| schemars::schema_for!(RawLimits)),
    grants: Part::new(|| schemars::schema_for!(RawGrants)),
    scenario: Part::new(|| schemars::schema_for!(RawScenario)),
    serve: Part::new(|| schemars::schema_for!(RawServe)),
};

impl Part {
    const fn new(make: fn() -> Schema) -> Self {
        Part { make, schema: OnceLock::new(), fields: OnceLock::new(), checker: OnceLock::new() }
    }

    pub(crate) fn schema(&self) -> &Arc<Value> {
        self.schema.get_or_init(|| Arc::new((self.make)().to_value()))
    }

    pub(crate) fn fields(&self) -> &[Field] {
        self.fields.get_or_init(|| fields(self.schema()))
    }

    /// `None` is impossible while the schemas above compile, which a test asserts.
    pub(crate) fn checker(&self) -> Option<&Checker> {
        self.checker.get_or_init(|| Checker::new(Arc::clone(self.schema())).ok()).as_ref()
    }
}
