//! What came of a run, for people: before and after, the gain with its interval, and what to try next.

use std::collections::BTreeMap;
use std::fmt::Display;

use servo_assembly::{Standing, TrialView, TuningReport};

use crate::printable::line;
use crate::table::Table;

/// Names of settings, without the component when there is only one.
#[derive(Debug)]
pub(super) struct Names(Option<String>);

impl Names {
    /// Looks whether all settings belong to one component.
    pub(super) fn new<V>(settings: &BTreeMap<String, V>) -> Self {
        let mut components =
            settings.keys().filter_map(|id| id.rsplit_once('.').map(|(component, _)| component));
        let first = components.next().map(str::to_owned);
        Self(first.filter(|first| components.all(|other| other == first)))
    }

    /// `workers` instead of `web.workers`, where that says it.
    pub(super) fn short<'a>(&self, id: &'a str) -> &'a str {
        let prefix = self.0.as_deref().unwrap_or_default();
        id.strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('.'))
            .filter(|_| self.0.is_some())
            .unwrap_or(id)
    }

    /// `workers=8 batch_size=4`; `-` when there is none.
    pub(super) fn line<V: Display>(&self, settings: &BTreeMap<String, V>) -> String {
        self.joined(settings, " ")
    }

    /// One setting per line.
    pub(super) fn lines<V: Display>(&self, settings: &BTreeMap<String, V>) -> String {
        self.joined(settings, "\n")
    }

    fn joined<V: Display>(&self, settings: &BTreeMap<String, V>, between: &str) -> String {
        if settings.is_empty() {
            return "-".to_owned();
        }
        let parts = settings.iter().map(|(id, value)| line(&format!("{}={value}", self.short(id))));
        parts.collect::<Vec<_>>().join(between)
    }
}

/// Four digits that matter; more would pretend.
pub(super) fn number(value: f64) -> String {
    let digits = match value.abs() {
        magnitude if magnitude >= 1000.0 || magnitude == 0.0 => 0,
        magnitude if magnitude >= 100.0 => 1,
        magnitude if magnitude >= 10.0 => 2,
        magnitude if magnitude >= 1.0 => 3,
        _ => 5,
    };
    format!("{value:.digits$}")
}

/// `ok`, the constraints that were violated, or why there is no value.
pub(super) fn state(row: &TrialView) -> String {
    match &row.problem {
        Some(problem) => problem.clone(),
        None if row.violations.is_empty() => "ok".to_owned(),
        None => format!("violated: {}", row.violations.join(", ")),
    }
}

/// The end of a run as text, ending with a line feed.
pub(super) fn summary(report: &TuningReport) -> String {
    let mut text = format!("{}\n", report.objective);
    let Some(ended) = &report.ended else {
        let best = report.summary.best.as_ref();
        let gain = best
            .and_then(|best| best.gain.as_ref())
            .map(|gain| format!(", {gain} over the settings it came with"));
        let trials = report.summary.rows.len();
        text += &match best {
            None if trials == 0 => "not finished; nothing was measured yet\n".to_owned(),
            None => format!("not finished after {trials} of {} trials; none can be used\n", report.budget),
            Some(best) => format!(
                "not finished after {trials} of {} trials; best so far {}{}{}\n",
                report.budget,
                number(best.score),
                spaced(&report.unit),
                gain.unwrap_or_default()
            ),
        };
        return text + "next: `servo run` goes on where it was, `servo run --fresh` starts anew\n";
    };
    let names = Names::new(&report.baseline);
    let differs = |id: &String| report.baseline.get(id) != ended.settings.get(id);
    let changed: BTreeMap<_, _> = ended
        .settings
        .iter()
        .filter(|(id, _)| differs(id))
        .map(|(id, value)| (id.clone(), value.clone()))
        .collect();
    text += "\n";
    text += &before_and_after(report, &ended.after, &changed, &names);
    let outcome = &ended.outcome;
    text += &format!("\n{}\n", outcome.text);
    let shares: Vec<String> = outcome
        .importance
        .iter()
        .filter(|(_, share)| *share >= 0.01)
        .map(|(id, share)| format!("{} {:.0} %", names.short(id), share * 100.0))
        .collect();
    if !shares.is_empty() {
        text += &format!("what mattered: {}\n", shares.join(", "));
    }
    text + next(outcome.kept_baseline)
}

fn next(kept_baseline: bool) -> &'static str {
    if kept_baseline {
        "next: no gain was confirmed, so the application has the settings it came with. A longer\n\
         `objective.measure.duration` sees smaller gains, a larger `objective.budget` or wider ranges find others\n"
    } else {
        "next: `servo history` says why each trial was made; write the settings into your application's own configuration;\n\
         `servo run` starts a new run from these settings\n"
    }
}

fn before_and_after<V: Display>(
    report: &TuningReport,
    after: &Standing,
    changed: &BTreeMap<String, V>,
    names: &Names,
) -> String {
    let before = &report.before;
    let score = |standing: &Standing| {
        standing.score.map_or_else(|| "-".to_owned(), |it| format!("{}{}", number(it), spaced(&report.unit)))
    };
    let mut table = Table::new(["", "BEFORE", "AFTER"]);
    table.row(["objective".to_owned(), score(before), score(after)]);
    if !before.violations.is_empty() || !after.violations.is_empty() {
        table.row(["constraints".to_owned(), constraints(before), constraints(after)]);
    }
    for (id, value) in &report.baseline {
        let now = changed.get(id).map_or_else(|| "unchanged".to_owned(), ToString::to_string);
        table.row([names.short(id).to_owned(), value.to_string(), now]);
    }
    table.render()
}

fn constraints(standing: &Standing) -> String {
    match standing.score {
        None => "-".to_owned(),
        Some(_) if standing.violations.is_empty() => "ok".to_owned(),
        Some(_) => format!("violated: {}", standing.violations.join(", ")),
    }
}

fn spaced(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(" {unit}") }
}

#[cfg(test)]
mod tests;
