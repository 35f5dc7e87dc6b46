//! `servo man`.

use crate::args::{Man, command};
use crate::exit::Trouble;
use crate::printer::Printer;

/// Writes a page for servo and one for each command.
pub(crate) fn run(args: &Man, printer: &Printer) -> Result<(), Trouble> {
    let folder = args.folder.display();
    if !args.folder.is_dir() {
        return Err(Trouble::Usage(format!("{folder} is no folder; create it first")));
    }
    clap_mangen::generate_to(command(), &args.folder).map_err(|error| {
        Trouble::Failed(format!("the manual pages cannot be written to {folder}: {error}"))
    })?;
    printer.say(&format!("manual pages written to {folder}; `man {folder}/servo.1` shows the first one"));
    Ok(())
}
