//! Leadership: of several processes one at a time leads, and knows for how long it certainly does.
//!
//! Each candidate hangs a key of its own on a lease of its own; the oldest key leads. The revision that made the key
//! is the term: it grows from leader to leader, so whoever is told to do something can refuse an old one (a fencing
//! token).

use std::sync::Arc;
use std::sync::Mutex as StdMutex;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::clock::Moment;
use crate::error::Error;
use crate::etcd::{Committed, Etcd};
use crate::keeper::{Attach, Keeper};
use crate::plan::{Plan, Value, Write};

/// A candidate of one election. It campaigns until it is stopped or dropped.
#[derive(Debug)]
pub struct Candidate {
    shared: Arc<Shared>,
    task: StdMutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    etcd: Arc<Etcd>,
    keeper: Keeper,
    /// All keys of the election begin with it.
    prefix: String,
    /// The key of what leaders leave for their successors.
    testament: String,
    /// What others read of this candidate.
    name: String,
    /// So long before its lease may end a leader does not begin anything.
    margin: Duration,
    /// With the lease under which it is so: a term that was won with one lease says nothing under the next.
    role: watch::Sender<(Role, i64)>,
}

/// What a candidate is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// It does not know yet, or has no lease.
    #[default]
    Unknown,
    /// Another one leads.
    Follower {
        /// Its name.
        leader: String,
        /// The number of its leadership.
        term: Term,
    },
    /// It leads.
    Leader(Term),
}

/// The number of a leadership; a later leader has a higher one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(pub i64);

impl Candidate {
    pub(crate) fn start(etcd: Arc<Etcd>, election: &str, name: &str, ttl: Duration) -> Self {
        let (prefix, testament) = (etcd.keys.election(election), etcd.keys.testament(election));
        let keeper = Keeper::new(Arc::clone(&etcd), ttl, "the candidacy of this process");
        let (role, _) = watch::channel((Role::Unknown, 0));
        let shared = Shared { etcd, keeper, prefix, testament, name: name.into(), margin: ttl / 5, role };
        let shared = Arc::new(shared);
        let task = tokio::spawn(Arc::clone(&shared).campaign());
        Self { shared, task: StdMutex::new(Some(task)) }
    }

    /// The term, if this process leads now and for a margin longer: something may be begun. By a clock that goes on
    /// while the machine sleeps, so that one that slept too long does not act.
    pub fn term(&self) -> Option<Term> {
        let (Role::Leader(term), lease) = *self.shared.role.borrow() else { return None };
        let granted = (*self.shared.keeper.lease().borrow()).filter(|granted| granted.id == lease)?;
        (Moment::now() + self.shared.margin < granted.safe_until).then_some(term)
    }

    /// What it is.
    pub fn role(&self) -> Role {
        self.shared.role.borrow().0.clone()
    }

    /// Waits until it is something else than `known`.
    pub async fn changed(&self, known: &Role) -> Role {
        let mut role = self.shared.role.subscribe();
        match role.wait_for(|(role, _)| role != known).await {
            Ok(role) => role.0.clone(),
            // It has ended.
            Err(_) => Role::Unknown,
        }
    }

    /// Leaves something for the leaders to come, instead of what was left before, if this process still leads in this
    /// term.
    ///
    /// # Errors
    /// When it does not lead any more ([`Error::LeaseGone`]), or etcd does not take it.
    pub async fn leave(&self, term: Term, testament: Vec<u8>) -> Result<(), Error> {
        let lease = (*self.shared.keeper.lease().borrow()).ok_or(Error::LeaseGone)?;
        let key = self.shared.testament.clone();
        let write = Write::Put { key, value: testament, lease: 0 };
        // The key of a candidate is written once, so that its revision is the term.
        let plan = Plan { compare: vec![(self.shared.key(lease.id), term.0)], writes: vec![write] };
        match self.shared.etcd.commit(&plan).await? {
            Committed::At(_) => Ok(()),
            Committed::Not => Err(Error::LeaseGone),
        }
    }

    /// What a leader left last, and at which revision.
    ///
    /// # Errors
    /// When etcd does not answer.
    pub async fn left(&self) -> Result<Option<(Vec<u8>, i64)>, Error> {
        let read = self.shared.etcd.read(vec![self.shared.testament.clone()]).await?;
        Ok(read.into_iter().find_map(|(_, value)| value).map(|value| (value.bytes, value.modified)))
    }

    /// Gives leadership up, so that another one takes over at once.
    pub async fn resign(&self) {
        self.shared.role.send_replace((Role::Unknown, 0));
        self.shared.keeper.stop();
        let task = self.task.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(task) = task {
            let _ = task.await;
        }
    }
}

/// The one with the oldest key.
pub(crate) async fn leader(etcd: &Etcd, election: &str) -> Result<Option<(String, Term)>, Error> {
    let oldest = etcd.oldest(&etcd.keys.election(election)).await?;
    Ok(oldest.map(|(_, value)| leads(&value)))
}

/// Who leads, by the oldest key, and in which term.
fn leads(oldest: &Value) -> (String, Term) {
    (String::from_utf8_lossy(&oldest.bytes).into_owned(), Term(oldest.created))
}

impl Drop for Candidate {
    fn drop(&mut self) {
        self.shared.keeper.stop();
    }
}

impl Shared {
    async fn campaign(self: Arc<Self>) {
        tokio::join!(self.keeper.run(&*self), self.watch());
        self.role.send_replace((Role::Unknown, 0));
    }

    /// Looks who leads: when the lease changes, and often enough to take over in time.
    async fn watch(&self) {
        let mut leases = self.keeper.lease();
        while !self.keeper.is_stopped() {
            let granted = *leases.borrow_and_update();
            let lease = granted.map_or(0, |granted| granted.id);
            let role = match granted {
                // An answer may take longer than the lease lives, which the keeper notices sooner on another line.
                Some(_) => tokio::select! {
                    role = self.look(lease) => role,
                    _ = leases.wait_for(|now| now.map_or(0, |now| now.id) != lease) => Some(Role::Unknown),
                },
                None => Some(Role::Unknown),
            };
            if let Some(role) = role {
                self.role.send_if_modified(|now| {
                    let differs = now.0 != role;
                    if differs {
                        tracing::info!(election = %self.prefix, ?role, "the role of this process changed");
                    }
                    *now = (role, lease);
                    differs
                });
            }
            let pause = granted.map_or(Duration::from_millis(100), |granted| granted.ttl / 10);
            let _ = timeout(pause, leases.changed()).await;
            if granted.is_none() {
                sleep(Duration::from_millis(10)).await;
            }
        }
    }

    /// Who leads; nothing when etcd does not say.
    async fn look(&self, lease: i64) -> Option<Role> {
        let Some((key, value)) = self.etcd.oldest(&self.prefix).await.ok()? else {
            return Some(Role::Unknown);
        };
        let (leader, term) = leads(&value);
        let ours = key == self.key(lease).as_bytes();
        Some(if ours { Role::Leader(term) } else { Role::Follower { leader, term } })
    }

    fn key(&self, lease: i64) -> String {
        format!("{}{lease:016x}", self.prefix)
    }
}

impl Attach for Shared {
    async fn attach(&self, lease: i64) -> Result<(), Error> {
        let key = self.key(lease);
        let write = Write::Put { key: key.clone(), value: self.name.clone().into_bytes(), lease };
        let plan = Plan { compare: vec![(key, 0)], writes: vec![write] };
        match self.etcd.commit(&plan).await? {
            Committed::At(_) | Committed::Not => Ok(()),
        }
    }
}
