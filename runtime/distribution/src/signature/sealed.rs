//! A private key under a password, as cosign keeps it: scrypt makes a key of the password, nacl's secretbox encrypts.
//!
//! Source: `go-securesystemslib/encrypted`, which cosign uses.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crypto_secretbox::aead::{Aead, KeyInit};
use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretBox, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};

use super::public::KeyError;

/// The costs that cosign writes now (`N` = 65,536): 64 MiB.
const LOG_N: u8 = 16;
/// The largest costs that are read: 128 MiB, which that library allows as well. A file could ask for any amount.
const LOG_N_MAX: u8 = 17;
const R: u32 = 8;
const P: u32 = 1;
/// The longest salt that is read, in bytes; cosign writes 32.
const SALT_MAX: usize = 64;
const SALT: usize = 32;
const NONCE: usize = 24;

#[derive(Serialize, Deserialize)]
struct Sealed {
    kdf: Kdf,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Serialize, Deserialize)]
struct Kdf {
    name: String,
    params: Costs,
    salt: String,
}

#[derive(Serialize, Deserialize)]
struct Costs {
    #[serde(rename = "N")]
    n: u64,
    r: u32,
    p: u32,
}

#[derive(Serialize, Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

/// Decrypts.
pub(super) fn open(content: &[u8], password: &SecretString) -> Result<SecretSlice<u8>, KeyError> {
    let form = |text: &str| KeyError::Sealed(text.to_owned());
    let sealed: Sealed =
        serde_json::from_slice(content).map_err(|error| KeyError::Sealed(error.to_string()))?;
    if sealed.kdf.name != "scrypt" || sealed.cipher.name != "nacl/secretbox" {
        return Err(form("its algorithms are others"));
    }
    let Costs { n, r, p } = sealed.kdf.params;
    let log_n = u8::try_from(n.max(1).ilog2()).unwrap_or(u8::MAX);
    if !n.is_power_of_two() || n < 2 || log_n > LOG_N_MAX || r != R || p != P {
        return Err(form("its costs are not those of cosign"));
    }
    let bytes = |text: &str| BASE64_STANDARD.decode(text).map_err(|_| form("a part of it is no Base64"));
    let (salt, nonce) = (bytes(&sealed.kdf.salt)?, bytes(&sealed.cipher.nonce)?);
    let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| form("its nonce has not 24 bytes"))?;
    if salt.len() > SALT_MAX {
        return Err(form("its salt is longer than 64 bytes"));
    }
    let key = stretch(password, &salt, log_n)?;
    let cipher = XSalsa20Poly1305::new(Key::from_slice(key.expose_secret()));
    let document = cipher.decrypt(&Nonce::from(nonce), bytes(&sealed.ciphertext)?.as_slice());
    document.map(SecretSlice::from).map_err(|_| KeyError::Password)
}

/// Encrypts.
pub(super) fn seal(document: &[u8], password: &SecretString) -> Result<Vec<u8>, KeyError> {
    let random = SystemRandom::new();
    let (mut salt, mut nonce) = ([0; SALT], [0; NONCE]);
    random.fill(&mut salt).and_then(|()| random.fill(&mut nonce)).map_err(|_| KeyError::Random)?;
    let key = stretch(password, &salt, LOG_N)?;
    let cipher = XSalsa20Poly1305::new(Key::from_slice(key.expose_secret()));
    let ciphertext = cipher.encrypt(&Nonce::from(nonce), document).map_err(|_| KeyError::Password)?;
    let sealed = Sealed {
        kdf: Kdf {
            name: "scrypt".to_owned(),
            params: Costs { n: 1 << LOG_N, r: R, p: P },
            salt: BASE64_STANDARD.encode(salt),
        },
        cipher: Cipher { name: "nacl/secretbox".to_owned(), nonce: BASE64_STANDARD.encode(nonce) },
        ciphertext: BASE64_STANDARD.encode(ciphertext),
    };
    serde_json::to_vec(&sealed).map_err(|error| KeyError::Sealed(error.to_string()))
}

fn stretch(password: &SecretString, salt: &[u8], log_n: u8) -> Result<SecretBox<[u8; 32]>, KeyError> {
    let wrong = || KeyError::Sealed("its costs are not those of cosign".to_owned());
    let mut key = SecretBox::new(Box::new([0; 32]));
    let params = scrypt::Params::new(log_n, R, P, 32).map_err(|_| wrong())?;
    let room = secrecy::ExposeSecretMut::expose_secret_mut(&mut key);
    scrypt::scrypt(password.expose_secret().as_bytes(), salt, &params, room).map_err(|_| wrong())?;
    Ok(key)
}
