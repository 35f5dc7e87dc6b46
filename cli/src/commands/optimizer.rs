//! `servo optimizer`: the embedded optimizer for servos elsewhere.

mod export;
mod serve;
mod status;

use servo_assembly::serve::{Optimizer as Configured, ServeError};

use crate::args::{Optimizer, OptimizerWhat};
use crate::exit::Trouble;
use crate::session::Session;

/// Serves, or tells what a server did.
pub(super) async fn run(args: &Optimizer, session: &Session) -> Result<(), Trouble> {
    if !args.file.exists() {
        let name = args.file.display();
        let text = format!("no configuration: {name} does not exist; --file names another one");
        return Err(Trouble::Usage(text));
    }
    let optimizer = Configured::read(&args.file, &session.state()).map_err(trouble)?;
    match &args.what {
        OptimizerWhat::Serve(what) => serve::run(what, &optimizer, session).await,
        OptimizerWhat::Status(what) => status::run(what, &optimizer, session),
        OptimizerWhat::Export(what) => export::run(what, &optimizer, session),
    }
}

fn trouble(error: ServeError) -> Trouble {
    match error {
        ServeError::Problems(problems) => Trouble::Problems(problems),
        ServeError::Source(_)
        | ServeError::Token { .. }
        | ServeError::Objective { .. }
        | ServeError::Unknown { .. } => Trouble::Usage(error.to_string()),
        other => Trouble::failed(other),
    }
}
