//! `servo top`.

use std::collections::BTreeMap;
use std::time::Duration;

use servo_assembly::liveness::{Leadership, LivenessSample};
use servo_assembly::{
    ConnectorSample, ConnectorState, ControlError, OptimizerSample, Question, Requests, Sample,
};
use servo_config::quantity::Quantity as _;

use super::inspect::size;
use crate::args::{Format, Top};
use crate::exit::Trouble;
use crate::printer::{Printer, yaml};
use crate::session::Session;
use crate::table::Table;

/// The shortest time between two looks.
const INTERVAL_MIN: Duration = Duration::from_millis(100);

/// Shows what the connectors of the running servo do, until it ends.
pub(crate) async fn run(args: &Top, session: &Session) -> Result<(), Trouble> {
    let control = session.running().await?;
    let mut before: Option<Sample> = None;
    loop {
        let sample: Sample = match control.ask(&Question::Top).await {
            Ok(sample) => sample,
            Err(ControlError::Silent(_)) if before.is_some() => {
                session.printer.say("the servo has ended");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        show(args, &sample, before.as_ref(), &session.printer)?;
        if args.once {
            return Ok(());
        }
        before = Some(sample);
        tokio::time::sleep(args.interval.max(INTERVAL_MIN)).await;
    }
}

fn show(args: &Top, sample: &Sample, before: Option<&Sample>, printer: &Printer) -> Result<(), Trouble> {
    match args.output {
        Format::Json => printer.data(&(serde_json::to_string(sample).map_err(Trouble::failed)? + "\n")),
        Format::Yaml => printer.data(&format!("---\n{}", yaml(sample)?)),
        Format::Table if args.once => printer.data(&table(sample, before)),
        Format::Table => printer.screen(&table(sample, before)),
    }
}

fn table(sample: &Sample, before: Option<&Sample>) -> String {
    let before = before.filter(|before| before.pid == sample.pid);
    let passed = Duration::from_millis(sample.uptime_ms - before.map_or(0, |before| before.uptime_ms));
    let up = Duration::from_secs(sample.uptime_ms / 1000).to_text();
    let mut table = Table::new([
        "CONNECTOR",
        "STATE",
        "CALLS",
        "LATENCY",
        "CPU",
        "MEMORY",
        "HTTP",
        "LOG",
        "HITS",
        "DENIED",
        "REBUILDS",
    ]);
    for now in &sample.connectors {
        let same = |old: &&ConnectorSample| old.connector == now.connector;
        let old = before.and_then(|before| before.connectors.iter().find(same));
        table.row(row(now, old, passed));
    }
    let services = sample.liveness.as_ref().map(services).unwrap_or_default();
    let optimizer = sample.optimizer.as_ref().map(|one| format!("optimizer {}\n", optimizer(one)));
    let optimizer = optimizer.unwrap_or_default();
    format!("{}, process {}, up {up}\n{}{optimizer}{services}", sample.servo, sample.pid, table.render())
}

/// How it stands with the optimizer, in one line.
pub(super) fn optimizer(sample: &OptimizerSample) -> String {
    let OptimizerSample { optimizer, state, since_ms, problem, tries, requests, failed, .. } = sample;
    let since = Duration::from_secs(since_ms / 1000).to_text();
    let asked = with(format!("asked {requests} times"), *failed, "failed");
    let problem = problem.as_ref().map(|problem| format!("; {tries} times in a row: {problem}"));
    format!("{optimizer}: {state} for {since}; {asked}{}", problem.unwrap_or_default())
}

/// Who works.
pub(super) fn leadership(leadership: &Leadership) -> String {
    match leadership {
        Leadership::Leading { term } => format!("leading (term {term})"),
        Leadership::Following { leader: Some(leader) } => format!("following {leader}"),
        Leadership::Following { leader: None } => "nobody is known to lead".to_owned(),
    }
}

/// What it keeps and knows of services, in one line.
fn services(sample: &LivenessSample) -> String {
    let time = |ms: u64| Duration::from_secs(ms.div_ceil(1000)).to_text();
    let mut parts = Vec::new();
    parts.extend(sample.leadership.as_ref().map(leadership));
    let lease = match (sample.registered, sample.lease_remaining_ms) {
        (0, _) => None,
        (kept, None) => Some(format!("{kept} not registered: no lease")),
        (kept, Some(left)) => Some(format!("{kept} registered, for {} at least", time(left))),
    };
    parts.extend(lease.map(|text| with(text, sample.reregistrations, "times again")));
    if let Some(view) = &sample.view {
        let known = format!("{} known, {} up", view.services, view.up);
        let known = with(known, u64::try_from(view.suspects).unwrap_or(u64::MAX), "suspect");
        let age = view.age_ms.map_or_else(|| "never read".to_owned(), |age| format!("{} old", time(age)));
        parts.push(format!("{known}, {age}, revision {}", view.revision));
    }
    let calls = || sample.calls.values();
    let failed = calls().map(|one| one.failures).sum();
    let asked = format!("etcd asked {} times", calls().map(|one| one.calls).sum::<u64>());
    parts.push(with(asked, failed, "failed"));
    format!("services: {}\n", parts.join("; "))
}

fn row(now: &ConnectorSample, old: Option<&ConnectorSample>, passed: Duration) -> [String; 11] {
    let (calls, failed) = calls(now);
    // One that was reloaded began to count again.
    let old = old.filter(|old| self::calls(old).0 <= calls && old.cpu_ms <= now.cpu_ms);
    let since = |value: fn(&ConnectorSample) -> f64| value(now) - old.map_or(0.0, value);
    let ended = since(|one| self::calls(one).0 as f64);
    let latency = match since(|one| one.wall_ms) / ended {
        latency if latency.is_finite() => format!("{latency:.1} ms"),
        _ => "-".to_owned(),
    };
    let cpu = since(|one| one.cpu_ms) / passed.as_secs_f64().max(1e-3) / 10.0;
    let requests = |count: fn(&Requests) -> u64| now.http.values().map(count).sum::<u64>();
    let (answered, unanswered) = (requests(|one| one.answered), requests(|one| one.failed));
    let log = usize::try_from(now.log_bytes).unwrap_or(usize::MAX);
    [
        now.connector.clone(),
        state(&now.state),
        with(calls.to_string(), failed, "failed"),
        latency,
        format!("{cpu:.1}%"),
        size(now.memory),
        with((answered + unanswered).to_string(), unanswered, "failed"),
        with(size(log), now.log_dropped, "dropped"),
        list(&now.limit_hits),
        list(&now.denials),
        now.rebuilds.to_string(),
    ]
}

/// Calls that have ended, and those of them that failed.
fn calls(sample: &ConnectorSample) -> (u64, u64) {
    let outcomes = || sample.calls.values().flatten();
    let failed = outcomes().filter(|(outcome, _)| *outcome != "ok");
    (outcomes().map(|(_, count)| count).sum(), failed.map(|(_, count)| count).sum())
}

fn state(state: &ConnectorState) -> String {
    match state {
        ConnectorState::Idle => "idle".to_owned(),
        ConnectorState::Busy { event, ms } => {
            format!("{event} for {:.1} s", *ms as f64 / 1e3)
        }
        ConnectorState::Broken { wait_ms: 0, .. } => "broken".to_owned(),
        ConnectorState::Broken { failures, wait_ms, .. } => {
            let wait = Duration::from_secs(wait_ms.div_ceil(1000)).to_text();
            format!("broken {failures} times, again in {wait}")
        }
    }
}

fn with(text: String, count: u64, what: &str) -> String {
    if count == 0 { text } else { format!("{text}, {count} {what}") }
}

fn list(counts: &BTreeMap<String, u64>) -> String {
    let one = |(name, count): (&String, &u64)| format!("{name} {count}");
    if counts.is_empty() { "0".to_owned() } else { counts.iter().map(one).collect::<Vec<_>>().join(", ") }
}
