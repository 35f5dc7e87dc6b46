//! What etcd and its client say when something fails, in our words.

use super::Etcd;
use crate::error::Error;

/// The numbers of gRPC: the client does not give their names away.
const CANCELLED: i32 = 1;
const UNKNOWN: i32 = 2;
const DEADLINE_EXCEEDED: i32 = 4;
const RESOURCE_EXHAUSTED: i32 = 8;
const UNAVAILABLE: i32 = 14;

impl Etcd {
    /// What a call that failed while `doing` means for the caller.
    pub(super) fn explain(&self, doing: &'static str, error: etcd_client::Error) -> Error {
        let endpoints = self.endpoints();
        let etcd_client::Error::GRpcStatus(status) = &error else {
            let why = causes(&error);
            return match error {
                etcd_client::Error::TransportError(_) | etcd_client::Error::IoError(_) => {
                    Error::Unreachable { endpoints, why }
                }
                _ => Error::Other { doing, why },
            };
        };
        let why = status.message().strip_prefix("etcdserver: ").unwrap_or(status.message()).to_owned();
        match why.as_str() {
            "permission denied" => return Error::Denied { doing, prefix: self.keys.base() },
            "mvcc: database space exceeded" => return Error::Full,
            "requested lease not found" => return Error::LeaseGone,
            "mvcc: required revision has been compacted" => return Error::Compacted(0),
            "user name is empty" => {
                return Error::Login { endpoints, why: "it wants them, and none are given".into() };
            }
            _ => {}
        }
        if why.contains("auth") || why.contains("invalid user ID or password") {
            return Error::Login { endpoints, why };
        }
        if why.contains("grpc-status header missing") {
            return Error::Unreachable { endpoints, why: format!("what answers there is no etcd ({why})") };
        }
        match status.code() as i32 {
            DEADLINE_EXCEEDED | RESOURCE_EXHAUSTED => self.silent(self.options.timeout),
            UNAVAILABLE => Error::Unreachable { endpoints, why: with_cause(status, why) },
            // A connection that breaks, for instance because a member does not accept our certificate, has no code.
            CANCELLED | UNKNOWN if broken(&why) => {
                let stranger = endpoints.starts_with("https://") && self.options.tls.identity.is_none();
                let perhaps = if stranger { ": perhaps it wants a certificate of the client" } else { "" };
                Error::Unreachable { endpoints, why: with_cause(status, why) + perhaps }
            }
            _ => Error::Other { doing, why },
        }
    }
}

/// Whether the client says that the connection broke.
fn broken(why: &str) -> bool {
    matches!(
        why,
        "transport error"
            | "operation was canceled"
            | "h2 protocol error: error reading a body from connection"
    )
}

/// What a status says, and its cause. Its own text shows that as programmers see it.
fn with_cause(status: &dyn std::error::Error, why: String) -> String {
    let Some(cause) = status.source() else { return why };
    let cause = causes(cause);
    let cause = cause.strip_prefix("transport error: ").unwrap_or(&cause);
    if cause.contains(&why) { cause.to_owned() } else { format!("{why}: {cause}") }
}

/// An error and what caused it.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}
