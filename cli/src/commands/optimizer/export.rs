//! `servo optimizer export`.

use servo_assembly::serve::Optimizer;

use super::trouble;
use crate::args::{Export, ExportFormat, Format};
use crate::exit::Trouble;
use crate::session::Session;

/// Writes every trial of an application.
pub(super) fn run(args: &Export, optimizer: &Optimizer, session: &Session) -> Result<(), Trouble> {
    let export = optimizer.export(&args.application, args.run).map_err(trouble)?;
    match args.format {
        ExportFormat::Csv => session.printer.data(&export.csv()),
        ExportFormat::Json => session.printer.show(Format::Json, &export, |_| String::new()),
    }
}
