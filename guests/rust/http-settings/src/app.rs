//! The application behind its URL.

use std::time::Instant;

use servo_sdk::prelude::*;

use crate::options::{Method, Ready, Settings};

/// The application behind its URL.
#[derive(Debug)]
pub(crate) struct App {
    get: String,
    set: String,
    method: &'static str,
    ready: Option<(String, Ready)>,
}

/// A settings document is small; an application that takes longer for it has another problem.
const TIMEOUT: Duration = Duration::from_secs(10);

impl App {
    pub(crate) fn new(settings: &Settings) -> App {
        App {
            get: settings.url.join(&settings.get.path),
            set: settings.url.join(&settings.set.path),
            method: match settings.set.method {
                Method::Patch => "PATCH",
                Method::Put => "PUT",
            },
            ready: settings.ready.as_ref().map(|ready| (settings.url.join(&ready.path), ready.clone())),
        }
    }

    /// Where the settings are read.
    pub(crate) fn get_url(&self) -> &str {
        &self.get
    }

    /// Reads the settings.
    ///
    /// # Errors
    /// When the application does not answer, or answers with something else.
    pub(crate) fn read(&self) -> Result<Value, Failure> {
        let response = http::get(&self.get).header("accept", "application/json").timeout(TIMEOUT).send()?;
        document(&self.get, &response)
    }

    /// Sends a change.
    ///
    /// # Errors
    /// `rejected` when the application refuses the values, else `failed`.
    pub(crate) fn send(&self, body: Value) -> Result<(), Failure> {
        let request = http::request(self.method, &self.set).json(&body)?.timeout(TIMEOUT);
        taken(self.method, &self.set, &request.send()?)
    }

    /// Waits until the application says that it is ready.
    ///
    /// # Errors
    /// `rejected` with the reason `not-ready` when it does not in time; `cancelled` when the call is to end.
    pub(crate) fn wait_until_ready(&self) -> Result<(), Failure> {
        let Some((url, options)) = &self.ready else { return Ok(()) };
        let start = Instant::now();
        loop {
            let Err(why) = self.ready()? else { return Ok(()) };
            let passed = start.elapsed();
            if passed >= options.timeout.get() {
                let message = format!("{url} was not ready within {}: {why}", options.timeout);
                return Err(Failure::rejected(message).because("not-ready"));
            }
            let percent = progress::percent(passed, options.timeout.get());
            progress::report(Some(percent), format!("waiting until {url} is ready: {why}"))?;
            progress::wait(options.interval)?;
        }
    }

    /// Sees that the application is ready after the change settled.
    ///
    /// # Errors
    /// `rejected` with the reason `unstable` when it is not any more.
    pub(crate) fn still_ready(&self) -> Result<(), Failure> {
        let Some((url, _)) = &self.ready else { return Ok(()) };
        self.ready()?.map_err(|why| {
            Failure::rejected(format!("{url} was ready and is not any more: {why}")).because("unstable")
        })
    }

    /// Asks once; the inner error says why it is not ready.
    ///
    /// # Errors
    /// What waiting cannot mend: no grant, a limit, a cancel.
    pub(crate) fn ready(&self) -> Result<Result<(), String>, Failure> {
        let Some((url, _)) = &self.ready else { return Ok(Ok(())) };
        match http::get(url).timeout(TIMEOUT).send() {
            Ok(response) if response.is_ok() => Ok(Ok(())),
            Ok(response) => Ok(Err(format!("HTTP {}: `{}`", response.status, response.excerpt()))),
            // An application that restarts refuses connections for a while.
            Err(http::Error::Unreachable(why) | http::Error::TimedOut(why) | http::Error::Protocol(why)) => {
                Ok(Err(why))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn document(url: &str, response: &http::Response) -> Result<Value, Failure> {
    if !response.is_ok() {
        let (status, excerpt) = (response.status, response.excerpt());
        return Err(Failure::failed(format!(
            "GET {url} answered HTTP {status}: `{excerpt}`; check `get.path`"
        )));
    }
    response
        .json()
        .map_err(|failure| Failure { message: format!("GET {url}: {}", failure.message), ..failure })
}

/// Whether a change was taken. Statuses that say nothing about the values are no rejection: from those the optimizer
/// would learn something that is not so.
fn taken(method: &str, url: &str, response: &http::Response) -> Result<(), Failure> {
    let status = response.status;
    let message =
        |more: &str| format!("{method} {url} answered HTTP {status}: `{}`{more}", response.excerpt());
    match status {
        200..=299 => Ok(()),
        401 | 403 => Err(Failure::failed(message("; bind credentials to the origin in `grants`"))),
        404 | 405 => Err(Failure::failed(message("; check `set.path` and `set.method`"))),
        407 | 408 | 429 => Err(Failure::failed(message("; try again later"))),
        400..=499 => Err(Failure::rejected(message("")).because("refused")),
        _ => Err(Failure::failed(message(""))),
    }
}

#[cfg(test)]
mod tests;
