#![forbid(unsafe_code)]
//! Reads `servo.yaml`, `.env`, the environment and flags into one resolved configuration.
//!
//! Two steps: [`load`] reads and layers everything that servo itself understands and tells which connectors
//! are meant; [`Loaded::resolve`] takes a [`Catalogue`] of their settings schemas and checks the rest. Every
//! value keeps its [`Origin`], every problem is reported at once. The crate runs nothing, knows no connector
//! and reads no global state: the environment is a parameter.

pub mod names;
pub mod node;
pub mod quantity;
pub mod scenario;
pub mod secret;
pub mod serve;
pub mod suggest;
pub mod yaml;

mod catalogue;
mod check;
mod compiled;
mod config;
mod document;
mod environment;
mod layers;
mod load;
mod migrate;
mod origin;
mod origins;
mod own;
mod problem;
mod raw;
mod resolve;
mod schema;
mod source;
#[cfg(test)]
mod testing;

pub use catalogue::{Catalogue, ConnectorRef, ConnectorType, DuplicateConnector, Language};
pub use check::value_checker;
pub use config::{
    Access, AddressRange, Backoff, CheckDelay, Checks, Common, Config, Connector, Credential, Direction,
    DispatchGrant, Endpoint, EndpointError, EndpointUse, Flapping, GrantedEndpoint, Grants, HaltOn,
    HttpGrant, LimitSource, Liveness, LivenessGrant, LivenessGuard, LivenessUser, LoadGrant, MeasureTimes,
    NamedFile, Objective, Optimizer, OptimizerAccess, Pattern, PatternError, RegisteredService, Servo,
    TcpGrant, Timeouts, TlsVerify, TokenSource, Trust, TrustKey, TrustNeeds, TrustRevoked, TrustRule,
    limit_texts,
};
pub use document::{connector_schema, document_schema};
pub use environment::Environment;
pub use load::{
    Flags, InstanceName, LivenessFlags, Loaded, Reference, liveness_without_stanza, load, load_file,
    load_names,
};
pub use migrate::{Concern, Finding, Migration, migrate};
pub use origin::{DotEnvPlace, Origin, Place, Span};
pub use origins::Leaf;
pub use problem::{Notice, PROBLEMS_MAX, Problem, Problems};
pub use raw::{RawConnectors, RawInstance, RawServo};
pub use source::{FILE_BYTES_MAX, Source, SourceError};
