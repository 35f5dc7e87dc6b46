//! Names to addresses, and which of them a grant allows.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;
use tokio::sync::Semaphore;

use crate::grants::HttpGrant;

/// Resolves names for the client of one grant and leaves out what it does not allow.
#[derive(Debug)]
pub(super) struct Resolver {
    pub(super) grant: HttpGrant,
    pub(super) lookups: Lookups,
}

/// All addresses of a name are such that no grant allows them.
#[derive(Debug, Error)]
#[error("no address of the name is allowed by the grant")]
pub(super) struct Prohibited;

/// A name without an address.
#[derive(Debug, Error)]
#[error("{0}")]
pub(super) struct Unresolved(io::Error);

/// Looks names up, so many at a time.
///
/// The system's resolver blocks a thread until it has an answer, also when nobody waits for it any more. Those threads
/// belong to the whole process; an instance cannot take more of them than it has places here.
#[derive(Clone, Debug)]
pub(crate) struct Lookups {
    places: Arc<Semaphore>,
    ask: Ask,
}

/// Asks for the addresses of a host; blocks.
pub(super) type Ask = fn(&str, u16) -> io::Result<Vec<SocketAddr>>;

impl Lookups {
    pub(super) fn new(at_a_time: usize) -> Self {
        Self::of(at_a_time, |host, port| Ok((host, port).to_socket_addrs()?.collect()))
    }

    /// Lookups by another resolver than the system's.
    pub(super) fn of(at_a_time: usize, ask: Ask) -> Self {
        Self { places: Arc::new(Semaphore::new(at_a_time)), ask }
    }

    /// The addresses of a host, which may be an address itself, without brackets.
    pub(crate) async fn find(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let (host, ask) = (host.to_owned(), self.ask);
        self.run(move || ask(&host, port)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        lookup: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(io::Error::other)?;
        let found = tokio::task::spawn_blocking(move || {
            let _until_it_is_back = place;
            lookup()
        });
        found.await.map_err(io::Error::other)?
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (grant, lookups) = (self.grant.clone(), self.lookups.clone());
        Box::pin(async move {
            let host = name.as_str().trim_end_matches('.').to_ascii_lowercase();
            let found = lookups.find(&host, 0).await.map_err(Unresolved)?;
            let allowed = allowed(&grant, &host, found.into_iter());
            if allowed.is_empty() {
                return Err(Prohibited.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// The addresses of a host that its grant allows.
pub(crate) fn allowed(
    grant: &HttpGrant,
    host: &str,
    found: impl Iterator<Item = SocketAddr>,
) -> Vec<SocketAddr> {
    found.filter(|address| grant.allows_host(host, address.ip())).collect()
}

#[cfg(test)]
mod tests;
