//! The forms in which a token proves who asks.

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

/// How a token begins that has a header of its own.
const OWN: &str = "X-SF-Token ";

/// A header with a token. Its value is marked, so that it is not logged.
pub(crate) type Proof = (HeaderName, HeaderValue);

/// The header for a token: one that says `Bearer` is sent as it is.
///
/// # Errors
/// The token has characters in it that no header can have; the text does not repeat it.
pub(crate) fn proof(token: &SecretString) -> Result<Proof, &'static str> {
    let token = token.expose_secret().trim();
    if token.is_empty() {
        return Err("is empty");
    }
    let (name, text) = match token.strip_prefix(OWN) {
        Some(rest) => (HeaderName::from_static("x-sf-token"), SecretString::from(rest.trim())),
        None if token.contains("Bearer") => (AUTHORIZATION, SecretString::from(token)),
        None => (AUTHORIZATION, SecretString::from(format!("Bearer {token}"))),
    };
    let mut value = HeaderValue::from_str(text.expose_secret())
        .map_err(|_| "has characters in it that no token can have, for example a line end")?;
    value.set_sensitive(true);
    Ok((name, value))
}
