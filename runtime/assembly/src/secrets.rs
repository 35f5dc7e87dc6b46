//! Whether the secrets of grants can be used. Each is read anew for each request, so that it can be renewed; one that is
//! missing is found out here and not by the request that needs it.

use std::time::{Duration, Instant};

use servo_config::{Config, Connector, Notice, Origin};
use servo_types::{Check, CheckOutcome, CheckStatus, Severity};

use crate::convert;

/// What is wrong with secrets of grants at the moment. They may be put in place later, or on another machine.
pub async fn secret_notices(config: &Config) -> Vec<Notice> {
    let mut notices = Vec::new();
    for wanted in config.servos.iter().flat_map(|servo| &servo.connectors) {
        for (origin, text) in unusable(wanted).await {
            let path = format!("connectors.{}.grants", wanted.alias);
            let message = format!("{text}; until it can be used, requests that need it fail");
            notices.push(Notice { origin, path, message });
        }
    }
    notices
}

/// The checks that fail because of them, by alias; none when all is well.
pub(crate) async fn failed(connectors: &[Connector]) -> Vec<(String, CheckOutcome)> {
    let mut failed = Vec::new();
    for wanted in connectors {
        failed.extend(check(wanted).await.map(|outcome| (wanted.alias.clone(), outcome)));
    }
    failed
}

async fn check(wanted: &Connector) -> Option<CheckOutcome> {
    let start = Instant::now();
    let (origins, texts): (Vec<_>, Vec<_>) = unusable(wanted).await.into_iter().unzip();
    let first = origins.first()?;
    let check = Check {
        id: "secrets".to_owned(),
        name: "Secrets of the grants".to_owned(),
        description: "Whether the host can read what it adds to requests.".to_owned(),
        severity: Severity::Common,
        tags: Vec::new(),
        remedy: false,
    };
    let hint = Some(format!("put it there, or correct the grant at {first}"));
    let runtime: Duration = start.elapsed();
    Some(CheckOutcome { check, status: CheckStatus::Failed, message: texts.join("; "), hint, runtime })
}

/// The grant and what is wrong with a secret of it.
async fn unusable(wanted: &Connector) -> Vec<(Origin, String)> {
    // What is wrong with the grants themselves is said where they are needed.
    let Ok(grants) = convert::grants(wanted) else { return Vec::new() };
    let mut found = Vec::new();
    // Those that follow from settings come last and have no secrets.
    for (written, grant) in wanted.grants.http.iter().zip(&grants.http) {
        for secret in &grant.secrets {
            if let Err(text) = secret.look().await {
                found.push((written.origin.clone(), text));
            }
        }
    }
    found
}
