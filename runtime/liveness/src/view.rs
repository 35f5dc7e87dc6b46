//! What this process knows of all services: read without a lock, kept fresh by a watch on etcd.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use crate::book::{Book, Now};
use crate::clock::{Moment, unix};
use crate::error::Error;
use crate::flapping::FlapOptions;
use crate::guard::{GuardOptions, Hold};
use crate::model::Snapshot;
use crate::notifier::{Notifier, Whom};
use crate::state::{Answer, Change, State, Why};

/// Batches of changes that a slow watcher may be behind before it is told so.
const BACKLOG: usize = 1024;

/// A picture of all services that follows etcd. Clones share it.
#[derive(Clone, Debug)]
pub struct View(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    picture: ArcSwap<Snapshot>,
    /// Milliseconds since boot, plus one, when everything that etcd held then was in the picture.
    fresh: AtomicU64,
    book: Mutex<Book>,
    changes: broadcast::Sender<Arc<[Change]>>,
    connection: ArcSwap<Connection>,
    hold: watch::Sender<Option<Hold>>,
    counts: Counts,
}

/// Whether a view follows etcd at this moment.
#[derive(Clone, Debug)]
pub enum Connection {
    /// It has not read etcd yet.
    Starting,
    /// It does: whatever changes is in it at once.
    Following,
    /// It does not, and tries again: this happened last.
    Lost(Error),
}

#[derive(Debug, Default)]
struct Counts {
    watches: AtomicU64,
    listings: AtomicU64,
}

/// Figures of a view, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewFigures {
    /// The revision of etcd that it shows.
    pub revision: i64,
    /// How old it is at most; nothing when it was never read.
    pub age: Option<Duration>,
    /// Services, and those of them that are up.
    pub services: usize,
    /// Those that are up.
    pub ups: usize,
    /// Services whose leases ended together with many others.
    pub suspects: usize,
    /// How often the watch was started, the first time included.
    pub watches: u64,
    /// How often everything was listed, the first time included.
    pub listings: u64,
}

/// What a watcher gets: first the state, then what changes, in order and without a gap.
#[derive(Clone, Debug)]
pub enum Notice {
    /// Everything, at the beginning and after the watcher was too slow.
    State {
        /// All services.
        snapshot: Snapshot,
        /// How many batches of changes it did not take in time.
        missed: u64,
    },
    /// What changed at one revision.
    Changes(Arc<[Change]>),
}

/// Somebody who wants to know what changes.
#[derive(Debug)]
pub struct Watcher {
    view: View,
    changes: broadcast::Receiver<Arc<[Change]>>,
    /// What is to be told first.
    state: Option<(Snapshot, u64)>,
}

impl View {
    pub(crate) fn new(guard: GuardOptions, flapping: FlapOptions) -> Self {
        let book = Book::new(guard, flapping);
        let picture = ArcSwap::from_pointee(Snapshot::new(book.model().clone()));
        let (changes, _) = broadcast::channel(BACKLOG);
        let connection = ArcSwap::from_pointee(Connection::Starting);
        let (fresh, book, counts) = (AtomicU64::new(0), Mutex::new(book), Counts::default());
        let (hold, _) = watch::channel(None);
        Self(Arc::new(Shared { picture, fresh, book, changes, connection, hold, counts }))
    }

    /// Whether the service with this uuid is up, as of `bound` ago at most. Takes no lock and allocates nothing.
    pub fn is_up(&self, uuid: &str, bound: Duration) -> Answer {
        self.answer(bound, |picture| picture.state(uuid, unix))
    }

    /// Whether a service of this type on this host is up, as of `bound` ago at most; if there are several, one is
    /// enough.
    pub fn is_up_at(&self, kind: &str, host: &str, bound: Duration) -> Answer {
        let best = |picture: &Snapshot| {
            let states = picture.at(kind, host).map(|entry| (entry.created, entry.state(unix)));
            states.max_by_key(|(created, state)| (*state == State::Up, *created)).map(|(_, state)| state)
        };
        self.answer(bound, best)
    }

    /// Everything, at one revision.
    pub fn snapshot(&self) -> Snapshot {
        self.0.picture.load().as_ref().clone()
    }

    /// How old the picture is at most; nothing when etcd was never read.
    pub fn age(&self) -> Option<Duration> {
        match self.0.fresh.load(Ordering::Acquire) {
            0 => None,
            fresh => Some(Moment::now().since(Moment::at(Duration::from_millis(fresh - 1)))),
        }
    }

    /// Whether it follows etcd at this moment.
    pub fn connection(&self) -> Connection {
        Connection::clone(&self.0.connection.load())
    }

    /// The state now and all changes from now on.
    pub fn watch(&self) -> Watcher {
        let (changes, snapshot) = self.join();
        Watcher { view: self.clone(), changes, state: Some((snapshot, 0)) }
    }

    /// The state of one service now and all changes of it from now on, its end included.
    pub fn notify(&self, uuid: &str) -> Notifier {
        Notifier::new(self.watch(), Whom::Uuid(uuid.into()), unix)
    }

    /// As [`View::notify`], for what runs as this type on this host: the newest that is up, else the newest.
    pub fn notify_at(&self, kind: &str, host: &str) -> Notifier {
        Notifier::new(self.watch(), Whom::Place { kind: kind.into(), host: host.into() }, unix)
    }

    /// Declares all suspects of this view down, and takes back what it told others of them.
    /// [`Liveness::release_suspects`](crate::Liveness::release_suspects) does it for everybody.
    pub fn release_suspects(&self) {
        self.write(|book, now| book.tick(now, true));
    }

    /// Figures for metrics.
    pub fn figures(&self) -> ViewFigures {
        let (snapshot, suspects) = {
            let book = self.book();
            (self.snapshot(), book.suspects())
        };
        ViewFigures {
            revision: snapshot.revision(),
            age: self.age(),
            services: snapshot.len(),
            ups: snapshot.ups(),
            suspects,
            watches: self.0.counts.watches.load(Ordering::Relaxed),
            listings: self.0.counts.listings.load(Ordering::Relaxed),
        }
    }

    /// Lets `change` change the book, publishes the picture and tells the watchers.
    pub(crate) fn write(&self, change: impl FnOnce(&mut Book, Now) -> Vec<Change>) {
        let mut book = self.book();
        book.listen(self.0.changes.receiver_count() > 0);
        let changes = change(&mut book, Now { moment: Moment::now(), unix: unix() });
        self.0.picture.store(Arc::new(Snapshot::new(book.model().clone())));
        let hold = book.hold();
        self.0.hold.send_if_modified(|known| std::mem::replace(known, hold) != hold);
        if !changes.is_empty() {
            // Nobody may listen.
            let _ = self.0.changes.send(changes.into());
        }
    }

    /// Everything that etcd held at `moment` is in the picture.
    pub(crate) fn is_fresh_as_of(&self, moment: Moment) {
        let milliseconds = u64::try_from(moment.since_boot().as_millis()).unwrap_or(u64::MAX - 1);
        self.0.fresh.fetch_max(milliseconds + 1, Ordering::Release);
    }

    /// Whether many vanished at once, as that changes.
    pub(crate) fn holds(&self) -> watch::Receiver<Option<Hold>> {
        self.0.hold.subscribe()
    }

    /// For how long services are held then.
    pub(crate) fn hold_time(&self) -> Duration {
        self.book().hold_time()
    }

    /// When [`Book::tick`] has something to do.
    pub(crate) fn due(&self) -> Option<Moment> {
        self.book().due()
    }

    pub(crate) fn broke(&self, error: &Error) {
        self.0.connection.store(Arc::new(Connection::Lost(error.clone())));
    }

    pub(crate) fn watch_began(&self) {
        self.0.connection.store(Arc::new(Connection::Following));
        self.0.counts.watches.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn listed(&self) {
        self.0.counts.listings.fetch_add(1, Ordering::Relaxed);
    }

    fn answer(&self, bound: Duration, state: impl FnOnce(&Snapshot) -> Option<State>) -> Answer {
        match self.age() {
            Some(age) if age <= bound => {
                let state = state(&self.0.picture.load());
                Answer::Known(state.unwrap_or(State::Down(Why::NeverSeen)))
            }
            age => Answer::Unknown(age),
        }
    }

    /// A place among the watchers and what was so just before.
    fn join(&self) -> (broadcast::Receiver<Arc<[Change]>>, Snapshot) {
        // Nobody writes meanwhile.
        let _book = self.book();
        (self.0.changes.subscribe(), self.snapshot())
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher {
    /// Waits for the next notice; nothing when nobody keeps the view any more. Nothing is lost when the future is
    /// dropped before.
    pub async fn next(&mut self) -> Option<Notice> {
        if let Some((snapshot, missed)) = self.state.take() {
            return Some(Notice::State { snapshot, missed });
        }
        match self.changes.recv().await {
            Ok(changes) => Some(Notice::Changes(changes)),
            Err(RecvError::Closed) => None,
            Err(RecvError::Lagged(missed)) => {
                let (changes, snapshot) = self.view.join();
                self.changes = changes;
                Some(Notice::State { snapshot, missed })
            }
        }
    }
}

#[cfg(test)]
mod tests;
