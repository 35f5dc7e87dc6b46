//! A client of registries (OCI Distribution Specification 1.1) that holds little, waits for nothing for ever, and
//! believes nothing it can check.
//!
//! Every body has a bound, every exchange a deadline, every try again a count. What is asked for by digest is verified.
//! What proves who we are goes to the registry and to its token server only, never along a redirect.

mod auth;
mod challenge;
mod error;
mod failure;
mod http;
mod link;
mod list;
mod options;
mod pull;
mod push;
mod retry;
mod tls;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use self::http::Http;
use crate::reference::Reference;
pub use error::RegistryError;
pub use options::{Proxies, RegistryOptions};
pub use pull::Fetched;

/// Is told how many bytes of a transfer are done.
pub type Progress<'a> = &'a (dyn Fn(u64) + Sync);

/// All registries, with connections and tokens that are kept for the next time. Cheap to clone; one is enough.
#[derive(Clone, Debug)]
pub struct Registry {
    http: Arc<Http>,
}

impl Registry {
    /// A client with these options. It connects when it is asked for something.
    ///
    /// # Errors
    /// The file with authorities or a proxy is of no use.
    pub fn new(options: RegistryOptions) -> Result<Self, RegistryError> {
        Ok(Self { http: Arc::new(Http::new(options)?) })
    }

    /// Does something within the deadline of an operation.
    async fn within<T>(
        &self,
        doing: &str,
        reference: &Reference,
        work: impl Future<Output = Result<T, RegistryError>>,
    ) -> Result<T, RegistryError> {
        self.until(self.http.options.deadline, doing, reference, work).await
    }

    /// Does something of many small steps within the time that is enough for all of them.
    pub(crate) async fn briefly<T, E: From<RegistryError>>(
        &self,
        doing: &str,
        reference: &Reference,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let options = &self.http.options;
        self.until(options.brief.min(options.deadline), doing, reference, work).await
    }

    async fn until<T, E: From<RegistryError>>(
        &self,
        deadline: Duration,
        doing: &str,
        reference: &Reference,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        timeout(deadline, work).await.unwrap_or_else(|_| {
            let slow = RegistryError::Slow {
                registry: reference.registry().to_owned(),
                doing: doing.to_owned(),
                why: format!("it was not done within {} s", deadline.as_secs()),
            };
            Err(slow.into())
        })
    }
}
