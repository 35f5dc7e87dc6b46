//! Why an attack did not take place. What goes wrong with single requests stands in the report instead.

use std::io;
use std::time::Duration;

/// Why an attack could not start or its workers could not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An option has a value that makes no sense.
    #[error("option `{option}`: expected {expected}")]
    Option {
        /// Its name in [`crate::Options`].
        option: &'static str,
        /// What it must be.
        expected: String,
    },
    /// The list of targets is empty, or longer than can be attacked at once.
    #[error("there are {0} targets; give 1 to 1000000, on at most 1000 different hosts")]
    Targets(usize),
    /// The caller fixed the addresses, and this host is not among them.
    #[error("`{origin}` may not be dialled: no address was allowed for it")]
    NotAllowed {
        /// Scheme, host and port.
        origin: String,
    },
    /// The name has no address.
    #[error("`{origin}` cannot be resolved: {source}; check the host name")]
    Resolve {
        /// Scheme, host and port.
        origin: String,
        /// The resolver's answer.
        source: io::Error,
    },
    /// The resolver was silent.
    #[error("`{origin}` was not resolved within {limit:?}; check the name server")]
    ResolveTimeout {
        /// Scheme, host and port.
        origin: String,
        /// How long it was waited for.
        limit: Duration,
    },
    /// The certificates to trust are no PEM certificates.
    #[error("the given ca certificates cannot be used: {0}; give certificates in PEM")]
    Ca(String),
    /// TLS could not be set up.
    #[error("tls cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// A thread, its runtime or its timer could not be made.
    #[error("worker thread cannot be started: {0}")]
    Worker(#[source] io::Error),
    /// A worker ended without a result, which is a defect of this crate.
    #[error("a worker thread ended without a result; this is a defect, please report it")]
    WorkerLost,
    /// The histogram could not be made, which is a defect of this crate.
    #[error("latency histogram cannot be made: {0}; this is a defect, please report it")]
    Histogram(String),
}
