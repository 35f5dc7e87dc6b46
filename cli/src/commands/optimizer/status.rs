//! `servo optimizer status`.

use servo_assembly::serve::{Optimizer, Status as Stands};

use super::trouble;
use crate::args::Status;
use crate::commands::outcome::{Names, number};
use crate::exit::Trouble;
use crate::session::Session;
use crate::table::Table;

/// Shows all applications.
pub(super) fn run(args: &Status, optimizer: &Optimizer, session: &Session) -> Result<(), Trouble> {
    let all = optimizer.status().map_err(trouble)?;
    session.printer.show(args.output, &all, |all| table(all))
}

fn table(all: &[Stands]) -> String {
    let mut table =
        Table::new(["APPLICATION", "STATE", "TRIALS", "BEFORE", "BEST", "SETTINGS", "GAIN", "SERVO"]);
    for one in all {
        let unit = if one.unit.is_empty() { String::new() } else { format!(" {}", one.unit) };
        let value = |score: Option<f64>| {
            score.map_or_else(|| "-".to_owned(), |score| format!("{}{unit}", number(score)))
        };
        let best = one.best.as_ref();
        // What was decided on counts more than what was seen.
        let settings = one.applied.as_ref().or(best.map(|best| &best.settings));
        let settings = settings.map_or_else(|| "-".to_owned(), |all| Names::new(all).lines(all));
        let confirmed = one.outcome.as_ref().and_then(|outcome| outcome.gain.as_ref());
        let gain = confirmed.or(best.and_then(|best| best.gain.as_ref()));
        let state = match &one.problem {
            Some(problem) => format!("{}: {problem}", one.state.name()),
            None => one.state.name().to_owned(),
        };
        let servo = one.servo.as_ref().map_or("-".to_owned(), |servo| {
            let names = [servo.agent.clone(), servo.servo_uid.clone()];
            let names: Vec<_> = names.into_iter().flatten().collect();
            if names.is_empty() { "nameless".to_owned() } else { names.join(" ") }
        });
        table.row([
            one.id.clone(),
            state,
            format!("{} of {}", one.trials, one.budget),
            value(one.before.as_ref().and_then(|before| before.score)),
            value(best.map(|best| best.score)),
            settings,
            gain.map_or_else(|| "-".to_owned(), ToString::to_string),
            servo,
        ]);
    }
    table.render()
}
