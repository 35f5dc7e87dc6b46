//! SIGHUP: the configuration is read again, and what changed of connectors takes effect.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use servo_assembly::{Change, Programs, Reloaded, Servo};

use crate::exit;
use crate::printer::Printer;
use crate::session::Session;
use crate::signals::Stop;

/// Reads the configuration again whenever a SIGHUP says so. A mistake in it changes nothing.
pub(super) async fn at_each_hangup(
    stop: &Stop,
    session: &Session,
    programs: &Programs,
    servos: &[Arc<Servo>],
    file: &Path,
) -> Infallible {
    let printer = &session.printer;
    loop {
        stop.hangup().await;
        let before = programs.forget().await;
        let configs = match session.configured_all(file, programs).await {
            Ok(configs) => configs,
            Err(trouble) => {
                exit::say(trouble, printer);
                programs.recall(before).await;
                printer.warn(
                    "SIGHUP: the configuration cannot be used; nothing is changed: every connector goes on with the old \
                     one, also one that is refused now, until this servo is stopped",
                );
                continue;
            }
        };
        for servo in servos {
            let printer = if servos.len() > 1 { printer.named(servo.name()) } else { printer.clone() };
            match configs.iter().find(|config| config.display_name() == servo.name()) {
                Some(config) => tell(&servo.reload(programs, config, file).await, &printer),
                // The only one may have a new name.
                None => match (servos, &configs[..]) {
                    ([_], [config]) => tell(&servo.reload(programs, config, file).await, &printer),
                    _ => printer.warn("SIGHUP: it is gone from the configuration and ends with this run"),
                },
            }
        }
        for config in &configs {
            let name = config.display_name();
            if servos.len() > 1 && !servos.iter().any(|servo| servo.name() == name) {
                printer.warn(&format!("SIGHUP: the servo `{name}` is new and begins with the next run"));
            }
        }
    }
}

fn tell(reloaded: &[Reloaded], printer: &Printer) {
    for Reloaded { connector, change } in reloaded {
        let one = format!("SIGHUP: connector `{connector}`");
        match change {
            Change::Made => printer.say(&format!("{one} works with its new configuration")),
            Change::Failed(why) => printer.warn(&format!("{one} stays as it is: {why}")),
            Change::New => printer.warn(&format!("{one} is new and begins with the next run")),
            Change::Gone => {
                printer.warn(&format!("{one} is gone from the configuration and ends with this run"))
            }
        }
    }
    if reloaded.is_empty() {
        printer
            .say("SIGHUP: nothing has changed of any connector; all other keys count from the next run on");
    }
}
