mod identity;
mod traced;
mod trouble;
mod trust;

use std::time::Duration;

use secrecy::SecretString;

use super::*;

fn token(url: &str, token: Secret) -> ClientOptions {
    let second = Duration::from_secs(5);
    ClientOptions {
        access: Access::Token { url: url.to_owned(), token },
        proxies: Vec::new(),
        environment: Environment::default(),
        timeouts: Timeouts { connect: second, read: second, write: second, pool: second },
        verify: Verify::Platform,
    }
}

fn value(text: &str) -> Secret {
    Secret::Value(SecretString::from(text))
}

async fn post(client: &Client) -> Answer {
    client.post(Bytes::from_static(b"{}")).await
}
