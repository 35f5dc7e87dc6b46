//! A request that is on its way, or waits to be repeated.

use std::time::Duration;

use bytes::Bytes;

use super::input::{FailureKind, Refusal, RequestFailure};

/// A request until it is answered or given up.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) purpose: Purpose,
    pub(super) event: &'static str,
    pub(super) body: Bytes,
    /// How often it was sent.
    pub(super) tries: u32,
    /// When it was first sent.
    pub(super) since: Duration,
    /// When it is sent again; on its way when there is none.
    pub(super) again: Option<Duration>,
    /// It was told that it was tried as often as it may be.
    pub(super) spent: bool,
}

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Hello,
    WhatsNext,
    Result {
        command: &'static str,
        cmd_uid: Option<String>,
        /// Whether the command was carried out well: another may follow at once.
        well: bool,
    },
}

/// The status beside which another servo is known to have taken over.
pub(super) const GONE: u16 = 410;
/// What the optimizer says then.
const REPLACED: &str = "unexpected servo_uid";

/// What a refusal or failure calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// It may pass by itself.
    Again { asked: Option<Duration> },
    /// Somebody must mend it, then the same request is right.
    Mend,
    /// The same request will not be right.
    Drop,
    /// Another servo has taken over.
    Replaced,
}

impl Refusal {
    pub(super) fn remedy(&self) -> Remedy {
        match self.status {
            GONE if self.detail.contains(REPLACED) => Remedy::Replaced,
            // 404: the application may not be known yet.
            404 | 408 | 425 | 429 | 500.. => Remedy::Again { asked: self.retry_after },
            401 | 403 | 407 => Remedy::Mend,
            _ => Remedy::Drop,
        }
    }

    /// What happened, and what can be done.
    pub(super) fn text(&self, event: &str) -> String {
        let Self { status, detail, .. } = self;
        let detail = if detail.is_empty() { String::new() } else { format!(": {}", short(detail)) };
        let hint = match status {
            300..=399 => {
                "; it is a redirect, which is not followed: give the address that it leads to as `url`"
            }
            401 | 403 => "; check the token and the optimizer's id",
            404 => "; it does not know this application, or not yet",
            407 => "; check the user and password in the proxy's URL",
            _ => "",
        };
        format!("the optimizer answered {event} with status {status}{detail}{hint}")
    }
}

impl RequestFailure {
    pub(super) fn remedy(&self) -> Remedy {
        match self.kind {
            FailureKind::Network | FailureKind::Timeout => Remedy::Again { asked: None },
            FailureKind::Tls | FailureKind::Credentials | FailureKind::TooLarge => Remedy::Mend,
        }
    }
}

/// The start of a text that came from elsewhere, on one line.
pub(super) fn short(text: &str) -> String {
    const MOST: usize = 300;
    let mut short: String = text.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
