//! What one connector instance may use: the values that hold when nobody says otherwise.

use std::fmt;
use std::time::Duration;

/// Limits of one instance. Every field is enforced, and a key of the same name in `limits:` changes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Bytes of all linear memories and tables together.
    pub memory: usize,
    /// Entries of the resource table, and component handles.
    pub handles: usize,
    /// CPU time of one call; time parked in the host does not count.
    pub cpu: Duration,
    /// CPU time of one call on top of `cpu`, as a share of the time the event asks for.
    pub cpu_of_asked: f64,
    /// Share of one core, averaged over two seconds; an instance over it is slowed. 1 is a whole core.
    pub cpu_share: f64,
    /// Time of one call on top of what the event asks for.
    pub wall: Duration,
    /// HTTP requests.
    pub http_requests: Rate,
    /// HTTP requests at a time.
    pub http_in_flight: usize,
    /// Bytes of HTTP bodies in one call, each way.
    pub http_bytes: u64,
    /// Bytes of arguments and results that cross the boundary in one call, both ways together.
    pub result: usize,
    /// Bytes of log lines.
    pub log: Rate,
    /// Bytes that the connector keeps: keys, values, and 64 bytes for each.
    pub state: usize,
    /// How deep dispatched events may nest.
    pub dispatch_depth: usize,
    /// Calls that wait for the instance.
    pub mailbox: usize,
}

/// So much in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How much.
    pub amount: u64,
    /// In how much time; not zero.
    pub per: Duration,
}

impl Limits {
    /// The limits of the design, and the only place where they stand.
    pub const DEFAULT: Self = Self {
        memory: 128 << 20,
        handles: 1000,
        cpu: Duration::from_secs(2),
        cpu_of_asked: 0.05,
        cpu_share: 0.5,
        wall: Duration::from_secs(30),
        http_requests: Rate { amount: 50, per: Duration::from_secs(1) },
        http_in_flight: 8,
        http_bytes: 16 << 20,
        result: 4 << 20,
        log: Rate { amount: 64 << 10, per: Duration::from_secs(1) },
        state: 1 << 20,
        dispatch_depth: 8,
        mailbox: 64,
    };

    /// CPU time for a call that asks for `asked`.
    pub fn cpu_for(&self, asked: Duration) -> Duration {
        let share = Duration::try_from_secs_f64(asked.as_secs_f64() * self.cpu_of_asked);
        self.cpu.saturating_add(share.unwrap_or(Duration::MAX))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {:?}", self.amount, self.per)
    }
}
