//! `servo lock`.

use servo_assembly::distribution::Locked;

use super::inspect::size;
use crate::args::{Components, Format, Lock};
use crate::exit::Trouble;
use crate::session::Session;
use crate::table::Table;

/// Writes the lock file beside the configuration.
pub(crate) async fn run(args: &Lock, session: &Session) -> Result<(), Trouble> {
    let components = Components { locked: false, registries: args.registries.clone() };
    let programs = session.programs_with(&components)?;
    let loaded = session.load(&session.config_file(None))?;
    let (file, entries) = session.unless_stopped(programs.lock(&loaded)).await?;
    if args.output == Format::Table {
        let (file, count) = (file.display(), entries.len());
        session.printer.say(&match count {
            0 => format!("{file} written; the configuration takes nothing from registries"),
            1 => format!("{file} written: 1 component"),
            _ => format!("{file} written: {count} components"),
        });
        if entries.is_empty() {
            return Ok(());
        }
    }
    session.printer.show(args.output, &entries, |entries| table(entries))
}

fn table(entries: &[Locked]) -> String {
    let mut table = Table::new(["REFERENCE", "DIGEST", "SIZE", "CONTRACT", "SIGNED BY"]);
    for entry in entries {
        let contract = entry.contract.clone().unwrap_or_default();
        table.row([
            entry.reference.clone(),
            entry.manifest.clone(),
            size(usize::try_from(entry.size).unwrap_or(usize::MAX)),
            contract,
            entry.signed_by.join("\n"),
        ]);
    }
    table.render()
}
