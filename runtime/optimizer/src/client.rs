//! Moves the bytes of the protocol: one POST at a time to a remote optimizer, with proof of who asks.
//!
//! It knows connections, proxies, certificates, tokens and deadlines, and nothing of what is said:
//! [`Client::post`] makes an [`crate::session::Answer`] of whatever happens. It never repeats a request by itself,
//! but for one: when a token was refused and a newer one can be had.

mod access;
mod connection;
mod error;
mod exchange;
mod file;
mod header;
mod login;
mod options;
mod proxies;
mod tls;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::Url;

use crate::session::{Answer, FailureKind, Refusal, RequestFailure};
use access::Door;
use exchange::Exchange;
use proxies::Proxied;

pub use error::ClientError;
pub(crate) use header::proof;
pub use options::{Access, ClientOptions, Environment, Secret, Timeouts, Verify};

/// What stands in `user-agent`, and in HELLO.
pub const AGENT: &str = concat!("servo/", env!("CARGO_PKG_VERSION"));

/// The status that a wrong or outdated token is answered with.
const UNAUTHORIZED: u16 = 401;

/// A client of one optimizer for one servo.
#[derive(Debug)]
pub struct Client {
    options: ClientOptions,
    tls: rustls::ClientConfig,
    door: tokio::sync::Mutex<Door>,
    /// One for each proxy that is used; there are few.
    clients: Mutex<Vec<(Proxied, reqwest::Client)>>,
}

impl Client {
    /// A client; nothing is sent, and no file but that of the authorities is read.
    ///
    /// # Errors
    /// An address is none, the file with the authorities cannot be used, or a proxy's address is none.
    pub fn new(options: ClientOptions) -> Result<Self, ClientError> {
        let tls = tls::trust(&options.verify)?;
        let door = tokio::sync::Mutex::new(Door::new(&options.access)?);
        let client = Self { door, clients: Mutex::default(), options, tls };
        // What is known now is found wrong now.
        for url in client.options.access.urls() {
            client.connections(&error::url(url)?)?;
        }
        Ok(client)
    }

    /// Sends a request of the protocol and waits for the answer, no longer than the timeouts allow; a connection
    /// file is waited for up to a minute the first time. When the request is refused with 401, a token that is newer
    /// than the one that was sent is tried once.
    pub async fn post(&self, body: Bytes) -> Answer {
        let mut door = self.door.lock().await;
        let mut renewed = false;
        loop {
            let (url, proof) = match door.enter(self).await {
                Ok(entered) => entered,
                Err(failure) => return Answer::Failed(failure),
            };
            match self.exchange(&url).post(proof, body.clone()).await {
                Answer::Refused(Refusal { status: UNAUTHORIZED, .. }) if !renewed && door.renew().await => {
                    renewed = true;
                }
                answer => return answer,
            }
        }
    }

    fn exchange(&self, url: &Url) -> Exchange<'_> {
        Exchange { client: self, url: url.clone() }
    }

    /// The connections for an address: each proxy has its own.
    fn connections(&self, url: &Url) -> Result<reqwest::Client, ClientError> {
        let proxied = proxies::choose(&self.options.proxies, &self.options.environment, url);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(known, _)| *known == proxied) {
            return Ok(client.clone());
        }
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.options.timeouts.connect)
            .read_timeout(self.options.timeouts.read)
            .http1_only()
            .user_agent(AGENT)
            .no_proxy();
        let client = proxied.apply(builder)?.build().map_err(ClientError::unusable)?;
        clients.push((proxied, client.clone()));
        Ok(client)
    }

    /// How long it may take until an answer begins.
    fn patience(&self) -> Duration {
        let Timeouts { connect, read, write, pool } = self.options.timeouts;
        [connect, read, write].iter().fold(pool, |sum, part| sum.saturating_add(*part))
    }
}

fn no_credentials(message: impl Into<String>) -> RequestFailure {
    RequestFailure { kind: FailureKind::Credentials, message: message.into() }
}

#[cfg(test)]
mod tests;
