//! What is seen of a run while it goes on: a table that grows trial by trial, and a bar for the measurement.

use indicatif::ProgressBar;
use servo_assembly::{CheckReport, Level, RunEvent, TrialView};
use tokio::sync::mpsc;

use super::data::Data;
use crate::commands::check::table as checks;
use crate::commands::outcome::{Names, number, state};
use crate::printable::printable;
use crate::printer::Printer;

/// Prints the events of a run.
#[derive(Debug)]
pub(super) struct Watch<'a> {
    printer: &'a Printer,
    /// Where the report of the checks goes, and of which servo, when it is what was asked for.
    report: Option<(&'a Data, &'a str)>,
    bar: Option<ProgressBar>,
    headed: bool,
    names: Option<Names>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(printer: &'a Printer, report: Option<(&'a Data, &'a str)>) -> Self {
        Self { printer, report, bar: None, headed: false, names: None }
    }

    /// Prints until the run is over.
    pub(super) async fn follow(mut self, mut events: mpsc::Receiver<RunEvent>) {
        while let Some(event) = events.recv().await {
            self.event(event);
        }
        self.clear();
    }

    fn event(&mut self, event: RunEvent) {
        match event {
            RunEvent::Checked(report) => self.checked(report),
            RunEvent::TrialStarted { number, of, why, settings } => {
                self.names.get_or_insert_with(|| Names::new(&settings));
                self.clear_for(&format!("trial {number}/{of}"), &why);
                if !self.printer.is_terminal() {
                    self.printer.say(&format!("trial {number}/{of}: {why}"));
                }
            }
            RunEvent::Progress { percent, message } => {
                if let Some(bar) = &self.bar {
                    // A thousand steps make a smooth bar.
                    if let Some(percent) = percent {
                        bar.set_position((percent.clamp(0.0, 100.0) * 10.0) as u64);
                    }
                    if !message.is_empty() {
                        bar.set_message(printable(&message));
                    }
                }
            }
            RunEvent::TrialEnded { row, unit } => {
                self.clear();
                self.trial(&row, &unit);
            }
            RunEvent::Applying { settings } => {
                self.clear();
                let names = Names::new(&settings);
                self.printer.say(&format!("applying {}", names.line(&settings)));
            }
            RunEvent::Commanded(text) => {
                self.clear_for("optimizer", &text);
                self.printer.say(&format!("the optimizer asks: {text}"));
            }
            RunEvent::Answered(text) => {
                self.clear();
                text.into_iter().for_each(|text| self.printer.say(&text));
            }
            RunEvent::Optimizer(notice) if notice.level == Level::Info => self.printer.say(&notice.text),
            // The log has it, with the time.
            RunEvent::Optimizer(_) => {}
            RunEvent::Notice(text) => self.printer.note(&text),
        }
    }

    fn checked(&self, report: CheckReport) {
        if let Some((data, servo)) = self.report {
            // A closed stdout does not change what was found.
            let _ = data.put(servo, &report, |report| checks(report, false));
        } else if !report.ready() {
            self.printer.say(checks(&report, false).trim_end());
        }
    }

    fn trial(&mut self, row: &TrialView, unit: &str) {
        if !self.headed {
            self.headed = true;
            let value = if unit.is_empty() { "VALUE".to_owned() } else { format!("VALUE ({unit})") };
            let head = columns("TRIAL", &value, "BEST", "CONSTRAINTS", "WHY", "CHANGED SETTINGS");
            self.printer.heading(&head);
        }
        let score = row.score.map_or_else(|| "-".to_owned(), number);
        let best = row.best_so_far.map_or_else(|| "-".to_owned(), number);
        let names = self.names.get_or_insert_with(|| Names::new(&row.changed));
        // `rejected: …` and `violated: …` have their reason on a line of its own.
        let long = state(row);
        let short = long.split(':').next().unwrap_or_default();
        let changed = names.line(&row.changed);
        self.printer.say(&columns(
            &row.number.to_string(),
            &score,
            &best,
            short,
            &row.role.to_string(),
            &changed,
        ));
        if short != long {
            self.printer.say(&format!("       {long}"));
        }
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn clear_for(&mut self, label: &str, message: &str) {
        self.clear();
        let bar = self.printer.bar(label);
        bar.set_message(printable(message));
        self.bar = Some(bar);
    }
}

/// A line of the table; the widths are fixed, because what comes later is not known yet.
fn columns(number: &str, value: &str, best: &str, state: &str, role: &str, changed: &str) -> String {
    format!("{number:>5}  {value:>12}  {best:>10}  {state:<11}  {role:<17}  {changed}").trim_end().to_owned()
}
