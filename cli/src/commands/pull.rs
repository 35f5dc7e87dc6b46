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
    let what = size(fetched.inspection.size);
    match &args.output {
        // The component is there, and nothing else may be.
        Some(path) if path.as_os_str() == "-" => {
            session.printer.say(&format!("{what}: {}", fetched.reference))
        }
        output => {
            session.printer.data(&format!("{}\n", fetched.reference))?;
            let place = output.as_ref().map(|path| path.display().to_string());
            session.printer.say(&format!("{what} in {}", place.as_deref().unwrap_or("the local store")));
        }
    }
    Ok(())
}
