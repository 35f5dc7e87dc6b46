//! `servo status`.

use std::time::Duration;

use servo_assembly::liveness::Leadership;
use servo_assembly::{ConnectorStatus, Question, ServoStatus, TrialCount};
use servo_config::quantity::Quantity as _;

use super::top;
use crate::args::Status;
use crate::exit::Trouble;
use crate::session::Session;

/// Shows how the running servos of the configuration are, each in one look.
pub(crate) async fn run(args: &Status, session: &Session) -> Result<(), Trouble> {
    let mut all: Vec<ServoStatus> = Vec::new();
    for control in session.running_all().await? {
        all.push(control.ask(&Question::Status).await?);
    }
    session.printer.show(args.output, &all, |all| all.iter().map(shown).collect::<Vec<_>>().join("\n"))
}

/// One servo, in some lines.
fn shown(status: &ServoStatus) -> String {
    let ServoStatus { servo, version, pid, uptime_ms, ready, .. } = status;
    let ready = if *ready { "ready" } else { "not ready" };
    let mut text = format!("{servo}: {ready}, up {}, process {pid}, servo {version}\n", time(*uptime_ms));
    let mut line = |name: &str, value: String| text += &format!("  {name:<11} {value}\n");
    line("doing", doing(status));
    if let Some(objective) = &status.objective {
        line("objective", objective.clone());
    }
    if let Some(best) = status.trials.as_ref().and_then(best) {
        line("best", best);
    }
    if let Some(optimizer) = &status.optimizer {
        line("optimizer", top::optimizer(optimizer));
    }
    if let Some(leadership) = &status.leadership {
        line("leadership", top::leadership(leadership));
    }
    let connectors = status.connectors.iter();
    for (index, ConnectorStatus { connector, problem, .. }) in connectors.enumerate() {
        let name = if index == 0 { "connectors" } else { "" };
        let problem = problem.as_ref().map(|why| format!(": {why}"));
        let ready = problem.map_or_else(|| "ready".to_owned(), |why| format!("not ready{why}"));
        line(name, format!("{connector} {ready}"));
    }
    text
}

/// What it does, how far that is, and for how long it has been doing it.
fn doing(status: &ServoStatus) -> String {
    let ServoStatus { doing, percent, message, since_ms, leadership, .. } = status;
    if let Some(Leadership::Following { .. }) = leadership {
        return "waiting to lead".to_owned();
    }
    let percent = percent.map(|percent| format!(": {percent:.0} %")).unwrap_or_default();
    let message = if message.is_empty() { String::new() } else { format!("; {message}") };
    format!("{doing}{percent}, for {}{message}", time(*since_ms))
}

fn best(trials: &TrialCount) -> Option<String> {
    let TrialCount { best, best_settings, unit, .. } = trials;
    let value = format!("{} {unit}", (*best)?);
    let settings = best_settings.iter().flatten().map(|(name, value)| format!("{name}={value}"));
    let settings: Vec<String> = settings.collect();
    let with = if settings.is_empty() { String::new() } else { format!(" with {}", settings.join(" ")) };
    Some(format!("{}{with}", value.trim_end()))
}

fn time(ms: u64) -> String {
    Duration::from_secs(ms / 1000).to_text()
}
