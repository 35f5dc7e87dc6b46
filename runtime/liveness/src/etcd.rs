//! The one file that knows the client of etcd: its calls with deadlines, its errors in our words.

use std::fmt;
use std::time::Duration;

use etcd_client::{
    Certificate, Client, Compare, CompareOp, ConnectOptions, EventType, GetOptions, Identity, KeyValue,
    LeaseKeepAliveStream, LeaseKeeper, PutOptions, SortOrder, SortTarget, TlsOptions, Txn, TxnOp,
    TxnOpResponse, WatchOptions, WatchStream,
};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::error::Error;
use crate::keys::Keys;
use crate::plan::{Plan, Value, Write};

/// Keys in one answer of a listing.
const PAGE: i64 = 1_000;
/// A member that does not answer a ping for this long is left for another.
const PING: Duration = Duration::from_secs(3);

const DEADLINE_EXCEEDED: i32 = 4;
const RESOURCE_EXHAUSTED: i32 = 8;
const UNAVAILABLE: i32 = 14;

/// Where etcd is, and how to get in.
#[derive(Clone)]
pub struct EtcdOptions {
    /// URLs of members; the next one is asked when one does not answer.
    pub endpoints: Vec<String>,
    /// Name and password.
    pub user: Option<(String, String)>,
    /// For `https` endpoints.
    pub tls: Tls,
    /// The time for one call.
    pub timeout: Duration,
}

/// What proves who is who. All in PEM.
#[derive(Clone, Default)]
pub struct Tls {
    /// Who may vouch for members, instead of the authorities that the system trusts.
    pub ca: Option<Vec<u8>>,
    /// Certificate and key of this client.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl fmt::Debug for EtcdOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user.as_ref().map(|(name, _)| name);
        let Self { endpoints, timeout, .. } = self;
        f.debug_struct("EtcdOptions")
            .field("endpoints", endpoints)
            .field("user", &user)
            .field("timeout", timeout)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("ca", &self.ca.is_some())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

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

/// What a transaction came to.
pub(crate) enum Committed {
    /// It was carried out, at this revision.
    At(i64),
    /// Something was different; this is how the keys are.
    Not(Vec<(String, Option<Value>)>),
}

/// A key that changed.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) key: Vec<u8>,
    /// Nothing when it was removed.
    pub(crate) value: Option<Value>,
    pub(crate) revision: i64,
}

impl Etcd {
    /// # Errors
    /// When there is no endpoint, or one that is no URL.
    pub(crate) fn new(options: EtcdOptions, keys: Keys) -> Result<Self, Error> {
        if options.endpoints.is_empty() {
            return Err(Error::Options(
                "no endpoint of etcd is given, such as `http://127.0.0.1:2379`".into(),
            ));
        }
        for endpoint in &options.endpoints {
            let authority = endpoint.strip_prefix("http://").or_else(|| endpoint.strip_prefix("https://"));
            if authority
                .is_none_or(|authority| authority.trim_end_matches('/').is_empty() || authority.contains('@'))
            {
                let text =
                    format!("`{endpoint}` is not the URL of an etcd member, such as `http://127.0.0.1:2379`");
                return Err(Error::Options(text));
            }
        }
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
            Ok((keeper, answers)) => Ok(Keep { keeper, answers }),
            Err(Error::Other { why, .. }) if why.contains("lease not found") => Err(Error::LeaseGone),
            Err(error) => Err(error),
        }
    }

    /// How long a lease lasts when nobody renews it.
    pub(crate) async fn remaining(&self, lease: i64) -> Result<Duration, Error> {
        let left =
            self.call("read a lease", async |client| client.lease_time_to_live(lease, None).await).await?;
        match u64::try_from(left.ttl()) {
            Ok(seconds) => Ok(Duration::from_secs(seconds)),
            Err(_) => Err(Error::LeaseGone),
        }
    }

    /// Everything that happens below `prefix`, from `revision` on.
    pub(crate) async fn watch(&self, prefix: &str, revision: i64) -> Result<Watch, Error> {
        let options = WatchOptions::new().with_range(end_of(prefix)).with_start_revision(revision);
        let prefix = prefix.to_owned();
        let stream = self.call("watch", async |client| client.watch(prefix, Some(options)).await).await?;
        Ok(Watch { stream })
    }

    /// Forgets the connection, so that the next call makes a new one.
    pub(crate) async fn disconnect(&self) {
        self.client.lock().await.take();
    }

    /// Whether it answers, is full, and what time it thinks... its version.
    pub(crate) async fn version(&self) -> Result<String, Error> {
        let status = self.call("tell its status", async |client| client.status().await).await?;
        Ok(status.version().to_owned())
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
        let made = Client::connect(&self.options.endpoints, Some(self.connect_options())).await?;
        Ok(client.insert(made).clone())
    }

    fn connect_options(&self) -> ConnectOptions {
        let EtcdOptions { endpoints, user, tls, timeout } = &self.options;
        let mut options = ConnectOptions::new()
            .with_connect_timeout(*timeout)
            .with_keep_alive(PING, PING)
            .with_keep_alive_while_idle(true)
            .with_require_leader(true)
            .with_auto_token_refresh(true);
        if let Some((name, password)) = user {
            options = options.with_user(name, password);
        }
        if endpoints.iter().any(|endpoint| endpoint.starts_with("https://")) {
            let mut proof = TlsOptions::new();
            proof = match &tls.ca {
                Some(ca) => proof.ca_certificate(Certificate::from_pem(ca)),
                None => proof.with_native_roots(),
            };
            if let Some((certificate, key)) = &tls.identity {
                proof = proof.identity(Identity::from_pem(certificate, key));
            }
            options = options.with_tls(proof);
        }
        options
    }

    pub(crate) fn endpoints(&self) -> String {
        self.options.endpoints.join(", ")
    }

    fn explain(&self, doing: &'static str, error: etcd_client::Error) -> Error {
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
        // By the numbers of gRPC: the client does not give their names away.
        match status.code() as i32 {
            DEADLINE_EXCEEDED | RESOURCE_EXHAUSTED => {
                Error::Silent { endpoints, after: self.options.timeout }
            }
            UNAVAILABLE => Error::Unreachable { endpoints, why: causes(status) },
            _ => Error::Other { doing, why },
        }
    }
}

impl fmt::Debug for Etcd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Etcd").field("options", &self.options).finish_non_exhaustive()
    }
}

/// A way to renew a lease that costs one message each time.
#[derive(Debug)]
pub(crate) struct Keep {
    keeper: LeaseKeeper,
    answers: LeaseKeepAliveStream,
}

impl Keep {
    /// Renews the lease; for how long.
    pub(crate) async fn renew(&mut self, time: Duration) -> Result<Duration, Error> {
        let broken = |why: String| Error::Other { doing: "renew a lease", why };
        let renewed = timeout(time, async {
            self.keeper.keep_alive().await?;
            self.answers.message().await
        });
        match renewed.await {
            Ok(Ok(Some(answer))) if answer.ttl() > 0 => Ok(Duration::from_secs(answer.ttl().unsigned_abs())),
            Ok(Ok(Some(_))) => Err(Error::LeaseGone),
            Ok(Ok(None)) => Err(broken("it ended the stream".into())),
            Ok(Err(error)) => Err(broken(causes(&error))),
            Err(_) => Err(broken(format!("no answer within {time:?}"))),
        }
    }
}

/// What happens to keys.
pub(crate) struct Watch {
    stream: WatchStream,
}

/// A message of a watch.
#[derive(Debug)]
pub(crate) enum Seen {
    /// Keys changed. After a break, changes of several revisions come at once, in order.
    Changes(Vec<Event>),
    /// The watch began, or the answer to the request for a sign; with the newest revision of etcd.
    Progress { revision: i64, began: bool },
}

impl Watch {
    /// Waits for the next message. Does not lose one when it is dropped before.
    pub(crate) async fn next(&mut self) -> Result<Seen, Error> {
        let broken = |why: String| Error::Other { doing: "go on watching", why };
        let message = self.stream.message().await.map_err(|error| broken(causes(&error)))?;
        let Some(message) = message else { return Err(broken("it ended the stream".into())) };
        if message.canceled() {
            return Err(match message.compact_revision() {
                0 => broken(message.cancel_reason().to_owned()),
                compacted => Error::Compacted(compacted),
            });
        }
        let revision = message.header().map_or(0, etcd_client::ResponseHeader::revision);
        let events: Vec<Event> = message.events().iter().filter_map(event).collect();
        if events.is_empty() {
            return Ok(Seen::Progress { revision, began: message.created() });
        }
        Ok(Seen::Changes(events))
    }

    /// Asks for a sign that nothing was missed.
    pub(crate) async fn ask_progress(&mut self) -> Result<(), Error> {
        let asked = self.stream.request_progress().await;
        asked.map_err(|error| Error::Other { doing: "go on watching", why: causes(&error) })
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

fn event(event: &etcd_client::Event) -> Option<Event> {
    let kv = event.kv()?;
    let value = match event.event_type() {
        EventType::Put => Some(value(kv)),
        EventType::Delete => None,
    };
    Some(Event { key: kv.key().to_vec(), value, revision: kv.mod_revision() })
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

/// An error and what caused it.
fn causes(error: &dyn std::error::Error) -> String {
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
