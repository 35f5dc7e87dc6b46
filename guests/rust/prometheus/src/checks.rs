//! The checks: Prometheus answers, it scrapes something, and each query runs.

use servo_sdk::prelude::*;

use crate::api::{ActiveTarget, Api, Span};
use crate::options::{Settings, Target};
use crate::series;

/// What the check of a query looks at.
const LOOK_BACK_SECONDS: f64 = 600.0;

pub(crate) fn list(settings: &Settings) -> Vec<CheckInfo> {
    let mut checks = vec![
        CheckInfo::new("connect", format!("Connect to \"{}\"", settings.base_url))
            .describe("Prometheus answers and lists its targets")
            .critical(),
        CheckInfo::new("targets", "Active targets").describe("Prometheus scrapes at least one target"),
    ];
    let queries = settings.metrics.iter().enumerate().map(|(index, query)| {
        CheckInfo::new(format!("query-{index}"), format!("Run query \"{}\"", query.text()))
            .describe(format!("The query of metric `{}` runs over the last 10 minutes", query.name))
    });
    checks.extend(queries);
    checks
}

pub(crate) fn run(id: &str, settings: &Settings, api: &Api) -> Result<CheckOutcome, Failure> {
    match id {
        "connect" => Ok(api.targets().map_or_else(
            |failure| unreachable(settings, failure),
            |targets| {
                CheckOutcome::passed(format!("Prometheus answers and has {} active targets", targets.len()))
            },
        )),
        "targets" => Ok(scraped(&api.targets()?, &settings.targets)),
        _ => query(id, settings, api),
    }
}

fn unreachable(settings: &Settings, failure: Failure) -> CheckOutcome {
    let hint = match failure.code {
        Code::Denied => {
            "grant the origin of `base_url` to this connector (`servo show grants` lists what it has)".into()
        }
        _ => format!("see that Prometheus runs and that `{}` can be reached from here", settings.base_url),
    };
    CheckOutcome::failed(failure.message, hint)
}

fn scraped(active: &[ActiveTarget], expected: &[Target]) -> CheckOutcome {
    if active.is_empty() {
        return CheckOutcome::failed(
            "Prometheus scrapes no target",
            "add a `scrape_configs` entry that finds the application, and look at the page /targets of Prometheus",
        );
    }
    let found = |target: &&Target| {
        !active
            .iter()
            .any(|active| target.labels.iter().all(|(name, value)| active.labels.get(name) == Some(value)))
    };
    if let Some(missing) = expected.iter().find(found) {
        let labels: Vec<String> =
            missing.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        return CheckOutcome::failed(
            format!("Prometheus scrapes no target with {}", labels.join(", ")),
            "compare `targets` with the page /targets of Prometheus",
        );
    }
    let down: Vec<&ActiveTarget> = active.iter().filter(|target| target.health == "down").collect();
    match down.first() {
        Some(first) if down.len() == active.len() => CheckOutcome::failed(
            format!("all {} targets are down: {}", down.len(), first.last_error),
            "see that the application runs and answers on its metrics address",
        ),
        _ => {
            CheckOutcome::passed(format!("{} of {} targets are up", active.len() - down.len(), active.len()))
        }
    }
}

fn query(id: &str, settings: &Settings, api: &Api) -> Result<CheckOutcome, Failure> {
    let query = id
        .strip_prefix("query-")
        .and_then(|index| settings.metrics.get(index.parse::<usize>().ok()?))
        .ok_or_else(|| Failure::failed(format!("there is no check `{id}`")))?;
    let now = time::now();
    let span = Span { start: now - LOOK_BACK_SECONDS, end: now };
    let answer =
        api.query_ranges(&[query], span).pop().unwrap_or_else(|| Err(Failure::failed("no answer came")));
    Ok(match answer {
        Ok(answer) => {
            let series = series::from_rows(query, answer.rows);
            let values: usize = series.iter().map(|series| series.values.len()).sum();
            CheckOutcome::passed(format!("{values} values in {} series within 10 minutes", series.len()))
        }
        Err(failure) => {
            let hint = format!("try the query of metric `{}` on the page /graph of Prometheus", query.name);
            CheckOutcome::failed(failure.message, hint)
        }
    })
}

#[cfg(test)]
mod tests;
