//! Tells URLs before and after events. What a URL answers before an event can cancel it. The signature of what is sent
//! is put on by the host (`hmac_sha256` of the grant), so that the key is never in here.

#![forbid(unsafe_code)]

mod delivery;

use std::collections::BTreeMap;

use servo_sdk::prelude::*;

use delivery::{Delivery, deliver, verdict};

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
    #[serde(default = "ten_seconds")]
    timeout: Duration,
    /// How often it is tried again when it cannot be reached or answers with a status of 429, or 500 and more.
    #[serde(default = "three")]
    #[schemars(range(max = 10))]
    retries: u32,
}

fn ten_seconds() -> Duration {
    Duration::from(std::time::Duration::from_secs(10))
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
    /// Tells all that want to know. One that cannot be told keeps nobody else from being told.
    fn tell(&mut self, moment: &str, event: &str, key: &str, what: &Value) -> Result<(), Failure> {
        let written = format!("{moment}:{event}");
        let mut failed = None;
        for webhook in self.settings.webhooks.iter().filter(|webhook| webhook.events.contains(&written)) {
            self.sent += 1;
            let at = time::now();
            let id = format!("{:x}-{}", (at * 1e6) as u64, self.sent);
            let mut body = json!({"id": id, "event": event, "moment": moment, "at": at});
            body[key] = what.clone();
            let delivery = Delivery {
                url: webhook.url.as_str(),
                headers: &webhook.headers,
                timeout: webhook.timeout.get(),
                retries: webhook.retries,
            };
            match deliver(&delivery, &body, &id) {
                Ok(response) if moment == "before" => verdict(webhook.label(), &response)?,
                Ok(_) => {}
                Err(failure) if failure.code == Code::Cancelled => return Err(failure),
                Err(failure) => {
                    let message = format!("webhook {}: {}", webhook.label(), failure.message);
                    failed.get_or_insert(Failure { message, ..failure });
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

impl Webhook {
    /// What it is called in messages.
    fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(self.url.as_str())
    }
}

servo_sdk::connector!(Webhooks: declarations, hooks);
