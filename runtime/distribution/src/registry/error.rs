//! Why a registry did not do what it was asked, and what to do about it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use http::StatusCode;
use thiserror::Error;

use crate::credentials::CredentialsError;
use crate::digest::Digest;
use crate::manifest::ManifestError;

/// A registry did not do what it was asked. No text has a secret in it.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// 401 without a login.
    #[error(
        "`{registry}` wants a login for `{repository}`: run `docker login {registry}`, or give --creds {registry}=USER:PASSWORD"
    )]
    LoginWanted {
        /// The registry.
        registry: String,
        /// The repository in it.
        repository: String,
    },
    /// 401 with one.
    #[error(
        "`{registry}` does not accept {who} for `{repository}`: correct it with `docker login {registry}` or --creds"
    )]
    LoginRefused {
        /// The registry.
        registry: String,
        /// The repository in it.
        repository: String,
        /// Whose login.
        who: String,
    },
    /// 403.
    #[error(
        "`{registry}` does not let us {doing}{said}: ask its owner for the permission, or use another login"
    )]
    Forbidden {
        /// The registry.
        registry: String,
        /// What was asked.
        doing: String,
        /// What the registry says.
        said: String,
    },
    /// 404.
    #[error(
        "`{registry}` does not have what it takes to {doing}{said}: check name, tag and digest; without a login it may hide what it has"
    )]
    NotFound {
        /// The registry.
        registry: String,
        /// What was asked.
        doing: String,
        /// What the registry says.
        said: String,
    },
    /// 429.
    #[error("`{registry}` gets too many requests{}: try again later, or log in for a higher limit", later(.after))]
    TooMany {
        /// The registry.
        registry: String,
        /// When it wants to be asked again.
        after: Option<Duration>,
    },
    /// 5xx.
    #[error(
        "`{registry}` failed with {status} when asked to {doing}{said}: try again later, or ask its owner"
    )]
    Failing {
        /// The registry.
        registry: String,
        /// What it answers.
        status: StatusCode,
        /// What was asked.
        doing: String,
        /// What the registry says.
        said: String,
        /// When it wants to be asked again.
        after: Option<Duration>,
    },
    /// Any other 4xx.
    #[error("`{registry}` refuses with {status} to {doing}{said}{}", step(.status))]
    Refused {
        /// The registry.
        registry: String,
        /// What it answers.
        status: StatusCode,
        /// What was asked.
        doing: String,
        /// What the registry says.
        said: String,
    },
    /// Something answers, but no registry.
    #[error("what answers at `{registry}` is no registry: {why}; check host and port")]
    NotARegistry {
        /// Where we asked.
        registry: String,
        /// What it does instead.
        why: String,
    },
    /// The certificate or the protocol of TLS.
    #[error("no secure connection to `{registry}`: {why}")]
    Tls {
        /// The registry.
        registry: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// There is no connection, or it broke.
    #[error("`{registry}` cannot be reached: {why}; check name, network and proxy")]
    Unreachable {
        /// The registry.
        registry: String,
        /// What happened.
        why: String,
    },
    /// It took too long.
    #[error("`{registry}` was too slow to {doing}: {why}")]
    Slow {
        /// The registry.
        registry: String,
        /// What was asked.
        doing: String,
        /// Which time was over.
        why: String,
    },
    /// It sends us somewhere where we do not go.
    #[error("`{registry}` redirects to {to}, which is not followed: {why}")]
    Redirect {
        /// The registry.
        registry: String,
        /// The origin it sends us to.
        to: String,
        /// Why not.
        why: &'static str,
    },
    /// What came is something else.
    #[error(
        "`{registry}` sent {what} that was altered: expected {expected}, got {got}; nothing of it was kept"
    )]
    Altered {
        /// The registry.
        registry: String,
        /// What was asked for.
        what: String,
        /// The digest it should have.
        expected: Digest,
        /// The digest it has.
        got: Digest,
    },
    /// What came is not as long as it should be.
    #[error("`{registry}` sent {got} bytes of {digest}, which has {size}; nothing of it was kept")]
    Length {
        /// The registry.
        registry: String,
        /// What was asked for.
        digest: Digest,
        /// Its size in bytes.
        size: u64,
        /// How many bytes came or were announced.
        got: u64,
    },
    /// The line broke, or ended too early, in the middle of a blob.
    #[error(
        "only {got} of the {size} bytes of {digest} came from `{registry}`: {source}; nothing of it was kept"
    )]
    Broken {
        /// The registry.
        registry: String,
        /// What was asked for.
        digest: Digest,
        /// Its size in bytes.
        size: u64,
        /// How many bytes came, over all tries.
        got: u64,
        /// What happened at last.
        source: Box<RegistryError>,
    },
    /// More came than is read.
    #[error("`{registry}` answers with more than {max} bytes to {doing}; that is refused")]
    TooLarge {
        /// The registry.
        registry: String,
        /// What was asked.
        doing: String,
        /// The most bytes.
        max: u64,
    },
    /// More entries than are listed.
    #[error("`{registry}` lists more than {max} {what}; name the one you want")]
    TooLong {
        /// The registry.
        registry: String,
        /// What is listed.
        what: &'static str,
        /// The most.
        max: usize,
    },
    /// A reference names a repository and nothing in it.
    #[error("`{reference}` names no tag and no digest: add `:TAG` or `@sha256:DIGEST`")]
    Unnamed {
        /// The reference.
        reference: String,
    },
    /// A reference has another digest than what is pushed.
    #[error("`{reference}` has another digest than what is pushed, {got}: leave out `@sha256:…`")]
    Pinned {
        /// The reference.
        reference: String,
        /// The digest of what is pushed.
        got: Digest,
    },
    /// A login cannot be had.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// A manifest or an index is of no use.
    #[error("`{reference}`: {source}")]
    Manifest {
        /// Where it came from.
        reference: String,
        /// What is wrong.
        source: ManifestError,
    },
    /// What came cannot be kept.
    #[error("what `{registry}` sent cannot be kept: {source}")]
    Sink {
        /// The registry.
        registry: String,
        /// What the system says.
        source: io::Error,
    },
    /// What is to be pushed cannot be read.
    #[error("`{path}` cannot be pushed: {why}")]
    Source {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// There is no client for these options.
    #[error("registries cannot be spoken to: {why}")]
    Setup {
        /// What is wrong.
        why: String,
    },
}

impl RegistryError {
    /// Whether it may be different soon without anybody doing anything: the registry is away, slow or overloaded.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::TooMany { .. }
                | Self::Failing { .. }
                | Self::Unreachable { .. }
                | Self::Slow { .. }
                | Self::Broken { .. }
        )
    }

    /// When the registry wants to be asked again.
    pub(super) fn after(&self) -> Option<Duration> {
        match self {
            Self::TooMany { after, .. } | Self::Failing { after, .. } => *after,
            _ => None,
        }
    }
}

fn later(after: &Option<Duration>) -> String {
    after.map(|after| format!(" and wants to be asked again in {} s", after.as_secs())).unwrap_or_default()
}

fn step(status: &StatusCode) -> &'static str {
    match *status {
        StatusCode::METHOD_NOT_ALLOWED => ": it does not allow that; ask its owner to switch it on",
        StatusCode::PAYLOAD_TOO_LARGE => ": make it smaller, or ask its owner for a higher limit",
        _ => "",
    }
}
