//! The application as a run sees it: what all connectors together say of it. A change counts as made when it can be
//! seen, and a failure names its connector.

use servo_events::ProgressSink;
use servo_types::{Adjustment, Code, Control, Description, Failure, Measurement};
use tokio_util::sync::CancellationToken;

use crate::convert;
use crate::operations::{Answered, OperationError};
use crate::run::{Reporter, RunError};
use crate::servo::Servo;

/// What is tuned, behind its connectors.
pub(super) struct Application<'a> {
    servo: &'a Servo,
    reporter: &'a Reporter,
    /// How long a change must hold.
    settlement: Control,
}

impl<'a> Application<'a> {
    pub(super) fn new(servo: &'a Servo, reporter: &'a Reporter, settlement: Control) -> Self {
        Self { servo, reporter, settlement }
    }

    /// What it has.
    pub(super) async fn describe(&self, cancel: &CancellationToken) -> Result<Description, RunError> {
        let answered = self.servo.describe(&[], cancel.clone()).await?;
        together(answered).map_err(|(connector, failure)| RunError::Describe { connector, failure })
    }

    /// Makes these changes and looks whether they are there.
    pub(super) async fn change(
        &self,
        wanted: Vec<Adjustment>,
        cancel: &CancellationToken,
    ) -> Result<(), Failure> {
        let answered = self.servo.adjust(wanted.clone(), self.settlement.clone(), cancel.clone()).await;
        let state = together(answered.map_err(undone)?).map_err(named)?;
        if convert::has(&state, &wanted) {
            return Ok(());
        }
        let text = format!("after the change the application does not have {}", list(&wanted, ", "));
        Err(Failure::new(Code::Rejected, text).because("unstable"))
    }

    /// Measures everything; what else should be known is told.
    pub(super) async fn measure(
        &self,
        control: Control,
        cancel: &CancellationToken,
    ) -> Result<Measurement, Failure> {
        let (sink, progress) = ProgressSink::channel();
        let measure = self.servo.measure(&[], &[], control, sink, cancel.clone());
        let measured = self.reporter.while_reporting(progress, measure).await;
        let Answered { value, failures, notices } = measured.map_err(undone)?;
        for notice in notices {
            self.reporter.notice(notice).await;
        }
        failures.into_iter().next().map_or(Ok(value), |worst| Err(named(worst)))
    }
}

/// `web.workers=4` and so on.
pub(super) fn list(adjustments: &[Adjustment], between: &str) -> String {
    adjustments.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}

/// The state that all connectors describe together, or the worst failure.
fn together(answered: Answered<Vec<(String, Description)>>) -> Result<Description, (String, Failure)> {
    if let Some(worst) = answered.failures.into_iter().next() {
        return Err(worst);
    }
    let mut all = Description::default();
    for (_, description) in answered.value {
        all.merge(description);
    }
    Ok(all)
}

/// The failure with the connector in its text: of ten aliases of one component it must be known which one it was.
fn named((connector, failure): (String, Failure)) -> Failure {
    let name = format!("`{connector}`");
    if failure.message.contains(&name) {
        return failure;
    }
    Failure { message: format!("{name}: {}", failure.message), ..failure }
}

/// Nobody carried it out.
fn undone(error: OperationError) -> Failure {
    Failure::failed(error.to_string())
}

#[cfg(test)]
mod tests;
