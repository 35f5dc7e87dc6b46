//! `settings`: how servo talks to the optimizer.

use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::quantity::Human;

/// How servo talks to the optimizer.
#[derive(Debug, Clone, PartialEq)]
pub struct Common {
    /// Retry rules by operation; `__default__` is for those without their own.
    pub backoff: IndexMap<String, Backoff>,
    /// Proxies by URL pattern, in order; no proxy for a pattern with none.
    pub proxies: IndexMap<String, Option<String>>,
    /// Timeouts of one request.
    pub timeouts: Timeouts,
    /// How the peer's certificate is verified.
    pub tls: TlsVerify,
}

/// When one request was tried enough, whatever comes first: a result is given up then, what asks for something is said
/// to be in trouble and goes on slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backoff {
    /// After this long.
    pub max_time: Option<Duration>,
    /// After so many tries.
    pub max_tries: Option<u32>,
}

/// Timeouts of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To connect, TLS included.
    pub connect: Duration,
    /// Between two reads.
    pub read: Duration,
    /// Between two writes.
    pub write: Duration,
    /// For a connection out of the pool.
    pub pool: Duration,
}

/// How a peer's certificate is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsVerify {
    /// Against the roots of the platform.
    Platform,
    /// Against the roots in this file.
    Roots(PathBuf),
    /// Not at all.
    Off,
}

const CONNECT: Duration = Duration::from_secs(10);
const TRANSFER: Duration = Duration::from_secs(30);

/// How servo talks to the optimizer.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Settings")]
pub(crate) struct RawCommon {
    /// Retry rules by operation; `__default__` is for those without their own.
    backoff: Option<IndexMap<String, RawBackoff>>,
    /// A proxy URL for everything, or a map from URL pattern to proxy URL or null.
    proxies: Option<RawProxies>,
    /// Timeouts of one request, or one duration for all four.
    timeouts: Option<RawTimeouts>,
    /// Verify the peer's certificate: true, false, or a file with root certificates.
    #[schemars(extend("default" = true))]
    ssl_verify: Option<RawVerify>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Backoff")]
pub(crate) struct RawBackoff {
    /// After this long a result is given up. Anything else is said to be in trouble, and asked on slowly.
    max_time: Option<Human<Duration>>,
    /// After so many tries a result is given up. Anything else is said to be in trouble, and asked on slowly.
    max_tries: Option<u32>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum RawProxies {
    One(String),
    Many(IndexMap<String, Option<String>>),
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum RawTimeouts {
    Each(RawTimeoutMap),
    All(Human<Duration>),
}

#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Timeouts")]
struct RawTimeoutMap {
    /// To connect, TLS included.
    #[schemars(extend("default" = "10s"))]
    connect: Option<Human<Duration>>,
    /// Between two reads.
    #[schemars(extend("default" = "30s"))]
    read: Option<Human<Duration>>,
    /// Between two writes.
    #[schemars(extend("default" = "30s"))]
    write: Option<Human<Duration>>,
    /// For a connection out of the pool.
    #[schemars(extend("default" = "10s"))]
    pool: Option<Human<Duration>>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum RawVerify {
    Switch(bool),
    Roots(PathBuf),
}

impl RawCommon {
    pub(crate) fn resolve(self) -> Common {
        let mut backoff: IndexMap<String, Backoff> = IndexMap::new();
        let minutes =
            |minutes: u64| Backoff { max_time: Some(Duration::from_secs(60 * minutes)), max_tries: None };
        backoff.insert("__default__".to_owned(), minutes(10));
        backoff.insert("connect".to_owned(), minutes(60));
        for (name, raw) in self.backoff.unwrap_or_default() {
            backoff.insert(
                name,
                Backoff { max_time: raw.max_time.map(|time| time.0), max_tries: raw.max_tries },
            );
        }
        let proxies = match self.proxies {
            None => IndexMap::new(),
            Some(RawProxies::One(url)) => IndexMap::from([("all://".to_owned(), Some(url))]),
            Some(RawProxies::Many(map)) => map,
        };
        let raw = match self.timeouts {
            None => RawTimeoutMap::default(),
            Some(RawTimeouts::Each(each)) => each,
            Some(RawTimeouts::All(all)) => {
                RawTimeoutMap { connect: Some(all), read: Some(all), write: Some(all), pool: Some(all) }
            }
        };
        let or = |value: Option<Human<Duration>>, default| value.map_or(default, |value| value.0);
        Common {
            backoff,
            proxies,
            timeouts: Timeouts {
                connect: or(raw.connect, CONNECT),
                read: or(raw.read, TRANSFER),
                write: or(raw.write, TRANSFER),
                pool: or(raw.pool, CONNECT),
            },
            tls: match self.ssl_verify {
                None | Some(RawVerify::Switch(true)) => TlsVerify::Platform,
                Some(RawVerify::Switch(false)) => TlsVerify::Off,
                Some(RawVerify::Roots(path)) => TlsVerify::Roots(path),
            },
        }
    }
}
