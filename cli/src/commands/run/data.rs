//! What a run writes to stdout: what the only servo has to show as it is, what several have under their names.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value;

use crate::args::Format;
use crate::exit::Trouble;
use crate::printer::Printer;

/// Where servos put what they have to show.
#[derive(Debug)]
pub(super) struct Data {
    printer: Printer,
    format: Format,
    several: bool,
    /// What is written as one document at the end.
    kept: Mutex<BTreeMap<String, Value>>,
}

impl Data {
    pub(super) fn new(printer: Printer, format: Format, several: bool) -> Self {
        Self { printer, format, several, kept: Mutex::default() }
    }

    /// Shows what a servo has, or keeps it for the end.
    pub(super) fn put<T: Serialize>(
        &self,
        servo: &str,
        value: &T,
        table: impl FnOnce(&T) -> String,
    ) -> Result<(), Trouble> {
        match self.format {
            format if !self.several => self.printer.show(format, value, table),
            Format::Table => self.printer.data(&format!("{servo}\n{}\n", table(value))),
            Format::Json | Format::Yaml => {
                let value = serde_json::to_value(value).map_err(Trouble::failed)?;
                let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.insert(servo.to_owned(), value);
                Ok(())
            }
        }
    }

    /// Writes what was kept, when no servo runs any more.
    pub(super) fn end(&self) -> Result<(), Trouble> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_empty() { Ok(()) } else { self.printer.show(self.format, &*kept, |_| String::new()) }
    }
}
