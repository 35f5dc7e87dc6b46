//! Services as data for programs and as rows for people.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use servo_assembly::liveness::{Entry, LeaseTime, Maintenance, Service, State};
use servo_config::quantity::format_duration;

use crate::table::Table;

/// A service.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    #[serde(flatten)]
    pub(super) who: Who,
    /// What it says of itself.
    pub(super) status: &'static str,
    /// Whether it lives.
    pub(super) state: &'static str,
    /// Why it is down.
    pub(super) why: Option<String>,
    maintenance: Option<Window>,
    lease: Option<Lease>,
    /// The revision that changed its record last.
    revision: i64,
}

/// Which service.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Who {
    uuid: String,
    #[serde(rename = "type")]
    kind: String,
    host: String,
    region: String,
}

#[derive(Debug, Serialize)]
struct Window {
    start: Option<String>,
    end: Option<String>,
    note: String,
}

#[derive(Debug, Serialize)]
struct Lease {
    /// When its process gave its last sign of life.
    seen_seconds: u64,
    remaining_seconds: u64,
    granted_seconds: u64,
}

impl Row {
    pub(super) fn new(entry: &Entry, leases: &HashMap<i64, LeaseTime>) -> Self {
        let state = entry.state(unix);
        let lease = entry.lease().and_then(|lease| leases.get(&lease));
        Self {
            who: Who::new(&entry.service),
            status: entry.service.status.name(),
            state: state.name(),
            why: why(state),
            maintenance: Window::new(&entry.service.maintenance),
            lease: lease.map(|time| Lease {
                seen_seconds: time.granted.saturating_sub(time.remaining).as_secs(),
                remaining_seconds: time.remaining.as_secs(),
                granted_seconds: time.granted.as_secs(),
            }),
            revision: entry.modified,
        }
    }

    /// State and why.
    fn state(&self) -> String {
        with(self.state, self.why.as_deref())
    }

    fn seen(&self) -> String {
        let seen = |lease: &Lease| format!("{} ago", seconds(lease.seen_seconds));
        self.lease.as_ref().map_or_else(|| "-".to_owned(), seen)
    }

    fn left(&self) -> String {
        self.lease.as_ref().map_or_else(|| "-".to_owned(), |lease| seconds(lease.remaining_seconds))
    }
}

impl Who {
    pub(super) fn new(service: &Service) -> Self {
        Self {
            uuid: service.uuid.as_ref().into(),
            kind: service.kind.as_ref().into(),
            host: service.host.as_ref().into(),
            region: service.region.as_ref().into(),
        }
    }

    /// In one line.
    pub(super) fn line(&self) -> String {
        let region = if self.region.is_empty() { String::new() } else { format!(" in {}", self.region) };
        format!("{} on {}{region} ({})", self.kind, self.host, self.uuid)
    }

    /// For sorting.
    pub(super) fn place(&self) -> (&str, &str, &str) {
        (&self.kind, &self.host, &self.uuid)
    }
}

impl Window {
    fn new(maintenance: &Maintenance) -> Option<Self> {
        let time = |seconds: u64| (seconds != 0).then(|| time(seconds));
        let Maintenance { start, end, note } = maintenance;
        let any = *maintenance != Maintenance::default();
        any.then(|| Self { start: time(*start), end: time(*end), note: note.as_ref().into() })
    }

    fn text(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.start.as_ref().map(|start| format!("from {start}")));
        parts.extend(self.end.as_ref().map(|end| format!("until {end}")));
        if !self.note.is_empty() {
            parts.push(format!("({})", self.note));
        }
        parts.join(" ")
    }
}

/// Many services.
pub(super) fn table(rows: &[Row]) -> String {
    let mut table = Table::new(["UUID", "TYPE", "HOST", "REGION", "STATUS", "STATE", "SEEN", "LEASE"]);
    for row in rows {
        let Who { uuid, kind, host, region } = row.who.clone();
        table.row([uuid, kind, host, region, row.status.to_owned(), row.state(), row.seen(), row.left()]);
    }
    table.render()
}

/// One service.
pub(super) fn sheet(row: &Row) -> String {
    let mut table = Table::new(["FIELD", "VALUE"]);
    let Who { uuid, kind, host, region } = row.who.clone();
    let maintenance = row.maintenance.as_ref().map_or_else(|| "-".to_owned(), Window::text);
    for (field, value) in [
        ("uuid", uuid),
        ("type", kind),
        ("host", host),
        ("region", region),
        ("status", row.status.to_owned()),
        ("state", row.state()),
        ("maintenance", maintenance),
        ("seen", row.seen()),
        ("lease", row.left()),
    ] {
        table.row([field.to_owned(), value]);
    }
    table.render()
}

/// Why a service is down, in words.
pub(super) fn why(state: State) -> Option<String> {
    match state {
        State::Down(why) => Some(why.to_string()),
        State::Up | State::Suspect => None,
    }
}

/// A word and what stands behind it.
pub(super) fn with(word: &str, why: Option<&str>) -> String {
    why.map_or_else(|| word.to_owned(), |why| format!("{word} ({why})"))
}

/// A time as people and programs read it.
pub(super) fn time(unix: u64) -> String {
    let time = i64::try_from(unix).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map_or_else(|| unix.to_string(), |time| time.to_string())
}

/// Now, in Unix seconds.
pub(super) fn unix() -> u64 {
    u64::try_from(Timestamp::now().as_second()).unwrap_or_default()
}

fn seconds(seconds: u64) -> String {
    if seconds == 0 { "0s".to_owned() } else { format_duration(Duration::from_secs(seconds)) }
}
