//! The history of an application for other programs: one row for each trial, with every setting and every metric.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::application::{FILE, aside, read, set_aside};
use super::goal::Goal;
use crate::journal::{Journal, JournalError};
use crate::objective::Objective;
use crate::space::Settings;
use crate::summary::summary;
use crate::trial::{Expected, Reading, Role, TrialResult};

/// Every trial of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Export {
    /// The objective with its constraints.
    pub objective: String,
    /// Units by metric and setting; those without one have an empty one.
    pub units: BTreeMap<String, String>,
    /// Oldest first.
    pub trials: Vec<Exported>,
}

/// A trial.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exported {
    /// Counts from 1.
    pub trial: usize,
    pub role: Role,
    /// Every setting, also those that were not changed.
    pub settings: Settings,
    /// What was measured; empty when nothing was.
    pub metrics: BTreeMap<String, Reading>,
    /// The value of the objective.
    pub score: Option<f64>,
    /// Constraints that were violated.
    pub violations: Vec<String>,
    /// Why there is no value.
    pub problem: Option<String>,
    /// What was expected of it.
    pub expected: Option<Expected>,
    /// Why it was chosen.
    pub why: String,
}

/// Why there is nothing to export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("nothing was measured of {0} yet: no servo has described it")]
    Nothing(String),
    #[error("there is no run {number} of {id} that was set aside; {}", there_are(*.known))]
    NoRun { id: String, number: u32, known: u32 },
    #[error("{0}")]
    Other(String),
}

fn there_are(known: u32) -> String {
    match known {
        0 => "none was".to_owned(),
        1 => "there is 1".to_owned(),
        known => format!("there are 1 to {known}"),
    }
}

/// The history of the application with this folder: of the run that goes on, or of one that was set aside.
///
/// # Errors
/// There is none, or the run that goes on is of another objective.
pub fn export(folder: &Path, id: &str, goal: &Goal, run: Option<u32>) -> Result<Export, ExportError> {
    let known = set_aside(folder);
    let path = run.map_or_else(|| folder.join(FILE), |number| aside(folder, number));
    let missing = || match run {
        Some(number) => ExportError::NoRun { id: id.to_owned(), number, known },
        None => ExportError::Nothing(id.to_owned()),
    };
    let replay = Journal::peek(&path)?.ok_or_else(missing)?;
    // One that was set aside had an objective of its own.
    let own = run.and_then(|_| Objective::shown(&replay.header().objective));
    let goal = own.map_or_else(|| goal.clone(), |objective| Goal { objective, ..goal.clone() });
    let objective = read(&replay, &goal).map_err(ExportError::Other)?;
    let (header, history) = (replay.header(), replay.history());
    let rows = summary(&header.space, &objective, goal.options.confidence, history).rows;
    let trials = rows.into_iter().zip(history).map(|(row, trial)| Exported {
        trial: row.number,
        role: row.role,
        settings: trial.settings.clone(),
        metrics: match &trial.result {
            TrialResult::Measured(readings) => readings.clone(),
            _ => BTreeMap::new(),
        },
        score: row.score,
        violations: row.violations,
        problem: row.problem,
        expected: trial.why.expected,
        why: row.why,
    });
    Ok(Export { objective: header.objective.clone(), units: header.units.clone(), trials: trials.collect() })
}

impl Export {
    /// As RFC 4180 has it, with a heading: number, role, settings, means of metrics, value, violations, problem, reason.
    pub fn csv(&self) -> String {
        let settings: BTreeSet<&String> = self.trials.iter().flat_map(|one| one.settings.keys()).collect();
        let metrics: BTreeSet<&String> = self.trials.iter().flat_map(|one| one.metrics.keys()).collect();
        let mut text = String::new();
        let (head, tail) = (["trial", "role"], ["score", "violations", "problem", "why"]);
        let mut taken: BTreeSet<String> = head.into_iter().chain(tail).map(str::to_owned).collect();
        // Programs find columns by their headings, so that each is there once.
        let mut heading = |name: &str, what: &str| {
            let mut heading = name.to_owned();
            while !taken.insert(heading.clone()) {
                heading = format!("{heading} ({what})");
            }
            heading
        };
        let mut names: Vec<String> = settings.iter().map(|name| heading(name, "setting")).collect();
        names.extend(metrics.iter().map(|name| heading(name, "metric")));
        let head = head.map(str::to_owned).into_iter().chain(names);
        line(&mut text, head.chain(tail.map(str::to_owned)));
        for one in &self.trials {
            let mut cells = vec![one.trial.to_string(), one.role.to_string()];
            cells.extend(
                settings.iter().map(|id| one.settings.get(*id).map_or(String::new(), ToString::to_string)),
            );
            let mean =
                |name: &&String| one.metrics.get(*name).map_or(String::new(), |read| read.mean.to_string());
            cells.extend(metrics.iter().map(mean));
            cells.push(one.score.map_or(String::new(), |score| score.to_string()));
            cells.push(one.violations.join("; "));
            cells.push(one.problem.clone().unwrap_or_default());
            cells.push(one.why.clone());
            line(&mut text, cells.into_iter());
        }
        text
    }
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    let cells: Vec<String> = cells.map(cell).collect();
    text.push_str(&cells.join(","));
    text.push_str("\r\n");
}

fn cell(text: String) -> String {
    // What terminals obey is no part of a text.
    let text = text.replace(|one: char| one.is_control() && one != '\n' && one != '\t', "\u{fffd}");
    // Programs for tables take a text that begins like this for a formula.
    let formula = text.starts_with(['=', '@', '\t', '+', '-']) && text.parse::<f64>().is_err();
    let text = if formula { format!("'{text}") } else { text };
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests;
