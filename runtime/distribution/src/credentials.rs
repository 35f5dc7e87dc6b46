//! Who we are for a registry: a login that was given, or what Docker's `config.json` and its helpers know.
//!
//! Secrets stay in [`SecretString`] and are in no text, log or error.

mod docker;
mod given;
mod helper;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;

use docker::Docker;

/// Where logins come from. A login belongs to one registry; no other one ever sees it.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// By registry.
    given: BTreeMap<String, Login>,
    bare: Option<Bare>,
    docker: Option<PathBuf>,
}

/// A login that was given without saying for which registry.
#[derive(Clone, Debug)]
struct Bare {
    login: Login,
    /// The registry, as soon as it is known. Clones share it.
    registry: Arc<OnceLock<String>>,
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
    #[error(
        "credentials are USER:PASSWORD, or HOST[:PORT]=USER:PASSWORD with commas between several, and there is no user or \
         no `:` in what was given"
    )]
    Form,
    /// Nothing says whose login it is.
    #[error(
        "a login without a registry was given, and there are several: {}; say whose it is, with \
         HOST[:PORT]=USER:PASSWORD and a comma before the next one",
        .registries.join(", ")
    )]
    Whose {
        /// The registries.
        registries: Vec<String>,
    },
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
        "`docker-credential-{name}` gives no login for `{registry}`: {why}; run it by hand, or give --creds {registry}=USER:PASSWORD"
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
    /// The same with this login for this registry, `HOST` or `HOST:PORT`: `USER:PASSWORD`.
    ///
    /// # Errors
    /// It is of another form.
    pub fn with_login(mut self, registry: &str, text: &SecretString) -> Result<Self, CredentialsError> {
        let login = Login::password(text.expose_secret()).ok_or(CredentialsError::Form)?;
        self.given.insert(registry.to_ascii_lowercase(), login);
        Ok(self)
    }

    /// The same with these logins and no others that were given: `HOST[:PORT]=USER:PASSWORD`, several with commas
    /// between them. One may be only `USER:PASSWORD`: it is of no use before [`Credentials::bind`].
    ///
    /// # Errors
    /// They are of another form.
    pub fn with_given(mut self, text: &SecretString) -> Result<Self, CredentialsError> {
        (self.given, self.bare) = (BTreeMap::new(), None);
        for (registry, login) in given::parse(text.expose_secret()) {
            let login = Login::password(login).ok_or(CredentialsError::Form)?;
            match registry {
                Some(registry) => drop(self.given.insert(registry.to_ascii_lowercase(), login)),
                None if self.bare.is_none() => self.bare = Some(Bare { login, registry: Arc::default() }),
                None => return Err(CredentialsError::Form),
            }
        }
        Ok(self)
    }

    /// Whether there is a login that names no registry.
    pub fn has_bare(&self) -> bool {
        self.bare.is_some()
    }

    /// Says which registries will be asked: the login that names none is for the only one of them that has no login of
    /// its own here. Holds for all clones, and for good.
    ///
    /// # Errors
    /// There are several of which it could be.
    pub fn bind<'a>(&self, registries: impl IntoIterator<Item = &'a str>) -> Result<(), CredentialsError> {
        let Some(bare) = &self.bare else { return Ok(()) };
        let nameless = registries.into_iter().filter(|registry| self.given_for(registry).is_none());
        let nameless: BTreeSet<&str> = nameless.collect();
        match nameless.iter().collect::<Vec<_>>().as_slice() {
            [] => Ok(()),
            [only] if bare.registry.get_or_init(|| (**only).to_owned()) == **only => Ok(()),
            _ => {
                let known = bare.registry.get().map(String::as_str);
                let registries: BTreeSet<&str> = nameless.into_iter().chain(known).collect();
                Err(CredentialsError::Whose {
                    registries: registries.into_iter().map(str::to_owned).collect(),
                })
            }
        }
    }

    /// The same with what the `config.json` in this folder of Docker's knows, if it exists.
    #[must_use]
    pub fn with_docker(mut self, folder: impl Into<PathBuf>) -> Self {
        self.docker = Some(folder.into());
        self
    }

    /// The login for a registry, if there is one.
    pub(crate) async fn of(&self, registry: &str) -> Result<Option<Login>, CredentialsError> {
        if let Some(given) = self.given_for(registry) {
            return Ok(Some(given.clone()));
        }
        if let Some(bare) = &self.bare
            && bare.registry.get().is_some_and(|bound| bound == registry)
        {
            return Ok(Some(bare.login.clone()));
        }
        let Some(folder) = &self.docker else { return Ok(None) };
        match Docker::read(&folder.join("config.json")).await? {
            Some(docker) => docker.login(registry).await,
            None => Ok(None),
        }
    }

    fn given_for(&self, registry: &str) -> Option<&Login> {
        docker::names(registry).iter().find_map(|name| self.given.get(name))
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
