//! What the configuration says about an optimizer, in the terms of the client that asks it.

use servo_config::{Common, Optimizer, OptimizerAccess, TlsVerify, TokenSource};
use servo_optimizer::client::{
    Access, Client, ClientError, ClientOptions, Environment, Secret, Timeouts, Verify,
};

/// The client for an optimizer.
///
/// # Errors
/// When what the configuration says can be read and not be used.
pub(super) fn client(
    optimizer: &Optimizer,
    settings: &Common,
    environment: &Environment,
) -> Result<Client, ClientError> {
    let times = settings.timeouts;
    Client::new(ClientOptions {
        access: access(&optimizer.access),
        proxies: settings.proxies.iter().map(|(pattern, proxy)| (pattern.clone(), proxy.clone())).collect(),
        environment: environment.clone(),
        timeouts: Timeouts { connect: times.connect, read: times.read, write: times.write, pool: times.pool },
        verify: match &settings.tls {
            TlsVerify::Platform => Verify::Platform,
            TlsVerify::Roots(path) => Verify::Roots(path.clone()),
            TlsVerify::Off => Verify::Off,
        },
    })
}

fn access(configured: &OptimizerAccess) -> Access {
    match configured {
        OptimizerAccess::Token { url, token } => Access::Token { url: url.clone(), token: secret(token) },
        OptimizerAccess::Login { url, token_url, client_id, client_secret } => Access::Login {
            url: url.clone(),
            token_url: token_url.clone(),
            client_id: client_id.clone(),
            client_secret: secret(client_secret),
        },
        OptimizerAccess::ConnectionFile { path, optimizer_id } => {
            Access::ConnectionFile { path: path.clone(), optimizer_id: optimizer_id.clone() }
        }
    }
}

fn secret(source: &TokenSource) -> Secret {
    match source {
        TokenSource::Value(text) => Secret::Value(text.clone()),
        TokenSource::File(path) => Secret::File(path.clone()),
    }
}
