//! The script of a scenario: answers requests with its exchanges, and notes everything that happens.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use servo_config::scenario::{Answer, Exchange, Scenario, glob};
use servo_events::Update;
use servo_host::{Reaction, Received, Script, Sent, Unanswered};

use super::{Came, Unmet};

/// What a connector can have noted of one kind in one scenario; the rest is passed over.
const NOTES_MAX: usize = 10_000;

/// The script and its notes.
#[derive(Debug)]
pub(super) struct Prompter {
    exchanges: Vec<Exchange>,
    notes: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    /// How often each exchange was asked for.
    used: Vec<u32>,
    /// Requests of the call in progress that the script has no answer for.
    unexpected: Vec<String>,
    /// What the call in progress did.
    came: Came,
    answered: Vec<(Sent, Reaction)>,
}

impl Prompter {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let used = vec![0; scenario.exchanges.len()];
        let notes = Mutex::new(Notes { used, ..Notes::default() });
        Self { exchanges: scenario.exchanges.clone(), notes }
    }

    /// What happened since the last time, and requests that were not expected.
    pub(super) fn take(&self) -> (Came, Vec<String>) {
        let mut notes = self.notes();
        (std::mem::take(&mut notes.came), std::mem::take(&mut notes.unexpected))
    }

    /// The exchanges with the world.
    pub(super) fn take_answered(&self) -> Vec<(Sent, Reaction)> {
        std::mem::take(&mut self.notes().answered)
    }

    /// Exchanges that were not asked for as often as it is written.
    pub(super) fn unused(&self) -> Vec<Unmet> {
        let notes = self.notes();
        let all = self.exchanges.iter().zip(&notes.used);
        let unused = all.filter(|(exchange, used)| exchange.times.is_some_and(|times| **used < times));
        let tell = |(exchange, used): (&Exchange, &u32)| {
            let Exchange { method, url, times, .. } = exchange;
            let times = times.unwrap_or_default();
            let what = format!("the connector did not ask for {method} {url}");
            let (expected, came) = (Some(often(times)), Some(often(*used)));
            Unmet { expected, came, ..Unmet::at(&exchange.origin, what) }
        };
        unused.map(tell).collect()
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Script for Prompter {
    fn answer(&self, sent: &Sent) -> Reaction {
        let mut notes = self.notes();
        let left = |index: usize, notes: &Notes| {
            self.exchanges[index].times.is_none_or(|times| notes.used[index] < times)
        };
        let mut fitting = (0..self.exchanges.len()).filter(|index| fits(&self.exchanges[*index], sent));
        if let Some(index) = fitting.clone().find(|index| left(*index, &notes)) {
            notes.used[index] += 1;
            return reaction(&self.exchanges[index]);
        }
        let (method, url) = (&sent.method, &sent.url);
        let body = match std::str::from_utf8(&sent.body) {
            Ok("") | Err(_) => String::new(),
            Ok(body) => format!(" with the body {}", servo_config::scenario::short(&json!(body))),
        };
        let why = match fitting.next_back() {
            Some(index) => {
                let Exchange { origin, times, .. } = &self.exchanges[index];
                format!("more often than {} ({origin})", often(times.unwrap_or_default()))
            }
            None => "no exchange fits".to_owned(),
        };
        let text = format!("{method} {url}{body}: {why}");
        push(&mut notes.unexpected, text.clone());
        let text = format!("the scenario does not answer {text}");
        Reaction { after: std::time::Duration::ZERO, answer: Err((Unanswered::Unreachable, text)) }
    }

    fn answered(&self, request: Sent, reaction: Reaction) {
        push(&mut self.notes().answered, (request, reaction));
    }

    fn denied(&self, origin: &str) {
        push(&mut self.notes().came.denied, origin.to_owned());
    }

    fn logged(&self, level: &'static str, line: &str) {
        push(&mut self.notes().came.log, format!("{level}: {line}"));
    }

    fn reported(&self, update: Update) {
        let Update { percent, message, readings } = update;
        let update = json!({"percent": percent, "message": message, "readings": readings});
        push::<Value>(&mut self.notes().came.progress, update);
    }
}

fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() < NOTES_MAX {
        list.push(item);
    }
}

fn often(times: u32) -> String {
    if times == 1 { "once".to_owned() } else { format!("{times} times") }
}

fn fits(exchange: &Exchange, sent: &Sent) -> bool {
    let has = |(name, value): &(String, String)| {
        sent.headers.iter().any(|(known, text)| known == name && glob(value, text))
    };
    exchange.method == sent.method
        && glob(&exchange.url, &sent.url)
        && exchange.headers.iter().all(has)
        && exchange.body.as_ref().is_none_or(|body| glob(body, &String::from_utf8_lossy(&sent.body)))
}

fn reaction(exchange: &Exchange) -> Reaction {
    let answer = match &exchange.answer {
        Answer::Response { status, headers, body } => {
            Ok(Received { status: *status, headers: headers.clone(), body: body.clone() })
        }
        Answer::Nothing { error, message } => {
            let kind = Unanswered::ALL.into_iter().find(|kind| kind.name() == error);
            let text = || format!("{}: {error}, as the scenario says", exchange.url);
            let text = message.clone().unwrap_or_else(text);
            Err((kind.unwrap_or(Unanswered::Unreachable), text))
        }
    };
    Reaction { after: exchange.after, answer }
}
