//! `servo load attack`.

use std::fs;
use std::io::{self, Read as _};

use servo_assembly::{Http2, LoadOptions, LoadProgress, Pace, attack as start};
use tokio::sync::mpsc;

use crate::args::{Attack, Format, TargetFormat};
use crate::exit::Trouble;
use crate::session::Session;
use crate::signals::Stop;

/// Reports on the way that wait to be printed.
const REPORTS: usize = 8;
/// The largest file of targets that is read.
const TARGETS_MAX: u64 = 64 << 20;
/// Connections of a closed loop when nothing is said: enough to keep a small service busy.
const CONNECTIONS_CLOSED: usize = 16;

/// Sends load and prints vegeta's report.
pub(crate) async fn attack(args: Attack, session: &Session) -> Result<(), Trouble> {
    let (targets, json) = match &args.targets {
        Some(file) => (read(file)?, args.format == TargetFormat::Json),
        None => (args.urls.iter().map(|url| format!("GET {url}\n\n")).collect(), false),
    };
    let printer = &session.printer;
    let stop = Stop::listen(printer)?;
    let (sender, mut reports) = mpsc::channel::<LoadProgress>(REPORTS);
    let options = options(&args);
    let duration = options.duration;
    let bar = printer.bar("attacking");
    let watch = async {
        while let Some(progress) = reports.recv().await {
            let share = progress.elapsed.as_secs_f64() / duration.as_secs_f64().max(1e-3);
            bar.set_position((share.clamp(0.0, 1.0) * 1000.0) as u64);
            let line = line(&progress);
            bar.set_message(line.clone());
            if !printer.is_terminal() {
                printer.say(&line);
            }
        }
    };
    let (report, ()) = tokio::join!(start(options, &targets, json, sender, stop.token.clone()), watch);
    bar.finish_and_clear();
    let report = report?;
    if args.output == Format::Table {
        printer.data(&report.to_string())?;
    } else {
        printer.show(args.output, &report, |_| String::new())?;
        if let Some(shortfall) = report.shortfall() {
            printer.warn(&shortfall);
        }
    }
    stop.ended()
}

fn options(args: &Attack) -> LoadOptions {
    let closed = args.rate.requests() == 0;
    let defaults = LoadOptions::default();
    let connections = if closed { CONNECTIONS_CLOSED } else { defaults.connections };
    LoadOptions {
        pace: if closed { Pace::Closed } else { Pace::Constant(args.rate) },
        duration: args.duration,
        connections: args.connections.unwrap_or(connections),
        workers: args.workers,
        timeout: args.timeout,
        http2: match (args.h2c, args.http2) {
            (true, _) => Http2::Always,
            (false, true) => Http2::Negotiate,
            (false, false) => Http2::Off,
        },
        keepalive: args.keepalive,
        insecure: args.insecure,
        max_body: u64::try_from(args.max_body).ok(),
        report_every: args.report_every,
        ..defaults
    }
}

/// One line about the last interval.
fn line(progress: &LoadProgress) -> String {
    let report = &progress.interval;
    let ms = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    let kept = match (progress.behind, report.shortfall()) {
        (0, None) => String::new(),
        (0, Some(_)) => ", rate not kept".to_owned(),
        (behind, _) => format!(", rate not kept: {behind} wait"),
    };
    format!(
        "{:>4.0}s  {} requests, {:.1}/s, p50 {:.2}ms, p99 {:.2}ms, {:.2}% ok{kept}",
        progress.elapsed.as_secs_f64(),
        progress.cumulative.requests,
        report.throughput,
        ms(report.latencies.p50),
        ms(report.latencies.p99),
        report.success * 100.0
    )
}

fn read(file: &str) -> Result<String, Trouble> {
    let failed = |error: io::Error| Trouble::Usage(format!("the targets in {file} cannot be read: {error}"));
    let mut text = String::new();
    let source: Box<dyn io::Read> = match file {
        "-" => Box::new(io::stdin().lock()),
        path => Box::new(fs::File::open(path).map_err(failed)?),
    };
    source.take(TARGETS_MAX + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > TARGETS_MAX {
        return Err(failed(io::Error::other(format!("more than {} MiB", TARGETS_MAX >> 20))));
    }
    Ok(text)
}
