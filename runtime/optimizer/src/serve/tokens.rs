//! Who may speak for which application. Who may not learns nothing: neither whether the application exists, nor how much
//! of a token was right.

use std::collections::HashMap;
use std::fmt;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use crate::client::proof;

/// Another header that servos send their token in.
const OTHER: &str = "x-sf-token";

/// The tokens of all applications, as digests.
#[derive(Clone, Default)]
pub struct Tokens(HashMap<String, [u8; 32]>);

impl Tokens {
    /// The tokens by application.
    pub fn new<'a>(tokens: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(tokens.into_iter().map(|(id, token)| (id.to_owned(), digest(token))).collect())
    }

    /// Whether the token in the headers is that of the application.
    pub(super) fn admit(&self, id: &str, headers: &HeaderMap) -> bool {
        // What nobody knows is compared as well, so that it takes the same time.
        let nobody = [0; 32];
        let known = self.0.get(id);
        let given = digest(presented(headers).unwrap_or_default());
        same(known.unwrap_or(&nobody), &given) & known.is_some()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tokens").field(&self.0.len()).finish()
    }
}

/// The token of a request, however it is sent.
fn presented(headers: &HeaderMap) -> Option<&str> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let text = value.to_str().ok()?.trim();
        let (scheme, token) = text.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then_some(token.trim());
    }
    headers.get(OTHER)?.to_str().ok().map(str::trim)
}

/// The token without what only says how it is sent, from a file that servos read theirs from, too.
///
/// # Errors
/// No servo could send it; the text says why and does not repeat it.
pub fn bare_token(token: &SecretString) -> Result<SecretString, &'static str> {
    let headers = HeaderMap::from_iter([proof(token)?]);
    let bare = presented(&headers).filter(|bare| !bare.is_empty());
    bare.map(SecretString::from).ok_or("is none that a servo can send; write ASCII characters only")
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// In a time that does not depend on where they differ.
fn same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    std::hint::black_box(a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b))) == 0
}

#[cfg(test)]
mod tests;
