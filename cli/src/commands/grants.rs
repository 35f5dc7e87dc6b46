//! `servo grants`.

use servo_assembly::Question;

use crate::args::{Grants, GrantsWhat};
use crate::exit::Trouble;
use crate::session::Session;

/// Takes grants of a connector of the running servo back.
pub(crate) async fn run(args: &Grants, session: &Session) -> Result<(), Trouble> {
    let GrantsWhat::Revoke { connector, grant } = &args.what;
    let question = Question::Revoke { connector: connector.clone(), grant: grant.clone() };
    let taken: Vec<String> = session.running().await?.ask(&question).await?;
    for grant in taken {
        session.printer.say(&format!("taken back from `{connector}`: {grant}"));
    }
    Ok(())
}
