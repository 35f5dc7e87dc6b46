//! Secrets that the host adds to requests.

use std::io::Read as _;

use base64::prelude::{BASE64_STANDARD, Engine};
use http::HeaderValue;
use ring::hmac;

use super::error::{EgressError, Kind};
use crate::grants::{SecretForm, SecretHeader};
use crate::{digest, disk};

/// The most of a file with a secret that is read.
const SECRET_MAX: u64 = 64 << 10;

/// The value of the header for a request with this body, from its file as it is now.
pub(super) async fn value(header: &SecretHeader, body: &[u8]) -> Result<HeaderValue, EgressError> {
    let unusable = |text: String| EgressError::new(Kind::Unreachable, format!("the secret in {text}"));
    let file = header.file.display();
    let path = header.file.clone();
    let read = disk::aside(move || {
        let mut text = String::new();
        disk::open(&path, SECRET_MAX)?.read_to_string(&mut text).map(|_| text)
    });
    let text = read.await.map_err(|error| unusable(format!("`{file}`: {error}")))?;
    let text = text.trim();
    let value = match &header.form {
        SecretForm::Plain => text.to_owned(),
        SecretForm::Bearer => format!("Bearer {text}"),
        SecretForm::Basic { username } => {
            format!("Basic {}", BASE64_STANDARD.encode(format!("{username}:{text}")))
        }
        SecretForm::HmacSha256 if text.is_empty() => return Err(unusable(format!("`{file}` is empty"))),
        SecretForm::HmacSha256 => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes());
            format!("sha256={}", digest::text(hmac::sign(&key, body).as_ref()))
        }
    };
    let mut value = HeaderValue::from_str(&value)
        .map_err(|_| unusable(format!("`{file}` is not one line of ASCII text")))?;
    value.set_sensitive(true);
    Ok(value)
}

impl SecretHeader {
    /// Looks whether it can be used as its file is now.
    ///
    /// # Errors
    /// What is wrong with the file; never what is in it.
    pub async fn look(&self) -> Result<(), String> {
        value(self, b"").await.map(|_| ()).map_err(|error| error.text)
    }
}

#[cfg(test)]
mod tests;
