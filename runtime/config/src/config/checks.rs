//! How checks run before servo does.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Pattern, PatternError};
use crate::quantity::Human;

/// Which checks run, and what happens when one fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Checks {
    /// Only these connectors; empty is all.
    pub connectors: Vec<String>,
    /// Only checks of these names; empty is all.
    pub name: Vec<Pattern>,
    /// Only checks of these ids; empty is all.
    pub id: Vec<Pattern>,
    /// Only checks with one of these tags; empty is all.
    pub tag: Vec<Pattern>,
    /// Say nothing of checks that pass.
    pub quiet: bool,
    /// Say more.
    pub verbose: bool,
    /// Run again until everything passes, reporting each check once.
    pub progressive: bool,
    /// How long to go on trying.
    pub wait: Duration,
    /// Pause between two tries.
    pub delay: CheckDelay,
    /// From which severity on a failed check ends the run.
    pub halt_on: HaltOn,
    /// Try the remedy of a failed check.
    pub remedy: bool,
    /// Whether any failed check ends a round of checks, as with [`HaltOn::Warning`].
    pub check_halting: bool,
}

/// The pause between two tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckDelay {
    /// Growing.
    Exponential,
    /// Always the same.
    Fixed(Duration),
}

/// Severities of checks, the mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HaltOn {
    /// Warnings, too.
    Warning,
    /// Failures.
    Common,
    /// Only what makes running impossible.
    Critical,
}

/// How checks run before servo does.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Checks")]
pub(crate) struct RawChecks {
    /// Only these connectors.
    connectors: Option<Vec<String>>,
    /// Only checks of these names; a text between slashes is a regular expression that is searched for.
    name: Option<Vec<String>>,
    /// Only checks of these ids, or `/expression/`.
    id: Option<Vec<String>>,
    /// Only checks with one of these tags, or `/expression/`.
    tag: Option<Vec<String>>,
    /// Say nothing of checks that pass.
    #[schemars(extend("default" = false))]
    quiet: Option<bool>,
    /// Say more.
    #[schemars(extend("default" = false))]
    verbose: Option<bool>,
    /// Run again until everything passes, reporting each check once.
    #[schemars(extend("default" = true))]
    progressive: Option<bool>,
    /// How long to go on trying.
    #[schemars(extend("default" = "30m"))]
    wait: Option<Human<Duration>>,
    /// Pause between two tries: `expo` for a growing one, or a duration.
    #[schemars(extend("default" = "expo"))]
    delay: Option<RawDelay>,
    /// From which severity on a failed check ends the run.
    #[schemars(extend("default" = "critical"))]
    halt_on: Option<HaltOn>,
    /// Try the remedy of a failed check.
    #[schemars(extend("default" = true))]
    remedy: Option<bool>,
    /// Whether any failed check ends a round of checks, as with `halt_on: warning`.
    #[schemars(extend("default" = false))]
    check_halting: Option<bool>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum RawDelay {
    Word(Expo),
    Fixed(Human<Duration>),
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Expo {
    Expo,
}

/// A wrong pattern: its key, its place in the list, and what is wrong.
pub(crate) type WrongPattern = (&'static str, usize, PatternError);

impl RawChecks {
    /// The settings with their defaults; `wrong` takes the patterns that are left out.
    pub(crate) fn resolve(self, wrong: &mut Vec<WrongPattern>) -> Checks {
        Checks {
            connectors: self.connectors.unwrap_or_default(),
            name: patterns("name", self.name, |text| Ok(vec![text.parse()?]), wrong),
            id: patterns("id", self.id, Pattern::list, wrong),
            tag: patterns("tag", self.tag, Pattern::list, wrong),
            quiet: self.quiet.unwrap_or(false),
            verbose: self.verbose.unwrap_or(false),
            progressive: self.progressive.unwrap_or(true),
            wait: self.wait.map_or(Duration::from_secs(1_800), |wait| wait.0),
            delay: match self.delay {
                None | Some(RawDelay::Word(Expo::Expo)) => CheckDelay::Exponential,
                Some(RawDelay::Fixed(delay)) => CheckDelay::Fixed(delay.0),
            },
            halt_on: self.halt_on.unwrap_or(HaltOn::Critical),
            remedy: self.remedy.unwrap_or(true),
            check_halting: self.check_halting.unwrap_or(false),
        }
    }
}

fn patterns(
    key: &'static str,
    texts: Option<Vec<String>>,
    read: impl Fn(&str) -> Result<Vec<Pattern>, PatternError>,
    wrong: &mut Vec<WrongPattern>,
) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    for (index, text) in texts.unwrap_or_default().iter().enumerate() {
        match read(text) {
            Ok(found) => patterns.extend(found),
            Err(error) => wrong.push((key, index, error)),
        }
    }
    patterns
}

#[cfg(test)]
mod tests;
