//! `servo liveness down`, `up`, `delete` and `release`.

use servo_assembly::liveness::Maintenance;

use super::Place;
use super::list::row;
use super::rows::sheet;
use super::when::when;
use crate::args::{Delete, Down, Format, Up, Which};
use crate::exit::Trouble;
use crate::session::Session;

/// Sets a service down.
pub(super) async fn down(args: Down, place: &Place, session: &Session) -> Result<(), Trouble> {
    let time = |flag: &str, text: &Option<String>| match text {
        Some(text) => when(text).map_err(|why| Trouble::Usage(format!("{flag}: {why}"))),
        None => Ok(0),
    };
    let (start, end) = (time("--start", &args.start)?, time("--end", &args.end)?);
    let maintenance = Maintenance { start, end, note: args.note.into() };
    let uuid = place.uuid(&args.which).await?;
    place.liveness.down(&uuid, maintenance).await?;
    show(uuid, args.output, place, session).await
}

/// Sets a service up.
pub(super) async fn up(args: &Up, place: &Place, session: &Session) -> Result<(), Trouble> {
    let uuid = place.uuid(&args.which).await?;
    place.liveness.up(&uuid).await?;
    show(uuid, args.output, place, session).await
}

/// Removes a service.
pub(super) async fn delete(args: &Delete, place: &Place, session: &Session) -> Result<(), Trouble> {
    let uuid = place.uuid(&args.which).await?;
    place.liveness.delete(&uuid).await?;
    session.printer.say(&format!("{uuid} is removed"));
    Ok(())
}

/// Declares all suspects down.
pub(super) async fn release(place: &Place, session: &Session) -> Result<(), Trouble> {
    let any = place.liveness.release_suspects().await?;
    session.printer.say(if any { "the suspects are down now" } else { "there are no suspects" });
    Ok(())
}

/// What has become of it.
async fn show(uuid: String, format: Format, place: &Place, session: &Session) -> Result<(), Trouble> {
    let which = Which { uuid: Some(uuid), kind: None, host: None };
    session.printer.show(format, &row(&which, place).await?, sheet)
}
