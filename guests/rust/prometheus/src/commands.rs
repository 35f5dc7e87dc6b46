//! `servo prometheus targets`.

use servo_sdk::prelude::*;

use crate::api::{ActiveTarget, Api};

/// The columns of the table, as ServoX has them.
const COLUMNS: [(&str, &str); 6] = [
    ("POOL", "/pool"),
    ("HEALTH", "/health"),
    ("URL", "/url"),
    ("LABELS", "/labels"),
    ("LAST SCRAPED", "/last_scraped"),
    ("ERROR", "/error"),
];

pub(crate) fn list() -> Vec<Command> {
    vec![Command::new("targets", "Show what Prometheus scrapes")]
}

pub(crate) fn run(command: &str, api: &Api) -> Result<Answer, Failure> {
    match command {
        "targets" => Answer::new(&api.targets()?.iter().map(row).collect::<Vec<_>>(), &COLUMNS),
        _ => Err(Failure::failed(format!("there is no command `{command}`"))),
    }
}

fn row(target: &ActiveTarget) -> Value {
    let ActiveTarget { labels, health, last_error, pool, url, last_scrape, last_duration } = target;
    // Fractions of a second are in the duration.
    let at = last_scrape.split('.').next().unwrap_or_default().trim_end_matches('Z').replace('T', " ");
    let took = last_duration * 1e3;
    json!({
        "pool": pool,
        "health": health,
        "url": url,
        "labels": labels,
        "last_scraped": format!("{at} (in {took:.1}ms)"),
        "last_scrape": last_scrape,
        "last_scrape_seconds": last_duration,
        "error": last_error,
    })
}

#[cfg(test)]
mod tests;
