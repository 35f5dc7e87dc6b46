//! Reads and changes the settings of any application that offers them as JSON over HTTP.
//!
//! ```yaml
//! http-settings:
//!   component: web
//!   url: http://localhost:8080
//!   get: {path: /settings}
//!   set: {path: /settings, method: PATCH}
//!   ready: {path: /ready, timeout: 20s, interval: 250ms}
//!   settings:
//!     workers: {min: 1, max: 16, unit: threads}
//!     cache: {pointer: /cache/entries, min: 64, max: 16384, step: 64, scale: log}
//!     eviction: {values: [fifo, lru]}
//! ```
//!
//! A change is one request with all values of the component. It counts as made when the application shows the new
//! values, says that it is ready, and has settled.

#![forbid(unsafe_code)]

mod app;
mod change;
mod checks;
mod document;
mod domain;
mod options;

use servo_sdk::prelude::*;

use app::App;
use change::{Seen, Wanted};
use options::Settings;

/// A connector to one application.
#[derive(Debug)]
struct HttpSettings {
    settings: Settings,
    app: App,
    seen: Seen,
}

impl Connector for HttpSettings {
    type Settings = Settings;

    fn example() -> Value {
        json!({
            "component": "web",
            "url": "http://localhost:8080",
            "get": {"path": "/settings"},
            "set": {"path": "/settings", "method": "PATCH"},
            "ready": {"path": "/ready", "timeout": "20s", "interval": "250ms"},
            "settings": {
                "workers": {"pointer": "/workers", "min": 1, "max": 16, "step": 1, "unit": "threads"},
                "eviction": {"pointer": "/eviction", "values": ["fifo", "lru"]},
            },
        })
    }

    fn configure(settings: Settings) -> Result<Self, Problems> {
        let problems = settings.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let app = App::new(&settings);
        Ok(HttpSettings { settings, app, seen: Seen::default() })
    }
}

impl Inventory for HttpSettings {
    fn components(&mut self) -> Result<Vec<Component>, Failure> {
        Ok(vec![self.settings.component(None)])
    }
}

impl Describe for HttpSettings {
    fn describe(&mut self, _control: &Control) -> Result<Description, Failure> {
        let document = self.app.read()?;
        Ok(self.description(&document))
    }
}

impl Adjust for HttpSettings {
    fn adjust(&mut self, adjustments: &[Adjustment], control: &Control) -> Result<Description, Failure> {
        let before = self.app.read()?;
        self.seen.remember(&self.settings, &before);
        let wanted = change::plan(&self.settings, adjustments, &self.seen, &before)?;
        if wanted.is_empty() {
            return Ok(self.description(&before));
        }
        progress::wait(control.delay())?;
        self.app.send(document::body(&self.settings.set, &before, &wanted)?)?;
        self.app.wait_until_ready()?;
        let mut after = self.verified(&wanted)?;
        if !control.settlement().is_zero() {
            progress::wait_showing(control.settlement(), "letting the change settle")?;
            self.app.still_ready()?;
            after = self.verified(&wanted)?;
        }
        log::success(format!("changed {}", change::summary(&self.settings.component, &wanted)));
        Ok(self.description(&after))
    }
}

impl Check for HttpSettings {
    fn list(&mut self) -> Result<Vec<CheckInfo>, Failure> {
        Ok(checks::list(&self.settings))
    }

    fn run(&mut self, id: &str) -> Result<CheckOutcome, Failure> {
        checks::run(id, &self.settings, &self.app)
    }
}

/// An application may take a moment to show what it took.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_millis(400);

impl HttpSettings {
    /// Reads until all wanted values are there.
    fn verified(&self, wanted: &[Wanted]) -> Result<Value, Failure> {
        let mut look = 1;
        loop {
            let document = self.app.read()?;
            match change::verify(&document, wanted) {
                Ok(()) => return Ok(document),
                Err(failure) if look == LOOKS => return Err(failure),
                Err(_) => progress::wait(BETWEEN_LOOKS)?,
            }
            look += 1;
        }
    }

    fn description(&mut self, document: &Value) -> Description {
        self.seen.remember(&self.settings, document);
        let component = self.settings.component(Some(document));
        for setting in component.settings.iter().filter(|setting| setting.value.is_none()) {
            log::warning(format!(
                "the application shows no value of `{}` at `{}`; compare `settings` with {}",
                setting.name,
                self.settings.pointer(&setting.name),
                self.app.get_url()
            ));
        }
        Description { components: vec![component], metrics: Vec::new() }
    }
}

servo_sdk::connector!(HttpSettings: inventory, describe, adjust, check);
