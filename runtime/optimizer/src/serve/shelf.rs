//! All applications of a server, and the answer to one request about one of them.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::application::{Application, HearError};
use super::binding::Speaker;
use super::exchange::Said;
use super::goal::Goal;
use super::refusals::Refusals;
use super::tokens::Tokens;
use super::translate;
use crate::wire::{Reply, Request, WireError};

/// Requests about one application that are answered at a time: a servo needs one, and one for progress.
const REQUESTS_MAX: usize = 4;

/// What requests about no application of this server are told under.
const NOBODY: &str = "unknown application";

/// What a server takes care of.
pub struct Shelf {
    applications: HashMap<String, Entry>,
    tokens: RwLock<Tokens>,
    refusals: Refusals,
    told: Told,
}

/// Tells the operator what happened to an application.
pub type Told = Box<dyn Fn(&str, &str) + Send + Sync>;

#[derive(Clone)]
struct Entry {
    application: Arc<Mutex<Application>>,
    places: Arc<Semaphore>,
}

/// Why a request is not answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// It is not a request of the protocol.
    #[error("{0}")]
    Malformed(WireError),
    /// Another servo has the place of this one.
    #[error("unexpected servo_uid")]
    Gone,
    /// Something is wrong on this side; the operator was told what.
    #[error("the optimizer cannot answer at the moment; try again")]
    Broken,
}

impl Shelf {
    /// The applications with these goals, whose state is kept in folders inside of `folder`. `server` differs from start
    /// to start of the process. The runs of `fresh` are set aside, when all others can be taken care of.
    ///
    /// # Errors
    /// A journal is in use by another server, or a folder cannot be read.
    pub fn open(
        folder: &Path,
        mut goals: Vec<(String, Goal)>,
        fresh: &[String],
        tokens: Tokens,
        server: &str,
        told: Told,
    ) -> Result<Self, HearError> {
        let mut applications = HashMap::new();
        goals.sort_by_key(|(id, _)| fresh.contains(id));
        for (id, goal) in goals {
            let folder = folder.join(&id);
            if fresh.contains(&id)
                && let Some(number) = Application::start_anew(&folder)?
            {
                told(
                    &id,
                    &format!("the run before is set aside: `servo optimizer export {id} --run {number}`"),
                );
            }
            let application = Application::open(&folder, goal, server)?;
            if let Some(why) = application.blocked() {
                told(&id, why);
            }
            let application = Arc::new(Mutex::new(application));
            let entry = Entry { application, places: Arc::new(Semaphore::new(REQUESTS_MAX)) };
            applications.insert(id, entry);
        }
        Ok(Self { applications, tokens: RwLock::new(tokens), refusals: Refusals::default(), told })
    }

    /// Takes these tokens instead of those before.
    pub fn renew(&self, tokens: Tokens) {
        *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = tokens;
    }

    /// Whether the headers have the token of the application; the operator is told of those that do not.
    pub(super) fn admits(&self, id: &str, headers: &HeaderMap) -> bool {
        let admitted = self.tokens.read().unwrap_or_else(PoisonError::into_inner).admit(id, headers);
        if !admitted {
            // What strangers call an application is not repeated.
            let known = self.applications.get_key_value(id).map_or(NOBODY, |(id, _)| id.as_str());
            if let Some(note) = self.refusals.note(known, Instant::now()) {
                (self.told)(known, &note);
            }
        }
        admitted
    }

    /// A place among the requests about the application; none when all are taken.
    pub(super) fn place(&self, id: &str) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.applications.get(id)?.places).try_acquire_owned().ok()
    }

    /// Answers a request of this process, if it says which it is; blocks while files are written.
    pub(super) fn answer(&self, id: &str, process: Option<&str>, body: &[u8]) -> Result<Reply, Refused> {
        let Some(entry) = self.applications.get(id) else { return Err(Refused::Broken) };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let invalid = |error: WireError| {
            Reply::Status(crate::wire::Status::of(crate::wire::StatusKind::Invalid, error.to_string()))
        };
        let request = match Request::read(body) {
            Ok(request) => request,
            Err(error @ WireError::UnknownEvent(_)) => return Ok(invalid(error)),
            Err(error) => return Err(Refused::Malformed(error)),
        };
        let heard = match translate::heard(request.event, now) {
            Ok(heard) => heard,
            Err(error) => return Ok(invalid(error)),
        };
        // A journal takes a record as a whole or not at all, so that what a panic left can be used.
        let mut application = entry.application.lock().unwrap_or_else(PoisonError::into_inner);
        let said = application.hear(heard, Speaker { servo_uid: request.servo_uid.as_deref(), process }, now);
        for note in application.notes() {
            (self.told)(id, &note);
        }
        drop(application);
        let said = said.map_err(|error| {
            (self.told)(id, &error.to_string());
            Refused::Broken
        })?;
        if said == Said::Gone {
            return Err(Refused::Gone);
        }
        match translate::reply(said) {
            Ok(Some(reply)) => Ok(reply),
            Ok(None) => Err(Refused::Gone),
            Err(error) => {
                (self.told)(id, &error.to_string());
                Err(Refused::Broken)
            }
        }
    }
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").field("applications", &self.applications.len()).finish_non_exhaustive()
    }
}
