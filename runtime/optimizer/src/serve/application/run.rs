//! A run of one application: its journal, and what follows from its header.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use servo_types::{Adjustment, Description, Domain, Measurement, Slo, Value};

use crate::convert;
use crate::course::watched;
use crate::journal::{Header, Journal, JournalError, Pending, Record, Replay};
use crate::objective::CheckedObjective;
use crate::options::Options;
use crate::serve::goal::Goal;
use crate::serve::task::Task;
use crate::space::{Setting, Settings, Space};
use crate::summary::summary;
use crate::trial::{Reading, Role};

/// The name of the journal in the folder of an application.
pub(crate) const FILE: &str = "journal.jsonl";

/// More settings than this are no description of one application, and would keep the server from others.
const SETTINGS_MAX: usize = 1_000;
/// More settings that may be changed than this find nothing, and take long to decide over.
const FREE_MAX: usize = 100;

/// More metrics than this are not of one application; all of them are kept for every trial.
const METRICS_MAX: usize = 1_000;
/// The most bytes of names, units and texts: each trial has its part of them.
const DESCRIPTION_MAX: usize = 256 * 1024;

/// An open run.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) journal: Journal,
    pub(super) objective: CheckedObjective,
    pub(super) options: Options,
    text: String,
    unit: String,
    slo: Option<Slo>,
}

/// Why a run cannot go on.
#[derive(Debug)]
pub(super) enum ResumeError {
    /// Only the operator can decide what becomes of it.
    Blocked(String),
    Journal(JournalError),
}

/// Why a run cannot begin.
#[derive(Debug)]
pub(super) enum BeginError {
    /// What was described cannot be tuned towards the goal.
    Unfit(String),
    Journal(JournalError),
}

impl Run {
    /// The run whose journal is in the folder, if there is one.
    pub(super) fn resume(folder: &Path, goal: &Goal) -> Result<Option<Self>, ResumeError> {
        let path = folder.join(FILE);
        let replay = match Journal::peek(&path) {
            Ok(Some(replay)) => replay,
            Ok(None) => return Ok(None),
            Err(error @ (JournalError::Corrupt { .. } | JournalError::TooLarge { .. })) => {
                return Err(ResumeError::Blocked(error.to_string()));
            }
            Err(error) => return Err(ResumeError::Journal(error)),
        };
        let wanted = Header { objective: goal.objective.to_string(), ..replay.header().clone() };
        let journal = Journal::open(&path, &wanted).map_err(|error| match error {
            error @ JournalError::Changed { .. } => ResumeError::Blocked(error.to_string()),
            other => ResumeError::Journal(other),
        })?;
        let objective = read(journal.state(), goal).map_err(ResumeError::Blocked)?;
        Ok(Some(Self::over(journal, objective, goal)))
    }

    /// Begins a run on what was described. `server` gives it its name.
    pub(super) fn begin(
        folder: &Path,
        goal: &Goal,
        found: &Description,
        server: &str,
    ) -> Result<Self, BeginError> {
        let unfit = |error: &dyn std::fmt::Display| BeginError::Unfit(error.to_string());
        let space = space(found).map_err(|error| unfit(&error))?;
        if space.settings().iter().all(|setting| setting.pinned) {
            return Err(unfit(&"no setting may be changed: every one is pinned, or there is none"));
        }
        let units = units(found);
        let objective = goal.objective.check(&units).map_err(|error| unfit(&error))?;
        let mut options = goal.options.clone();
        if !goal.seeded {
            options.seed = fnv(server.as_bytes());
        }
        let header = Header {
            space: left_behind(folder, space),
            objective: goal.objective.to_string(),
            options,
            units,
            run: server.to_owned(),
        };
        let journal = Journal::open(&folder.join(FILE), &header).map_err(BeginError::Journal)?;
        Ok(Self::over(journal, objective, goal))
    }

    fn over(journal: Journal, objective: CheckedObjective, goal: &Goal) -> Self {
        let header = journal.state().header();
        let options = Options { seed: header.options.seed, ..goal.options.clone() };
        let unit = header.units.get(goal.expression.trim()).cloned().unwrap_or_default();
        let slo = convert::slo(&objective, &header.space);
        Self { objective, options, text: goal.objective.to_string(), unit, slo, journal }
    }

    pub(super) fn space(&self) -> &Space {
        &self.journal.state().header().space
    }

    /// What its commands are named after.
    pub(super) fn name(&self) -> &str {
        &self.journal.state().header().run
    }

    /// The number of the trial that is under way or comes next.
    pub(super) fn trial(&self) -> usize {
        self.journal.history().len() + 1
    }

    /// Whether what is described is still what the run is about; otherwise why not.
    pub(super) fn fits(&self, found: &Description) -> Result<(), String> {
        let space = space(found)?;
        let began = self.journal.state().header();
        let changed = began.changed(&Header { space, ..began.clone() });
        changed.map_or(Ok(()), |changed| {
            Err(format!("{changed} since the run began; undo the change, or start anew with --fresh"))
        })
    }

    /// What a server before has asked for.
    pub(super) fn asked(&self) -> Option<Task> {
        match self.journal.state().pending() {
            Pending::AdjustSent { .. } => Some(Task::Adjust(self.trial())),
            Pending::Adjusted { .. } => Some(Task::Measure(self.trial())),
            Pending::Finishing { sent: true, .. } => Some(Task::Apply),
            _ => None,
        }
    }

    /// Whether the journal has gone past this.
    pub(super) fn is_past(&self, task: Task) -> bool {
        let (trial, pending) = (self.trial(), self.journal.state().pending());
        match task {
            Task::Adjust(of) => of < trial || (of == trial && matches!(pending, Pending::Adjusted { .. })),
            Task::Measure(of) => of < trial,
            Task::Refuge(after) => after < trial,
            Task::Apply => matches!(pending, Pending::Finishing { .. } | Pending::Finished { .. }),
            Task::Describe(_) => false,
        }
    }

    /// What the trial under way needs.
    pub(super) fn wanted(&self) -> Vec<Adjustment> {
        match self.journal.state().pending() {
            Pending::Planned { settings, .. }
            | Pending::AdjustSent { settings, .. }
            | Pending::Adjusted { settings, .. } => convert::adjustments(self.space(), settings),
            _ => Vec::new(),
        }
    }

    /// The settings that are not for a trial.
    pub(super) fn settling(&self, task: Task) -> Vec<Adjustment> {
        let replay = self.journal.state();
        let settings = match (task, replay.pending()) {
            (Task::Apply, Pending::Finishing { apply, .. }) => Some(apply.clone()),
            _ => crate::course::refuge(&self.objective, replay),
        };
        settings.map_or_else(Vec::new, |settings| convert::adjustments(self.space(), &settings))
    }

    /// What a measurement has of the metrics that the run began with. Others are not kept: nobody asked for them.
    pub(super) fn means(&self, measurement: &Measurement) -> BTreeMap<String, Reading> {
        let mut means = convert::means(measurement);
        means.retain(|name, _| self.journal.state().header().units.contains_key(name));
        means
    }

    /// The constraints that are watched while a trial of this role is measured.
    pub(super) fn slo(&self, role: Role) -> Option<Slo> {
        self.slo.clone().filter(|_| watched(&self.objective, self.journal.history(), role))
    }

    /// What people are told when it begins.
    pub(super) fn introduced(&self) -> String {
        let (budget, free) = (self.options.budget, self.space().free());
        format!("a run begins: {}, {budget} measurements over {free} settings", self.text)
    }

    /// What people are told of a record, if anything.
    pub(super) fn told(&self, record: &Record) -> Option<String> {
        match record {
            Record::Planned { trial, settings, why } => {
                let list = list(&convert::adjustments(self.space(), settings));
                Some(format!("trial {trial} of {}: {list} ({})", self.options.budget, why.text))
            }
            Record::Finishing { outcome, .. } => Some(outcome.text.clone()),
            Record::Finished => Some("the settings that the run ended on are applied".to_owned()),
            _ => None,
        }
    }

    /// What people are told of the trial that ended last.
    pub(super) fn result(&self) -> Option<String> {
        let history = self.journal.history();
        let all = summary(self.space(), &self.objective, self.options.confidence, history);
        let row = all.rows.last()?;
        let broken = match row.violations.as_slice() {
            [] => String::new(),
            violations => format!(", violates {}", violations.join(", ")),
        };
        let text = match (&row.problem, row.score) {
            (Some(problem), _) => problem.clone(),
            (None, Some(score)) => format!("{score:.4} {}", self.unit).trim_end().to_owned() + &broken,
            (None, None) => "no result".to_owned(),
        };
        Some(format!("trial {}: {text}", row.number))
    }
}

/// The objective that a run works towards; or why it is none of this goal's.
pub(crate) fn read(replay: &Replay, goal: &Goal) -> Result<CheckedObjective, String> {
    let began = replay.header();
    let wanted = Header { objective: goal.objective.to_string(), ..began.clone() };
    match began.changed(&wanted) {
        Some(changed) => Err(format!("{changed}; undo the change, or start anew with --fresh")),
        None => goal.objective.check(&began.units).map_err(|error| error.to_string()),
    }
}

/// `web.workers=4 web.cache=2` and so on.
pub(super) fn list(adjustments: &[Adjustment]) -> String {
    adjustments.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Where the journal of a run that was set aside lies; they count from 1.
pub(crate) fn aside(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("journal.{number}.jsonl"))
}

/// How many runs were set aside.
pub(crate) fn set_aside(folder: &Path) -> u32 {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let number = |name: std::ffi::OsString| {
        name.to_str()?.strip_prefix("journal.")?.strip_suffix(".jsonl")?.parse::<u32>().ok()
    };
    names.filter_map(number).max().unwrap_or(0)
}

/// What is described, if it is not too much.
fn space(found: &Description) -> Result<Space, String> {
    let settings = found.components.iter().map(|component| component.settings.len()).sum::<usize>();
    if settings > SETTINGS_MAX {
        return Err(format!("there are {settings} settings; at most {SETTINGS_MAX} are taken"));
    }
    let metrics = found.metrics.len();
    if metrics > METRICS_MAX {
        return Err(format!("there are {metrics} metrics; at most {METRICS_MAX} are taken"));
    }
    let bytes = bytes(found);
    if bytes > DESCRIPTION_MAX {
        return Err(format!(
            "names, units and texts have {bytes} bytes together; at most {DESCRIPTION_MAX} are taken"
        ));
    }
    let space = convert::space(found).map_err(|error| error.to_string())?;
    match space.free() {
        free if free > FREE_MAX => Err(format!(
            "{free} settings may be changed; at most {FREE_MAX} can be tuned: pin those that matter least"
        )),
        _ => Ok(space),
    }
}

/// Of all texts of a description.
fn bytes(found: &Description) -> usize {
    let value = |value: &Value| if let Value::Text(text) = value { text.len() } else { 0 };
    let setting = |setting: &servo_types::Setting| {
        let values = match &setting.domain {
            Domain::Enum { values } => values.iter().map(value).sum(),
            Domain::Range(_) => 0,
        };
        let own = setting.name.len() + setting.unit.as_ref().map_or(0, String::len);
        own + values + setting.value.as_ref().map_or(0, value)
    };
    let components = found.components.iter().map(|component| {
        // The name is a part of the name of each setting.
        let name = component.name.len() * component.settings.len();
        name + component.settings.iter().map(setting).sum::<usize>()
    });
    let metrics = found.metrics.iter().map(|metric| metric.name.len() + metric.unit.len());
    components.sum::<usize>() + metrics.sum::<usize>()
}

/// The units of everything that an objective may name.
fn units(found: &Description) -> BTreeMap<String, String> {
    let metrics = found.metrics.iter().map(|metric| (metric.name.clone(), metric.unit.clone()));
    let settings = found.components.iter().flat_map(|component| {
        let unit = |setting: &servo_types::Setting| setting.unit.clone().unwrap_or_default();
        component.settings.iter().map(move |one| (format!("{}.{}", component.name, one.name), unit(one)))
    });
    metrics.chain(settings).collect()
}

/// A run that was set aside before its end may have left the application on the settings of a trial: what it came with is
/// what gains are measured against.
fn left_behind(folder: &Path, space: Space) -> Space {
    let Ok(Some(old)) = Journal::peek(&aside(folder, set_aside(folder))) else { return space };
    let finished = matches!(old.pending(), Pending::Finished { .. });
    if finished || old.header().space.fingerprint() != space.fingerprint() {
        return space;
    }
    came_with(&old, space.settings()).unwrap_or(space)
}

fn came_with(old: &Replay, settings: &[Setting]) -> Option<Space> {
    let baseline: Settings = old.header().space.baseline();
    let with = |setting: &Setting| {
        let value = baseline.get(&setting.id())?.clone();
        Some(Setting { value, ..setting.clone() })
    };
    Space::new(settings.iter().map(with).collect::<Option<Vec<_>>>()?).ok()
}

/// FNV-1a: a seed for those that ask for none.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}
