//! Whether etcd can be used as it is configured: reached, logged into, written to, with a clock like ours.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::error::Error;
use crate::etcd::{ClockDifference, Etcd, EtcdOptions};
use crate::keys::Keys;
use crate::plan::{Plan, Write};

/// How long the key of a probe may stay when the process dies before it removes it.
const PROBE: Duration = Duration::from_secs(5);

/// What a look at etcd showed.
#[derive(Clone, Debug)]
pub struct Checkup {
    /// Each member by itself, in the order of the endpoints.
    pub members: Vec<Member>,
    /// How long it took to read within the namespace; the login included.
    pub read: Result<Duration, Error>,
    /// How long it took to write a key within the namespace and to remove it.
    pub write: Result<Duration, Error>,
}

/// One member.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its URL.
    pub endpoint: String,
    /// What it says of itself.
    pub state: Result<MemberState, Error>,
    /// How far its clock is from ours, by the date in its answers to plain HTTP (etcd's own API has no clock); or
    /// why that is not known.
    pub clock: Result<ClockDifference, String>,
}

/// What a member says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberState {
    /// Its version, such as `3.4.23`.
    pub version: String,
    /// Whether it knows a leader; without one nothing is written.
    pub has_leader: bool,
    /// Whether it leads.
    pub leads: bool,
    /// How much its database takes on disk, in bytes.
    pub database_bytes: u64,
    /// Alarms of the cluster, such as `NOSPACE`; it takes no writes while there is one.
    pub alarms: Vec<String>,
    /// How long its answer took.
    pub took: Duration,
}

/// Looks at every member and tries what services need.
pub(crate) async fn checkup(etcd: &Etcd) -> Checkup {
    let options = etcd.options();
    let members = join_all(options.endpoints.iter().map(|endpoint| member(options, endpoint)));
    let (members, (read, write)) = tokio::join!(members, async { (read(etcd).await, write(etcd).await) });
    Checkup { members, read, write }
}

async fn member(options: &EtcdOptions, endpoint: &str) -> Member {
    let alone = EtcdOptions { endpoints: vec![endpoint.into()], ..options.clone() };
    let state = async {
        let etcd = Etcd::new(alone.clone(), Keys::new(""))?;
        etcd.status().await
    };
    let (state, clock) = tokio::join!(state, alone.clock_difference(endpoint));
    Member { endpoint: endpoint.into(), state, clock }
}

async fn read(etcd: &Etcd) -> Result<Duration, Error> {
    let began = Instant::now();
    etcd.read(vec![etcd.keys.probe("read")]).await?;
    Ok(began.elapsed())
}

/// The key hangs on a lease that is revoked at once, and ends by itself should that fail.
async fn write(etcd: &Etcd) -> Result<Duration, Error> {
    let began = Instant::now();
    let (lease, _) = etcd.grant(PROBE).await?;
    let put = Write::Put { key: etcd.keys.probe(&format!("{lease:016x}")), value: Vec::new(), lease };
    let written = etcd.commit(&Plan { compare: Vec::new(), writes: vec![put] }).await;
    let revoked = etcd.revoke(lease).await;
    written.and(revoked)?;
    Ok(began.elapsed())
}
