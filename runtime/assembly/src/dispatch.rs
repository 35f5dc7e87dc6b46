//! Events that people and scripts dispatch, standard ones and those that connectors define.

use servo_events::{Call, CallError, Event, Options, Outcomes};
use servo_types::Failure;
use thiserror::Error;

use crate::operations::{OperationError, notices};
use crate::servo::Servo;

/// What came of an event.
#[derive(Clone, Debug)]
pub struct Dispatched {
    /// What each connector answered, in the order of the configuration.
    pub answers: Vec<(String, Result<serde_json::Value, Failure>)>,
    /// The connector whose before hook cancelled the event, and why; then there are no answers.
    pub cancelled: Option<(String, Failure)>,
    /// What else should be known.
    pub notices: Vec<String>,
}

/// An event that was not dispatched.
#[derive(Debug, Error)]
pub enum EventError {
    /// There is none, or it does not take these arguments.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Nobody was asked.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// Nobody among those that may be asked handles it.
    #[error(
        "none of the connectors that may be asked handles `{0}`; leave out --connector and --exclude to ask all of them"
    )]
    Unselected(Event),
}

impl Servo {
    /// Dispatches an event by name, with its arguments as JSON text.
    ///
    /// # Errors
    /// When nobody was asked. A before hook that cancels is none.
    pub async fn event(
        &self,
        name: &str,
        arguments: &str,
        options: Options,
    ) -> Result<Dispatched, EventError> {
        let call = Call::dispatched(name, arguments)?;
        let event = call.event();
        let selected = !options.include.is_empty() || !options.exclude.is_empty();
        let outcomes = self.pass(call, options).await?;
        let dispatched = dispatched(outcomes);
        match dispatched {
            Dispatched { ref answers, cancelled: None, .. } if answers.is_empty() => {
                if selected {
                    return Err(EventError::Unselected(event));
                }
                Err(OperationError::Unhandled(event).into())
            }
            dispatched => Ok(dispatched),
        }
    }
}

fn dispatched(outcomes: Outcomes) -> Dispatched {
    let notices = notices(&outcomes);
    let answers = outcomes
        .answers
        .into_iter()
        .map(|answer| (answer.connector.to_string(), answer.result.map(|reply| reply.to_json())));
    let answers = answers.collect();
    let cancelled = outcomes.cancelled_by.map(|by| (by.connector.to_string(), by.failure));
    Dispatched { answers, cancelled, notices }
}

/// Whether a servo that does not lead must not do it. What connectors do for events of their own, their ways out are
/// asked for.
pub(crate) fn acts(event: Event) -> bool {
    matches!(event, Event::Describe | Event::Measure | Event::Adjust | Event::Promote)
}
