//! `liveness`: where services are registered, and when one is up.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::TokenSource;
use crate::origin::Origin;
use crate::quantity::{Human, Percent};

/// Where services are registered, and when one is up.
#[derive(Debug, Clone)]
pub struct Liveness {
    /// URLs of etcd's members, each with its port and without a path; all http or all https.
    pub endpoints: Vec<String>,
    /// Who servo is for etcd, when it asks.
    pub user: Option<LivenessUser>,
    /// PEM file with the authorities that the members' certificates come from, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM files with the certificate that servo shows, and its key.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// The time for one call.
    pub timeout: Duration,
    /// What the keys begin with; empty is what os-lively does by default.
    pub namespace: String,
    /// How long after its last sign of life a service is down, in whole seconds. etcd may grant more.
    pub ttl: Duration,
    /// How old what is known may be for an answer.
    pub max_age: Duration,
    /// When many that vanish at once are suspects first.
    pub guard: LivenessGuard,
    /// How many beats change what is told of a service.
    pub flapping: Flapping,
    /// What this servo registers as, unless it does not.
    pub service: Option<RegisteredService>,
    /// Whether of all servos with this name and namespace only one works.
    pub leader: bool,
    /// How long after its last sign of life another one may lead, in whole seconds.
    pub leader_ttl: Duration,
    /// Where the stanza is.
    pub origin: Origin,
}

/// A user of etcd.
#[derive(Debug, Clone)]
pub struct LivenessUser {
    /// The name.
    pub name: String,
    /// The password.
    pub password: TokenSource,
}

/// When services that vanish together are held as suspects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LivenessGuard {
    /// More than this share of those that were up, from 0 to 1.
    pub share: f64,
    /// Fewer than these are never held.
    pub least: u32,
    /// How long they are held, in TTLs; 0 never holds.
    pub hold: u32,
}

/// How many beats change what is told of a service; 1 is at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flapping {
    /// Missed beats until it is down.
    pub down_after: u32,
    /// Beats until it is up again.
    pub up_after: u32,
}

/// What a servo registers as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredService {
    /// What it is.
    pub kind: String,
    /// Where it runs; the name of the machine unless it is given.
    pub host: Option<String>,
    /// Where that is; may be empty.
    pub region: String,
}

/// Where services are registered, and when one is up.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Liveness")]
pub(crate) struct RawLiveness {
    /// URLs of etcd's members: a list, or one text with commas. Without a scheme it is http, without a port 2379.
    #[schemars(extend("default" = ["http://localhost:2379"],
                      "examples" = [["https://etcd-1:2379", "https://etcd-2:2379"]]))]
    pub(crate) endpoints: Option<RawEndpoints>,
    /// A user of etcd; `password_file` or `password` belongs to it.
    pub(crate) username: Option<String>,
    /// The password of the user.
    #[schemars(extend("writeOnly" = true))]
    pub(crate) password: Option<String>,
    /// A file with the password of the user.
    pub(crate) password_file: Option<PathBuf>,
    /// PEM file with the authorities that the members' certificates come from, instead of the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// PEM file with the certificate that servo shows, and its chain; `client_key_file` has its key.
    pub(crate) client_certificate_file: Option<PathBuf>,
    /// PEM file with the private key of `client_certificate_file`.
    pub(crate) client_key_file: Option<PathBuf>,
    /// The time for one call to etcd.
    #[schemars(extend("default" = "5s"))]
    pub(crate) timeout: Option<Human<Duration>>,
    /// What the keys begin with; empty is what os-lively does by default.
    #[schemars(extend("default" = ""))]
    pub(crate) namespace: Option<String>,
    /// How long after its last sign of life a service is down, in whole seconds. etcd grants no less than one and a
    /// half of its election timeout.
    #[schemars(extend("default" = "60s"))]
    pub(crate) ttl: Option<Human<Duration>>,
    /// How old what is known may be for an answer; older is `unknown`.
    #[schemars(extend("default" = "10s"))]
    pub(crate) max_age: Option<Human<Duration>>,
    /// When services that vanish together are held as suspects.
    pub(crate) guard: Option<RawGuard>,
    /// How many beats change what is told of a service.
    pub(crate) flapping: Option<RawFlapping>,
    /// What this servo registers as.
    pub(crate) service: Option<RawService>,
    /// Whether of all servos with this name and namespace only one works, and another takes over when it dies.
    #[schemars(extend("default" = false))]
    pub(crate) leader: Option<bool>,
    /// How long after its last sign of life another one may lead, in whole seconds.
    #[schemars(extend("default" = "10s"))]
    pub(crate) leader_ttl: Option<Human<Duration>>,
}

/// One or several URLs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub(crate) enum RawEndpoints {
    /// In one text, with commas.
    One(String),
    /// In a list.
    Many(Vec<String>),
}

/// When services that vanish together are held as suspects.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "LivenessGuard")]
pub(crate) struct RawGuard {
    /// More than this share of those that were up.
    #[schemars(extend("default" = "15%"))]
    pub(crate) share: Option<Human<Percent>>,
    /// Fewer than these are never held.
    #[schemars(range(min = 1), extend("default" = 5))]
    pub(crate) least: Option<u32>,
    /// How long they are held, in TTLs; 0 never holds.
    #[schemars(range(max = 100), extend("default" = 2))]
    pub(crate) hold: Option<u32>,
}

/// How many beats change what is told of a service; 1 is at once.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Flapping")]
pub(crate) struct RawFlapping {
    /// Missed beats until it is down.
    #[schemars(range(min = 1, max = 100), extend("default" = 1))]
    pub(crate) down_after: Option<u32>,
    /// Beats until it is up again.
    #[schemars(range(min = 1, max = 100), extend("default" = 1))]
    pub(crate) up_after: Option<u32>,
}

/// What this servo registers as.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "RegisteredService")]
pub(crate) struct RawService {
    /// Whether it registers at all.
    #[schemars(extend("default" = true))]
    pub(crate) register: Option<bool>,
    /// What it is.
    #[serde(rename = "type")]
    #[schemars(extend("default" = "servo"))]
    pub(crate) kind: Option<String>,
    /// Where it runs; the name of the machine unless it is given.
    pub(crate) host: Option<String>,
    /// Where that is.
    #[schemars(extend("default" = ""))]
    pub(crate) region: Option<String>,
}
