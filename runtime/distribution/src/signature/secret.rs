//! Private keys: read, made, written, and what they sign.

use std::fmt;

use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::public::{KeyError, KeyKind, PublicKey};
use super::{pem, sealed};

/// The label of a private key that is not encrypted (PKCS#8).
const PLAIN: &str = "PRIVATE KEY";
/// What cosign calls an encrypted one, and what it called it before version 2.
const ENCRYPTED: [&str; 2] = ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"];
/// What a PKCS#8 v1 document of an Ed25519 key begins with (RFC 8410); 32 bytes follow.
const ED25519_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// How a PKCS#8 document names the curve P-256 (RFC 5480): the identifier 1.2.840.10045.3.1.7.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// A key that signs.
pub struct SigningKey {
    pair: Pair,
    public: PublicKey,
    /// The key as PKCS#8.
    document: SecretSlice<u8>,
}

enum Pair {
    Ecdsa(Box<EcdsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn generate(kind: KeyKind) -> Result<Self, KeyError> {
        let random = SystemRandom::new();
        let document = match kind {
            KeyKind::EcdsaP256 => {
                let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random);
                document.map_err(|_| KeyError::Random)?.as_ref().to_vec()
            }
            KeyKind::Ed25519 => {
                // Version 1 of the document, which every tool reads; the library writes version 2.
                let mut document = [ED25519_PREFIX.as_slice(), &[0; 32]].concat();
                random.fill(&mut document[ED25519_PREFIX.len()..]).map_err(|_| KeyError::Random)?;
                document
            }
        };
        Self::from_document(document.into())
    }

    /// Reads a key in PEM: PKCS#8, or encrypted as cosign does it, which needs the password.
    ///
    /// Takes up to 128 MiB and some tenths of a second for an encrypted one.
    ///
    /// # Errors
    /// The text is no such key, or the password is missing or wrong; see [`KeyError`].
    pub fn from_pem(text: &str, password: Option<&SecretString>) -> Result<Self, KeyError> {
        let (label, content) = pem::read(text).map_err(KeyError::NoPem)?;
        let content = SecretSlice::from(content);
        if label == PLAIN {
            return Self::from_document(content);
        }
        if ENCRYPTED.contains(&label) {
            let password = password.ok_or(KeyError::PasswordNeeded)?;
            return Self::from_document(sealed::open(content.expose_secret(), password)?);
        }
        let hint = match label {
            "PUBLIC KEY" => "name the file with the private half, usually `.key`",
            "EC PRIVATE KEY" => "write it as PKCS#8: openssl pkcs8 -topk8 -nocrypt",
            "ENCRYPTED PRIVATE KEY" => "only cosign's own encryption is read: cosign import-key-pair",
            _ => "`servo sign --generate` and `cosign generate-key-pair` make a pair",
        };
        Err(KeyError::Label { found: label.chars().take(60).collect(), wanted: PLAIN, hint })
    }

    /// The key in PEM: encrypted as cosign does it when there is a password, else PKCS#8.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn to_pem(&self, password: Option<&SecretString>) -> Result<SecretString, KeyError> {
        let document = self.document.expose_secret();
        let pem = match password {
            Some(password) => pem::write(ENCRYPTED[0], &sealed::seal(document, password)?),
            None => pem::write(PLAIN, document),
        };
        Ok(pem.into())
    }

    /// The key that verifies what this one signs.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The signature of a message.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match &self.pair {
            Pair::Ecdsa(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(|_| KeyError::Random)?;
                Ok(signature.as_ref().to_vec())
            }
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }

    fn from_document(document: SecretSlice<u8>) -> Result<Self, KeyError> {
        let bytes = document.expose_secret();
        // Which of the two it is stands in the document, which each of them checks.
        let ecdsa = || EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, bytes, &SystemRandom::new());
        let has = |id: &[u8]| bytes.windows(id.len()).any(|part| part == id);
        let (pair, public) = if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes) {
            let public = PublicKey::new(KeyKind::Ed25519, pair.public_key().as_ref().to_vec());
            (Pair::Ed25519(pair), public)
        } else {
            let pair = ecdsa().map_err(|_| match has(&P256) || has(&ED25519_PREFIX[7..12]) {
                true => KeyError::Private,
                false => KeyError::Algorithm,
            })?;
            let public = PublicKey::new(KeyKind::EcdsaP256, pair.public_key().as_ref().to_vec());
            (Pair::Ecdsa(Box::new(pair)), public)
        };
        Ok(Self { pair, public, document })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.public)
    }
}
