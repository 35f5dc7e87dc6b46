//! Leader mode of `servo run`: of all servos of one name and namespace one works, and another takes over when it dies,
//! stands still or is cut off.
//!
//! The [`Post`] is the one place that knows whether this process may act. The host asks it before whatever a connector
//! sends, the servo before whatever it has connectors do; who asks too late ends the [`Reign`].

mod testament;

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use servo_host::{Closed, Gate};
use servo_liveness::{Candidate, Role, Term};
use servo_types::Adjustment;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::liveness::Leadership;
use crate::run::Reporter;

pub(crate) use testament::{Heritage, State, Testament};

/// How often it is looked whether leadership still holds, beside whoever asks for it.
const LOOK: Duration = Duration::from_millis(20);

/// Whether this process may act.
#[derive(Debug, Default)]
pub(crate) struct Post(RwLock<Place>);

#[derive(Debug, Default)]
enum Place {
    /// Nobody has asked for a leader: commands of people act at once.
    #[default]
    Free,
    /// A run has begun, and does not campaign yet.
    Closed,
    Following(Arc<Candidate>),
    Leading(Reign),
}

/// One leadership of this process.
#[derive(Clone, Debug)]
pub(crate) struct Reign {
    candidate: Arc<Candidate>,
    term: Term,
    /// Who this process is for its successors.
    me: Arc<str>,
    over: CancellationToken,
    /// The wish to stop, which the end of the reign is, too.
    stop: CancellationToken,
    /// What the application was last told to have.
    sent: Arc<Mutex<Vec<Adjustment>>>,
}

impl Post {
    /// Nothing may be begun from here on.
    pub(crate) fn close(&self) {
        self.put(Place::Closed);
    }

    /// Nothing may be begun until this process leads.
    pub(crate) fn follow(&self, candidate: &Arc<Candidate>) {
        self.put(Place::Following(Arc::clone(candidate)));
    }

    /// This process leads.
    pub(crate) fn lead(&self, reign: &Reign) {
        self.put(Place::Leading(reign.clone()));
    }

    /// Lets another one lead at once. Nothing may be begun any more.
    pub(crate) async fn resign(&self) {
        let candidate = match &*self.place() {
            Place::Free | Place::Closed => return,
            Place::Following(candidate) | Place::Leading(Reign { candidate, .. }) => Arc::clone(candidate),
        };
        self.follow(&candidate);
        candidate.resign().await;
    }

    /// Who leads, as far as this process knows.
    pub(crate) fn leadership(&self) -> Leadership {
        match &*self.place() {
            Place::Leading(reign) if reign.holds() => Leadership::Leading { term: reign.term.0 },
            Place::Following(candidate) => match candidate.role() {
                Role::Follower { leader, .. } => Leadership::Following { leader: Some(leader) },
                Role::Leader(_) | Role::Unknown => Leadership::Following { leader: None },
            },
            Place::Free | Place::Closed | Place::Leading(_) => Leadership::Following { leader: None },
        }
    }

    /// These settings are about to be sent to the application.
    pub(crate) fn sending(&self, adjustments: &[Adjustment]) {
        if let Place::Leading(reign) = &*self.place() {
            *reign.sent.lock().unwrap_or_else(PoisonError::into_inner) = adjustments.to_vec();
        }
    }

    fn place(&self) -> RwLockReadGuard<'_, Place> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, place: Place) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = place;
    }
}

impl Gate for Post {
    fn pass(&self) -> Result<Option<i64>, Closed> {
        match &*self.place() {
            Place::Free => Ok(None),
            Place::Leading(reign) if reign.holds() => Ok(Some(reign.term.0)),
            Place::Closed | Place::Following(_) | Place::Leading(_) => Err(Closed),
        }
    }
}

impl Reign {
    /// `stop` ends the work, not the reign.
    pub(crate) fn new(candidate: Arc<Candidate>, term: Term, me: Arc<str>, stop: &CancellationToken) -> Self {
        let (over, stop) = (CancellationToken::new(), stop.child_token());
        Self { candidate, term, me, over, stop, sent: Arc::default() }
    }

    /// Whether something may be begun. Once it may not, it never may again, even if the lease is renewed after all:
    /// what was refused in between is half done.
    fn holds(&self) -> bool {
        if !self.over.is_cancelled() && self.candidate.term() != Some(self.term) {
            self.over.cancel();
            // Here, so that whoever was refused finds it cancelled.
            self.stop.cancel();
        }
        !self.over.is_cancelled()
    }

    /// Its number.
    pub(crate) fn term(&self) -> i64 {
        self.term.0
    }

    /// Who this process is for its successors.
    pub(crate) fn me(&self) -> &str {
        &self.me
    }

    /// What the application was last told to have; nothing when it was told nothing.
    pub(crate) fn sent(&self) -> Vec<Adjustment> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Cancelled when the work is to stop: by a person, or because it is over.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Cancelled when it is over.
    pub(crate) fn over(&self) -> &CancellationToken {
        &self.over
    }

    /// Waits until it is over.
    pub(crate) async fn end(&self) {
        while self.holds() {
            let _ = timeout(LOOK, self.over.cancelled()).await;
        }
    }
}

/// Waits until this process leads, and says meanwhile whom it follows. Its term, and the last one that it has followed
/// meanwhile; nothing when it is to stop.
pub(crate) async fn until_leading(
    candidate: &Candidate,
    heritage: &mut Heritage,
    stop: &CancellationToken,
    reporter: &Reporter,
) -> Option<(Term, Option<Term>)> {
    let (mut told, mut followed) = (None, None);
    while !stop.is_cancelled() {
        let role = candidate.role();
        if role != Role::Unknown {
            heritage.look(candidate).await;
        }
        match &role {
            Role::Leader(term) if candidate.term() == Some(*term) => return Some((*term, followed)),
            Role::Follower { leader, term } if told.as_ref() != Some(&role) => {
                reporter.notice(format!("following {leader} (term {})", term.0)).await;
                (told, followed) = (Some(role.clone()), Some(*term));
            }
            _ => {}
        }
        let change = async {
            match role {
                Role::Leader(_) => sleep(LOOK).await,
                _ => drop(candidate.changed(&role).await),
            }
        };
        stop.run_until_cancelled(change).await?;
    }
    None
}
