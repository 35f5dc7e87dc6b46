//! `servo install` and `servo uninstall`.

use super::inspect::needs;
use crate::args::{Components, Install, Uninstall};
use crate::exit::Trouble;
use crate::session::Session;

/// Gives a connector from a registry a name on this machine.
pub(crate) async fn install(args: &Install, session: &Session) -> Result<(), Trouble> {
    let components = Components { locked: false, registries: args.registries.clone() };
    let programs = session.programs_with(&components)?;
    let (reference, rules) = (args.reference.parse()?, session.rules()?);
    let work = programs.install(&reference, args.name.as_deref(), &rules);
    let done = session.unless_stopped(work).await?;
    let printer = &session.printer;
    let name = &done.name;
    printer.say(&match &done.before {
        Some(before) if *before == done.digest => {
            format!("`{name}` was installed already: {}", done.reference)
        }
        Some(before) => format!("`{name}` is now {}; it was {before}", done.reference),
        None => format!("`{name}` is installed: {}", done.reference),
    });
    if !done.signed_by.is_empty() {
        printer.say(&format!("signed by {}", done.signed_by.join(", ")));
    }
    match needs(&done.inspection) {
        needs if needs.is_empty() => printer.say("needs no grants"),
        needs => needs.lines().for_each(|line| printer.say(&format!("needs {line}"))),
    }
    printer.say(&format!("next: `servo generate {name}` shows how servo.yaml uses it"));
    Ok(())
}

/// Forgets an installed connector.
pub(crate) async fn uninstall(args: &Uninstall, session: &Session) -> Result<(), Trouble> {
    let depot = session.depot(&Default::default())?;
    let removed = depot.uninstall(&args.connector).await?;
    let from = removed.map(|reference| format!(": {reference}")).unwrap_or_default();
    session.printer.say(&format!("`{}` is uninstalled{from}", args.connector));
    Ok(())
}
