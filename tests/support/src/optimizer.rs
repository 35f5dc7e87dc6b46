//! An optimizer that plays a script: what it commands, and every way to answer badly.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Reply, Running, Scripted, Seen, Server as _, eventually};

/// The token that servos have in tests.
const TOKEN: &str = "a-secret";

/// A running optimizer; it stops when this is dropped.
#[derive(Debug)]
pub struct Optimizer {
    server: Scripted,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// Something that a servo sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// `HELLO`, `WHATS_NEXT`, `MEASUREMENT` and so on; the method and the path of what is no event.
    pub event: String,
    /// The parameter.
    pub param: Value,
    /// Who says it is.
    pub servo_uid: Value,
    /// How often this event came before.
    pub before: usize,
    /// When it came.
    pub at: Instant,
    /// The request.
    pub request: Seen,
}

impl Asked {
    /// Whether it tells how far something is.
    #[must_use]
    pub fn is_progress(&self) -> bool {
        !self.param["progress"].is_null()
    }

    /// Whether it tells what came of a command.
    #[must_use]
    pub fn is_result(&self) -> bool {
        !self.param["status"].is_null()
    }
}

impl Optimizer {
    /// Answers as `script` says; where it says nothing, with `ok` and a long sleep.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn start(script: impl FnMut(&Asked) -> Option<Reply> + Send + 'static) -> Optimizer {
        Optimizer::with(script, Scripted::start)
    }

    /// The same over TLS, with a certificate for a host of this name.
    ///
    /// # Panics
    /// When no port is free, or the name is none.
    #[must_use]
    pub fn start_secure(
        host: &str,
        script: impl FnMut(&Asked) -> Option<Reply> + Send + 'static,
    ) -> Optimizer {
        Optimizer::with(script, |answer| Scripted::start_secure(host, answer))
    }

    /// Gives one command after the other, then a long sleep.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn commanding(commands: impl IntoIterator<Item = Value>) -> Optimizer {
        let mut commands: Vec<Value> = commands.into_iter().collect();
        commands.reverse();
        Optimizer::start(move |asked| {
            let command = if asked.event == "WHATS_NEXT" { commands.pop() } else { None };
            command.map(|command| Reply::json(200, command.to_string()))
        })
    }

    fn with(
        script: impl FnMut(&Asked) -> Option<Reply> + Send + 'static,
        start: impl FnOnce(Box<dyn Fn(&Seen) -> Reply + Send + Sync>) -> Scripted,
    ) -> Optimizer {
        let (asked, script) = (Arc::new(Mutex::new(Vec::<Asked>::new())), Mutex::new(script));
        let kept = Arc::clone(&asked);
        let server = start(Box::new(move |seen| {
            let mut kept = kept.lock().unwrap();
            let message: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
            let other = || format!("{} {}", seen.method, seen.path);
            let event = message["event"].as_str().map_or_else(other, str::to_owned);
            let asked = Asked {
                before: kept.iter().filter(|one| one.event == event).count(),
                event,
                param: message["param"].clone(),
                servo_uid: message["servo_uid"].clone(),
                at: Instant::now(),
                request: seen.clone(),
            };
            kept.push(asked.clone());
            drop(kept);
            script.lock().unwrap()(&asked).unwrap_or_else(|| usual(&asked))
        }));
        Optimizer { server, asked }
    }

    /// Where it answers, with a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/accounts/example.com/applications/shop/", self.server.url())
    }

    /// The stanza of a servo's configuration that has it asked.
    #[must_use]
    pub fn stanza(&self) -> String {
        format!("optimizer: {{id: example.com/shop, token: {TOKEN}, url: '{}'}}\n", self.url())
    }

    /// Its certificate in PEM, where it speaks TLS.
    #[must_use]
    pub fn certificate(&self) -> Option<&str> {
        self.server.certificate()
    }

    /// What it was asked so far.
    ///
    /// # Panics
    /// When a script panicked.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The events so far, with `+` after those that tell how far something is.
    #[must_use]
    pub fn events(&self) -> Vec<String> {
        let name = |asked: Asked| if asked.is_progress() { asked.event + "+" } else { asked.event };
        self.asked().into_iter().map(name).collect()
    }

    /// What came of commands so far.
    #[must_use]
    pub fn results(&self) -> Vec<Asked> {
        self.asked().into_iter().filter(Asked::is_result).collect()
    }

    /// Waits until the servo has sent something.
    ///
    /// # Panics
    /// When the servo ends before, or its time is over.
    #[track_caller]
    pub fn wait_for(&self, running: &mut Running, what: &str, wanted: impl Fn(&Asked) -> bool) -> Asked {
        running.wait_for(what, |_, _| self.asked().into_iter().find(|asked| wanted(asked)))
    }

    /// Waits until so many of an event have come.
    ///
    /// # Panics
    /// When they do not come in time.
    #[track_caller]
    pub fn wait_for_event(&self, event: &str, count: usize, within: Duration) {
        let count_of = || self.asked().iter().filter(|asked| asked.event == event).count();
        eventually(within, event, || (count_of() >= count).then_some(()));
    }
}

/// What an optimizer says that has nothing to do.
fn usual(asked: &Asked) -> Reply {
    let answer = if asked.event == "WHATS_NEXT" {
        json!({"cmd": "SLEEP", "param": {"duration": 60, "data": {"reason": "no active optimization pipeline"}}})
    } else {
        json!({"status": "ok"})
    };
    Reply::json(200, answer.to_string())
}

#[cfg(test)]
mod tests;
