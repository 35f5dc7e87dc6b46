//! The liveness core, as the configuration wants it.

mod connector;
mod guests;
mod recent;
mod sample;

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, sync::Arc};

use secrecy::ExposeSecret as _;
use servo_config::Liveness as Config;
use thiserror::Error;

use crate::StateDir;
use crate::files;
use crate::state::safe;

pub(crate) use connector::Native;
pub(crate) use guests::Guests;
pub use sample::{CallSample, Leadership, LivenessSample, ViewSample};
pub use servo_liveness::{
    Answer, Change, Entry, Error, EtcdOptions, Filter, FlapOptions, GuardOptions, Invalid, LeaseFigures,
    LeaseTime, Liveness, Maintenance, Notice, Options, Service, Snapshot, State, Status, Tls, View,
    ViewFigures, Watcher, Why,
};

/// Certificates and keys are a few kilobytes.
const PEM_MAX: u64 = 1 << 20;
/// Random bytes of a uuid.
const UUID_BYTES: usize = 16;

/// A configuration that cannot be used.
#[derive(Debug, Error)]
pub enum OptionsError {
    /// A file that it names.
    #[error("the {what} cannot be read: {why}; `{key}` names the file")]
    File {
        /// What is in it.
        what: &'static str,
        /// The setting that names it.
        key: &'static str,
        /// What is wrong, with the name of the file.
        why: String,
    },
}

/// A name for ever that is kept in the state directory, for one process at a time.
#[derive(Debug)]
pub struct KeptUuid {
    /// 32 hexadecimal digits, as os-lively's users have them.
    pub uuid: Arc<str>,
    /// The file that holds it.
    pub file: PathBuf,
    /// Locked as long as it is open.
    _locked: fs::File,
}

/// A uuid that cannot be kept.
#[derive(Debug, Error)]
pub enum UuidError {
    /// Another process has it.
    #[error("another process uses the uuid in {0}; end it, or give this one a uuid of its own")]
    Used(PathBuf),
    /// It is no uuid of ours.
    #[error("{0} holds no uuid; remove the file, and a new one is made")]
    Damaged(PathBuf),
    /// The file.
    #[error("{file} cannot be used: {error}", file = file.display())]
    File {
        /// Its name.
        file: PathBuf,
        /// What is wrong.
        error: io::Error,
    },
}

/// Options of the core, with what the files of the configuration hold now.
///
/// # Errors
/// When a file cannot be read.
pub fn options(config: &Config) -> Result<Options, OptionsError> {
    let pem = |what, key, path: &Path| {
        files::read(path, PEM_MAX).map_err(|error| {
            let why = format!("{}: {error}", path.display());
            OptionsError::File { what, key, why }
        })
    };
    let user = match &config.user {
        Some(user) => {
            let password = user.password.read().map_err(|error| OptionsError::File {
                what: "password of etcd",
                key: "password_file",
                why: error.to_string(),
            })?;
            Some((user.name.clone(), password.expose_secret().to_owned()))
        }
        None => None,
    };
    let ca = config.ca_file.as_deref();
    let ca = ca.map(|path| pem("authorities of etcd", "ca_file", path)).transpose()?;
    let identity = match &config.client_certificate {
        Some((certificate, key)) => Some((
            pem("certificate for etcd", "client_certificate_file", certificate)?,
            pem("key for etcd", "client_key_file", key)?,
        )),
        None => None,
    };
    Ok(Options {
        etcd: EtcdOptions {
            endpoints: config.endpoints.clone(),
            user,
            tls: Tls { ca, identity },
            timeout: config.timeout,
        },
        namespace: config.namespace.clone(),
        ttl: config.ttl,
        guard: guard(config),
        flapping: flapping(config),
    })
}

/// The name of this machine.
pub fn host_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".to_owned() } else { name.to_owned() }
}

/// A new uuid: 32 hexadecimal digits at random.
///
/// # Errors
/// When the system has no random bytes.
pub fn new_uuid() -> io::Result<String> {
    let mut bytes = [0; UUID_BYTES];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    // Version 4 of RFC 9562, as Python's uuid4 makes it.
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl StateDir {
    /// The uuid that is kept for these names, such as type and host of a service; made when it is first asked for.
    ///
    /// # Errors
    /// When another process has it, or the file cannot be used.
    pub fn uuid(&self, names: &[&str]) -> Result<KeptUuid, UuidError> {
        // The hash tells names apart that look the same once they are safe.
        let hash = crate::state::fnv(names.join("\0").as_bytes());
        let name =
            names.iter().filter(|name| !name.is_empty()).map(|name| safe(name)).collect::<Vec<_>>().join("-");
        let short: String = name.chars().take(100).collect();
        let file = self.path().join("liveness").join(format!("{short}-{hash:08x}.uuid"));
        let wrong = |error| UuidError::File { file: file.clone(), error };
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(wrong)?;
        }
        let open = fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&file);
        let mut locked = open.map_err(wrong)?;
        match locked.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(UuidError::Used(file)),
            Err(fs::TryLockError::Error(error)) => return Err(wrong(error)),
        }
        let mut text = String::new();
        (&locked).take(1024).read_to_string(&mut text).map_err(wrong)?;
        let uuid = match text.trim() {
            "" => {
                let uuid = new_uuid().map_err(wrong)?;
                locked
                    .write_all(format!("{uuid}\n").as_bytes())
                    .and_then(|()| locked.sync_all())
                    .map_err(wrong)?;
                uuid
            }
            uuid if uuid.len() == 2 * UUID_BYTES && uuid.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                uuid.to_owned()
            }
            _ => return Err(UuidError::Damaged(file)),
        };
        Ok(KeptUuid { uuid: uuid.into(), file, _locked: locked })
    }
}

fn flapping(config: &Config) -> FlapOptions {
    let servo_config::Flapping { down_after, up_after } = config.flapping;
    FlapOptions { down_after, up_after, ..FlapOptions::new(config.ttl) }
}

fn guard(config: &Config) -> GuardOptions {
    let servo_config::LivenessGuard { share, least, hold } = config.guard;
    GuardOptions {
        share,
        // A hold that is over at once would still be told.
        least: if hold == 0 { usize::MAX } else { least as usize },
        within: config.ttl,
        hold: config.ttl.saturating_mul(hold.max(1)).max(Duration::from_secs(1)),
    }
}

#[cfg(test)]
mod tests;
