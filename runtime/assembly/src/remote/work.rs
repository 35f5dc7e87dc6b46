//! What the optimizer commands, done by the connectors of a servo: each command is one dispatch, and its answer is
//! what all connectors said together, or the worst that one of them did.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use servo_config::quantity::Quantity as _;
use servo_events::{Call, Options, Outcomes, ProgressSink, Reply};
use servo_optimizer::session::{Outcome, Task};
use servo_types::{Adjustment, Code, Control, Description, Failure, Metric};
use tokio_util::sync::CancellationToken;

use crate::operations::OperationError;
use crate::servo::Servo;
use crate::tuning::{list, named};

/// One line for people, such as `measure throughput, error_rate for 3m`.
pub(super) fn shown(task: &Task) -> String {
    let asked = task.control().asked();
    let lasting = if asked.is_zero() { String::new() } else { format!(" for {}", asked.to_text()) };
    match task {
        Task::Describe { .. } => "describe".to_owned(),
        Task::Measure { metrics, .. } if metrics.is_empty() => format!("measure everything{lasting}"),
        Task::Measure { metrics, .. } => {
            let names: Vec<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
            format!("measure {}{lasting}", names.join(", "))
        }
        Task::Adjust { adjustments, .. } if adjustments.is_empty() => "adjust nothing".to_owned(),
        Task::Adjust { adjustments, .. } => format!("adjust {}", list(adjustments, " ")),
    }
}

/// The same of what came of it.
pub(super) fn outcome(outcome: &Outcome) -> String {
    let count = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    match outcome {
        Outcome::Described(description) => {
            let settings = description.components.iter().map(|component| component.settings.len()).sum();
            format!(
                "described: {}, {}",
                count(settings, "setting"),
                count(description.metrics.len(), "metric")
            )
        }
        Outcome::Measured { measurement, .. } => {
            format!("measured: {}", count(measurement.readings.len(), "reading"))
        }
        Outcome::Adjusted(_) => "adjusted".to_owned(),
    }
}

/// Carries a task out.
///
/// # Errors
/// The worst that went wrong, with the name of the connector.
pub(super) async fn carry_out(
    servo: &Servo,
    task: Task,
    progress: ProgressSink,
    cancel: CancellationToken,
) -> Result<Outcome, Failure> {
    let options = Options { progress, cancel, ..Options::default() };
    match task {
        Task::Describe { control } => {
            let outcomes = ask(servo, Call::Describe { control }, options).await?;
            Ok(Outcome::Described(together(outcomes)))
        }
        Task::Adjust { adjustments, control } => {
            let adjusted = adjust(servo, adjustments, control, options).await?;
            Ok(Outcome::Adjusted(adjusted))
        }
        Task::Measure { metrics, control } => {
            let names = metrics.iter().map(|metric| metric.name.clone()).collect();
            let outcomes = ask(servo, Call::Measure { metrics: names, control }, options).await?;
            let measurement =
                outcomes.into_measurement().map_err(|error| Failure::failed(error.to_string()))?;
            let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
            Ok(Outcome::Measured { measurement, metrics: offered(servo).await, at })
        }
    }
}

/// Makes changes, if they can be meant: ServoX leaves out silently what no component has.
async fn adjust(
    servo: &Servo,
    adjustments: Vec<Adjustment>,
    control: Control,
    options: Options,
) -> Result<Description, Failure> {
    servo.meant(&adjustments).await.map_err(undone)?;
    if let Some(post) = &servo.post {
        post.sending(&adjustments);
    }
    ask(servo, Call::Adjust { adjustments, control }, options).await.map(together)
}

/// Asks all connectors.
async fn ask(servo: &Servo, call: Call, options: Options) -> Result<Outcomes, Failure> {
    let outcomes = servo.dispatch(call, options).await.map_err(undone)?;
    match outcomes.failures().into_iter().next() {
        Some((connector, failure)) => Err(named((connector.to_string(), failure.clone()))),
        None => Ok(outcomes),
    }
}

/// The metrics that connectors offer; without them a measurement has the units that the optimizer knows.
async fn offered(servo: &Servo) -> Vec<Metric> {
    let offered = servo.metrics().await;
    offered.map_or_else(|_| Vec::new(), |all| all.value.into_iter().map(|one| one.item).collect())
}

/// What all connectors describe.
fn together(outcomes: Outcomes) -> Description {
    let mut all = Description::default();
    for answer in outcomes.answers {
        if let Ok(Reply::Description(description)) = answer.result {
            all.merge(description);
        }
    }
    all
}

/// Nobody carried it out, or a hook prevented it.
fn undone(error: OperationError) -> Failure {
    match error {
        OperationError::Cancelled { connector, failure, .. } => {
            Failure { code: Code::Cancelled, ..named((connector, failure)) }
        }
        error @ OperationError::Wanted(_) => Failure::new(Code::Rejected, error.to_string()),
        error => Failure::failed(error.to_string()),
    }
}
