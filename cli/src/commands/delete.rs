//! `servo delete`.

use crate::args::DeleteArtifact;
use crate::exit::Trouble;
use crate::session::Session;

/// Removes an artifact from its registry.
pub(crate) async fn run(args: &DeleteArtifact, session: &Session) -> Result<(), Trouble> {
    let depot = session.depot(&args.registries)?;
    let reference = args.reference.parse()?;
    let digest = session.unless_stopped(depot.delete(&reference)).await?;
    session.printer.say(&format!("`{reference}` is deleted: {digest}, with all its tags"));
    Ok(())
}
