//! Runs connectors: WebAssembly components of the package `servo:connector`, each instance inside its own
//! grants and limits.
//!
//! The only crate that names wasmtime. It knows the event bus as [`servo_events::Handler`] and the load
//! generator as the small trait [`LoadEngine`], services as [`LivenessEngine`]; it knows neither `servo.yaml` nor who makes the calls.

mod bindings;
mod build;
mod cache;
mod caps;
mod connector;
mod contract;
mod convert;
mod counters;
mod digest;
mod disk;
mod egress;
mod engine;
mod gate;
mod glance;
mod grants;
mod inspect;
mod instance;
mod limits;
mod loader;
mod meter;
mod recovery;
mod revoked;
mod sections;
mod share;
mod shelf;
mod stage;
mod state;
mod surface;
mod tenant;
mod verdict;
mod weight;

pub use build::{BuildError, Built, Kit, Language, build, finish_rust, is_connector_name, prepare};
pub use cache::forget_compiled;
pub use caps::liveness::{
    DownWhy, KnownService, LivenessEngine, ServiceChange, ServiceListing, ServiceMaintenance, ServiceName,
    ServiceNews, ServiceSelection, ServiceState,
};
pub use caps::load::{
    LoadEngine, LoadFormat, LoadOrigin, LoadPace, LoadPlan, LoadReport, PreparedLoad, RunningLoad,
};
pub use connector::{Connector, ConnectorOptions, Services, StartError, Usage};
pub use counters::{Condition, Counters, HttpCounts};
pub use engine::{Sandbox, SandboxError, SandboxOptions};
pub use gate::{Closed, Gate, NOT_LEADING};
pub use glance::glance;
pub use grants::{
    Access, Certificates, Grants, HttpGrant, Origin, OriginError, OriginPattern, SecretForm, SecretHeader,
};
pub use inspect::{Inspected, inspect};
pub use instance::AskError;
pub use limits::{Limits, Rate};
pub use loader::{COMPONENT_MAX, CompileLimits, Compiler, LoadError, Program, compile_file};
pub use revoked::Grant;
pub use sections::{About, Metadata, SectionsError, read as read_sections, stamp};
pub use stage::{Reaction, Received, Script, Sent, Stage, Unanswered};
