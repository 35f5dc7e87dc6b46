//! Signing artifacts, and finding out who did.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use servo_distribution::signature::{self, KeyError, KeyKind, PublicKey, Signature, SigningKey};
use servo_distribution::{Digest, Reference};

use super::fetch::signatures_at;
use super::meaning::Meant;
use super::{Depot, DepotError, Rules};
use crate::files;

/// Keys are a few hundred bytes.
const KEY_MAX: u64 = 64 << 10;

/// What encrypts a private key; never shown.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

/// A pair of keys that was written.
#[derive(Clone, Debug)]
pub struct KeyPair {
    /// The file with the private key.
    pub private: PathBuf,
    /// The file with the public key.
    pub public: PathBuf,
    /// The id of the key.
    pub id: String,
}

/// An artifact that was signed.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Which one, with its digest.
    pub reference: String,
    /// The id of the key.
    pub key: String,
}

/// Who signed an artifact, and whether that suffices.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// Which one, with its digest.
    pub reference: String,
    /// How many signatures it has.
    pub signatures: usize,
    /// The keys that signed it, of those that were named or stand in the policy.
    pub signed_by: Vec<String>,
    /// Whether it may be used.
    pub accepted: bool,
    /// Why, or why not and what to do.
    pub verdict: String,
}

impl Password {
    /// This one.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// What is in a file, without the line break at its end.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path) -> Result<Self, DepotError> {
        let text = read(path)?;
        Ok(Self(text.strip_suffix('\n').unwrap_or(&text).into()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.expose_secret().is_empty()
    }
}

impl Depot {
    /// Makes a pair of keys and writes `NAME.key` and `NAME.pub`, neither of which may exist.
    ///
    /// # Errors
    /// A file exists or cannot be written.
    pub fn generate_keys(&self, name: &Path, password: &Password) -> Result<KeyPair, DepotError> {
        let key = SigningKey::generate(KeyKind::EcdsaP256).map_err(|error| of_key(name, &error))?;
        let named = |ending: &str| {
            let mut path = name.as_os_str().to_owned();
            path.push(ending);
            PathBuf::from(path)
        };
        let (private, public) = (named(".key"), named(".pub"));
        let pem = key.to_pem(Some(&password.0)).map_err(|error| of_key(&private, &error))?;
        write_new(&private, pem.expose_secret(), 0o600)?;
        write_new(&public, &key.public().to_pem(), 0o644)
            // Half of a pair is of no use to anybody.
            .inspect_err(|_| drop(std::fs::remove_file(&private)))?;
        Ok(KeyPair { private, public, id: key.public().id().to_string() })
    }

    /// Signs an artifact and puts the signature beside it.
    ///
    /// # Errors
    /// The key cannot be used, or the registry does not take the signature.
    pub async fn sign(
        &self,
        reference: &Reference,
        key_file: &Path,
        password: &Password,
    ) -> Result<Signed, DepotError> {
        let text = SecretString::from(read(key_file)?);
        let wrong = |error: KeyError| of_key(key_file, &error);
        let key = SigningKey::from_pem(text.expose_secret(), Some(&password.0)).map_err(wrong)?;
        self.log_in([reference])?;
        let digest = match reference.digest() {
            Some(digest) => *digest,
            None => self.look_up(reference).await?.named(),
        };
        let pinned = reference.at(digest);
        signature::publish(self.registry()?, &pinned, &digest, &key).await?;
        Ok(Signed { reference: pinned.to_string(), key: key.public().id().to_string() })
    }

    /// Asks who signed an artifact: one of these keys, or else somebody whom the policy accepts.
    ///
    /// # Errors
    /// A key cannot be read, or the registry does not answer.
    pub async fn verify(
        &self,
        reference: &Reference,
        key_files: &[PathBuf],
        rules: &Rules,
    ) -> Result<Verified, DepotError> {
        if key_files.is_empty() && !rules.has_policy {
            return Err(DepotError::Usage(
                "there is nothing to verify with: name a key with --key, or write `trust` into the configuration"
                    .to_owned(),
            ));
        }
        self.log_in([reference])?;
        let meant = self.newest(reference, rules).await?;
        let pinned = reference.at(meant.named());
        let signatures = self.signatures_of(&reference.at(meant.manifest), meant).await?;
        let mut verified = Verified {
            reference: pinned.to_string(),
            signatures: signatures.len(),
            signed_by: Vec::new(),
            accepted: false,
            verdict: String::new(),
        };
        if key_files.is_empty() {
            let component = match self.known(&reference.at(meant.manifest))? {
                Some(record) => record.component,
                None => self.component_of(&pinned).await?,
            };
            match rules.judge(&pinned, &meant.digests(), &component, &signatures) {
                Ok(judged) => {
                    verified.signed_by = judged.names();
                    verified.accepted = true;
                    let rule = judged.rule.unwrap_or_default();
                    verified.verdict = format!("accepted by the rule at {rule}");
                }
                Err(refused) => verified.verdict = refused.to_string(),
            }
            return Ok(verified);
        }
        verified.signed_by = signers(key_files, &meant.digests(), &signatures)?;
        verified.accepted = !verified.signed_by.is_empty();
        verified.verdict = match verified.accepted {
            true => "signed".to_owned(),
            false => {
                let keys: Vec<String> = key_files.iter().map(|path| path.display().to_string()).collect();
                format!("`{pinned}` has {} signatures, and none by {}", signatures.len(), keys.join(", "))
            }
        };
        Ok(verified)
    }

    /// The signatures that the registry has now; when it cannot be reached, those that are in the store.
    async fn signatures_of(&self, pinned: &Reference, meant: Meant) -> Result<Vec<Signature>, DepotError> {
        let Some(record) = self.known(pinned)? else {
            return signatures_at(self.registry()?, pinned, meant).await;
        };
        match signatures_at(self.hasty()?, pinned, meant).await {
            Err(DepotError::Registry(error)) if error.is_passing() => {
                tracing::warn!("{error}; these are the signatures that came with `{pinned}`");
                self.kept_signatures(&record)
            }
            found => found,
        }
    }
}

/// The keys that signed the manifest, with their files.
fn signers(
    files: &[PathBuf],
    digests: &[Digest],
    signatures: &[Signature],
) -> Result<Vec<String>, DepotError> {
    let mut by = Vec::new();
    for path in files {
        let key = PublicKey::from_pem(&read(path)?).map_err(|error| of_key(path, &error))?;
        let is_by = |one: &Signature| digests.iter().any(|digest| one.verify(&key, digest).is_ok());
        if signatures.iter().any(is_by) {
            by.push(format!("{} ({})", path.display(), key.id()));
        }
    }
    Ok(by)
}

/// A text file that somebody names.
pub(super) fn read(path: &Path) -> Result<String, DepotError> {
    let bytes = files::read(path, KEY_MAX).map_err(|error| of_file(path, "read", &error))?;
    String::from_utf8(bytes).map_err(|_| of_file(path, "read", &"it is not UTF-8 text"))
}

fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), DepotError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            of_file(path, "written", &"it exists, and a key is not replaced")
        }
        _ => of_file(path, "written", &error),
    })
}

fn of_file(path: &Path, done: &'static str, error: &dyn std::fmt::Display) -> DepotError {
    DepotError::File { path: path.to_owned(), done, error: error.to_string() }
}

pub(super) fn of_key(path: &Path, error: &KeyError) -> DepotError {
    DepotError::Key { path: path.to_owned(), error: error.to_string() }
}
