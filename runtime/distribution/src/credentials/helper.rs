//! Helpers of Docker's that know logins: `docker-credential-NAME get`, the registry on stdin, JSON on stdout.

use std::process::Stdio;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::time::timeout;

use super::{CredentialsError, Login};

/// How long a helper may take: it may ask a keyring, but no human.
const DEADLINE: Duration = Duration::from_secs(10);
/// The most that is read of what a helper says.
const ANSWER_MAX: u64 = 64 << 10;
/// What helpers say when they know nothing (docker-credential-helpers, `credentials/error.go`).
const UNKNOWN: &str = "credentials not found in native keychain";
/// The user of an answer that is a token.
const TOKEN_USER: &str = "<token>";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: SecretString,
}

/// Asks a helper.
pub(super) async fn get(name: &str, registry: &str) -> Result<Option<Login>, CredentialsError> {
    let unusable = |why: String| CredentialsError::Helper {
        name: name.chars().take(100).collect(),
        registry: registry.to_owned(),
        why,
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() || !name.bytes().all(is_name) {
        return Err(unusable("that is not the name of a helper".into()));
    }
    match timeout(DEADLINE, ask(name, registry)).await {
        Ok(answered) => answered.map_err(unusable),
        Err(_) => Err(unusable(format!("no answer within {} s", DEADLINE.as_secs()))),
    }
}

async fn ask(name: &str, registry: &str) -> Result<Option<Login>, String> {
    let text = |error: std::io::Error| error.to_string();
    let mut child = Command::new(format!("docker-credential-{name}"))
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(text)?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that knows the answer without reading has closed it already.
        let _ = stdin.write_all(registry.as_bytes()).await;
    }
    let mut answer = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(ANSWER_MAX + 1).read_to_end(&mut answer).await.map_err(text)?;
    }
    if answer.len() as u64 > ANSWER_MAX {
        return Err(format!("its answer is longer than {ANSWER_MAX} bytes"));
    }
    let status = child.wait().await.map_err(text)?;
    if !status.success() {
        // What else it says may have a secret in it.
        let unknown = String::from_utf8_lossy(&answer).contains(UNKNOWN);
        return if unknown { Ok(None) } else { Err(format!("it failed with {status}")) };
    }
    let Answer { username, secret } =
        serde_json::from_slice(&answer).map_err(|_| "its answer is not of the form of helpers".to_owned())?;
    Ok(match username.as_str() {
        _ if secret.expose_secret().is_empty() => None,
        TOKEN_USER => Some(Login::Identity(secret)),
        _ => Some(Login::Password { user: username, password: secret }),
    })
}
