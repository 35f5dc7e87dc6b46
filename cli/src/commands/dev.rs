//! `servo dev`: a connector that runs while it is written.

mod watch;

use std::path::{Path, PathBuf};
use std::time::Duration;

use servo_assembly::{
    Change, CheckFilter, Kit, OperationError, Programs, ProgressSink, Reloaded, Servo, halt_on,
};
use servo_types::Control;

use super::{build, check, measure};
use crate::args::Dev;
use crate::exit::{self, Trouble};
use crate::session::{CONFIG_FILE, KIT, Session};
use crate::signals::Stop;
pub(super) use watch::Seen;

/// How often the folder is looked at. Nobody notices, and a look costs less than a millisecond.
const LOOK: Duration = Duration::from_millis(250);

/// What a round needs.
struct Workshop<'a> {
    args: &'a Dev,
    session: &'a Session,
    programs: Programs,
    stop: Stop,
    configuration: PathBuf,
}

/// Builds, runs and shows the connector in a folder whenever something in it changed, until ctrl-C.
pub(crate) async fn run(args: &Dev, session: &Session) -> Result<(), Trouble> {
    let configuration = session.config_file_in(&args.folder);
    let stop = Stop::listen(&session.printer)?;
    let workshop = Workshop { args, session, programs: session.programs()?, stop, configuration };
    let mut seen = Seen::of(&args.folder).map_err(|error| cannot(&args.folder, &error))?;
    let (mut servo, mut source, mut settings) = (None, true, true);
    loop {
        let round = workshop.round(&mut servo, source, settings);
        let ended = tokio::select! {
            biased;
            () = workshop.stop.token.cancelled() => true,
            result = round => {
                if let Err(trouble) = result {
                    workshop.trouble(trouble, servo.is_some())?;
                }
                false
            }
        };
        (source, settings) = match ended {
            true => (false, false),
            false => workshop.change(&mut seen).await?,
        };
        if !source && !settings {
            break;
        }
    }
    if let Some(servo) = servo {
        let _ = servo.shutdown("interrupted").await;
    }
    workshop.stop.ended()
}

impl Workshop<'_> {
    /// Builds if the source changed, starts or replaces the connector, and shows what it does.
    async fn round(&self, servo: &mut Option<Servo>, source: bool, settings: bool) -> Result<(), Trouble> {
        let printer = &self.session.printer;
        if source {
            let kit = Kit { files: KIT, guests: self.args.guests.clone() };
            let (language, component) = self.programs.build(&self.args.folder, None, &kit).await?;
            printer.say(build::text(language, &component).trim_end());
        }
        if source || settings {
            let before = self.programs.forget().await;
            let config = match self.session.configured(&self.configuration, &self.programs).await {
                Ok(config) => config,
                Err(trouble) => {
                    self.programs.recall(before).await;
                    return Err(trouble);
                }
            };
            match servo {
                Some(servo) => self.tell(&servo.reload(&self.programs, &config, &self.configuration).await),
                None => {
                    let new = Servo::assemble(&self.programs, &config, &self.configuration).await?;
                    let started = new.startup().await?;
                    *servo = Some(new);
                    super::answers::told(&started, printer)?;
                }
            }
        }
        if let Some(servo) = servo {
            self.show(servo).await?;
        }
        Ok(())
    }

    /// Runs the checks and measures once.
    async fn show(&self, servo: &Servo) -> Result<(), Trouble> {
        let (printer, token) = (&self.session.printer, &self.stop.token);
        let halt_on = halt_on(&servo.config().checks);
        let report = servo.check(&CheckFilter::default(), halt_on, false, token).await;
        if !report.connectors.is_empty() {
            printer.data(&check::table(&report, true))?;
        }
        let control = Control { duration: self.args.duration, ..Control::default() };
        let metrics = match servo.metrics().await {
            Ok(answered) => answered.value.into_iter().map(|offered| offered.item).collect(),
            Err(OperationError::Unhandled(_)) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        match servo.measure(&[], &[], control, ProgressSink::default(), token.clone()).await {
            Ok(answered) => {
                if !answered.value.readings.is_empty() {
                    printer.data(&measure::table(&answered.value, &metrics, false))?;
                }
                super::answers::told(&answered, printer)
            }
            Err(OperationError::Unhandled(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn tell(&self, reloaded: &[Reloaded]) {
        let printer = &self.session.printer;
        for Reloaded { connector, change } in reloaded {
            match change {
                Change::Made => printer.say(&format!("connector `{connector}` is the new one")),
                Change::Failed(why) => {
                    printer.error(&format!("connector `{connector}` stays the old one: {why}"))
                }
                Change::New | Change::Gone => {
                    printer.warn(&format!("connector `{connector}` comes or goes; start `servo dev` again"));
                }
            }
        }
    }

    /// What went wrong is told, and the next change may mend it. Only an end is one.
    fn trouble(&self, trouble: Trouble, runs: bool) -> Result<(), Trouble> {
        if matches!(trouble, Trouble::Unread | Trouble::Interrupted | Trouble::Drained) {
            return Err(trouble);
        }
        let printer = &self.session.printer;
        exit::say(trouble, printer);
        printer.say(if runs {
            "what runs is the connector as it was; waiting for a change"
        } else {
            "nothing runs yet; waiting for a change"
        });
        Ok(())
    }

    /// Waits for a change: of the source, of the settings. Neither when it is time to end.
    async fn change(&self, seen: &mut Seen) -> Result<(bool, bool), Trouble> {
        loop {
            tokio::select! {
                biased;
                () = self.stop.token.cancelled() => return Ok((false, false)),
                () = tokio::time::sleep(LOOK) => {}
            }
            let now = Seen::of(&self.args.folder).map_err(|error| cannot(&self.args.folder, &error))?;
            let changed = seen.changed(&now);
            *seen = now;
            if !changed.is_empty() {
                self.session.printer.say(&format!("changed: {}", changed.join(", ")));
                let is_setting = |name: &String| name == CONFIG_FILE || name == ".env";
                return Ok((!changed.iter().all(is_setting), changed.iter().any(is_setting)));
            }
        }
    }
}

fn cannot(folder: &Path, error: &std::io::Error) -> Trouble {
    Trouble::Usage(format!("{}: {error}", folder.display()))
}
