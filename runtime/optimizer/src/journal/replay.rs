//! The state of a run, from its lines.

use std::path::Path;

use super::error::JournalError;
use super::record::{Header, Record};
use crate::decide::Outcome;
use crate::space::Settings;
use crate::trial::{Trial, Why};

/// A run as far as its journal goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    header: Header,
    history: Vec<Trial>,
    pending: Pending,
}

/// What was begun and not completed. Unless it is `Nothing`, a resumed run first asks the service which
/// settings it has.
#[derive(Debug, Clone, PartialEq)]
pub enum Pending {
    Nothing,
    /// Decided on; nothing was sent.
    Planned {
        settings: Settings,
        why: Why,
    },
    /// The adjustment may or may not have arrived.
    AdjustSent {
        settings: Settings,
        why: Why,
    },
    /// The service has the settings; they were not (completely) measured.
    Adjusted {
        settings: Settings,
        why: Why,
    },
    /// The run is decided, its settings may not be applied yet.
    Finishing {
        apply: Settings,
        outcome: Outcome,
        sent: bool,
    },
    /// Over.
    Finished {
        apply: Settings,
        outcome: Outcome,
    },
}

impl Replay {
    pub(super) fn new(header: Header) -> Self {
        Self { header, history: Vec::new(), pending: Pending::Nothing }
    }

    /// What the run is about. Its space holds the baseline, whatever the service has now.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Every completed trial, oldest first.
    pub fn history(&self) -> &[Trial] {
        &self.history
    }

    /// What was begun and not completed.
    pub fn pending(&self) -> &Pending {
        &self.pending
    }

    /// Reads whole lines.
    pub(super) fn read(path: &Path, text: &[u8]) -> Result<Self, JournalError> {
        let corrupt = |line, problem| JournalError::Corrupt { path: path.to_owned(), line, problem };
        let mut state: Option<Self> = None;
        let whole = text.strip_suffix(b"\n").unwrap_or(text);
        for (i, line) in whole.split(|b| *b == b'\n').enumerate() {
            let record: Record = serde_json::from_slice(line).map_err(|e| corrupt(i + 1, e.to_string()))?;
            match (&mut state, record) {
                (None, Record::Header(header)) => state = Some(Self::new(*header)),
                (None, _) => return Err(corrupt(1, "the first line is not a header".to_owned())),
                (Some(state), record) => state.apply(record).map_err(|problem| corrupt(i + 1, problem))?,
            }
        }
        state.ok_or_else(|| corrupt(1, "the file is empty".to_owned()))
    }

    /// What [`Replay::back`] needs.
    pub(super) fn mark(&self) -> (Pending, usize) {
        (self.pending.clone(), self.history.len())
    }

    /// To what it was when it was marked.
    pub(super) fn back(&mut self, (pending, trials): (Pending, usize)) {
        self.pending = pending;
        self.history.truncate(trials);
    }

    /// The next state; a text says why the record cannot follow.
    pub(super) fn apply(&mut self, record: Record) -> Result<(), String> {
        let expected = self.history.len() + 1;
        if let Record::Planned { trial, .. }
        | Record::AdjustSent { trial }
        | Record::Adjusted { trial }
        | Record::Result { trial, .. } = &record
            && *trial != expected
        {
            return Err(format!("trial {trial} where trial {expected} was expected"));
        }
        let pending = std::mem::replace(&mut self.pending, Pending::Nothing);
        self.pending = match (pending, record) {
            (Pending::Nothing, Record::Planned { settings, why, .. }) => Pending::Planned { settings, why },
            // Sent again after a restart is allowed: the runner verified that it had not arrived.
            (
                Pending::Planned { settings, why }
                | Pending::AdjustSent { settings, why }
                | Pending::Adjusted { settings, why },
                Record::AdjustSent { .. },
            ) => Pending::AdjustSent { settings, why },
            (
                Pending::Planned { settings, why }
                | Pending::AdjustSent { settings, why }
                | Pending::Adjusted { settings, why },
                Record::Adjusted { .. },
            ) => Pending::Adjusted { settings, why },
            (
                Pending::Planned { settings, why }
                | Pending::AdjustSent { settings, why }
                | Pending::Adjusted { settings, why },
                Record::Result { result, .. },
            ) => {
                self.history.push(Trial { settings, result, why });
                Pending::Nothing
            }
            (Pending::Nothing | Pending::Finishing { .. }, Record::Finishing { apply, outcome }) => {
                Pending::Finishing { apply, outcome, sent: false }
            }
            (Pending::Finishing { apply, outcome, .. }, Record::AdjustSent { .. }) => {
                Pending::Finishing { apply, outcome, sent: true }
            }
            (Pending::Finishing { apply, outcome, .. }, Record::Finished) => {
                Pending::Finished { apply, outcome }
            }
            (pending, record) => {
                let problem = format!("{} cannot follow {}", record.name(), pending.name());
                self.pending = pending;
                return Err(problem);
            }
        };
        Ok(())
    }
}

impl Pending {
    fn name(&self) -> &'static str {
        match self {
            Pending::Nothing => "a completed trial",
            Pending::Planned { .. } => "\"planned\"",
            Pending::AdjustSent { .. } => "\"adjust_sent\"",
            Pending::Adjusted { .. } => "\"adjusted\"",
            Pending::Finishing { .. } => "\"finishing\"",
            Pending::Finished { .. } => "the end of the run",
        }
    }
}

impl Record {
    fn name(&self) -> &'static str {
        match self {
            Record::Header(_) => "\"header\"",
            Record::Planned { .. } => "\"planned\"",
            Record::AdjustSent { .. } => "\"adjust_sent\"",
            Record::Adjusted { .. } => "\"adjusted\"",
            Record::Result { .. } => "\"result\"",
            Record::Finishing { .. } => "\"finishing\"",
            Record::Finished => "\"finished\"",
        }
    }
}
