//! Tells URLs before and after events. What a URL answers before an event can cancel it. The signature of what is sent
//! is put on by the host (`hmac_sha256` of the grant), so that the key is never in here.

#![forbid(unsafe_code)]

mod delivery;

use std::collections::BTreeMap;

use servo_sdk::prelude::*;

use delivery::{Delivery, Untaken, deliver, verdict};

/// The pause before the first repetition; each one after it is twice as long.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(500);
/// The longest pause.
const PAUSE_MAX: std::time::Duration = std::time::Duration::from_secs(8);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Who is told, in this order.
    webhooks: Vec<Webhook>,
}

/// A URL, and what it is told.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Webhook {
    /// For people.
    name: Option<String>,
    /// For people.
    #[serde(rename = "description")]
    _description: Option<String>,
    /// Before or after which events, for example `before:adjust` or `after:measure`.
    #[schemars(length(min = 1), inner(regex(pattern = "^(before|after):[a-z][a-z0-9._-]*$")))]
    events: Vec<String>,
    /// Where to: it gets a POST with a JSON document.
    url: Endpoint,
    /// More headers. Secrets belong into the grant (`header_files`, `hmac_sha256`), where no connector sees them.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Time for one request.
    #[serde(default = "five_seconds")]
    timeout: Duration,
    /// How often it is tried again when it cannot be reached or answers with a status of 429, or 500 and more.
    #[serde(default = "three")]
    #[schemars(range(max = 10))]
    retries: u32,
}

fn five_seconds() -> Duration {
    Duration::from(std::time::Duration::from_secs(5))
}

fn three() -> u32 {
    3
}

#[derive(Debug)]
struct Webhooks {
    settings: Settings,
    /// Numbers what is sent.
    sent: u64,
}

impl Connector for Webhooks {
    type Settings = Settings;

    fn example() -> Value {
        json!({"webhooks": [{"events": ["before:adjust", "after:measure"], "url": "http://localhost:8080/servo"}]})
    }

    fn configure(settings: Settings) -> Result<Self, Problems> {
        Ok(Webhooks { settings, sent: 0 })
    }
}

impl Declarations for Webhooks {
    fn declare(&mut self) -> Result<Declaration, Failure> {
        let events = self.settings.webhooks.iter().flat_map(|webhook| &webhook.events);
        let mut hooks: Vec<Hook> = events.filter_map(|event| hook(event)).collect();
        hooks.dedup();
        Ok(Declaration { hooks, ..Declaration::default() })
    }
}

/// The hook that is written like `before:measure`.
fn hook(written: &str) -> Option<Hook> {
    let (moment, event) = written.split_once(':')?;
    let moment = if moment == "before" { Moment::Before } else { Moment::After };
    Some(Hook { event: event.to_owned(), moment })
}

impl Hooks for Webhooks {
    fn before(&mut self, event: &str, arguments: &Value) -> Result<(), Failure> {
        self.tell("before", event, "arguments", arguments)
    }

    fn after(&mut self, event: &str, outcomes: &Value) -> Result<(), Failure> {
        self.tell("after", event, "outcomes", outcomes)
    }
}

impl Webhooks {
    /// Tells all that want to know. Those that cannot be told are tried again after everybody was asked, so that one that
    /// is silent keeps nobody else from being told, and from cancelling.
    fn tell(&mut self, moment: &str, event: &str, key: &str, what: &Value) -> Result<(), Failure> {
        let written = format!("{moment}:{event}");
        let mut waiting = Vec::new();
        for webhook in self.settings.webhooks.iter().filter(|webhook| webhook.events.contains(&written)) {
            self.sent += 1;
            let at = time::now();
            let id = format!("{:x}-{}", (at * 1e6) as u64, self.sent);
            let mut body = json!({"id": id, "event": event, "moment": moment, "at": at});
            body[key] = what.clone();
            waiting.push((webhook, id, body));
        }
        let (mut failed, mut pause) = (None, PAUSE);
        for attempt in 0.. {
            let mut again = Vec::new();
            for (webhook, id, body) in waiting {
                let failure = match webhook.ask(moment, &id, &body) {
                    Ok(()) => continue,
                    Err(Untaken { failure, .. }) if failure.code == Code::Cancelled => return Err(failure),
                    Err(Untaken { failure, passing }) if passing && attempt < webhook.retries => {
                        log::info(format!("trying again in {pause:?}: {}", failure.message));
                        again.push((webhook, id, body));
                        continue;
                    }
                    Err(Untaken { failure, .. }) => failure,
                };
                failed.get_or_insert(failure);
            }
            waiting = again;
            if waiting.is_empty() {
                break;
            }
            progress::wait(pause)?;
            pause = (pause * 2).min(PAUSE_MAX);
        }
        failed.map_or(Ok(()), Err)
    }
}

impl Webhook {
    /// Sends it once, and sees what the answer means for the event.
    fn ask(&self, moment: &str, id: &str, body: &Value) -> Result<(), Untaken> {
        let (url, headers) = (self.url.as_str(), &self.headers);
        let told = deliver(&Delivery { url, headers, timeout: self.timeout.get() }, body, id);
        let meant = told.and_then(|response| match moment {
            "before" => verdict(&response).map_err(|failure| Untaken { failure, passing: false }),
            _ => Ok(()),
        });
        meant.map_err(|Untaken { failure, passing }| {
            let message = format!("webhook {}: {}", self.label(), failure.message);
            Untaken { failure: Failure { message, ..failure }, passing }
        })
    }

    /// What it is called in messages.
    fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(self.url.as_str())
    }
}

servo_sdk::connector!(Webhooks: declarations, hooks);
