//! `servo history`.

use servo_assembly::TuningReport;
use tokio_util::sync::CancellationToken;

use super::outcome::{Names, number, summary};
use super::run::{options, trouble};
use crate::args::{Components, Format, History};
use crate::exit::Trouble;
use crate::session::Session;
use crate::table::Table;

/// Shows the last run of this servo, trial by trial.
pub(crate) async fn run(args: &History, session: &Session) -> Result<(), Trouble> {
    let servo = session.assemble(&Components::default()).await?;
    let options = options(session, session.config_file(None), CancellationToken::new());
    let Some(report) = servo.history(&options).await.map_err(trouble)? else {
        if args.output == Format::Table {
            session.printer.say("there was no run yet; `servo run` starts one");
            return Ok(());
        }
        return session.printer.show(args.output, &None::<TuningReport>, |_| String::new());
    };
    session.printer.show(args.output, &report, |report| format!("{}\n{}", trials(report), summary(report)))
}

fn trials(report: &TuningReport) -> String {
    let names = Names::new(&report.baseline);
    let value = format!("VALUE{}", unit(&report.unit));
    let mut table = Table::new(["TRIAL", value.as_str(), "BEST", "CONSTRAINTS", "CHANGED", "WHY"]);
    for row in &report.summary.rows {
        let score = row.score.map_or_else(|| "-".to_owned(), number);
        let best = row.best_so_far.map_or_else(|| "-".to_owned(), number);
        let state = super::outcome::state(row);
        table.row([row.number.to_string(), score, best, state, names.lines(&row.changed), row.why.clone()]);
    }
    table.render()
}

fn unit(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(" ({unit})") }
}
