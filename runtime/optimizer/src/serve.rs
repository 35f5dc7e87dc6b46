//! The optimizer's side of the protocol: one [`Application`] for each service that a servo takes care of.
//!
//! An application hears what its servo says and answers. What is next follows from its journal and from what is known of
//! the servo at the moment; whatever is decided or counted is in the journal, written and synced, before the servo is
//! told, so that a server killed at any moment goes on with the same next decision.

mod application;
mod binding;
mod exchange;
mod export;
mod goal;
mod http;
mod refusals;
mod shelf;
mod status;
mod step;
mod task;
mod tls;
mod tokens;
mod translate;

pub use application::{Application, HearError, Note};
pub use binding::{Binding, BindingError};
pub use exchange::{Act, Heard, Outcome, Said};
pub use export::{Export, ExportError, Exported, export};
pub use goal::Goal;
pub use http::{Limits, Listen, ListenError, Server};
pub use shelf::{Shelf, Told};
pub use status::{Shown, State, Status, status};
pub use tls::TlsError;
pub use tokens::{Tokens, bare_token};
