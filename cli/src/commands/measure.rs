//! `servo measure`.

use std::pin::pin;
use std::time::Duration;

use indicatif::ProgressBar;
use jiff::{Timestamp, Zoned};
use servo_assembly::{Answered, Furthest, OperationError, Progress, ProgressSink, furthest};
use servo_config::quantity::format_duration;
use servo_types::{Control, Measurement, Metric, Reading};
use tokio::time::Instant;

use super::answers::{known, told};
use crate::args::Measure;
use crate::exit::Trouble;
use crate::printable::printable;
use crate::session::Session;
use crate::signals::Stop;
use crate::table::Table;

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(100);
/// A series up to this length is shown point by point, a longer one in figures.
const POINTS_MAX: usize = 5;

/// Measures once, with the same code as the control loop.
pub(crate) async fn run(args: &Measure, session: &Session) -> Result<(), Trouble> {
    let servo = session.assemble(&args.components).await?;
    known(&args.connectors, &servo)?;
    let times = servo.config().objective.as_ref().map(|objective| objective.measure);
    let control = Control {
        duration: args.duration.or(times.map(|times| times.duration)).unwrap_or(Duration::from_secs(60)),
        warmup: args.warmup.or(times.map(|times| times.warmup)).unwrap_or_default(),
        delay: times.map(|times| times.delay).unwrap_or_default(),
        ..Control::default()
    };
    // What measures need not announce metrics: `wait` lets time pass and has none.
    let metrics: Vec<Metric> = match servo.metrics().await {
        Ok(answered) => answered.value.into_iter().map(|offered| offered.item).collect(),
        Err(OperationError::Unhandled(_)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let stop = Stop::listen(&session.printer)?;
    let bar = session.printer.bar("measuring");
    let asked = control.asked();
    let (sink, reports) = ProgressSink::channel();
    let work = servo.measure(&args.metrics, &args.connectors, control, sink, stop.token.clone());
    let answered = passing(work, reports, asked, &bar).await;
    bar.finish_and_clear();
    stop.ended()?;
    let answered: Answered<Measurement> = answered?;
    let mut measurement = answered.value.clone();
    if !args.metrics.is_empty() {
        // A connector may measure more than it was asked for, because it comes along.
        measurement.readings.retain(|reading| args.metrics.iter().any(|name| name == reading.metric()));
    }
    let humanize = args.humanize && !args.no_humanize;
    session.printer.show(args.output, &measurement, |measurement| table(measurement, &metrics, humanize))?;
    told(&answered, &session.printer)
}

/// Moves the bar with what the connectors report while the work is done, and with the time that was asked for as
/// long as none of them says how far it is.
pub(super) async fn passing<F: Future>(
    work: F,
    mut reports: Progress,
    asked: Duration,
    bar: &ProgressBar,
) -> F::Output {
    let mut work = pin!(work);
    let (start, mut tick) = (Instant::now(), tokio::time::interval(TICK));
    let (mut open, mut reported) = (true, false);
    // A thousand steps make a smooth bar.
    let show = |share: f64| bar.set_position((share.clamp(0.0, 1.0) * 1000.0) as u64);
    loop {
        tokio::select! {
            biased;
            output = &mut work => return output,
            news = reports.changed(), if open => match news.as_deref().map(furthest) {
                Some(Some(Furthest { percent, message })) => {
                    bar.set_message(printable(&message));
                    reported |= percent.is_some();
                    percent.into_iter().for_each(|percent| show(f64::from(percent) / 100.0));
                }
                Some(None) => {}
                None => open = false,
            },
            _ = tick.tick(), if !reported => {
                show(start.elapsed().as_secs_f64() / asked.as_secs_f64().max(1e-3));
            }
        }
    }
}

pub(super) fn table(measurement: &Measurement, metrics: &[Metric], humanize: bool) -> String {
    let mut table = Table::new(["METRIC", "UNIT", "READINGS"]);
    for reading in &measurement.readings {
        let unit =
            metrics.iter().find(|metric| metric.name == reading.metric()).map(|metric| metric.unit.clone());
        let id = match reading {
            Reading::Series(series) => series.id.as_deref(),
            Reading::Scalar(scalar) => scalar.id.as_deref(),
        };
        let name = id.map_or_else(|| reading.metric().to_owned(), |id| format!("{}{id}", reading.metric()));
        table.row([name, unit.unwrap_or_default(), values(reading, humanize)]);
    }
    table.render()
}

fn values(reading: &Reading, humanize: bool) -> String {
    let one = |at: f64, value: f64| format!("{value:.2} ({})", moment(at, humanize));
    match reading {
        Reading::Scalar(scalar) => one(scalar.at, scalar.value),
        Reading::Series(series) if series.values.len() > POINTS_MAX => {
            let (low, high) = series
                .values
                .iter()
                .filter(|value| value.is_finite())
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                    (low.min(*value), high.max(*value))
                });
            let last = series.times.last().map(|at| moment(*at, humanize)).unwrap_or_default();
            let count = series.values.len();
            match reading.mean() {
                Some(mean) => format!("{mean:.2}, mean of {count} from {low:.2} to {high:.2} (until {last})"),
                None => format!("no number among {count} (until {last})"),
            }
        }
        Reading::Series(series) => {
            let points = series.times.iter().zip(&series.values).map(|(at, value)| one(*at, *value));
            points.collect::<Vec<_>>().join("\n")
        }
    }
}

/// When it was, in local time, or how long ago.
pub(super) fn moment(at: f64, humanize: bool) -> String {
    let Ok(time) = Timestamp::from_millisecond((at * 1e3) as i64) else {
        return "at an unknown time".to_owned();
    };
    let zoned = time.to_zoned(jiff::tz::TimeZone::system());
    if !humanize {
        return zoned.strftime("%Y-%m-%d %H:%M:%S").to_string();
    }
    match Zoned::now().duration_since(&zoned).as_secs() {
        ago @ 1.. => format!("{} ago", format_duration(Duration::from_secs(ago.unsigned_abs()))),
        _ => "now".to_owned(),
    }
}

#[cfg(test)]
mod tests;
