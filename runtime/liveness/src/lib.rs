//! Which services are up, kept in etcd and answered from memory.
//!
//! A process [registers](Liveness::update) its services; they are up as long as it lives. Others keep a
//! [view](Liveness::view) of all services that follows etcd, and ask it as often as they like. The records are those
//! of os-lively, byte for byte.
//!
//! ```no_run
//! use std::time::Duration;
//! use servo_liveness::{Liveness, Options, Service};
//!
//! # async fn example() -> Result<(), servo_liveness::Error> {
//! let endpoints = vec!["http://localhost:2379".into()];
//! let liveness = Liveness::new(Options::new(endpoints, Duration::from_secs(60)))?;
//! let (uuid, kind, host) = ("3b059e33".into(), "nova-compute".into(), "rack-7".into());
//! liveness.update(Service { uuid, kind, host, ..Service::default() }).await?;
//! let view = liveness.view().await;
//! println!("{:?}", view.is_up_at("nova-compute", "rack-7", Duration::from_secs(10)));
//! liveness.stop().await;
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod book;
mod checkup;
mod clock;
mod election;
mod error;
mod etcd;
mod facts;
mod flapping;
mod follow;
mod guard;
mod history;
mod keeper;
mod keys;
mod lease;
mod liveness;
mod model;
mod notifier;
mod plan;
mod pulse;
mod record;
mod registrar;
mod state;
mod store;
mod suspicion;
mod view;

pub use checkup::{Checkup, Member, MemberState};
pub use election::{Candidate, Role, Term};
pub use error::Error;
pub use etcd::{CallFigures, ClockDifference, EtcdOptions, LeaseTime, Tls};
pub use flapping::FlapOptions;
pub use guard::GuardOptions;
pub use keys::Keys;
pub use liveness::{Liveness, Options};
pub use model::{Entry, Snapshot};
pub use notifier::{News, Notifier};
pub use record::{Invalid, Maintenance, NAME_MAX, NOTE_MAX, NotARecord, Service, Status};
pub use registrar::LeaseFigures;
pub use state::{Answer, Change, State, Why};
pub use store::Filter;
pub use view::{Connection, Notice, View, ViewFigures, Watcher};
