//! `servo cache`.

use servo_assembly::distribution::{Checked, Kept};

use super::inspect::size;
use crate::args::{Cache, CacheWhat};
use crate::exit::{FAILED, Trouble};
use crate::session::Session;
use crate::table::Table;

/// Looks after the local store.
pub(crate) async fn run(args: &Cache, session: &Session) -> Result<(), Trouble> {
    let depot = session.depot(&Default::default())?;
    let printer = &session.printer;
    match &args.what {
        CacheWhat::Ls { output } => printer.show(*output, &depot.kept()?, |kept| listed(kept)),
        CacheWhat::Gc { unused_for } => {
            let swept = depot.sweep(*unused_for)?;
            let (files, bytes) = (swept.files, size(usize::try_from(swept.bytes).unwrap_or(usize::MAX)));
            printer
                .say(&format!("{bytes} in {files} files removed, {} references forgotten", swept.references));
            Ok(())
        }
        CacheWhat::Verify { output } => {
            let checked = depot.verify_store()?;
            printer.show(*output, &checked, |checked| verified(checked))?;
            let names = depot.damaged_names()?;
            names.iter().for_each(|damaged| printer.warn(damaged));
            let damaged = checked.iter().filter(|one| !one.whole).count();
            if damaged > 0 {
                printer.warn(&format!(
                    "{damaged} of {} files were damaged and are removed; they are fetched again when they are needed",
                    checked.len()
                ));
            }
            if damaged == 0 && names.is_empty() { Ok(()) } else { Err(Trouble::Said(FAILED)) }
        }
    }
}

fn listed(kept: &[Kept]) -> String {
    let mut table = Table::new(["REFERENCE", "SIZE", "FETCHED", "INSTALLED AS", "SIGNATURES"]);
    for one in kept {
        table.row([
            one.reference.clone(),
            if one.missing {
                "missing".to_owned()
            } else {
                size(usize::try_from(one.size).unwrap_or(usize::MAX))
            },
            one.fetched.clone(),
            one.installed.join(", "),
            one.signatures.to_string(),
        ]);
    }
    table.render()
}

fn verified(checked: &[Checked]) -> String {
    let mut table = Table::new(["DIGEST", "SIZE", "STATE"]);
    for one in checked {
        let state = if one.whole { "√ whole" } else { "X damaged, removed" };
        let size = size(usize::try_from(one.size).unwrap_or(usize::MAX));
        table.row([one.digest.to_string(), size, state.to_owned()]);
    }
    table.render()
}
