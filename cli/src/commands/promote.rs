//! `servo promote`.

use super::answers::told;
use crate::args::Promote;
use crate::exit::Trouble;
use crate::session::Session;
use crate::signals::Stop;

/// Makes the present settings permanent.
pub(crate) async fn run(args: &Promote, session: &Session) -> Result<(), Trouble> {
    let servo = session.assemble(&args.components).await?;
    let stop = Stop::listen(&session.printer)?;
    let answered = servo.promote(stop.token.clone()).await;
    stop.cut_short()?;
    told(&answered?, &session.printer)?;
    session.printer.say("promoted");
    Ok(())
}
