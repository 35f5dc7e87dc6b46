//! The composition root: makes running servos out of a resolved configuration.
//!
//! [`Programs`] finds and loads components, [`Servo::assemble`] builds and wires one servo, its methods are what
//! the commands do, and [`Servo::run`] is the control loop. Nothing here parses files or prints.
#![forbid(unsafe_code)]

pub mod distribution;
pub mod liveness;
pub mod serve;

mod admin;
mod brought;
mod checks;
mod control;
mod convert;
mod dispatch;
mod files;
mod inspect;
mod language;
mod lead;
mod load;
mod native;
mod operations;
mod programs;
mod progress;
mod remote;
mod run;
mod scenario;
mod secrets;
mod servo;
mod state;
mod tuning;

pub use admin::{Admin, metrics};
pub use brought::{Brought, Order, brought};
pub use checks::{CheckFilter, CheckReport, CheckedConnector, halt_on};
pub use control::{Control, ControlError, ControlServer, Question, Since};
pub use dispatch::{Dispatched, EventError};
pub use inspect::{GrantNeed, Inspection, inspect};
pub use load::{LoadError, attack};
pub use native::{NativeError, native_notices, native_problems};
pub use operations::{Answered, Offered, OperationError, WantedError};
pub use programs::{
    Bundled, CompileLimits, ConnectorInfo, Forgotten, Inputs, Programs, ProgramsError, compile_file,
    file_info,
};
pub use progress::{Furthest, furthest};
pub use remote::{Asked, OptimizerSample, ProxyVariables};
pub use run::{Ending, RunError, RunEvent, RunOptions, TrialCount};
pub use scenario::{PlayError, Played, RecordError, Unmet, record};
pub use secrets::secret_notices;
pub use servo::{
    AssembleError, Change, ConnectorSample, ConnectorState, ConnectorStatus, GrantRow, HandError, LimitRow,
    LivenessError, Reloaded, Requests, Sample, Servo, ServoStatus,
};
pub use state::StateDir;
pub use tuning::{Standing, TrialView, TuningReport};

pub use servo_events::{Options as DispatchOptions, Progress, ProgressSink, Update};
pub use servo_host::{BuildError, Kit, Language, Metadata, is_connector_name, prepare};
pub use servo_load::{
    Http2, Options as LoadOptions, Pace, Progress as LoadProgress, Rate, Report as LoadReport,
};
pub use servo_optimizer::session::{Level, Notice};
pub use servo_optimizer::{Gain, TrialResult};
