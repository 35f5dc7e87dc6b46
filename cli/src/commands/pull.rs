//! `servo pull`.

use super::inspect::size;
use crate::args::Pull;
use crate::exit::Trouble;
use crate::session::Session;

/// Fetches a component, into the store and into a file if one is named.
pub(crate) async fn run(args: &Pull, session: &Session) -> Result<(), Trouble> {
    let depot = session.depot(&args.registries)?;
    let (reference, rules) = (args.reference.parse()?, session.rules()?);
    let work = depot.pull(&reference, &rules, args.output.as_deref());
    let fetched = session.unless_stopped(work).await?;
    session.printer.data(&format!("{}\n", fetched.reference))?;
    let (what, place) = (
        size(fetched.inspection.size),
        match &args.output {
            Some(path) => path.display().to_string(),
            None => "the local store".to_owned(),
        },
    );
    session.printer.say(&format!("{what} in {place}"));
    Ok(())
}
