//! How a command ends badly: what is said, and the code that scripts see.

use std::fmt;
use std::process::ExitCode;

use servo_assembly::distribution::{DepotError, ReferenceError};
use servo_assembly::{
    AssembleError, BuildError, ControlError, EventError, LoadError, OperationError, ProgramsError,
};
use servo_config::Problems;

use crate::printer::Printer;

/// Why a command did not do its work.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The command line or the configuration is wrong: 2.
    Usage(String),
    /// The configuration is wrong, with carets: 2.
    Problems(Problems),
    /// It was tried and failed: 1.
    Failed(String),
    /// Everything is said already.
    Said(u8),
    /// Ctrl-C: 130.
    Interrupted,
    /// Another signal, obeyed in good order: 0.
    Drained,
    /// Nobody reads the output any more, for example `servo list | head -1`: 0.
    Unread,
}

/// The code of a failed or invalid outcome.
pub(crate) const FAILED: u8 = 1;
/// The code of a wrong command line or configuration.
pub(crate) const USAGE: u8 = 2;
/// The code after ctrl-C: 128 and the number of the signal.
pub(crate) const INTERRUPTED: u8 = 130;

/// Says what there is to say and returns the code.
pub(crate) fn code(result: Result<(), Trouble>, printer: &Printer) -> ExitCode {
    ExitCode::from(result.map_or_else(|trouble| say(trouble, printer), |()| 0))
}

/// Says what there is to say; the code that would follow.
pub(crate) fn say(trouble: Trouble, printer: &Printer) -> u8 {
    match trouble {
        Trouble::Unread | Trouble::Drained => 0,
        Trouble::Usage(text) => {
            printer.error(&text);
            USAGE
        }
        Trouble::Problems(problems) => {
            printer.problems(&problems);
            USAGE
        }
        Trouble::Failed(text) => {
            printer.error(&text);
            FAILED
        }
        Trouble::Said(code) => code,
        Trouble::Interrupted => INTERRUPTED,
    }
}

impl Trouble {
    /// A failure that is shown with everything behind it.
    pub(crate) fn failed(error: impl fmt::Display) -> Self {
        // The alternate form of anyhow's errors has their causes.
        Trouble::Failed(format!("{error:#}"))
    }
}

impl From<Problems> for Trouble {
    fn from(problems: Problems) -> Self {
        Trouble::Problems(problems)
    }
}

impl From<AssembleError> for Trouble {
    fn from(error: AssembleError) -> Self {
        Trouble::Usage(error.to_string())
    }
}

impl From<OperationError> for Trouble {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::UnknownMetric { .. } | OperationError::Wanted(_) => {
                Trouble::Usage(error.to_string())
            }
            _ => Trouble::failed(error),
        }
    }
}

impl From<EventError> for Trouble {
    fn from(error: EventError) -> Self {
        match error {
            EventError::Call(error) => Trouble::Usage(error.to_string()),
            EventError::Unselected(_) => Trouble::Usage(error.to_string()),
            EventError::Operation(OperationError::Dispatch(error)) => Trouble::Usage(error.to_string()),
            EventError::Operation(error) => error.into(),
        }
    }
}

impl From<ControlError> for Trouble {
    fn from(error: ControlError) -> Self {
        match error {
            ControlError::Several { .. } => Trouble::Usage(error.to_string()),
            _ => Trouble::failed(error),
        }
    }
}

impl From<ProgramsError> for Trouble {
    fn from(error: ProgramsError) -> Self {
        Trouble::failed(error)
    }
}

impl From<LoadError> for Trouble {
    fn from(error: LoadError) -> Self {
        Trouble::Usage(error.to_string())
    }
}

impl From<DepotError> for Trouble {
    fn from(error: DepotError) -> Self {
        match error {
            DepotError::Usage(_) | DepotError::Bare(_) | DepotError::Trust(_) | DepotError::Lock { .. } => {
                Trouble::Usage(error.to_string())
            }
            _ => Trouble::failed(error),
        }
    }
}

impl From<ReferenceError> for Trouble {
    fn from(error: ReferenceError) -> Self {
        Trouble::Usage(error.to_string())
    }
}

impl From<BuildError> for Trouble {
    fn from(error: BuildError) -> Self {
        Trouble::failed(error)
    }
}
