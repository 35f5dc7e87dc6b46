//! Public keys: ECDSA on the curve P-256, and Ed25519.

use std::fmt;

use ring::signature::{ECDSA_P256_SHA256_ASN1, ED25519, UnparsedPublicKey, VerificationAlgorithm};
use thiserror::Error;

use super::pem;
use crate::digest::Digest;

/// The label of a public key in PEM.
const LABEL: &str = "PUBLIC KEY";
/// What a SubjectPublicKeyInfo of a P-256 key begins with (RFC 5480); a point of 65 bytes follows.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// What a SubjectPublicKeyInfo of an Ed25519 key begins with (RFC 8410); 32 bytes follow.
const ED25519_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A key that verifies signatures.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    kind: KeyKind,
    /// The point, or the 32 bytes.
    key: Vec<u8>,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// ECDSA on the curve P-256 with SHA-256, as `cosign generate-key-pair` makes them.
    EcdsaP256,
    /// Ed25519.
    Ed25519,
}

/// A text is not a key, or not one that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// No PEM.
    #[error("it is no key: {0}; keys are PEM files")]
    NoPem(&'static str),
    /// PEM of something else.
    #[error("it is a `{found}`, not a {wanted}; {hint}")]
    Label {
        /// The label found.
        found: String,
        /// What is wanted.
        wanted: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// Another algorithm, or damaged.
    #[error(
        "the key is neither ECDSA on P-256 nor Ed25519, or it is damaged; `servo sign --generate` makes one"
    )]
    Algorithm,
    /// A private key of which the public half is missing or wrong.
    #[error(
        "the private key is damaged or lacks its public half; write it again: openssl pkcs8 -topk8 -nocrypt"
    )]
    Private,
    /// The file with the key needs a password and there is none.
    #[error("the key is encrypted; give its password in COSIGN_PASSWORD or a --password-file")]
    PasswordNeeded,
    /// The password is wrong, or the key was changed.
    #[error("the key cannot be decrypted: the password is wrong, or the key was changed")]
    Password,
    /// Encrypted in a form that is not read.
    #[error("the encrypted key is in a form that is not read: {0}; cosign writes scrypt and nacl/secretbox")]
    Sealed(String),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo in PEM: `-----BEGIN PUBLIC KEY-----`.
    ///
    /// # Errors
    /// The text is no such key; see [`KeyError`].
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let (label, content) = pem::read(text).map_err(KeyError::NoPem)?;
        if label != LABEL {
            let hint = if label.contains("PRIVATE") {
                "name the file with the public half, usually `.pub`"
            } else {
                "`servo sign --generate` and `cosign generate-key-pair` make a pair"
            };
            return Err(KeyError::Label { found: label.chars().take(60).collect(), wanted: LABEL, hint });
        }
        Self::from_der(&content).ok_or(KeyError::Algorithm)
    }

    /// The key in PEM, ending with a line break.
    pub fn to_pem(&self) -> String {
        pem::write(LABEL, &self.to_der())
    }

    /// The digest of the key's SubjectPublicKeyInfo in DER: the same for every way of writing the file.
    pub fn id(&self) -> Digest {
        Digest::of(&self.to_der())
    }

    /// What it is for.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    pub(super) fn new(kind: KeyKind, key: Vec<u8>) -> Self {
        Self { kind, key }
    }

    /// Whether the owner of the key signed this.
    pub(super) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &dyn VerificationAlgorithm = match self.kind {
            KeyKind::EcdsaP256 => &ECDSA_P256_SHA256_ASN1,
            KeyKind::Ed25519 => &ED25519,
        };
        UnparsedPublicKey::new(algorithm, &self.key).verify(message, signature).is_ok()
    }

    fn from_der(der: &[u8]) -> Option<Self> {
        if let Some(point) = der.strip_prefix(&P256) {
            // Uncompressed; whether the point is on the curve is asked with every signature.
            return (point.len() == 65 && point[0] == 4)
                .then(|| Self::new(KeyKind::EcdsaP256, point.to_vec()));
        }
        let key = der.strip_prefix(&ED25519_PREFIX)?;
        (key.len() == 32).then(|| Self::new(KeyKind::Ed25519, key.to_vec()))
    }

    fn to_der(&self) -> Vec<u8> {
        let prefix: &[u8] = match self.kind {
            KeyKind::EcdsaP256 => &P256,
            KeyKind::Ed25519 => &ED25519_PREFIX,
        };
        [prefix, &self.key].concat()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?} {})", self.kind, self.id())
    }
}
