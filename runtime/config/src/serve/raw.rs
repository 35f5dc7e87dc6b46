//! The keys of a served optimizer's configuration.

use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::APPLICATIONS_MAX;
use crate::config::RawObjective;
use crate::quantity::{Human, Size};

/// The port that is listened on unless another one is named.
pub(super) const PORT: u16 = 8744;

/// A served optimizer.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Serve")]
pub(crate) struct RawServe {
    /// Address and port.
    #[schemars(extend("default" = "127.0.0.1:8744", "examples" = ["0.0.0.0:8744", "[::]:443"]))]
    pub(super) listen: Option<String>,
    /// Serve HTTPS instead of HTTP.
    pub(super) tls: Option<RawTls>,
    /// The folder for journals; a part of the state directory when it is not given.
    pub(super) state: Option<PathBuf>,
    /// What clients may use.
    pub(super) limits: Option<RawLimits>,
    /// By `organisation/application`.
    #[schemars(extend("minProperties" = 1, "maxProperties" = APPLICATIONS_MAX))]
    pub(super) applications: IndexMap<String, RawApplication>,
}

/// The files that prove who the server is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ServeTls")]
pub(super) struct RawTls {
    /// Certificates in PEM, the server's own first.
    pub(super) certificate: PathBuf,
    /// Its private key in PEM.
    pub(super) key: PathBuf,
}

/// What clients may use.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "ServeLimits")]
pub(super) struct RawLimits {
    /// Bytes of one request.
    #[schemars(extend("default" = "4MiB"))]
    pub(super) body: Option<Human<Size>>,
    /// How long a client may take to send a request, and to read the answer.
    #[schemars(extend("default" = "10s"))]
    pub(super) time: Option<Human<Duration>>,
    /// Requests that are answered at a time.
    #[schemars(range(min = 1), extend("default" = 64))]
    pub(super) requests: Option<u16>,
    /// Connections that are open at a time.
    #[schemars(range(min = 1), extend("default" = 2000))]
    pub(super) connections: Option<u16>,
    /// How many of them one address may have: the address of a proxy, where there is one in front. A quarter of
    /// `connections` when it is not given.
    #[schemars(range(min = 1))]
    pub(super) connections_per_address: Option<u16>,
}

/// An application and what it is tuned towards.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ServedApplication")]
pub(super) struct RawApplication {
    /// What its servo has to know.
    #[schemars(extend("writeOnly" = true))]
    pub(super) token: Option<String>,
    /// A file with the token.
    pub(super) token_file: Option<PathBuf>,
    /// As `objective` in `servo.yaml`.
    pub(super) objective: RawObjective,
}
