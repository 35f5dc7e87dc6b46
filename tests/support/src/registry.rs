//! A real registry (Debian package `docker-registry`): plain, with TLS, with a password or with tokens, and what can
//! happen to it.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use rustix::process::Signal;

use crate::etcd::Security;
use crate::program::{Program, Running, installed};
use crate::tokens::Tokens;
use crate::{eventually, free_port};

/// How long a registry may take to be ready: it needs a quarter of a second, and the machine may be busy.
const READY: Duration = Duration::from_secs(60);
/// How long it may run.
const LIFE: Duration = Duration::from_secs(900);
/// [`Registry::PASSWORD`] as `htpasswd -nbB -C 5` writes it.
const HTPASSWD: &str = "robot:$2y$05$RqDrWzwFl60efYaVq8fFiedyRmS41WUMIqA7NwqR3iVKc3VjO0Po6\n";

/// A running registry that allows deletions; it ends when this is dropped.
#[derive(Debug)]
pub struct Registry {
    address: String,
    security: Option<Security>,
    tokens: Option<Tokens>,
    running: Option<Running>,
    directory: TempDir,
}

impl Registry {
    /// The user that may do everything, where one is asked for.
    pub const USER: &str = "robot";
    /// Its password.
    pub const PASSWORD: &str = "robot-password";

    /// Starts an empty one without TLS and without users.
    ///
    /// # Panics
    /// When it is not installed or does not become ready.
    #[must_use]
    #[track_caller]
    pub fn start() -> Registry {
        Registry::launch(false, false, false)
    }

    /// Starts one with TLS.
    ///
    /// # Panics
    /// As [`Registry::start`].
    #[must_use]
    #[track_caller]
    pub fn with_tls() -> Registry {
        Registry::launch(true, false, false)
    }

    /// Starts one with TLS that asks for [`Registry::USER`] and [`Registry::PASSWORD`].
    ///
    /// # Panics
    /// As [`Registry::start`].
    #[must_use]
    #[track_caller]
    pub fn with_password() -> Registry {
        Registry::launch(true, true, false)
    }

    /// Starts one without TLS that asks for a token, and the server that gives them.
    ///
    /// # Panics
    /// As [`Registry::start`].
    #[must_use]
    #[track_caller]
    pub fn with_tokens() -> Registry {
        Registry::launch(false, false, true)
    }

    #[track_caller]
    fn launch(tls: bool, password: bool, tokens: bool) -> Registry {
        let directory = tempfile::Builder::new().prefix("servo-test-").tempdir().unwrap();
        let address = format!("127.0.0.1:{}", free_port());
        let at = |name: &str| directory.path().join(name).display().to_string();
        let mut text = format!(
            "version: 0.1\nlog: {{level: warn, accesslog: {{disabled: true}}}}\n\
             storage: {{filesystem: {{rootdirectory: {}}}, delete: {{enabled: true}}}}\n",
            at("data")
        );
        let security = tls.then(|| Security::new(directory.path().to_owned()));
        let security_text = security.as_ref().map(|Security { certificate, key, .. }| {
            format!(", tls: {{certificate: {}, key: {}}}", certificate.display(), key.display())
        });
        text += &format!("http: {{addr: {address}{}}}\n", security_text.unwrap_or_default());
        if password {
            std::fs::write(at("htpasswd"), HTPASSWD).unwrap();
            text += &format!("auth: {{htpasswd: {{realm: test, path: {}}}}}\n", at("htpasswd"));
        }
        let tokens = tokens.then(Tokens::start);
        if let Some(tokens) = &tokens {
            std::fs::write(at("tokens.pem"), tokens.certificate()).unwrap();
            text += &format!(
                "auth: {{token: {{realm: {}, service: test, issuer: test, rootcertbundle: {}}}}}\n",
                tokens.url(),
                at("tokens.pem")
            );
        }
        std::fs::write(at("registry.yml"), text).unwrap();
        let mut registry = Registry { address, security, tokens, running: None, directory };
        registry.run();
        registry
    }

    /// Host and port, as in `oci://127.0.0.1:40001/name`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The authority that vouches for it, in PEM, when it has TLS.
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        self.security.as_ref().map(|security| security.ca.as_path())
    }

    /// The server that gives tokens, when it asks for them.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    #[track_caller]
    pub fn tokens(&self) -> &Tokens {
        self.tokens.as_ref().expect("a registry with tokens")
    }

    /// Where it keeps what it has.
    #[must_use]
    pub fn data(&self) -> std::path::PathBuf {
        self.directory.path().join("data")
    }

    /// Kills it at once.
    pub fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.signal(Signal::KILL);
            drop(running.wait());
        }
    }

    /// Starts it again at the same address with what it had.
    ///
    /// # Panics
    /// When it does not become ready.
    #[track_caller]
    pub fn restart(&mut self) {
        self.kill();
        self.run();
    }

    /// Stops it without ending it.
    pub fn freeze(&self) {
        self.running.iter().for_each(|running| running.signal(Signal::STOP));
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.running.iter().for_each(|running| running.signal(Signal::CONT));
    }

    #[track_caller]
    fn run(&mut self) {
        let running = Program::new(installed("docker-registry", "docker-registry"))
            .arg("serve")
            .arg(self.directory.path().join("registry.yml"))
            .timeout(LIFE)
            .start();
        let address = &self.address;
        // It listens when it is ready, whatever it speaks.
        eventually(READY, "the registry to listen", || std::net::TcpStream::connect(address).ok());
        self.running = Some(running);
    }
}

#[cfg(test)]
mod tests;
