//! `servo adjust`.

use servo_assembly::OperationError;
use servo_types::Control;

use super::describe::shown;
use crate::args::Adjust;
use crate::exit::Trouble;
use crate::session::Session;
use crate::signals::Stop;

/// Changes settings and shows the state as it was read back.
pub(crate) async fn run(args: Adjust, session: &Session) -> Result<(), Trouble> {
    let servo = session.assemble(&args.components).await?;
    let stop = Stop::listen(&session.printer)?;
    let configured = servo.config().objective.as_ref().map(|objective| objective.measure.settlement);
    let settlement = args.settlement.or(configured).unwrap_or_default();
    let control = Control { settlement, ..Control::default() };
    servo.meant(&args.adjustments).await?;
    let answered = servo.adjust(args.adjustments, control, stop.token.clone()).await;
    stop.cut_short()?;
    let answered = answered.map_err(|error| match error {
        OperationError::Unhandled(_) => Trouble::Failed(
            "adjustment failed: no connector handled the request; `servo show events` lists who handles what"
                .to_owned(),
        ),
        other => other.into(),
    })?;
    shown(&answered, args.output, ["CONNECTOR", "SETTINGS"], session)
}
