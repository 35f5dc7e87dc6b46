//! The load generator for guests and for `servo load attack`.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use servo_events::BoxFuture;
use servo_host::{
    LoadEngine, LoadFormat, LoadOrigin, LoadPace, LoadPlan, LoadReport, Origin, PreparedLoad, RunningLoad,
};
use servo_load::targets::{Target, parse_http, parse_json};
use servo_load::{Addresses, Http2, Options, Pace, Permit, Progress, Rate, Report, Scheme};
use servo_types::Failure;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::files;

/// Reports that wait to be read; more are summed into the next one.
const REPORTS: usize = 16;
/// The largest body file that is read.
const BODY_MAX: u64 = 64 << 20;

/// An attack that cannot be made.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The targets.
    #[error(transparent)]
    Targets(#[from] servo_load::TargetError),
    /// The options, addresses or TLS.
    #[error(transparent)]
    Attack(#[from] servo_load::Error),
}

/// Attacks targets in one of vegeta's formats; for people, who may attack what they like.
pub async fn attack(
    options: Options,
    targets: &str,
    json: bool,
    reports: mpsc::Sender<Progress>,
    cancel: CancellationToken,
) -> Result<Report, LoadError> {
    let targets = if json { parse_json(targets)? } else { parse_http(targets, &read_body)? };
    Ok(servo_load::attack(options, &targets, reports, cancel).await?)
}

/// The native generator behind the `load` interface of the contract.
#[derive(Debug)]
pub(crate) struct Generator;

struct Prepared {
    options: Options,
    targets: Vec<Target>,
}

struct Running {
    reports: mpsc::Receiver<Progress>,
    attack: Option<JoinHandle<Result<Report, servo_load::Error>>>,
    total: LoadReport,
}

impl LoadEngine for Generator {
    fn prepare(&self, plan: LoadPlan) -> Result<Box<dyn PreparedLoad>, Failure> {
        let refuse = |_: &str| {
            Err(io::Error::other(
                "body files are not read for connectors; give targets in the json format with the body",
            ))
        };
        let targets = match plan.format {
            LoadFormat::Http => parse_http(&plan.targets, &refuse),
            LoadFormat::Json => parse_json(&plan.targets),
        };
        let targets = targets.map_err(|error| Failure::failed(error.to_string()).because("targets"))?;
        let closed = |connections: u32| (Pace::Closed, connections as usize);
        let (pace, connections) = match plan.pace {
            LoadPace::Closed(connections) => closed(connections),
            LoadPace::Rate(0, _) => closed(plan.connections),
            LoadPace::Rate(requests, per) => {
                let rate = Rate::new(requests.into(), per);
                (
                    Pace::Constant(rate.map_err(|error| Failure::failed(error.to_string()).because("rate"))?),
                    plan.connections as usize,
                )
            }
        };
        let options = Options {
            pace,
            duration: plan.duration,
            connections,
            workers: plan.workers as usize,
            timeout: plan.timeout,
            http2: if plan.http2 { Http2::Negotiate } else { Http2::Off },
            keepalive: plan.keepalive,
            insecure: plan.insecure,
            ca: None,
            max_body: plan.max_body.map(u64::from),
            report_every: plan.report_every,
            addresses: Addresses::Fixed(HashMap::new()),
            permit: None,
        };
        Ok(Box::new(Prepared { options, targets }))
    }
}

impl PreparedLoad for Prepared {
    fn origins(&self) -> Vec<Origin> {
        let mut origins: Vec<_> = self.targets.iter().map(origin).collect();
        origins.sort();
        origins.dedup();
        origins
    }

    fn start(
        self: Box<Self>,
        origins: Vec<LoadOrigin>,
        permit: Box<dyn Fn() -> bool + Send + Sync>,
        cancel: CancellationToken,
    ) -> Result<Box<dyn RunningLoad>, Failure> {
        let Self { mut options, mut targets } = *self;
        let headers: HashMap<_, _> =
            origins.iter().filter_map(|one| Some((&one.origin, one.header.as_ref()?))).collect();
        if !headers.is_empty() {
            for target in &mut targets {
                let Some((name, value)) = headers.get(&origin(target)) else { continue };
                target.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name.as_str()));
                target.headers.extend(value.clone().map(|value| (name.to_string(), value)));
            }
        }
        let bare = |host: &str| host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let fixed = origins.into_iter().map(|one| ((bare(&one.origin.host), one.origin.port), one.addresses));
        options.addresses = Addresses::Fixed(fixed.collect());
        options.permit = Some(Permit::new(permit));
        let (sender, reports) = mpsc::channel(REPORTS);
        let attack = tokio::spawn(async move { servo_load::attack(options, &targets, sender, cancel).await });
        Ok(Box::new(Running { reports, attack: Some(attack), total: LoadReport::default() }))
    }
}

impl RunningLoad for Running {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<LoadReport>, Failure>> {
        Box::pin(async move {
            if let Some(progress) = self.reports.recv().await {
                self.total = report(&progress.cumulative);
                return Ok(Some(report(&progress.interval)));
            }
            let Some(attack) = &mut self.attack else { return Ok(None) };
            let ended = attack.await;
            self.attack = None;
            let failed = |error: &dyn std::fmt::Display| Failure::failed(error.to_string()).because("load");
            let total = ended.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
            self.total = report(&total);
            Ok(None)
        })
    }

    fn total(&self) -> LoadReport {
        self.total.clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(attack) = &self.attack {
            attack.abort();
        }
    }
}

fn origin(target: &Target) -> Origin {
    let url = &target.url;
    let scheme = match url.scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let host = if url.host.contains(':') { format!("[{}]", url.host) } else { url.host.clone() };
    Origin { scheme: scheme.to_owned(), host, port: url.port }
}

fn report(report: &Report) -> LoadReport {
    // A connector reports one rate of errors, and what was never sent did not succeed.
    let wanted = (report.requests + report.missed) as f64;
    let sent = if wanted > 0.0 { report.requests as f64 / wanted } else { 0.0 };
    let seconds = |time: jiff::Timestamp| time.as_nanosecond() as f64 / 1e9;
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let l = &report.latencies;
    LoadReport {
        start: seconds(report.earliest),
        end: seconds(report.end),
        requests: report.requests as f64,
        missed: report.missed as f64,
        rate: report.rate,
        throughput: report.throughput,
        success: report.success * sent,
        latencies: [l.total, l.mean, l.p50, l.p90, l.p95, l.p99, l.max, l.min].map(ms),
        bytes_in: report.bytes_in.total as f64,
        bytes_out: report.bytes_out.total as f64,
        status_codes: report
            .status_codes
            .iter()
            .filter_map(|(code, count)| Some((code.parse().ok()?, *count as f64)))
            .collect(),
        errors: report.errors.clone(),
    }
}

fn read_body(name: &str) -> io::Result<Vec<u8>> {
    files::read(Path::new(name), BODY_MAX)
}

#[cfg(test)]
mod tests;
