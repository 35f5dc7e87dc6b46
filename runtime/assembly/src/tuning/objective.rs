//! What a run works towards, checked against what the connectors announce, and what earlier runs worked towards.

use std::collections::BTreeMap;

use servo_config::Direction;
use servo_events::Event;
use servo_optimizer::{CheckedObjective, Journal, Objective, ObjectiveError, Pending, standing, summary};

use super::{Ended, TuningReport};
use crate::operations::Offered;
use crate::run::{RunError, RunOptions};
use crate::servo::Servo;

/// What stands between the goal and its constraints where an objective is written as one text.
const CONSTRAINTS: &str = " subject to ";

impl Servo {
    /// The last tuning run of this servo, from its journal; none when there was none. Scores are those of the
    /// objective that the run had, whatever the configuration says now.
    pub async fn history(&self, options: &RunOptions) -> Result<Option<TuningReport>, RunError> {
        let path = options.state.journal(self.name(), &options.config).map_err(RunError::State)?;
        let Some(replay) = Journal::peek(&path)? else { return Ok(None) };
        let header = replay.header();
        let units = self.units().await?;
        let (objective, unit) = recorded(&header.objective, &units)
            .ok_or_else(|| RunError::OtherObjective(header.objective.clone()))?;
        let summary = summary(&header.space, &objective, header.options.confidence, replay.history());
        let ended = match replay.pending() {
            Pending::Finished { apply, outcome } => {
                let after = standing(&objective, replay.history(), apply);
                Some(Ended { settings: apply.clone(), after, outcome: outcome.clone() })
            }
            _ => None,
        };
        Ok(Some(TuningReport {
            objective: header.objective.clone(),
            unit,
            budget: header.options.budget,
            before: standing(&objective, replay.history(), &header.space.baseline()),
            baseline: header.space.baseline(),
            summary,
            ended,
        }))
    }

    /// What is worked towards, in one line; nothing where no objective is configured or it is none.
    pub(crate) fn goal(&self) -> Option<String> {
        let wanted = self.config.objective.as_ref()?;
        Some(objective(wanted).ok()?.to_string())
    }

    /// The objective; its text, and its unit.
    pub(crate) async fn objective(&self) -> Result<(CheckedObjective, String, String), RunError> {
        let Some(wanted) = &self.config.objective else { return Err(RunError::NoObjective) };
        let objective = objective(wanted)?;
        let units = self.units().await?;
        let unit = units.get(wanted.expression.trim()).cloned().unwrap_or_default();
        Ok((objective.check(&units)?, objective.to_string(), unit))
    }

    /// Whether the settings could be made permanent, where that is wanted: without that, nothing need be measured.
    pub(crate) fn can_promote(&self) -> Result<(), RunError> {
        let wanted = self.config.objective.as_ref().is_some_and(|objective| objective.promote);
        let handled = || self.registrations().iter().any(|one| one.on.contains(Event::Promote));
        if wanted && !handled() { Err(RunError::NobodyPromotes) } else { Ok(()) }
    }

    /// The names that an objective may use, with their units.
    async fn units(&self) -> Result<BTreeMap<String, String>, RunError> {
        let metrics = self.metrics().await?.value;
        let mut units: BTreeMap<_, _> =
            metrics.into_iter().map(|offered| (offered.item.name, offered.item.unit)).collect();
        if let Ok(components) = self.components().await {
            for Offered { item, .. } in components.value {
                for setting in item.settings {
                    units.insert(format!("{}.{}", item.name, setting.name), setting.unit.unwrap_or_default());
                }
            }
        }
        Ok(units)
    }
}

/// The objective as it is written.
fn objective(wanted: &servo_config::Objective) -> Result<Objective, ObjectiveError> {
    let direction = match wanted.direction {
        Direction::Minimize => servo_optimizer::Direction::Minimize,
        Direction::Maximize => servo_optimizer::Direction::Maximize,
    };
    Objective::new(direction, &wanted.expression, &wanted.subject_to)
}

/// The objective that a journal names, with its unit; none when it uses names that nobody offers any more.
fn recorded(text: &str, units: &BTreeMap<String, String>) -> Option<(CheckedObjective, String)> {
    let (goal, constraints) = text.split_once(CONSTRAINTS).unwrap_or((text, ""));
    let constraints = split(constraints);
    let objective = Objective::parse(goal, &constraints).ok()?.check(units).ok()?;
    let expression = goal.split_once(' ').map_or("", |(_, expression)| expression);
    Some((objective, units.get(expression.trim()).cloned().unwrap_or_default()))
}

/// The constraints of a list: parted by the commas that stand in no brackets.
fn split(list: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let parts = list.split(|character: char| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}
