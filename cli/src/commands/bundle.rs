//! `servo bundle`.

use std::path::Path;

use servo_assembly::distribution::Bundled;

use super::inspect::size;
use crate::args::{Bundle, BundleWhat, Components, Format};
use crate::exit::Trouble;
use crate::session::Session;
use crate::table::Table;

/// Writes what is locked into one file, or takes such a file into the local store.
pub(crate) async fn run(args: &Bundle, session: &Session) -> Result<(), Trouble> {
    match (&args.what, &args.output) {
        (Some(BundleWhat::Load { file, output }), _) => load(file, *output, session).await,
        (None, Some(file)) => write(args, file, session).await,
        (None, None) => Err(Trouble::Usage("--output names the file to write".to_owned())),
    }
}

async fn write(args: &Bundle, file: &Path, session: &Session) -> Result<(), Trouble> {
    let components = Components { locked: false, registries: args.registries.clone() };
    let programs = session.programs_with(&components)?;
    let loaded = session.load(&session.config_file(None))?;
    let bundled = session.unless_stopped(programs.bundle(&loaded, file)).await?;
    // Where the bundle goes to standard output, nothing else may.
    if file.as_os_str() == "-" {
        return Ok(());
    }
    session.printer.data(&table(&bundled))?;
    session.printer.say(&format!("{} written; `servo bundle load` reads it elsewhere", file.display()));
    Ok(())
}

async fn load(file: &Path, output: Format, session: &Session) -> Result<(), Trouble> {
    let depot = session.depot(&Default::default())?;
    let loaded = session.unless_stopped(depot.load_bundle(file)).await?;
    session.printer.show(output, &loaded, |loaded| table(loaded))
}

fn table(bundled: &[Bundled]) -> String {
    let mut table = Table::new(["REFERENCE", "SIZE", "SIGNATURES"]);
    for one in bundled {
        let size = size(usize::try_from(one.size).unwrap_or(usize::MAX));
        table.row([one.reference.clone(), size, one.signatures.to_string()]);
    }
    table.render()
}
