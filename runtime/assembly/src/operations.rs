//! What people and the control loop ask of a servo: one dispatch each, with all answers kept.

mod wanted;

use std::sync::atomic::Ordering::Relaxed;

use servo_events::{
    Answer, Call, DispatchError, Event, MixedAnswers, Options, Outcomes, ProgressSink, Reply,
};
use servo_host::{Closed, Gate as _};
use servo_types::{Adjustment, Component, Control, Description, Failure, Measurement, Metric};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::dispatch::acts;
use crate::servo::Servo;

pub use wanted::WantedError;

/// What came of an operation: the value, and who could not contribute to it.
#[derive(Clone, Debug)]
pub struct Answered<T> {
    /// What the connectors answered together.
    pub value: T,
    /// Connectors that failed, the worst first.
    pub failures: Vec<(String, Failure)>,
    /// What else should be known.
    pub notices: Vec<String>,
}

/// Something that connectors offer.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Offered<T> {
    /// What.
    #[serde(flatten)]
    pub item: T,
    /// Who.
    pub connectors: Vec<String>,
}

/// An operation that nobody carried out.
#[derive(Debug, Error)]
pub enum OperationError {
    /// Nothing was dispatched.
    #[error(transparent)]
    Dispatch(#[from] DispatchError),
    /// Another servo works.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// A metric that nobody offers.
    #[error("no metric found named `{name}`{}", .nearest.as_ref().map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default())]
    UnknownMetric {
        /// What was asked for.
        name: String,
        /// The nearest known one.
        nearest: Option<String>,
    },
    /// An adjustment that cannot be meant.
    #[error(transparent)]
    Wanted(#[from] WantedError),
    /// Nobody handles the event.
    #[error("no connector handles `{0}`; `servo show events` lists who handles what")]
    Unhandled(Event),
    /// A before hook cancelled the event.
    #[error("`{connector}` cancelled `{event}`: {failure}")]
    Cancelled {
        /// The event.
        event: String,
        /// Whose hook.
        connector: String,
        /// Why.
        failure: Failure,
    },
    /// Series and scalars cannot be one measurement.
    #[error(transparent)]
    Mixed(#[from] MixedAnswers),
}

impl Servo {
    /// The metrics, each once.
    pub async fn metrics(&self) -> Result<Answered<Vec<Offered<Metric>>>, OperationError> {
        let outcomes = self.dispatch(Call::Metrics, Options::default()).await?;
        let offers = outcomes.offers();
        let names = |connectors: &[std::sync::Arc<str>]| connectors.iter().map(ToString::to_string).collect();
        let metrics = offers
            .offers
            .iter()
            .map(|offer| Offered { item: offer.metric.clone(), connectors: names(&offer.connectors) });
        let value = metrics.collect();
        let mut answered = answered(&outcomes, value);
        answered.notices.extend(offers.conflicts.iter().map(ToString::to_string));
        Ok(answered)
    }

    /// The components with their settings.
    pub async fn components(&self) -> Result<Answered<Vec<Offered<Component>>>, OperationError> {
        let outcomes = self.dispatch(Call::Components, Options::default()).await?;
        let offered = outcomes.components().map(|(connector, component)| Offered {
            item: component.clone(),
            connectors: vec![connector.to_string()],
        });
        let value = offered.collect();
        Ok(answered(&outcomes, value))
    }

    /// The state of the application, connector by connector; of those named, or of all.
    pub async fn describe(
        &self,
        connectors: &[String],
        cancel: CancellationToken,
    ) -> Result<Answered<Vec<(String, Description)>>, OperationError> {
        let options = Options { include: connectors.to_vec(), cancel, ..Options::default() };
        let outcomes = self.dispatch(Call::Describe { control: Control::default() }, options).await?;
        Ok(descriptions(outcomes))
    }

    /// Measures; all metrics and all connectors when none are named.
    pub async fn measure(
        &self,
        metrics: &[String],
        connectors: &[String],
        control: Control,
        progress: ProgressSink,
        cancel: CancellationToken,
    ) -> Result<Answered<Measurement>, OperationError> {
        if !metrics.is_empty() {
            let known: Vec<_> =
                self.metrics().await?.value.into_iter().map(|offered| offered.item.name).collect();
            if let Some(name) = metrics.iter().find(|name| !known.contains(name)) {
                let nearest =
                    servo_config::suggest::nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
                return Err(OperationError::UnknownMetric { name: name.clone(), nearest });
            }
        }
        let options = Options { include: connectors.to_vec(), progress, cancel, ..Options::default() };
        let outcomes = self.dispatch(Call::Measure { metrics: metrics.to_vec(), control }, options).await?;
        let mut answered = answered(&outcomes, Measurement::default());
        answered.value = outcomes.into_measurement()?;
        Ok(answered)
    }

    /// Refuses adjustments that would change nothing, or not what was meant: a setting that is given twice, and one that
    /// nobody offers. What a connector changes that does not say what it has cannot be judged.
    pub async fn meant(&self, adjustments: &[Adjustment]) -> Result<(), OperationError> {
        wanted::once(adjustments)?;
        let silent = |one: &servo_events::Registration| {
            one.on.contains(Event::Adjust) && !one.on.contains(Event::Components)
        };
        if self.registrations().iter().any(silent) {
            return Ok(());
        }
        match self.components().await {
            Ok(offered) if offered.failures.is_empty() => {
                let components: Vec<_> = offered.value.into_iter().map(|offered| offered.item).collect();
                Ok(wanted::known(adjustments, &components)?)
            }
            // Who does not answer may have them, and says what is wrong when it is to change them.
            Ok(_) | Err(OperationError::Unhandled(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Changes settings and returns the state as read back.
    pub async fn adjust(
        &self,
        adjustments: Vec<Adjustment>,
        control: Control,
        cancel: CancellationToken,
    ) -> Result<Answered<Vec<(String, Description)>>, OperationError> {
        let options = Options { cancel, ..Options::default() };
        let outcomes = self.dispatch(Call::Adjust { adjustments, control }, options).await?;
        Ok(descriptions(outcomes))
    }

    /// Makes the present settings permanent.
    pub async fn promote(&self, cancel: CancellationToken) -> Result<Answered<()>, OperationError> {
        let outcomes = self.dispatch(Call::Promote, Options { cancel, ..Options::default() }).await?;
        Ok(answered(&outcomes, ()))
    }

    /// Starts work: connectors that handle `startup` are called. The servo is started when none of them failed.
    pub async fn startup(&self) -> Result<Answered<()>, OperationError> {
        let answered = self.quiet(Call::Startup).await?;
        self.started.store(answered.failures.is_empty(), Relaxed);
        Ok(answered)
    }

    /// Ends work.
    pub async fn shutdown(&self, reason: &str) -> Result<Answered<()>, OperationError> {
        self.quiet(Call::Shutdown { reason: reason.to_owned() }).await
    }

    /// An event that need not be handled by anybody.
    async fn quiet(&self, call: Call) -> Result<Answered<()>, OperationError> {
        match self.dispatch(call, Options::default()).await {
            Ok(outcomes) => Ok(answered(&outcomes, ())),
            Err(OperationError::Unhandled(_)) => {
                Ok(Answered { value: (), failures: Vec::new(), notices: Vec::new() })
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn dispatch(&self, call: Call, options: Options) -> Result<Outcomes, OperationError> {
        let event = call.event();
        let outcomes = self.pass(call, options).await?;
        if let Some(by) = &outcomes.cancelled_by {
            let (connector, failure) = (by.connector.to_string(), by.failure.clone());
            let event = event.to_string();
            return Err(OperationError::Cancelled { event, connector, failure });
        }
        if outcomes.answers.is_empty() {
            return Err(OperationError::Unhandled(event));
        }
        Ok(outcomes)
    }

    /// Dispatches, if this servo may act.
    pub(crate) async fn pass(&self, call: Call, options: Options) -> Result<Outcomes, OperationError> {
        if let Some(post) = self.post.as_ref().filter(|_| acts(call.event())) {
            post.pass()?;
        }
        Ok(self.bus.dispatch(call, options).await?)
    }
}

pub(crate) fn answered<T>(outcomes: &Outcomes, value: T) -> Answered<T> {
    let failures = outcomes.failures().into_iter().map(|(name, failure)| (name.to_string(), failure.clone()));
    Answered { value, failures: failures.collect(), notices: notices(outcomes) }
}

/// What should be known beside the answers.
pub(crate) fn notices(outcomes: &Outcomes) -> Vec<String> {
    let hooks = outcomes.hook_failures.iter().map(|hook| {
        format!(
            "the hook of `{}` {} {} failed: {}",
            hook.connector, hook.moment, outcomes.event, hook.failure
        )
    });
    let unhandled =
        outcomes.unhandled.iter().map(|name| format!("`{name}` does not handle `{}`", outcomes.event));
    hooks.chain(unhandled).collect()
}

fn descriptions(outcomes: Outcomes) -> Answered<Vec<(String, Description)>> {
    let mut answered = answered(&outcomes, Vec::new());
    for Answer { connector, result, .. } in outcomes.answers {
        if let Ok(Reply::Description(description)) = result {
            answered.value.push((connector.to_string(), description));
        }
    }
    answered
}
