//! `servo run`.

mod reload;
mod watch;

use std::convert::Infallible;
use std::io;
use std::path::PathBuf;

use servo_assembly::{ControlServer, Ending, RunError, RunOptions, Servo};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::outcome::summary;
use crate::args::Run;
use crate::exit::{FAILED, Trouble};
use crate::printer::Printer;
use crate::session::Session;
use crate::signals::Stop;
use watch::Watch;

/// Events that wait to be printed; a terminal is fast enough.
const EVENTS: usize = 64;

/// Checks, tunes until the optimizer has decided or somebody says stop, and says what came of it.
pub(crate) async fn run(args: &Run, session: &Session) -> Result<(), Trouble> {
    let printer = &session.printer;
    let path = session.config_file(args.file.as_deref());
    let programs = session.programs_with(&args.components)?;
    let config = session.configured(&path, &programs).await?;
    // Before connectors start, so that a signal meanwhile is not lost.
    let stop = Stop::listen(printer)?;
    stop.reloads();
    let servo = Servo::assemble(&programs, &config, &path).await?;
    if args.interactive && !confirmed(&servo, session)? {
        return Ok(());
    }
    let mut options = options(session, path, stop.token.clone());
    options.check = args.check;
    options.dry_run = args.dry_run;
    options.no_poll = args.no_poll;
    options.fresh = args.fresh;
    options.seed = args.seed;
    let control = if args.dry_run { None } else { control(&options, &servo, printer) };
    let (sender, events) = mpsc::channel(EVENTS);
    let watch = Watch::new(printer, args.output, args.dry_run);
    let work = async {
        tokio::select! {
            biased;
            ended = servo.run(&options, sender) => ended,
            never = reload::at_each_hangup(&stop, session, &programs, &servo, &options.config) => match never {},
            never = answer(control.as_ref(), &servo) => match never {},
        }
    };
    let (ended, ()) = tokio::join!(work, watch.follow(events));
    let report = match ended.map_err(trouble)? {
        Ending::Checked => {
            printer.say(&format!("{} is ready", servo.name()));
            return Ok(());
        }
        Ending::Finished(report) => Some(report),
        Ending::Stopped(report) => {
            printer.say("stopped; the application has the settings it came with");
            report
        }
        Ending::Unbegun => {
            printer.say("stopped before this servo tuned anything");
            None
        }
        Ending::Followed => {
            printer.say("stopped; this servo was not leading, and the application was left alone");
            None
        }
        Ending::LeaderFinished => {
            printer.say("the leader's run is finished; the application has the settings that it ended on");
            None
        }
    };
    if let Some(report) = report {
        printer.show(args.output, &*report, summary)?;
    }
    if stop.was_interrupt() { Err(Trouble::Interrupted) } else { Ok(()) }
}

/// Listens for the commands that ask a running servo. The run is worth more than they are.
fn control(options: &RunOptions, servo: &Servo, printer: &Printer) -> Option<ControlServer> {
    let opened = ControlServer::open(&options.state, &options.config, servo.name());
    let explain = |error: io::Error| {
        let why = match error.kind() {
            io::ErrorKind::WouldBlock => "another run of this servo answers them".to_owned(),
            _ => error.to_string(),
        };
        printer.note(&format!("`servo top` and other commands cannot reach this run: {why}"));
    };
    opened.map_err(explain).ok()
}

async fn answer(control: Option<&ControlServer>, servo: &Servo) -> Infallible {
    match control {
        Some(control) => control.serve(servo).await,
        None => std::future::pending().await,
    }
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
    }
}

fn confirmed(servo: &Servo, session: &Session) -> Result<bool, Trouble> {
    if !session.printer.can_ask() {
        return Err(Trouble::Usage("there is no terminal to ask on; leave --interactive out".to_owned()));
    }
    let question = format!("Run {} now?", servo.name());
    super::init::answer(inquire::Confirm::new(&question).with_default(true).prompt())
}

/// What a failed run is for the one who started it.
pub(super) fn trouble(error: RunError) -> Trouble {
    match error {
        // What failed was shown as it was checked.
        RunError::NotReady(_) => Trouble::Said(FAILED),
        RunError::NoObjective
        | RunError::RemoteOptimizer(_)
        | RunError::Objective(_)
        | RunError::NobodyPromotes => Trouble::Usage(error.to_string()),
        other => Trouble::failed(other),
    }
}
