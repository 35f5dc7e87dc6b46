//! What an attack is to do, and the checks that need nothing but these values.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::error::Error;
use crate::rate::Rate;

/// Most steps of one pace.
const STEPS_MAX: usize = 10_000;
/// Most connections and worker threads; a bound on memory, not advice.
const CONNECTIONS_MAX: usize = 1_000_000;
const WORKERS_MAX: usize = 1_024;
/// Keeps sums of moments and times within what clocks can express.
const TIME_MAX: Duration = Duration::from_secs(365 * 24 * 3600);
/// More often would cost more than the requests.
const REPORT_EVERY_MIN: Duration = Duration::from_millis(10);

/// How an attack is run. The default is vegeta's: 50 requests a second, 10,000 connections, 30 s timeout.
#[derive(Clone, Debug)]
pub struct Options {
    /// When requests are sent.
    pub pace: Pace,
    /// How long requests are sent. Answers to the last ones are waited for, up to `timeout` longer.
    pub duration: Duration,
    /// Most connections at a time to each host; in a closed loop exactly as many are kept busy.
    pub connections: usize,
    /// Threads that send; 0 chooses as many as the rate needs and the machine has.
    pub workers: usize,
    /// How long connecting and answering may take together, counted from the moment of sending.
    pub timeout: Duration,
    /// Which version of HTTP.
    pub http2: Http2,
    /// Whether a connection is used again. Off: one connection per request.
    pub keepalive: bool,
    /// Accept any certificate.
    pub insecure: bool,
    /// Certificates in PEM that are trusted instead of the system's.
    pub ca: Option<Bytes>,
    /// Count at most so many bytes of each body, as vegeta does; the rest is read and not counted.
    pub max_body: Option<u64>,
    /// How often a report is made on the way.
    pub report_every: Duration,
    /// Which addresses may be dialled.
    pub addresses: Addresses,
    /// Asked before each request is sent; what is due while it says no has missed its time.
    pub permit: Option<Permit>,
}

/// Whether something may be sent now.
#[derive(Clone)]
pub struct Permit(Arc<dyn Fn() -> bool + Send + Sync>);

impl Permit {
    /// What this says.
    pub fn new(says: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(says))
    }

    pub(crate) fn is_given(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit")
    }
}

/// When requests are sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Pace {
    /// Open loop at one rate. [`Rate::UNLIMITED`] means [`Pace::Closed`], as it does for vegeta.
    Constant(Rate),
    /// Open loop, one rate after another, each for its time; ends earlier when `duration` is shorter.
    Steps(Vec<(Rate, Duration)>),
    /// Closed loop: every connection sends its next request when it has its answer.
    Closed,
}

/// Which version of HTTP is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Http2 {
    /// HTTP/1.1 only.
    Off,
    /// HTTP/2 over TLS when the server chooses it, else HTTP/1.1.
    Negotiate,
    /// HTTP/2 without asking, over plain TCP too (prior knowledge).
    Always,
}

/// Which addresses stand behind a host and port. Nothing else is dialled, and redirects are not followed.
#[derive(Clone, Debug)]
pub enum Addresses {
    /// What the system's resolver says, asked once for each host at the start.
    System,
    /// Only these, by host (as in [`crate::Url::host`]) and port.
    Fixed(HashMap<(String, u16), Vec<SocketAddr>>),
}

impl Default for Options {
    fn default() -> Options {
        Options {
            pace: Pace::Constant(Rate::new(50, Duration::from_secs(1)).unwrap_or(Rate::UNLIMITED)),
            duration: Duration::from_secs(5),
            connections: 10_000,
            workers: 0,
            timeout: Duration::from_secs(30),
            http2: Http2::Negotiate,
            keepalive: true,
            insecure: false,
            ca: None,
            max_body: None,
            report_every: Duration::from_secs(15),
            addresses: Addresses::System,
            permit: None,
        }
    }
}

impl Options {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let bad = |option, expected: &str| Err(Error::Option { option, expected: expected.to_owned() });
        for (option, time) in [("duration", self.duration), ("timeout", self.timeout)] {
            if time.is_zero() || time > TIME_MAX {
                return bad(option, "more than zero and at most a year");
            }
        }
        if !(REPORT_EVERY_MIN..=TIME_MAX).contains(&self.report_every) {
            return bad("report_every", "10ms to a year");
        }
        if !(1..=CONNECTIONS_MAX).contains(&self.connections) {
            return bad("connections", &format!("1 to {CONNECTIONS_MAX}"));
        }
        if self.workers > WORKERS_MAX {
            return bad("workers", &format!("0 (automatic) to {WORKERS_MAX}"));
        }
        if let Pace::Steps(steps) = &self.pace {
            if steps.is_empty() || steps.len() > STEPS_MAX {
                return bad("pace", &format!("1 to {STEPS_MAX} steps"));
            }
            if steps.iter().any(|(rate, time)| rate.requests() == 0 || time.is_zero()) {
                return bad("pace", "a rate and a time above zero in every step");
            }
        }
        Ok(())
    }

    /// The steps of an open loop; none when the loop is closed.
    pub(crate) fn steps(&self) -> Option<Vec<(Rate, Duration)>> {
        match &self.pace {
            Pace::Constant(rate) if rate.requests() > 0 => Some(vec![(*rate, self.duration)]),
            Pace::Constant(_) | Pace::Closed => None,
            Pace::Steps(steps) => Some(steps.clone()),
        }
    }
}
