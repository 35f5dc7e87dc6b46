//! Which services are up, kept in etcd and answered from memory.
//!
//! A process [registers](Liveness::update) its services; they are up as long as it lives. Others keep a
//! [view](Liveness::view) of all services that follows etcd, and ask it as often as they like. The records are those
//! of os-lively, byte for byte.
#![forbid(unsafe_code)]

mod book;
mod clock;
mod election;
mod error;
mod etcd;
mod facts;
mod follow;
mod guard;
mod keeper;
mod keys;
mod lease;
mod liveness;
mod model;
mod plan;
mod record;
mod registrar;
mod state;
mod store;
mod view;

pub use election::{Candidate, Role, Term};
pub use error::Error;
pub use etcd::{EtcdOptions, LeaseTime, Tls};
pub use guard::GuardOptions;
pub use keys::Keys;
pub use liveness::{Liveness, Options};
pub use model::{Entry, Snapshot};
pub use record::{Invalid, Maintenance, NAME_MAX, NOTE_MAX, NotARecord, Service, Status};
pub use registrar::LeaseFigures;
pub use state::{Answer, Change, State, Why};
pub use store::Filter;
pub use view::{Notice, View, ViewFigures, Watcher};
