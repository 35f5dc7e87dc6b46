//! Where etcd is and how to get in, as its client wants it.

use std::fmt;
use std::time::Duration;

use etcd_client::{Certificate, ConnectOptions, Identity, TlsOptions};

use super::date::{ClockDifference, clock_difference};
use crate::error::Error;

/// A member that does not answer a ping for this long is left for another.
const PING: Duration = Duration::from_secs(3);

/// Where etcd is, and how to get in.
#[derive(Clone)]
pub struct EtcdOptions {
    /// URLs of members; the next one is asked when one does not answer.
    pub endpoints: Vec<String>,
    /// Name and password.
    pub user: Option<(String, String)>,
    /// For `https` endpoints.
    pub tls: Tls,
    /// The time for one call.
    pub timeout: Duration,
}

/// What proves who is who. All in PEM.
#[derive(Clone, Default)]
pub struct Tls {
    /// Who may vouch for members, instead of the authorities that the system trusts.
    pub ca: Option<Vec<u8>>,
    /// Certificate and key of this client.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl EtcdOptions {
    /// # Errors
    /// When there is no endpoint, or one that is no URL.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.endpoints.is_empty() {
            return Err(Error::Options(
                "no endpoint of etcd is given, such as `http://127.0.0.1:2379`".into(),
            ));
        }
        for endpoint in &self.endpoints {
            let authority = endpoint.strip_prefix("http://").or_else(|| endpoint.strip_prefix("https://"));
            if authority
                .is_none_or(|authority| authority.trim_end_matches('/').is_empty() || authority.contains('@'))
            {
                let text =
                    format!("`{endpoint}` is not the URL of an etcd member, such as `http://127.0.0.1:2379`");
                return Err(Error::Options(text));
            }
        }
        Ok(())
    }

    /// What the client is told for one of the endpoints.
    pub(super) fn connect(&self, endpoint: &str) -> ConnectOptions {
        let EtcdOptions { user, tls, timeout, .. } = self;
        let mut options = ConnectOptions::new()
            .with_connect_timeout(*timeout)
            .with_keep_alive(PING, PING)
            .with_keep_alive_while_idle(true)
            .with_require_leader(true)
            .with_auto_token_refresh(true);
        if let Some((name, password)) = user {
            options = options.with_user(name, password);
        }
        if endpoint.starts_with("https://") {
            let mut proof = TlsOptions::new();
            proof = match &tls.ca {
                Some(ca) => proof.ca_certificate(Certificate::from_pem(ca)),
                None => proof.with_native_roots(),
            };
            if let Some((certificate, key)) = &tls.identity {
                proof = proof.identity(Identity::from_pem(certificate, key));
            }
            options = options.with_tls(proof);
        }
        options
    }

    /// How far the clock of the member at `endpoint` is from ours; why that cannot be told otherwise.
    pub(crate) async fn clock_difference(&self, endpoint: &str) -> Result<ClockDifference, String> {
        clock_difference(endpoint, &self.tls, self.timeout).await
    }
}

impl fmt::Debug for EtcdOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user.as_ref().map(|(name, _)| name);
        let Self { endpoints, timeout, .. } = self;
        f.debug_struct("EtcdOptions")
            .field("endpoints", endpoints)
            .field("user", &user)
            .field("timeout", timeout)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("ca", &self.ca.is_some())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}
