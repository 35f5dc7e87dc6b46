//! What is signed: "simple signing" JSON as cosign writes it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::digest::Digest;
use crate::reference::Reference;

/// What `critical.type` says.
const KIND: &str = "cosign container image signature";
/// The longest payload that is read, in bytes; usual ones have 250.
pub(super) const PAYLOAD_MAX: usize = 64 * 1024;

/// What a payload says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The manifest.
    pub digest: Digest,
    /// What the repository was called when it was signed; may be empty. Never compared.
    pub repository: String,
}

/// What was signed is no statement about a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PayloadError {
    /// Too long.
    #[error(
        "what was signed is longer than {PAYLOAD_MAX} bytes; a statement about a manifest has some hundred"
    )]
    TooLong,
    /// No JSON of the right form.
    #[error("what was signed is no statement of cosign about a manifest: {0}")]
    Form(String),
    /// A statement about something else.
    #[error("what was signed is of the type `{0}`; a component needs one of `{KIND}`")]
    Kind(String),
}

#[derive(Serialize, Deserialize)]
struct Payload {
    critical: Critical,
    /// What the signer added. It is not read, and cosign's own ones have it.
    #[serde(default)]
    optional: Value,
}

#[derive(Serialize, Deserialize)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Serialize, Deserialize)]
struct Identity {
    #[serde(rename = "docker-reference", default)]
    reference: String,
}

#[derive(Serialize, Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: Digest,
}

impl Claims {
    /// Reads a payload.
    pub(super) fn parse(payload: &[u8]) -> Result<Self, PayloadError> {
        if payload.len() > PAYLOAD_MAX {
            return Err(PayloadError::TooLong);
        }
        let form = |error: serde_json::Error| PayloadError::Form(error.to_string());
        let payload: Payload = serde_json::from_slice(payload).map_err(form)?;
        if payload.critical.kind != KIND {
            return Err(PayloadError::Kind(payload.critical.kind.chars().take(100).collect()));
        }
        Ok(Self { digest: payload.critical.image.digest, repository: payload.critical.identity.reference })
    }
}

/// The payload for this manifest, byte for byte as cosign writes it.
pub(super) fn write(reference: &Reference, digest: &Digest) -> Vec<u8> {
    let repository = format!("{}/{}", reference.registry(), reference.repository());
    let payload = Payload {
        critical: Critical {
            identity: Identity { reference: repository },
            image: Image { digest: *digest },
            kind: KIND.to_owned(),
        },
        optional: Value::Null,
    };
    // A structure of texts always becomes JSON; an empty payload would be refused by every reader.
    serde_json::to_vec(&payload).unwrap_or_default()
}
