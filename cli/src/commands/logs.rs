//! `servo logs`.

use std::time::Duration;

use servo_assembly::{Control, ControlError, Question, Sample, Since};
use servo_telemetry::{Page, Record};

use super::answers::unknown;
use crate::args::{LineFormat, Logs};
use crate::exit::Trouble;
use crate::session::Session;

/// How often a running servo is asked for new lines.
const INTERVAL: Duration = Duration::from_millis(300);

/// Shows the last log lines of the running servo, and with `--follow` those to come.
pub(crate) async fn run(args: &Logs, session: &Session) -> Result<(), Trouble> {
    let control = session.running().await?;
    let mut since = Since::Last(args.lines);
    loop {
        let question = Question::Logs { connector: args.connector.clone(), since: since.clone() };
        let page: Page = match control.ask(&question).await {
            Ok(page) => page,
            Err(ControlError::Silent(_)) if matches!(since, Since::Number(_)) => {
                session.printer.say("the servo has ended");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        if page.missed > 0 {
            session.printer.note(&format!("{} lines came too fast and are gone", page.missed));
        }
        let color = session.printer.colors_data();
        let text = |record: &Record| match args.output {
            LineFormat::Table => record.text(color),
            LineFormat::Json => record.json(),
        };
        if matches!(since, Since::Last(_)) && page.records.is_empty() {
            known(args, &control).await?;
        }
        session.printer.data(&page.records.iter().map(text).collect::<String>())?;
        match since {
            // There may be more than fits into one answer.
            _ if !page.records.is_empty() => {}
            _ if args.follow => tokio::time::sleep(INTERVAL).await,
            _ => return Ok(()),
        }
        since = Since::Number(page.next);
    }
}

/// Whether the running servo has the connector whose lines are wanted.
async fn known(args: &Logs, control: &Control) -> Result<(), Trouble> {
    let Some(name) = &args.connector else { return Ok(()) };
    let sample: Sample = control.ask(&Question::Top).await?;
    let aliases: Vec<&str> = sample.connectors.iter().map(|one| one.connector.as_str()).collect();
    if aliases.contains(&name.as_str()) { Ok(()) } else { Err(unknown(name, &aliases)) }
}
