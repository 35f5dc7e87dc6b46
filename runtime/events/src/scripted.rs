//! Handlers that follow a script, and a log of what happened in which order.

use std::sync::{Arc, Mutex};

use servo_types::{Code, Failure};
use tokio::sync::Mutex as Turn;

use crate::{
    BoxFuture, Bus, Call, Context, CustomEvent, Definition, Event, Handler, Hook, Moment, Options, Reply,
};

pub(crate) type Answer = Result<Reply, Failure>;
pub(crate) type Scene = fn() -> Answer;
type Script = Arc<dyn Fn(Arc<Call>, Context) -> BoxFuture<'static, Answer> + Send + Sync>;

/// Works on one call at a time, as an instance does.
pub(crate) struct Scripted {
    name: &'static str,
    on: Vec<Event>,
    hooks: Vec<Hook>,
    defines: Vec<Definition>,
    handled: Vec<CustomEvent>,
    script: Script,
    turn: Turn<()>,
}

impl Scripted {
    /// Answers measure.
    pub(crate) fn new<F, A>(name: &'static str, script: F) -> Self
    where
        F: Fn(Arc<Call>, Context) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        let script: Script = Arc::new(move |call, context| Box::pin(script(call, context)));
        Self {
            name,
            on: vec![Event::Measure],
            hooks: Vec::new(),
            defines: Vec::new(),
            handled: Vec::new(),
            script,
            turn: Turn::new(()),
        }
    }

    pub(crate) fn on(mut self, events: &[Event]) -> Self {
        self.on = events.to_vec();
        self
    }

    pub(crate) fn hook(mut self, moment: Moment, event: Event) -> Self {
        self.hooks.push(Hook { event, moment });
        self
    }

    pub(crate) fn defines(mut self, definition: Definition) -> Self {
        self.defines.push(definition);
        self
    }

    pub(crate) fn handle(mut self, names: &[&str]) -> Self {
        self.handled = names.iter().filter_map(|name| CustomEvent::new(name)).collect();
        self
    }

    pub(crate) fn register(self, bus: &Bus) {
        bus.register(Arc::new(self)).unwrap();
    }
}

impl Handler for Scripted {
    fn name(&self) -> &str {
        self.name
    }

    fn handles(&self, event: Event) -> bool {
        self.on.contains(&event)
    }

    fn hooks(&self) -> &[Hook] {
        &self.hooks
    }

    fn defines(&self) -> &[Definition] {
        &self.defines
    }

    fn handled(&self) -> &[CustomEvent] {
        &self.handled
    }

    fn call(&self, call: Arc<Call>, context: Context) -> BoxFuture<'_, Answer> {
        Box::pin(async move {
            let _turn = self.turn.lock().await;
            if context.cancel.is_cancelled() {
                return fail(Code::Cancelled);
            }
            (self.script)(call, context).await
        })
    }
}

/// What happened, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn add(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

pub(crate) fn measure() -> Call {
    Call::Measure { metrics: Vec::new(), control: servo_types::Control::default() }
}

pub(crate) fn fail<T>(code: Code) -> Result<T, Failure> {
    Err(Failure::new(code, "as scripted"))
}

/// The options of a dispatch that the handler with this context makes.
pub(crate) fn nested(context: &Context) -> Options {
    Options { callers: context.callers.clone(), cancel: context.cancel.clone(), ..Options::default() }
}

/// `a ok, b failed`.
pub(crate) fn summary(outcomes: &crate::Outcomes) -> String {
    let answers = outcomes.answers.iter().map(|answer| match &answer.result {
        Ok(_) => format!("{} ok", answer.connector),
        Err(failure) => format!("{} {}", answer.connector, failure.code),
    });
    answers.collect::<Vec<_>>().join(", ")
}
