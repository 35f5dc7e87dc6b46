//! `servo optimizer status`.

use servo_assembly::serve::{Optimizer, Status as Stands};

use super::trouble;
use crate::args::Standing;
use crate::commands::outcome::{Names, number};
use crate::exit::Trouble;
use crate::printable::line;
use crate::session::Session;
use crate::table::Table;

/// Shows all applications.
pub(super) fn run(args: &Standing, optimizer: &Optimizer, session: &Session) -> Result<(), Trouble> {
    let all = optimizer.status().map_err(trouble)?;
    session.printer.show(args.output, &all, |all| table(all))
}

fn table(all: &[Stands]) -> String {
    let mut table =
        Table::new(["APPLICATION", "STATE", "TRIALS", "BEFORE", "BEST", "SETTINGS", "GAIN", "SERVO"]);
    for one in all {
        let shown = one.shown();
        let unit = if one.unit.is_empty() { String::new() } else { format!(" {}", one.unit) };
        let value = |score: Option<f64>| {
            score.map_or_else(|| "-".to_owned(), |score| format!("{}{unit}", number(score)))
        };
        let once = if shown.once { " (once)" } else { "" };
        let cells = [
            one.id.clone(),
            one.words(),
            format!("{} of {}", one.trials, one.budget),
            value(one.before.as_ref().and_then(|before| before.score)),
            value(shown.score) + once,
        ];
        let [id, state, trials, before, best] = cells.map(|cell| line(&cell));
        let settings = shown.settings.map_or_else(|| "-".to_owned(), |all| Names::new(all).lines(all));
        let gain = shown.gain.map_or_else(|| "-".to_owned(), ToString::to_string);
        table.row([id, state, trials, before, best, settings, gain, line(&servo(one))]);
    }
    table.render()
}

fn servo(one: &Stands) -> String {
    let Some(servo) = &one.servo else { return "-".to_owned() };
    let names = [servo.agent.clone(), servo.servo_uid.clone()];
    let names: Vec<_> = names.into_iter().flatten().collect();
    if names.is_empty() { "nameless".to_owned() } else { names.join(" ") }
}
