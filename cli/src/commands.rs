//! The commands, one file each, and what is built for those that need it.

mod adjust;
mod answers;
mod brought;
mod build;
mod bundle;
mod cache;
mod check;
mod completions;
mod config;
mod connectors;
mod delete;
mod describe;
mod dev;
mod dispatch;
mod generate;
mod grants;
mod history;
mod init;
mod inspect;
mod install;
mod list;
mod liveness;
mod load;
mod lock;
mod logs;
mod man;
mod measure;
mod migrate;
mod new;
mod optimizer;
mod outcome;
mod promote;
mod pull;
mod push;
mod run;
mod schema;
mod search;
mod show;
mod sign;
mod stanza;
mod status;
mod test;
mod top;
mod update;
mod validate;
mod version;

use std::time::Duration;

use servo_telemetry::Level;
use tracing::field::Empty;
use tracing::{Instrument as _, error_span};

use crate::args::{Arguments, LoadWhat, What};
use crate::exit::Trouble;
use crate::printer::Printer;
use crate::runtime;
use crate::session::Session;
use crate::signals;

/// How long the end of the process waits for work that nobody waits for any more.
const LEAVE: Duration = Duration::from_millis(200);

/// Does what the command line says.
pub(crate) fn run(arguments: Arguments, printer: &Printer) -> Result<(), Trouble> {
    match arguments.command {
        // These are answered without looking at anything, and so without a runtime.
        What::New(args) => new::run(&args, printer),
        What::Inspect(args) if args.is_file() => inspect::file(&args, printer),
        What::Version(ours) if ours.connector.is_none() => version::servo(&ours, printer),
        What::Completions(shell) => completions::run(&shell, printer),
        What::Man(args) => man::run(&args, printer),
        command => {
            // Who writes a connector wants to see what it says.
            let level = if matches!(command, What::Dev(_)) { Level::Info } else { Level::Warning };
            let keep = matches!(command, What::Run(_));
            let session = Session::start(arguments.global, printer.clone(), level, keep)?;
            let main = runtime::main()
                .map_err(|error| Trouble::Failed(format!("threads cannot be started: {error}")))?;
            let span =
                error_span!(target: "span", "command", otel.name = Empty, otel.status_description = Empty);
            if !span.is_disabled() {
                span.record("otel.name", format!("servo {}", arguments.name));
            }
            let result = main.block_on(one(command, &session).instrument(span.clone()));
            if let Err(Trouble::Usage(text) | Trouble::Failed(text)) = &result {
                span.record("otel.status_description", text.as_str());
            }
            drop(span);
            session.end();
            main.shutdown_timeout(LEAVE);
            result
        }
    }
}

async fn one(command: What, session: &Session) -> Result<(), Trouble> {
    signals::outlive_limits()?;
    match command {
        What::Init(args) => init::run(&args, session).await,
        What::List(args) => list::run(&args, session).await,
        What::Connectors(args) => connectors::run(&args, session).await,
        What::Show(args) => show::run(&args, session).await,
        What::Run(args) => run::run(&args, session).await,
        What::Describe(args) => describe::run(&args, session).await,
        What::Measure(args) => measure::run(&args, session).await,
        What::Adjust(args) => adjust::run(args, session).await,
        What::Check(args) => check::run(&args, session).await,
        What::Promote(args) => promote::run(&args, session).await,
        What::Dispatch(args) => dispatch::run(args, session).await,
        What::History(args) => history::run(&args, session).await,
        What::Status(args) => status::run(&args, session).await,
        What::Top(args) => top::run(&args, session).await,
        What::Logs(args) => logs::run(&args, session).await,
        What::Grants(args) => grants::run(&args, session).await,
        What::Config(args) => config::run(&args, session).await,
        What::Schema(args) => schema::run(&args, session).await,
        What::Validate(args) => validate::run(&args, session).await,
        What::Migrate(args) => migrate::run(&args, session).await,
        What::Generate(args) => generate::run(&args, session).await,
        What::Load(args) => match args.what {
            LoadWhat::Attack(args) => load::attack(args, session).await,
        },
        What::Liveness(args) => liveness::run(*args, session).await,
        What::Optimizer(args) => optimizer::run(&args, session).await,
        What::New(args) => new::run(&args, &session.printer),
        What::Build(args) => build::run(&args, session).await,
        What::Test(args) => test::run(&args, session).await,
        What::Dev(args) => dev::run(&args, session).await,
        What::Inspect(args) => inspect::run(&args, session).await,
        What::Push(args) => push::run(&args, session).await,
        What::Pull(args) => pull::run(&args, session).await,
        What::Search(args) => search::run(&args, session).await,
        What::Sign(args) => sign::sign(&args, session).await,
        What::Verify(args) => sign::verify(&args, session).await,
        What::Delete(args) => delete::run(&args, session).await,
        What::Install(args) => install::install(&args, session).await,
        What::Uninstall(args) => install::uninstall(&args, session).await,
        What::Lock(args) => lock::run(&args, session).await,
        What::Update(args) => update::run(&args, session).await,
        What::Bundle(args) => bundle::run(&args, session).await,
        What::Cache(args) => cache::run(&args, session).await,
        What::Version(args) => version::run(&args, session).await,
        What::Completions(args) => completions::run(&args, &session.printer),
        What::Man(args) => man::run(&args, &session.printer),
        What::Brought(brings) => brought::run(*brings, session).await,
    }
}
