//! What the benches share: one line for each figure with its bar, so that `make bench` reads as a table.
#![expect(clippy::print_stdout, reason = "a bench talks to people")]

use std::time::Duration;

/// Prints a figure, what it must not exceed, and whether it does.
pub(crate) fn row(what: &str, figure: f64, bar: f64, unit: &str, note: &str) {
    let verdict = if figure <= bar { "met" } else { "MISSED" };
    println!("{what:<52} {figure:>9.2} {unit:<3}  bar {bar:>8.2} {unit:<3} {verdict:<6}  {note}");
}

/// The value in the middle: what a run costs when nothing disturbs it, as long as most runs are not disturbed.
pub(crate) fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
