//! The resolved configuration: every value typed, every default filled in.

mod checks;
mod common;
mod grants;
mod limits;
mod liveness;
mod objective;
mod optimizer;
mod pattern;
mod trust;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use servo_types::Limits;

use crate::catalogue::{ConnectorRef, ConnectorType};
use crate::compiled::Compiled;
use crate::node::Node;
use crate::origin::Origin;
use crate::origins::Leaf;
use crate::problem::Notice;

pub use checks::{CheckDelay, Checks, HaltOn};
pub use common::{Backoff, Common, Timeouts, TlsVerify};
pub use grants::{
    Access, AddressRange, Credential, DispatchGrant, Endpoint, EndpointError, Grants, HttpGrant,
    LivenessGrant, LoadGrant, TcpGrant,
};
pub use limits::{LimitSource, limit_texts};
pub use liveness::{Flapping, Liveness, LivenessGuard, LivenessUser, RegisteredService};
pub use objective::{Direction, MeasureTimes, Objective};
pub use optimizer::{Optimizer, OptimizerAccess, TokenSource};
pub use pattern::{Pattern, PatternError};
pub use trust::{Trust, TrustKey, TrustNeeds, TrustRevoked, TrustRule};

pub(crate) use checks::RawChecks;
pub(crate) use common::RawCommon;
pub(crate) use grants::{RawGrants, folder as folder_of};
pub(crate) use limits::RawLimits;
pub(crate) use liveness::{RawEndpoints, RawLiveness, RawService};
pub(crate) use objective::RawObjective;
pub(crate) use optimizer::{RawOptimizer, is_optimizer_id, is_path_part};
pub(crate) use trust::RawTrust;

/// A whole configuration file.
#[derive(Debug, Clone)]
pub struct Config {
    /// One servo per document, at least one.
    pub servos: Vec<Servo>,
    /// Which components have to be signed by whom; nothing is refused without.
    pub trust: Option<Trust>,
}

/// One servo.
#[derive(Debug, Clone)]
pub struct Servo {
    /// The name, if one was given; else the optimizer's id is shown.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// A fixed identity, for instance of the pod.
    pub servo_uid: Option<String>,
    /// The connectors in the order of the file.
    pub connectors: Vec<Connector>,
    /// The remote optimizer; without one the embedded one works on `objective`.
    pub optimizer: Option<Optimizer>,
    /// What the embedded optimizer works towards.
    pub objective: Option<Objective>,
    /// Where services are registered; nothing of it is started without.
    pub liveness: Option<Liveness>,
    /// How checks run.
    pub checks: Checks,
    /// How servo talks to the optimizer.
    pub settings: Common,
    /// Whether the optimizer may not ask for diagnostics.
    pub no_diagnostics: bool,
    /// Limits of an instance that sets none of its own.
    pub sandbox: Limits,
    pub(crate) document: Arc<Node>,
    /// The settings schemas of the connectors, by alias.
    pub(crate) described: Vec<(String, Arc<Compiled>)>,
    pub(crate) differences: Vec<Notice>,
}

/// One connector instance.
#[derive(Debug, Clone)]
pub struct Connector {
    /// Its name in this servo.
    pub alias: String,
    /// The component it runs.
    pub kind: ConnectorRef,
    /// The type that the catalogue has for `kind`.
    pub connector: Arc<ConnectorType>,
    /// What it is for, when the operator says so.
    pub description: Option<String>,
    /// Its settings, checked against the schema, without defaults.
    pub settings: Value,
    /// Its limits.
    pub limits: Limits,
    /// Where those were set that are no defaults, by key.
    pub limit_sources: BTreeMap<String, LimitSource>,
    /// What it may do.
    pub grants: Grants,
    /// Origins that the operator typed into settings that the schema marks as endpoints.
    pub endpoints: Vec<GrantedEndpoint>,
    /// Files that the operator named in settings that the schema marks with `x-servo-file`.
    pub files: Vec<NamedFile>,
    /// Where the connector is selected.
    pub origin: Origin,
}

/// An origin that counts as granted because the operator typed it into a marked setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedEndpoint {
    /// The origin.
    pub endpoint: Endpoint,
    /// What for.
    pub use_for: EndpointUse,
    /// The setting, for instance `prom.base_url`.
    pub path: String,
    /// Where it was typed.
    pub origin: Origin,
}

/// What an endpoint in a setting is for: the value of `x-servo-grant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointUse {
    /// Requests of the connector.
    Http,
    /// Load that the native engine puts on it.
    Load,
}

/// A file named in a setting that the schema marks with `x-servo-file`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// The file; relative names are taken from the folder of the configuration file.
    pub file: std::path::PathBuf,
    /// JSON pointer of the setting.
    pub pointer: String,
    /// Where it was typed.
    pub origin: Origin,
}

impl Servo {
    /// The name, else the optimizer's id, else `servo`.
    pub fn display_name(&self) -> &str {
        match (&self.name, &self.optimizer) {
            (Some(name), _) => name,
            (None, Some(optimizer)) => &optimizer.id,
            (None, None) => "servo",
        }
    }

    /// The connector instance of an alias.
    pub fn connector(&self, alias: &str) -> Option<&Connector> {
        self.connectors.iter().find(|connector| connector.alias == alias)
    }

    /// The merged document: file, `.env`, environment and flags, without defaults, secrets redacted.
    pub fn effective(&self) -> Value {
        crate::origins::redacted(self)
    }

    /// Every value with its origin: what was given in the order of the file, then the defaults of the rest.
    pub fn origins(&self) -> Vec<Leaf> {
        crate::origins::leaves(self)
    }

    /// Where this file would have meant something else to ServoX.
    pub fn servox_differences(&self) -> &[Notice] {
        &self.differences
    }
}
