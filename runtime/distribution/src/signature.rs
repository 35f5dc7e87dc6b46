//! Signatures of manifests, in the form that cosign gives them with a pair of keys.
//!
//! What is signed is a small JSON document, the payload, that names the digest of a manifest; it is kept and checked
//! byte for byte as it was signed, before anything in it is believed. The name of the repository in it is told and not compared: a copy in a mirror is as
//! good as the original. Sources: Sigstore's `SIGNATURE_SPEC.md`, containers/image `containers-signature(5)`.

pub(crate) mod artifact;
mod payload;
mod pem;
mod public;
mod sealed;
mod secret;
mod statement;

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::digest::Digest;
use crate::reference::Reference;

pub use artifact::{SignatureError, find, publish};
pub use payload::{Claims, PayloadError};
pub use public::{KeyError, KeyKind, PublicKey};
pub use secret::SigningKey;

/// A signature of a manifest, not yet verified.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    #[serde(with = "text")]
    payload: Vec<u8>,
    #[serde(with = "text")]
    signature: Vec<u8>,
    #[serde(default)]
    form: Form,
}

/// What a payload is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Form {
    /// What cosign signs with a pair of keys since its first version.
    #[default]
    Simple,
    /// What cosign signs since its version 3, in a bundle.
    Statement,
}

/// A signature does not prove what it should.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VerifyError {
    /// Another key, or changed afterwards.
    #[error("the signature was not made by the key {key}, or what it signs was changed afterwards")]
    NotBy {
        /// The key that was tried.
        key: Digest,
    },
    /// Signed, but not this.
    #[error("the signature is for {signed}, not for {digest}")]
    OtherDigest {
        /// What is to be proved.
        digest: Digest,
        /// What is signed.
        signed: Digest,
    },
    /// Signed, but no statement about a manifest.
    #[error(transparent)]
    Payload(#[from] PayloadError),
}

/// Signs the manifest with this digest. The payload names the repository of the reference.
///
/// # Errors
/// The system gives no random numbers.
pub fn sign(key: &SigningKey, reference: &Reference, digest: &Digest) -> Result<Signature, KeyError> {
    let payload = payload::write(reference, digest);
    let signature = key.sign(&payload)?;
    Ok(Signature::new(payload, signature))
}

impl Signature {
    /// A signature as it was found: what was signed, and the signature's bytes.
    pub fn new(payload: Vec<u8>, signature: Vec<u8>) -> Self {
        Self { payload, signature, form: Form::Simple }
    }

    /// The signature in a bundle of Sigstore (version 0.3), as `cosign sign` writes them since version 3.
    ///
    /// # Errors
    /// It is no such bundle, or one that attests something else.
    pub fn from_bundle(bundle: &[u8]) -> Result<Self, PayloadError> {
        statement::from_bundle(bundle)
    }

    /// What was signed, byte for byte.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The signature's bytes: ASN.1 for ECDSA, 64 bytes for Ed25519.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// What the signature claims. Proves nothing.
    ///
    /// # Errors
    /// The payload is no statement about a manifest.
    pub fn claims(&self) -> Result<Claims, PayloadError> {
        match self.form {
            Form::Simple => Claims::parse(&self.payload),
            Form::Statement => statement::claims(&self.payload),
        }
    }

    /// Proves that the owner of the key signed the manifest with this digest.
    ///
    /// # Errors
    /// See [`VerifyError`]; the key is asked first, and nothing is read of what it did not sign.
    pub fn verify(&self, key: &PublicKey, digest: &Digest) -> Result<Claims, VerifyError> {
        let signed = match self.form {
            Form::Simple => key.signed(&self.payload, &self.signature),
            Form::Statement => key.signed(&statement::encode(&self.payload), &self.signature),
        };
        if !signed {
            return Err(VerifyError::NotBy { key: key.id() });
        }
        let claims = self.claims()?;
        if claims.digest != *digest {
            return Err(VerifyError::OtherDigest { digest: *digest, signed: claims.digest });
        }
        Ok(claims)
    }

    /// Whether it can be kept in the form that it is written in here.
    fn is_simple(&self) -> bool {
        self.form == Form::Simple
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", String::from_utf8_lossy(&self.payload))
    }
}

/// Bytes as Base64.
mod text {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
