//! One servo of a run: its work, its control socket, and what came of it.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use servo_assembly::{Asked, ControlServer, Ending, RunOptions, Servo};
use servo_telemetry::Recent;
use tokio::sync::mpsc;

use super::data::Data;
use super::trouble;
use super::watch::Watch;
use crate::commands::outcome::summary;
use crate::exit::Trouble;
use crate::printer::Printer;

/// Events that wait to be printed; a terminal is fast enough.
const EVENTS: usize = 64;

/// One servo of a run.
pub(super) struct One {
    pub(super) servo: Arc<Servo>,
    pub(super) printer: Printer,
    pub(super) options: RunOptions,
    pub(super) data: Arc<Data>,
    /// The last log lines of the process.
    pub(super) log: Recent,
}

impl One {
    /// Works to the end and says what came of it.
    pub(super) async fn run(self) -> Result<(), Trouble> {
        let Self { servo, printer, options, data, .. } = &self;
        let control = if options.dry_run { None } else { self.control()? };
        let (sender, events) = mpsc::channel(EVENTS);
        let work = async {
            tokio::select! {
                biased;
                ended = servo.run(options, sender) => ended,
                never = answer(control.as_ref(), servo) => match never {},
            }
        };
        let report = options.dry_run.then_some((&**data, servo.name()));
        let (ended, ()) = tokio::join!(work, Watch::new(printer, report).follow(events));
        let report = match ended.map_err(trouble)? {
            Ending::Checked => {
                printer.say(&format!("{} is ready", servo.name()));
                None
            }
            Ending::Finished(report) => Some(report),
            Ending::Stopped(report) => {
                printer.say("stopped; the application has the settings it came with");
                report
            }
            Ending::Parted { asked } => {
                printer.say(match asked {
                    Asked::Made => "stopped; the application has what the optimizer asked for last",
                    Asked::Nothing => "stopped; the optimizer has asked for no change",
                    Asked::CutOff => {
                        "stopped; the change that the optimizer asked for last did not come to its end: \
                         `servo describe` shows what the application has"
                    }
                });
                None
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
                printer
                    .say("the leader's run is finished; the application has the settings that it ended on");
                None
            }
        };
        report.map_or(Ok(()), |report| data.put(servo.name(), &*report, summary))
    }

    /// Listens for the commands that ask a running servo. The run is worth more than they are; but two runs of one
    /// servo would both work for its optimizer.
    fn control(&self) -> Result<Option<ControlServer>, Trouble> {
        let (state, config, log) = (&self.options.state, &self.options.config, self.log.clone());
        let why = match ControlServer::open(state, config, self.servo.name(), log) {
            Ok(server) => return Ok(Some(server)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => match self.servo.works_for() {
                Some(optimizer) => {
                    let (name, file) = (self.servo.name(), config.display());
                    return Err(Trouble::Failed(format!(
                        "{name} of {file} runs already and works for the optimizer `{optimizer}`: `servo status` \
                         shows it; stop it first, or give this one another `name`"
                    )));
                }
                None => "another run of this servo answers them".to_owned(),
            },
            Err(error) => error.to_string(),
        };
        self.printer.note(&format!("`servo top` and other commands cannot reach this run: {why}"));
        Ok(None)
    }
}

async fn answer(control: Option<&ControlServer>, servo: &Servo) -> Infallible {
    match control {
        Some(control) => control.serve(servo).await,
        None => std::future::pending().await,
    }
}
