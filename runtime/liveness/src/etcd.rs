//! The one place that knows the client of etcd: its calls with deadlines, its errors in our words.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use etcd_client::{
    Client, Compare, CompareOp, GetOptions, KeyValue, PutOptions, SortOrder, SortTarget, Txn, TxnOp,
    TxnOpResponse, WatchOptions,
};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::checkup::MemberState;
use crate::error::Error;
use crate::keys::Keys;
use crate::plan::{Plan, Value, Write};

mod date;
mod meter;
mod options;
mod refusals;
mod streams;

pub use date::ClockDifference;
pub use meter::CallFigures;
use meter::{Call, Meters};
pub use options::{EtcdOptions, Tls};
pub(crate) use streams::{Event, Keep, Seen, Watch};

/// Keys in one answer of a listing.
const PAGE: i64 = 1_000;

/// A connection to one member of etcd, made when it is needed, and to the next one when that does not answer.
pub(crate) struct Etcd {
    options: EtcdOptions,
    pub(crate) keys: Keys,
    current: Mutex<Current>,
    meters: Arc<Meters>,
}

#[derive(Default)]
struct Current {
    /// How often a member was left for another.
    turn: usize,
    client: Option<Client>,
}

/// One page of a listing.
pub(crate) struct Page {
    revision: i64,
    pub(crate) keys: Vec<(Vec<u8>, Value)>,
    /// Where the next page begins.
    next: Option<Vec<u8>>,
}

/// The time of a lease, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseTime {
    /// What a renewal gives it.
    pub granted: Duration,
    /// What is left of that.
    pub remaining: Duration,
}

/// What a transaction came to.
pub(crate) enum Committed {
    /// It was carried out, at this revision.
    At(i64),
    /// Something was different.
    Not,
}

impl LeaseTime {
    /// How long ago its process gave its last sign of life.
    pub fn age(self) -> Duration {
        self.granted.saturating_sub(self.remaining)
    }
}

impl Etcd {
    /// # Errors
    /// When there is no endpoint, or one that is no URL.
    pub(crate) fn new(options: EtcdOptions, keys: Keys) -> Result<Self, Error> {
        options.check()?;
        Ok(Self { options, keys, current: Mutex::default(), meters: Arc::default() })
    }

    /// The time for one call.
    pub(crate) fn timeout(&self) -> Duration {
        self.options.timeout
    }

    /// What stands at `keys`, all at one revision.
    pub(crate) async fn read(&self, keys: Vec<String>) -> Result<Vec<(String, Option<Value>)>, Error> {
        let gets: Vec<TxnOp> = keys.iter().map(|key| TxnOp::get(key.as_str(), None)).collect();
        let request = Txn::new().and_then(gets);
        let response = self
            .call(Call::Read, |mut client| {
                let request = request.clone();
                async move { client.txn(request).await }
            })
            .await?;
        Ok(found(keys, response.op_responses()))
    }

    /// Carries a plan out if everything it compares is as it was.
    pub(crate) async fn commit(&self, plan: &Plan) -> Result<Committed, Error> {
        let compares: Vec<Compare> = plan
            .compare
            .iter()
            .map(|(key, revision)| Compare::mod_revision(key.as_str(), CompareOp::Equal, *revision))
            .collect();
        let writes: Vec<TxnOp> = plan.writes.iter().map(operation).collect();
        let request = Txn::new().when(compares).and_then(writes);
        let commit = |mut client: Client| {
            let request = request.clone();
            async move { client.txn(request).await }
        };
        let response = self.call(Call::Write, commit).await?;
        let revision = response.header().map_or(0, etcd_client::ResponseHeader::revision);
        Ok(if response.succeeded() { Committed::At(revision) } else { Committed::Not })
    }

    /// A page of the keys below `prefix`, from `from`, at `revision`; at the newest when that is 0.
    pub(crate) async fn list(
        &self,
        prefix: &str,
        from: Option<Vec<u8>>,
        revision: i64,
    ) -> Result<Page, Error> {
        let begin = from.unwrap_or_else(|| prefix.into());
        let options = GetOptions::new()
            .with_range(end_of(prefix))
            .with_limit(PAGE)
            // By key, as etcd has them.
            .with_revision(revision);
        let mut response = self
            .call(Call::List, |mut client| {
                let (begin, options) = (begin.clone(), options.clone());
                async move { client.get(begin, Some(options)).await }
            })
            .await?;
        let revision = match revision {
            0 => response.header().map_or(0, etcd_client::ResponseHeader::revision),
            asked => asked,
        };
        let more = response.more();
        let keys: Vec<_> = response.take_kvs().into_iter().map(pair).collect();
        let next = keys.last().filter(|_| more).map(|(key, _)| [key.as_slice(), b"\0"].concat());
        Ok(Page { revision, keys, next })
    }

    /// Shows `see` all keys below `prefix`, page by page, as they are at `revision`, or at the newest when that is 0;
    /// which one it was.
    pub(crate) async fn each(
        &self,
        prefix: &str,
        mut revision: i64,
        mut see: impl FnMut(Vec<u8>, Value),
    ) -> Result<i64, Error> {
        let mut from = None;
        loop {
            let page = self.list(prefix, from, revision).await?;
            page.keys.into_iter().for_each(|(key, value)| see(key, value));
            (revision, from) = (page.revision, page.next);
            if from.is_none() {
                return Ok(revision);
            }
        }
    }

    /// What stood at `key` at `revision`.
    pub(crate) async fn at(&self, key: &[u8], revision: i64) -> Result<Option<Value>, Error> {
        let options = GetOptions::new().with_revision(revision);
        let get = |mut client: Client| {
            let options = options.clone();
            async move { client.get(key, Some(options)).await }
        };
        Ok(self.call(Call::Read, get).await?.kvs().first().map(value))
    }

    /// Whether there was a key at `revision`.
    pub(crate) async fn existed(&self, key: &str, revision: i64) -> Result<bool, Error> {
        Ok(self.at(key.as_bytes(), revision).await?.is_some())
    }

    /// The key below `prefix` that was made first.
    pub(crate) async fn oldest(&self, prefix: &str) -> Result<Option<(Vec<u8>, Value)>, Error> {
        let options = GetOptions::new()
            .with_range(end_of(prefix))
            .with_limit(1)
            .with_sort(SortTarget::Create, SortOrder::Ascend);
        let found = self
            .call(Call::Read, |mut client| {
                let options = options.clone();
                async move { client.get(prefix, Some(options)).await }
            })
            .await?;
        Ok(found.kvs().first().map(|kv| (kv.key().to_vec(), value(kv))))
    }

    /// A new lease and the time that etcd grants.
    pub(crate) async fn grant(&self, ttl: Duration) -> Result<(i64, Duration), Error> {
        let seconds = i64::try_from(ttl.as_secs().max(1)).unwrap_or(i64::MAX);
        let granted = self
            .call(Call::Grant, |mut client| async move { client.lease_grant(seconds, None).await })
            .await?;
        Ok((granted.id(), Duration::from_secs(granted.ttl().unsigned_abs())))
    }

    /// Ends a lease and all that hangs on it.
    pub(crate) async fn revoke(&self, lease: i64) -> Result<(), Error> {
        self.call(Call::Revoke, |mut client| async move { client.lease_revoke(lease).await }).await.map(drop)
    }

    /// Renews a lease within `time`, and is ready to do so again.
    pub(crate) async fn keep(&self, lease: i64, time: Duration) -> Result<Keep, Error> {
        let keep = |mut client: Client| async move { client.lease_keep_alive(lease).await };
        match self.call_in_turn(Call::Renew, time, keep).await {
            Ok(((keeper, answers), turn)) => Ok(Keep::new(keeper, answers, turn, Arc::clone(&self.meters))),
            Err(Error::Other { why, .. }) if why.contains("lease not found") => Err(Error::LeaseGone),
            Err(error) => Err(error),
        }
    }

    /// What time a lease was granted and has left; nothing when it has ended.
    pub(crate) async fn left(&self, lease: i64) -> Result<Option<LeaseTime>, Error> {
        let left = self
            .call(Call::Lease, |mut client| async move { client.lease_time_to_live(lease, None).await })
            .await?;
        let granted = Duration::from_secs(left.granted_ttl().unsigned_abs());
        let remaining = u64::try_from(left.ttl()).ok().map(Duration::from_secs);
        Ok(remaining.map(|remaining| LeaseTime { granted, remaining }))
    }

    /// Everything that happens below `prefix`, from `revision` on.
    pub(crate) async fn watch(&self, prefix: &str, revision: i64) -> Result<Watch, Error> {
        let options = WatchOptions::new().with_range(end_of(prefix)).with_start_revision(revision);
        let watch = |mut client: Client| {
            let options = options.clone();
            async move { client.watch(prefix, Some(options)).await }
        };
        let (stream, turn) = self.call_in_turn(Call::Watch, self.options.timeout, watch).await?;
        Ok(Watch::new(stream, turn))
    }

    /// Leaves the member that was reached in this turn, so that the next call asks another one.
    pub(crate) async fn leave(&self, turn: usize) {
        let mut current = self.current.lock().await;
        if current.turn == turn {
            *current = Current { turn: turn.wrapping_add(1), client: None };
        }
    }

    /// What the member that is asked says of itself.
    pub(crate) async fn status(&self) -> Result<MemberState, Error> {
        let began = Instant::now();
        let status = self.call(Call::Status, |mut client| async move { client.status().await }).await?;
        let took = began.elapsed();
        let alarms = status.errors().iter().filter_map(|error| error.split_once("alarm:"));
        let us = status.header().map_or(0, etcd_client::ResponseHeader::member_id);
        Ok(MemberState {
            version: status.version().to_owned(),
            has_leader: status.leader() != 0,
            leads: status.leader() == us && us != 0,
            database_bytes: status.db_size().unsigned_abs(),
            alarms: alarms.map(|(_, alarm)| alarm.trim().to_owned()).collect(),
            took,
        })
    }

    /// Figures of all calls.
    pub(crate) fn figures(&self) -> Vec<CallFigures> {
        self.meters.figures()
    }

    pub(crate) fn options(&self) -> &EtcdOptions {
        &self.options
    }

    async fn call<T, F: Future<Output = Result<T, etcd_client::Error>>>(
        &self,
        doing: Call,
        call: impl Fn(Client) -> F,
    ) -> Result<T, Error> {
        self.call_in_turn(doing, self.options.timeout, call).await.map(|(answer, _)| answer)
    }

    /// Calls one member; the next ones if it cannot be connected. Whatever may have been sent is not sent again. With
    /// the turn in which it was answered.
    async fn call_in_turn<T, F: Future<Output = Result<T, etcd_client::Error>>>(
        &self,
        doing: Call,
        time: Duration,
        call: impl Fn(Client) -> F,
    ) -> Result<(T, usize), Error> {
        let began = Instant::now();
        let members = self.options.endpoints.len();
        let mut tried = 0;
        let answer = loop {
            tried += 1;
            let last = tried == members;
            // A member that stands still must not take the time of those that would answer.
            let left = time.saturating_sub(began.elapsed());
            let share = left / u32::try_from(members - tried + 1).unwrap_or(1);
            let (turn, connected) = self.connected(share).await;
            let answer = match connected {
                Ok(client) => {
                    let left = time.saturating_sub(began.elapsed());
                    timeout(left, call(client)).await.map_err(|_| self.silent(time))
                }
                Err(error) if last => Err(error),
                Err(_) => {
                    self.leave(turn).await;
                    continue;
                }
            };
            let answer = answer.and_then(|answer| answer.map_err(|error| self.explain(doing.text(), error)));
            match answer {
                Ok(answer) => break Ok((answer, turn)),
                Err(error) => {
                    if let Error::Unreachable { .. } | Error::Silent { .. } | Error::Login { .. } = error {
                        self.leave(turn).await;
                    }
                    if last || !was_not_sent(&error) {
                        break Err(error);
                    }
                }
            }
        };
        self.meters.ended(doing, began.elapsed(), answer.is_err());
        answer
    }

    /// The client of the member whose turn it is.
    async fn connected(&self, within: Duration) -> (usize, Result<Client, Error>) {
        let mut current = self.current.lock().await;
        let turn = current.turn;
        if let Some(client) = &current.client {
            return (turn, Ok(client.clone()));
        }
        let endpoints = &self.options.endpoints;
        let endpoint = &endpoints[turn % endpoints.len()];
        let connect = Client::connect([endpoint], Some(self.options.connect(endpoint)));
        let client = match timeout(within, connect).await {
            Ok(Ok(client)) => Ok(current.client.insert(client).clone()),
            Ok(Err(error)) => Err(self.explain("log in", error)),
            Err(_) => Err(self.silent(self.options.timeout)),
        };
        (turn, client)
    }

    /// No answer came within this time.
    pub(crate) fn silent(&self, after: Duration) -> Error {
        Error::Silent { endpoints: self.endpoints(), after }
    }

    fn endpoints(&self) -> String {
        self.options.endpoints.join(", ")
    }
}

impl fmt::Debug for Etcd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Etcd").field("options", &self.options).finish_non_exhaustive()
    }
}

fn operation(write: &Write) -> TxnOp {
    match write {
        Write::Put { key, value, lease } => {
            let options = PutOptions::new().with_lease(*lease);
            TxnOp::put(key.as_str(), value.as_slice(), Some(options))
        }
        Write::Delete { key } => TxnOp::delete(key.as_str(), None),
    }
}

fn found(keys: Vec<String>, responses: Vec<TxnOpResponse>) -> Vec<(String, Option<Value>)> {
    let values = responses.into_iter().map(|response| match response {
        TxnOpResponse::Get(response) => response.kvs().first().map(value),
        _ => None,
    });
    keys.into_iter().zip(values).collect()
}

fn pair(kv: KeyValue) -> (Vec<u8>, Value) {
    (kv.key().to_vec(), value(&kv))
}

fn value(kv: &KeyValue) -> Value {
    Value {
        bytes: kv.value().to_vec(),
        lease: kv.lease(),
        created: kv.create_revision(),
        modified: kv.mod_revision(),
    }
}

/// Whether the request cannot have reached etcd.
fn was_not_sent(error: &Error) -> bool {
    matches!(error, Error::Unreachable { why, .. } if why.contains("connect error"))
}

/// The key after all that begin with `prefix`, which ends with `/`.
fn end_of(prefix: &str) -> Vec<u8> {
    let mut end = prefix.as_bytes().to_vec();
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    end
}
