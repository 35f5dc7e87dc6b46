//! Targets as one JSON object per line, the body in base64.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;

use super::{Target, TargetError, TargetProblem, header, method};

/// Reads targets in vegeta's `json` format; blank lines are skipped.
///
/// # Errors
/// The first line that is not such an object, or no target at all.
pub fn parse_json(text: &str) -> Result<Vec<Target>, TargetError> {
    let mut targets = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if !line.trim().is_empty() {
            targets.push(target(line).map_err(|problem| TargetError { line: index + 1, problem })?);
        }
    }
    if targets.is_empty() {
        let problem = TargetProblem::Empty(r#"{"method": "GET", "url": "http://host/path"}"#);
        return Err(TargetError { line: text.lines().count().max(1), problem });
    }
    Ok(targets)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    method: String,
    url: String,
    #[serde(default)]
    header: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    body: String,
}

fn target(line: &str) -> Result<Target, TargetProblem> {
    let line: Line = serde_json::from_str(line).map_err(TargetProblem::Json)?;
    let body = STANDARD.decode(&line.body).map_err(TargetProblem::Base64)?;
    let mut headers = Vec::new();
    for (name, values) in &line.header {
        for value in values {
            headers.push(header(name, value)?);
        }
    }
    Ok(Target { method: method(&line.method)?, url: line.url.parse()?, headers, body: Bytes::from(body) })
}
