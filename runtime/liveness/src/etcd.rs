//! The one place that knows the client of etcd: its calls with deadlines, its errors in our words.

use std::fmt;
use std::time::Duration;

use etcd_client::{
    Client, Compare, CompareOp, GetOptions, KeyValue, PutOptions, SortOrder, SortTarget, Txn, TxnOp,
    TxnOpResponse, WatchOptions,
};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::error::Error;
use crate::keys::Keys;
use crate::plan::{Plan, Value, Write};

mod options;
mod refusals;
mod streams;

pub use options::{EtcdOptions, Tls};
pub(crate) use streams::{Event, Keep, Seen, Watch};

/// Keys in one answer of a listing.
const PAGE: i64 = 1_000;

/// A connection to etcd that is made when it is needed.
pub(crate) struct Etcd {
    options: EtcdOptions,
    pub(crate) keys: Keys,
    client: Mutex<Option<Client>>,
}

/// One page of a listing.
pub(crate) struct Page {
    pub(crate) revision: i64,
    pub(crate) keys: Vec<(Vec<u8>, Value)>,
    /// Where the next page begins.
    pub(crate) next: Option<Vec<u8>>,
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
    /// Something was different; this is how the keys are.
    Not(Vec<(String, Option<Value>)>),
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
        Ok(Self { options, keys, client: Mutex::new(None) })
    }

    /// The time for one call.
    pub(crate) fn timeout(&self) -> Duration {
        self.options.timeout
    }

    /// What stands at `keys`, all at one revision.
    pub(crate) async fn read(&self, keys: Vec<String>) -> Result<Vec<(String, Option<Value>)>, Error> {
        let gets: Vec<TxnOp> = keys.iter().map(|key| TxnOp::get(key.as_str(), None)).collect();
        let request = Txn::new().and_then(gets);
        let response = self.call("read", async |client| client.txn(request).await).await?;
        Ok(found(keys, response.op_responses()))
    }

    /// Carries a plan out if everything it compares is as it was; reads `keys` again if not.
    pub(crate) async fn commit(&self, plan: &Plan, keys: Vec<String>) -> Result<Committed, Error> {
        let compares: Vec<Compare> = plan
            .compare
            .iter()
            .map(|(key, revision)| Compare::mod_revision(key.as_str(), CompareOp::Equal, *revision))
            .collect();
        let writes: Vec<TxnOp> = plan.writes.iter().map(operation).collect();
        let gets: Vec<TxnOp> = keys.iter().map(|key| TxnOp::get(key.as_str(), None)).collect();
        let request = Txn::new().when(compares).and_then(writes).or_else(gets);
        let response = self.call("write", async |client| client.txn(request).await).await?;
        if response.succeeded() {
            let revision = response.header().map_or(0, etcd_client::ResponseHeader::revision);
            return Ok(Committed::At(revision));
        }
        Ok(Committed::Not(found(keys, response.op_responses())))
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
            .with_revision(revision)
            .with_sort(SortTarget::Key, SortOrder::Ascend);
        let mut response = self.call("list", async |client| client.get(begin, Some(options)).await).await?;
        let revision = match revision {
            0 => response.header().map_or(0, etcd_client::ResponseHeader::revision),
            asked => asked,
        };
        let more = response.more();
        let keys: Vec<_> = response.take_kvs().into_iter().map(pair).collect();
        let next = keys.last().filter(|_| more).map(|(key, _)| [key.as_slice(), b"\0"].concat());
        Ok(Page { revision, keys, next })
    }

    /// The key below `prefix` that was made first.
    pub(crate) async fn oldest(&self, prefix: &str) -> Result<Option<(Vec<u8>, Value)>, Error> {
        let options = GetOptions::new()
            .with_range(end_of(prefix))
            .with_limit(1)
            .with_sort(SortTarget::Create, SortOrder::Ascend);
        let found = self.call("read", async |client| client.get(prefix, Some(options)).await).await?;
        Ok(found.kvs().first().map(|kv| (kv.key().to_vec(), value(kv))))
    }

    /// A new lease and the time that etcd grants.
    pub(crate) async fn grant(&self, ttl: Duration) -> Result<(i64, Duration), Error> {
        let seconds = i64::try_from(ttl.as_secs().max(1)).unwrap_or(i64::MAX);
        let granted =
            self.call("grant a lease", async |client| client.lease_grant(seconds, None).await).await?;
        Ok((granted.id(), Duration::from_secs(granted.ttl().unsigned_abs())))
    }

    /// Ends a lease and all that hangs on it.
    pub(crate) async fn revoke(&self, lease: i64) -> Result<(), Error> {
        self.call("revoke a lease", async |client| client.lease_revoke(lease).await).await.map(drop)
    }

    /// Renews a lease, and is ready to do so again.
    pub(crate) async fn keep(&self, lease: i64) -> Result<Keep, Error> {
        match self.call("renew a lease", async |client| client.lease_keep_alive(lease).await).await {
            Ok((keeper, answers)) => Ok(Keep::new(keeper, answers)),
            Err(Error::Other { why, .. }) if why.contains("lease not found") => Err(Error::LeaseGone),
            Err(error) => Err(error),
        }
    }

    /// What time a lease was granted and has left; nothing when it has ended.
    pub(crate) async fn left(&self, lease: i64) -> Result<Option<LeaseTime>, Error> {
        let left =
            self.call("read a lease", async |client| client.lease_time_to_live(lease, None).await).await?;
        let granted = Duration::from_secs(left.granted_ttl().unsigned_abs());
        let remaining = u64::try_from(left.ttl()).ok().map(Duration::from_secs);
        Ok(remaining.map(|remaining| LeaseTime { granted, remaining }))
    }

    /// Everything that happens below `prefix`, from `revision` on.
    pub(crate) async fn watch(&self, prefix: &str, revision: i64) -> Result<Watch, Error> {
        let options = WatchOptions::new().with_range(end_of(prefix)).with_start_revision(revision);
        let prefix = prefix.to_owned();
        let stream = self.call("watch", async |client| client.watch(prefix, Some(options)).await).await?;
        Ok(Watch::new(stream))
    }

    /// Forgets the connection, so that the next call makes a new one.
    pub(crate) async fn disconnect(&self) {
        self.client.lock().await.take();
    }

    async fn call<T>(
        &self,
        doing: &'static str,
        call: impl AsyncFnOnce(&mut Client) -> Result<T, etcd_client::Error>,
    ) -> Result<T, Error> {
        let answered = timeout(self.options.timeout, async {
            let mut client = self.client().await?;
            call(&mut client).await
        });
        match answered.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.explain(doing, error)),
            Err(_) => {
                let Self { options: EtcdOptions { timeout: after, .. }, .. } = self;
                Err(Error::Silent { endpoints: self.endpoints(), after: *after })
            }
        }
    }

    async fn client(&self) -> Result<Client, etcd_client::Error> {
        let mut client = self.client.lock().await;
        if let Some(client) = &*client {
            return Ok(client.clone());
        }
        let made = Client::connect(&self.options.endpoints, Some(self.options.connect())).await?;
        Ok(client.insert(made).clone())
    }

    pub(crate) fn endpoints(&self) -> String {
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

/// The key after all that begin with `prefix`, which ends with `/`.
fn end_of(prefix: &str) -> Vec<u8> {
    let mut end = prefix.as_bytes().to_vec();
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    end
}
