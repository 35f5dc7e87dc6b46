//! The connection file: where the optimizer is and the token, both written by another program.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

/// What the file says.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) url: String,
    pub(super) token: SecretString,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "Authorization")]
    authorization: String,
    #[serde(rename = "Endpoint")]
    endpoint: String,
}

impl Connection {
    /// Reads the text of the file. The tenant in it is only for people.
    ///
    /// # Errors
    /// It is not YAML, a key is missing, or the endpoint is no address. The text has no secret in it.
    pub(super) fn read(text: &SecretString, optimizer_id: &str) -> Result<Self, String> {
        // The reader's own words could repeat the token.
        let raw: Raw = serde_yaml::from_str(text.expose_secret()).map_err(|_| {
            "it is not YAML with the texts `Authorization`, `Endpoint` and `TenantId`".to_owned()
        })?;
        let endpoint = raw.endpoint.trim().trim_end_matches('/');
        let url = format!("{endpoint}/rest/optimize/co/v1/optimizers/{optimizer_id}/");
        super::error::url(&url).map_err(|error| error.to_string())?;
        Ok(Self { url, token: SecretString::from(raw.authorization) })
    }
}
