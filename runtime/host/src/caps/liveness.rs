//! Which services are up, for guests: `servo:connector/liveness`.
//!
//! What is known of services is native and unknown to this crate; it is reached through [`LivenessEngine`]. The host
//! decides who may ask and change, bounds what is kept for a guest and what it is given, and ends its waits.

mod guest;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use servo_events::BoxFuture;
use servo_types::{Code, Failure};
use tokio::time::Instant;

use crate::grants::Access;
use crate::revoked::Grant;
use crate::state::Scope;
use crate::tenant::Tenant;

/// What is known of services, and the way to change it.
pub trait LivenessEngine: Send + Sync {
    /// Whether a service is up.
    fn is_up<'a>(&'a self, service: &'a ServiceName) -> BoxFuture<'a, ServiceState>;

    /// The services that are meant; `limit-exceeded` when they weigh more than `room`, see [`KnownService::weight`].
    fn list<'a>(
        &'a self,
        which: &'a ServiceSelection,
        room: usize,
    ) -> BoxFuture<'a, Result<ServiceListing, Failure>>;

    /// What happened after a cursor, waiting for it until `until`; no more than weighs `room`, the rest with the next
    /// wait. Cancel safe.
    fn wait<'a>(
        &'a self,
        after: &'a str,
        which: &'a ServiceSelection,
        room: usize,
        until: Instant,
    ) -> BoxFuture<'a, Result<ServiceNews, Failure>>;

    /// Changes something. Fails with the reason `invalid` or `not-found` where that is why, and then without having
    /// changed anything.
    fn change(&self, change: ServiceChange) -> BoxFuture<'_, Result<(), Failure>>;
}

/// How a service is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceName {
    /// By its uuid.
    Uuid(String),
    /// By type and host.
    Place(String, String),
}

/// Whether a service is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceState {
    /// It is.
    Up,
    /// It is not.
    Down(DownWhy),
    /// It is not, as so many others all at once.
    Suspect,
    /// What is known is too old.
    Unknown,
}

/// Why a service is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownWhy {
    /// It gave no sign of life.
    Expired,
    /// Somebody said so.
    SetDown,
    /// Somebody said so for this time.
    Maintenance,
    /// It was deleted.
    Deleted,
    /// Nobody has heard of it.
    NeverSeen,
}

/// A service and how it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownService {
    /// Its name for ever.
    pub uuid: Arc<str>,
    /// Its type.
    pub kind: Arc<str>,
    /// Where it runs.
    pub host: Arc<str>,
    /// The region of the host; may be empty.
    pub region: Arc<str>,
    /// When and why it was set down.
    pub maintenance: Option<ServiceMaintenance>,
    /// Whether it is up.
    pub state: ServiceState,
}

/// When and why a service is set down; times in seconds since the epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceMaintenance {
    /// From when, if not at once.
    pub start: Option<u64>,
    /// Until when, if not for ever.
    pub end: Option<u64>,
    /// For people.
    pub note: Arc<str>,
}

/// Which services are meant: each set holds alternatives, an empty one means any.
#[derive(Clone, Debug, Default)]
pub struct ServiceSelection {
    uuids: HashSet<String>,
    kinds: HashSet<String>,
    hosts: HashSet<String>,
    regions: HashSet<String>,
}

/// Services, and the cursor from which to wait for changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceListing {
    /// From where to go on.
    pub cursor: String,
    /// In no order.
    pub services: Vec<KnownService>,
}

/// What happened after a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceNews {
    /// From where to go on.
    pub cursor: String,
    /// The state before, and the service now.
    pub changes: Vec<(ServiceState, KnownService)>,
    /// Whether the cursor is too old.
    pub missed: bool,
}

/// A change that a guest wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceChange {
    /// This servo keeps such a service up.
    Register {
        /// Its name for ever.
        uuid: String,
        /// Its type.
        kind: String,
        /// Where it runs.
        host: String,
        /// The region of the host.
        region: String,
    },
    /// It is set down.
    Down(String, ServiceMaintenance),
    /// It is not set down any more.
    Up(String),
    /// It is removed.
    Delete(String),
}

impl ServiceSelection {
    /// Whether a service is meant.
    pub fn fits(&self, uuid: &str, kind: &str, host: &str, region: &str) -> bool {
        let one_of = |wanted: &HashSet<String>, text: &str| wanted.is_empty() || wanted.contains(text);
        one_of(&self.uuids, uuid)
            && one_of(&self.kinds, kind)
            && one_of(&self.hosts, host)
            && one_of(&self.regions, region)
    }
}

impl KnownService {
    /// Bytes that it takes in the guest's memory, or a little more.
    pub fn weight(&self) -> usize {
        let texts = [&self.uuid, &self.kind, &self.host, &self.region].map(|text| text.len());
        96 + texts.iter().sum::<usize>() + self.maintenance.as_ref().map_or(0, |one| one.note.len())
    }
}

/// The most services that one connector may keep registered.
const REGISTERED_MAX: usize = 1_000;

/// The reason when a service may not be written as it is, and nothing was changed.
const INVALID: &str = "invalid";
/// The reason when there is no such service.
const NOT_FOUND: &str = "not-found";

/// The services that a connector has registered; survives a rebuild.
#[derive(Debug, Default)]
pub(crate) struct Registered(Mutex<HashSet<String>>);

impl Registered {
    /// Counts a change before it is made, and says whether it is a service more; fails when it is one too many.
    fn count(&self, alias: &str, change: &ServiceChange) -> Result<bool, Failure> {
        let ServiceChange::Register { uuid, .. } = change else { return Ok(false) };
        let mut all = self.all();
        if all.len() >= REGISTERED_MAX && !all.contains(uuid) {
            let text = format!("`{alias}` has registered {REGISTERED_MAX} services already");
            return Err(Failure::new(Code::LimitExceeded, text).because("services"));
        }
        Ok(all.insert(uuid.clone()))
    }

    /// Takes back what is certainly not kept once a change was made or failed. Whatever else fails may be kept all the
    /// same: etcd is asked for ever.
    fn settle(&self, change: &ServiceChange, new: bool, done: &Result<(), Failure>) {
        let because = |reason| done.as_ref().is_err_and(|failure| failure.reason.as_deref() == Some(reason));
        match change {
            ServiceChange::Register { uuid, .. } if new && because(INVALID) => self.all().remove(uuid),
            ServiceChange::Delete(uuid) if done.is_ok() || because(NOT_FOUND) => self.all().remove(uuid),
            _ => false,
        };
    }

    fn all(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a guest may ask, if it was granted.
fn engine(tenant: &Tenant, access: Access) -> Result<Arc<dyn LivenessEngine>, Failure> {
    let alias = &tenant.alias;
    let granted = tenant.grants.liveness.is_some_and(|granted| granted >= access);
    if !granted || tenant.revoked.has(|| Grant::Liveness(access)) {
        tenant.tally.denied("liveness");
        let text = format!(
            "`liveness: {access}` is not granted to `{alias}`; add it under connectors.{alias}.grants.liveness"
        );
        return Err(Failure::new(Code::Denied, text).because("liveness"));
    }
    tenant.liveness.clone().ok_or_else(|| {
        let why = match tenant.stage {
            Some(_) => "a scenario has no etcd: nothing is known of services here",
            None => "this servo has no `liveness:` stanza, which says where etcd is; add one to its file",
        };
        Failure::failed(format!("`{alias}`: {why}")).because("liveness")
    })
}

/// What is done for the guest, until that is done or the call is cancelled.
async fn unless_cancelled<T>(
    call: &Scope,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        biased;
        () = call.asker.stop().cancelled() => {
            Err(Failure::new(Code::Cancelled, "cancelled while asking for services"))
        }
        done = work => done,
    }
}

/// When a wait ends that a guest wants to be so long.
fn until(call: &Scope, timeout: u32) -> Instant {
    (Instant::now() + Duration::from_millis(timeout.into())).min(call.deadline)
}

#[cfg(test)]
mod tests;
