//! `servo optimizer serve`.

use std::convert::Infallible;

use servo_assembly::serve::{Answering, Optimizer};

use super::trouble;
use crate::args::Serve;
use crate::exit::Trouble;
use crate::printable::line;
use crate::printer::Printer;
use crate::session::Session;
use crate::signals::Stop;

/// Answers servos until a signal.
pub(super) async fn run(args: &Serve, optimizer: &Optimizer, session: &Session) -> Result<(), Trouble> {
    let printer = &session.printer;
    let stop = Stop::listen(printer)?;
    stop.reloads();
    for notice in optimizer.notices() {
        printer.warn(&format!("{}: `{}`: {}", notice.origin, notice.path, notice.message));
    }
    let talker = printer.clone();
    let told = Box::new(move |id: &str, text: &str| talker.named(id).say(&line(text)));
    let answering = optimizer.open(&args.fresh, told).await.map_err(trouble)?;
    let count = optimizer.applications();
    let applications = if count == 1 { "application" } else { "applications" };
    printer.say(&format!("serving {count} {applications} on {}", answering.url()));
    tokio::select! {
        () = answering.serve(&stop.token) => {}
        never = renew(&stop, optimizer, &answering, printer) => match never {},
    }
    stop.ended()
}

/// Reads tokens and certificates again at each SIGHUP.
async fn renew(stop: &Stop, optimizer: &Optimizer, answering: &Answering, printer: &Printer) -> Infallible {
    loop {
        stop.hangup().await;
        match answering.renew(optimizer) {
            Ok(()) => printer.say("SIGHUP: tokens and certificates were read again"),
            Err(error) => printer.warn(&format!("SIGHUP: nothing is changed: {error}")),
        }
    }
}
