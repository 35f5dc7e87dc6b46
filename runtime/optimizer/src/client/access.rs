//! Where the optimizer is and what proves who asks, as it is now.

use std::io;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;
use tokio::time::{Instant, sleep};
use tracing::warn;

use super::connection::Connection;
use super::error::{self, ClientError};
use super::file::Watched;
use super::header::{Proof, proof};
use super::login::Login;
use super::options::{Access, Secret};
use super::{Client, no_credentials};
use crate::session::RequestFailure;

/// How long a connection file is waited for.
const WAIT: Duration = Duration::from_secs(60);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(500);

/// Where the optimizer is and what proves who asks.
#[derive(Debug)]
pub(super) enum Door {
    Token { url: Url, token: Guarded },
    Login { url: Url, login: Login },
    File(Written),
}

/// What a connection file says.
#[derive(Debug)]
pub(super) struct Written {
    file: Watched,
    optimizer_id: String,
    /// What it said when it was last whole.
    known: Option<Connection>,
    waited: bool,
}

/// A secret, wherever it is.
#[derive(Debug)]
pub(super) enum Guarded {
    Value(SecretString),
    File(Watched),
}

impl Door {
    pub(super) fn new(access: &Access) -> Result<Self, ClientError> {
        Ok(match access {
            Access::Token { url, token } => Self::Token { url: endpoint(url)?, token: token.into() },
            Access::Login { url, token_url, client_id, client_secret } => {
                let login = Login::new(error::url(token_url)?, client_id.clone(), client_secret.into());
                Self::Login { url: endpoint(url)?, login }
            }
            Access::ConnectionFile { path, optimizer_id } => {
                let (file, optimizer_id) = (Watched::new(path), optimizer_id.clone());
                Self::File(Written { file, optimizer_id, known: None, waited: false })
            }
        })
    }

    /// Where to ask, and the proof.
    pub(super) async fn enter(&mut self, client: &Client) -> Result<(Url, Proof), RequestFailure> {
        let (url, token, name) = match self {
            Self::Token { url, token } => (url.clone(), token.text().await?, token.name()),
            Self::Login { url, login } => {
                (url.clone(), login.token(client).await?, "the token that was given".to_owned())
            }
            Self::File(written) => {
                let name = format!("the `Authorization` in `{}`", written.file.path().display());
                let connection = written.connection().await?;
                let url = endpoint(&connection.url).map_err(|error| no_credentials(error.to_string()))?;
                (url, connection.token.clone(), name)
            }
        };
        let proof = proof(&token).map_err(|why| no_credentials(format!("{name} {why}")))?;
        Ok((url, proof))
    }

    /// What was sent was refused: whether there is something newer.
    pub(super) async fn renew(&mut self) -> bool {
        match self {
            Self::Token { token: Guarded::File(file), .. } => file.reread().await.unwrap_or(false),
            Self::Token { token: Guarded::Value(_), .. } => false,
            Self::Login { login, .. } => login.forget(),
            Self::File(written) => {
                let newer = written.file.reread().await.unwrap_or(false);
                newer && written.read().await.is_ok()
            }
        }
    }
}

impl Written {
    /// What the file says, or said when it was last whole: it may just be written.
    async fn connection(&mut self) -> Result<&Connection, RequestFailure> {
        let name = format!("the connection file `{}`", self.file.path().display());
        if let Err(why) = self.wait().await
            && self.known.is_none()
        {
            return Err(no_credentials(format!("{name}: {why}")));
        }
        self.known.as_ref().ok_or_else(|| no_credentials(format!("{name} cannot be used")))
    }

    /// Reads the file, which is waited for once.
    async fn wait(&mut self) -> Result<(), String> {
        let until = Instant::now() + WAIT;
        let mut told = false;
        loop {
            let missing = match self.file.text().await {
                Ok((_, false)) => return Ok(()),
                Ok((_, true)) => self.read().await,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    Err("it does not exist (yet)".to_owned())
                }
                Err(error) => Err(error.to_string()),
            };
            if missing.is_ok() || self.waited || Instant::now() >= until {
                self.waited = true;
                return missing;
            }
            if let Err(why) = &missing
                && !std::mem::replace(&mut told, true)
            {
                let (path, most) = (self.file.path().display(), WAIT.as_secs());
                warn!("the connection file `{path}` is waited for, {most} s at most: {why}");
            }
            sleep(LOOK).await;
        }
    }

    async fn read(&mut self) -> Result<(), String> {
        let (text, _) = self.file.text().await.map_err(|error| error.to_string())?;
        self.known = Some(Connection::read(&text, &self.optimizer_id)?);
        Ok(())
    }
}

impl Guarded {
    pub(super) async fn text(&mut self) -> Result<SecretString, RequestFailure> {
        match self {
            Self::Value(value) => Ok(value.clone()),
            Self::File(file) => match file.text().await {
                Ok((text, _)) => Ok(text),
                Err(error) => Err(no_credentials(format!("the file `{}`: {error}", file.path().display()))),
            },
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Value(_) => "the token".to_owned(),
            Self::File(file) => format!("the token in `{}`", file.path().display()),
        }
    }
}

impl From<&Secret> for Guarded {
    fn from(secret: &Secret) -> Self {
        match secret {
            Secret::Value(value) => Self::Value(value.clone()),
            Secret::File(path) => Self::File(Watched::new(path)),
        }
    }
}

/// What requests are sent to.
fn endpoint(url: &str) -> Result<Url, ClientError> {
    error::url(&format!("{}/servo", url.trim_end_matches('/')))
}
