//! The application as a run sees it: what all connectors together say of it. A change counts as made when it can be
//! seen, and a failure names its connector.

use std::time::Instant;

use servo_events::ProgressSink;
use servo_types::{Adjustment, Code, Control, Description, Failure, Measurement};
use tokio_util::sync::CancellationToken;

use super::patience::{Patience, restarting};
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
    patience: Patience,
}

impl<'a> Application<'a> {
    pub(super) fn new(servo: &'a Servo, reporter: &'a Reporter, settlement: Control) -> Self {
        Self { servo, reporter, settlement, patience: Patience::default() }
    }

    /// What it has.
    pub(super) async fn describe(&mut self, cancel: &CancellationToken) -> Result<Description, RunError> {
        let servo = self.servo;
        let answered = self.patiently(cancel, async || servo.describe(&[], cancel.clone()).await).await?;
        together(answered).map_err(|(connector, failure)| RunError::Describe { connector, failure })
    }

    /// Makes these changes and looks whether they are there.
    pub(super) async fn change(
        &mut self,
        wanted: Vec<Adjustment>,
        cancel: &CancellationToken,
    ) -> Result<(), Failure> {
        let (servo, settlement) = (self.servo, self.settlement.clone());
        if let Some(post) = &servo.post {
            post.sending(&wanted);
        }
        let adjust = async || servo.adjust(wanted.clone(), settlement.clone(), cancel.clone()).await;
        let answered = self.patiently(cancel, adjust).await.map_err(undone)?;
        let state = together(answered).map_err(named)?;
        if convert::has(&state, &wanted) {
            return Ok(());
        }
        let text = format!("after the change the application does not have {}", list(&wanted, ", "));
        Err(Failure::new(Code::Rejected, text).because("unstable"))
    }

    /// Makes what it has permanent.
    pub(super) async fn promote(&self, cancel: CancellationToken) -> Result<(), RunError> {
        let promoted = self.servo.promote(cancel).await.map_err(RunError::Promotion)?;
        let worst = promoted.failures.into_iter().next();
        worst.map_or(Ok(()), |(connector, failure)| Err(RunError::Promote { connector, failure }))
    }

    /// Measures everything; what else should be known is told.
    pub(super) async fn measure(
        &mut self,
        control: Control,
        cancel: &CancellationToken,
    ) -> Result<Measurement, Failure> {
        let (servo, reporter) = (self.servo, self.reporter);
        let measure = async || {
            let (sink, progress) = ProgressSink::channel();
            let measure = servo.measure(&[], &[], control.clone(), sink, cancel.clone());
            reporter.while_reporting(progress, control.asked(), |_| {}, measure).await
        };
        let Answered { value, failures, notices } = self.patiently(cancel, measure).await.map_err(undone)?;
        for notice in notices {
            self.reporter.notice(notice).await;
        }
        failures.into_iter().next().map_or(Ok(value), |worst| Err(named(worst)))
    }

    /// Asks, and asks again while the only thing wrong is that connectors are being built again.
    async fn patiently<T>(
        &mut self,
        cancel: &CancellationToken,
        mut ask: impl AsyncFnMut() -> Result<Answered<T>, OperationError>,
    ) -> Result<Answered<T>, OperationError> {
        let mut first = None;
        loop {
            let answered = ask().await?;
            if answered.failures.is_empty() {
                self.patience.answered();
            }
            if cancel.is_cancelled() || !restarting(&answered.failures) {
                return Ok(answered);
            }
            let passed = first.get_or_insert_with(Instant::now).elapsed();
            let Some(pause) = self.patience.pause(passed) else { return Ok(answered) };
            let failures: Vec<_> = answered.failures.into_iter().map(named).collect();
            let why = failures.iter().map(|failure| failure.message.as_str()).collect::<Vec<_>>().join("; ");
            self.reporter.notice(format!("trying again in {} s: {why}", pause.as_secs())).await;
            tokio::select! {
                () = cancel.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

/// `web.workers=4` and so on.
pub(crate) fn list(adjustments: &[Adjustment], between: &str) -> String {
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
pub(crate) fn named((connector, failure): (String, Failure)) -> Failure {
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
