//! Who we are for a registry: a login that was given, or what Docker's `config.json` and its helpers know.
//!
//! Secrets stay in [`SecretString`] and are in no text, log or error.

mod docker;
mod helper;

use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;

use docker::Docker;

/// Where logins come from.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    given: Option<Login>,
    docker: Option<PathBuf>,
}

/// What a registry or its token server accepts from us.
#[derive(Clone, Debug)]
pub(crate) enum Login {
    /// A user and a password.
    Password { user: String, password: SecretString },
    /// What is exchanged for tokens with OAuth 2.
    Identity(SecretString),
    /// What is sent to the registry as it is.
    Token(SecretString),
}

/// A login cannot be had. No text has a secret in it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CredentialsError {
    /// What was given is not a user and a password.
    #[error("credentials are USER:PASSWORD, and there is no user or no `:` in what was given")]
    Form,
    /// Docker's configuration cannot be used.
    #[error("`{path}` cannot be used: {why}; correct it, or name another folder with DOCKER_CONFIG")]
    Docker {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A helper for credentials cannot be used.
    #[error(
        "`docker-credential-{name}` gives no login for `{registry}`: {why}; run it by hand, or give --creds USER:PASSWORD"
    )]
    Helper {
        /// What Docker's configuration calls it.
        name: String,
        /// The registry that it was asked for.
        registry: String,
        /// What is wrong.
        why: String,
    },
}

impl Credentials {
    /// The same with this login for every registry: `USER:PASSWORD`.
    ///
    /// # Errors
    /// It is of another form.
    pub fn with_login(mut self, text: &SecretString) -> Result<Self, CredentialsError> {
        let login = Login::password(text.expose_secret());
        self.given = Some(login.ok_or(CredentialsError::Form)?);
        Ok(self)
    }

    /// The same with what the `config.json` in this folder of Docker's knows, if it exists.
    #[must_use]
    pub fn with_docker(mut self, folder: impl Into<PathBuf>) -> Self {
        self.docker = Some(folder.into());
        self
    }

    /// The login for a registry, if there is one.
    pub(crate) async fn of(&self, registry: &str) -> Result<Option<Login>, CredentialsError> {
        match (&self.given, &self.docker) {
            (Some(given), _) => Ok(Some(given.clone())),
            (None, Some(folder)) => match Docker::read(&folder.join("config.json")).await? {
                Some(docker) => docker.login(registry).await,
                None => Ok(None),
            },
            (None, None) => Ok(None),
        }
    }
}

impl Login {
    fn password(text: &str) -> Option<Self> {
        let (user, password) = text.split_once(':')?;
        let login = || Self::Password { user: user.to_owned(), password: password.into() };
        (!user.is_empty()).then(login)
    }

    /// Whom it names, for errors.
    pub(crate) fn who(&self) -> String {
        match self {
            Self::Password { user, .. } => format!("the login of `{user}`"),
            Self::Identity(_) | Self::Token(_) => "the token".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
