//! What was tried, what came of it, and why it was chosen.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::space::Settings;

/// One attempt: settings asked for and what happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    pub settings: Settings,
    pub result: TrialResult,
    pub why: Why,
}

/// How an attempt ended. Everything but a measurement counts as a point to stay away from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialResult {
    /// Mean of each metric over the measurement, by metric name.
    Measured(BTreeMap<String, Reading>),
    /// The service refused the settings.
    Rejected(String),
    /// Adjusting or measuring failed.
    Failed(String),
    /// Stopped because a service level objective was violated while measuring.
    Aborted(String),
}

impl TrialResult {
    /// Without what JSON has no number for.
    pub(crate) fn finite(self) -> Self {
        let TrialResult::Measured(mut readings) = self else { return self };
        readings.retain(|_, reading| reading.mean.is_finite());
        for reading in readings.values_mut() {
            reading.deviation = reading.deviation.filter(|d| d.is_finite());
        }
        TrialResult::Measured(readings)
    }
}

/// A metric over one measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// In the unit that the metric is announced with.
    pub mean: f64,
    /// Standard deviation of the samples behind the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
    /// The number of samples behind the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<u64>,
}

impl From<f64> for Reading {
    fn from(mean: f64) -> Self {
        Self { mean, deviation: None, samples: None }
    }
}

/// Why settings were chosen, for people and for the next decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Why {
    pub role: Role,
    /// What the model expected, where one was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// One sentence.
    pub text: String,
}

/// The part a trial plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The settings found, measured first.
    Baseline,
    /// Spread over the space before there is a model.
    Design,
    /// Chosen for what is not known there.
    Explore,
    /// Chosen because it should be better.
    Exploit,
    /// The best so far once more: one good measurement may be luck.
    Repeat,
    /// The baseline once more: has the world moved?
    Drift,
    /// The candidate of the end, measured alternately with the baseline.
    ConfirmCandidate,
    /// The baseline of the end.
    ConfirmBaseline,
}

impl Role {
    /// Measured with the settings the service came with.
    pub fn is_baseline(self) -> bool {
        matches!(self, Role::Baseline | Role::Drift | Role::ConfirmBaseline)
    }

    /// Part of the confirmation at the end.
    pub fn is_confirmation(self) -> bool {
        matches!(self, Role::ConfirmCandidate | Role::ConfirmBaseline)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Baseline => "baseline",
            Role::Design => "design",
            Role::Explore => "explore",
            Role::Exploit => "exploit",
            Role::Repeat => "repeat",
            Role::Drift => "drift check",
            Role::ConfirmCandidate => "confirm candidate",
            Role::ConfirmBaseline => "confirm baseline",
        })
    }
}

/// What the model expects of settings not yet measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// The objective's value, and the interval it should lie in 9 times out of 10 (measurement noise aside).
    pub value: f64,
    pub low: f64,
    pub high: f64,
    /// Expected improvement over the best so far, as a fraction of it (0.1 = 10 %).
    pub gain: f64,
    /// The chance that every constraint holds.
    pub feasible: f64,
}
