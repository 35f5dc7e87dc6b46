//! `servo run`: the servos of the configuration, each for itself, in one process.

mod data;
mod one;
mod reload;
mod watch;

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use servo_assembly::{Admin, AssembleError, Programs, RunError, RunOptions, Servo, metrics};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};

use crate::args::Run;
use crate::exit::{self, FAILED, Trouble};
use crate::printer::Printer;
use crate::session::Session;
use crate::signals::Stop;
use data::Data;
use one::One;

/// Checks, and works with an optimizer until that has decided or somebody says stop. With several servos each ends on
/// its own, and one that fails stops no other.
pub(crate) async fn run(args: &Run, session: &Session) -> Result<(), Trouble> {
    let printer = &session.printer;
    let path = session.config_file(args.file.as_deref());
    let programs = session.programs_with(&args.components)?;
    let configs = session.configured_all(&path, &programs).await?;
    // Before connectors start, so that a signal meanwhile is not lost.
    let stop = Stop::listen(printer)?;
    stop.reloads();
    let admin = admin(args, printer).await?;
    let several = configs.len() > 1;
    let assembled = assemble(&programs, &configs, &path).await;
    if args.interactive && !confirmed(&assembled, session)? {
        return Ok(());
    }
    let mut options = options(session, path, stop.token.clone());
    options.reason = Arc::clone(&stop.name);
    options.check = args.check;
    options.dry_run = args.dry_run;
    options.no_poll = args.no_poll;
    options.fresh = args.fresh;
    options.seed = args.seed;
    let data = Arc::new(Data::new(printer.clone(), args.output, several));
    let (mut servos, mut running, mut failed) = (Vec::new(), JoinSet::new(), false);
    for (name, servo) in assembled {
        let printer = if several { printer.named(&name) } else { printer.clone() };
        match servo.map_err(Trouble::from) {
            Err(trouble) if !several => return Err(trouble),
            Err(trouble) => {
                exit::say(trouble, &printer);
                failed = true;
            }
            Ok(servo) => {
                servos.push(Arc::clone(&servo));
                let one = One {
                    servo,
                    printer: printer.clone(),
                    options: options.clone(),
                    data: data.clone(),
                    log: session.log.clone(),
                };
                let (runtime, span) = (Handle::current(), span(&name, several));
                // A thread each: what one computes delays no other.
                running.spawn_blocking(move || (printer, runtime.block_on(one.run().instrument(span))));
            }
        }
    }
    let all = async {
        while let Some(ended) = running.join_next().await {
            let (printer, ended) =
                ended.map_err(|error| Trouble::Failed(format!("a servo broke: {error}")))?;
            match ended {
                Err(trouble) if !several => return Err(trouble),
                Err(trouble) => {
                    exit::say(trouble, &printer);
                    failed = true;
                }
                Ok(()) => {}
            }
        }
        Ok(())
    };
    let measured = servos.clone();
    let _measured = session.otlp.as_ref().and_then(|otlp| otlp.measure(move || metrics(&measured)));
    tokio::select! {
        biased;
        ended = all => ended?,
        never = reload::at_each_hangup(&stop, session, &programs, &servos, &options.config) => match never {},
        never = monitored(admin.as_ref(), &servos) => match never {},
    }
    data.end()?;
    match (failed, stop.was_interrupt()) {
        (true, _) => Err(Trouble::Said(FAILED)),
        (false, true) => Err(Trouble::Interrupted),
        (false, false) => Ok(()),
    }
}

/// Listens where monitoring asks. Before anything is begun: who wants to be monitored does not want to run unseen.
async fn admin(args: &Run, printer: &Printer) -> Result<Option<Admin>, Trouble> {
    let Some(wanted) = args.admin_address.filter(|_| !args.dry_run) else { return Ok(None) };
    let cannot = |error| Trouble::Usage(format!("the admin address {wanted} cannot be listened on: {error}"));
    let admin = Admin::bind(wanted).await.map_err(cannot)?;
    let address = admin.address().map_err(cannot)?;
    printer.say(&format!("admin address: http://{address}"));
    if !address.ip().is_loopback() {
        printer.warn("the admin address can be asked by other machines, and knows no passwords");
    }
    Ok(Some(admin))
}

async fn monitored(admin: Option<&Admin>, servos: &[Arc<Servo>]) -> Infallible {
    match admin {
        Some(admin) => admin.serve(servos.into()).await,
        None => std::future::pending().await,
    }
}

/// Builds each servo, or says why it cannot be built.
async fn assemble(
    programs: &Programs,
    configs: &[servo_config::Servo],
    path: &std::path::Path,
) -> Vec<(String, Result<Arc<Servo>, AssembleError>)> {
    let mut assembled = Vec::with_capacity(configs.len());
    for config in configs {
        let name = config.display_name();
        let span = span(name, configs.len() > 1);
        let servo = Servo::assemble(programs, config, path).instrument(span).await.map(Arc::new);
        assembled.push((name.to_owned(), servo));
    }
    assembled
}

/// What log lines of the servo belong to, where there are several.
fn span(name: &str, several: bool) -> Span {
    if several { tracing::error_span!("servo", servo = name) } else { Span::current() }
}

/// The options of a run that say where things are; what is to be done is as the defaults have it.
pub(super) fn options(session: &Session, config: PathBuf, stop: CancellationToken) -> RunOptions {
    RunOptions {
        config,
        state: session.state(),
        check: false,
        dry_run: false,
        no_poll: false,
        fresh: false,
        seed: None,
        stop,
        reason: Arc::new(OnceLock::new()),
    }
}

fn confirmed<T>(servos: &[(String, T)], session: &Session) -> Result<bool, Trouble> {
    if !session.printer.can_ask() {
        return Err(Trouble::Usage("there is no terminal to ask on; leave --interactive out".to_owned()));
    }
    let names: Vec<&str> = servos.iter().map(|(name, _)| name.as_str()).collect();
    let question = format!("Run {} now?", names.join(", "));
    super::init::answer(inquire::Confirm::new(&question).with_default(true).prompt())
}

/// What a failed run is for the one who started it.
pub(super) fn trouble(error: RunError) -> Trouble {
    match error {
        // What failed was shown as it was checked.
        RunError::NotReady(_) => Trouble::Said(FAILED),
        RunError::NoObjective
        | RunError::Optimizer(..)
        | RunError::Objective(_)
        | RunError::NobodyPromotes => Trouble::Usage(error.to_string()),
        other => Trouble::failed(other),
    }
}
