//! A real etcd (Debian packages `etcd-server` and `etcd-client`): one member with an empty store.

use std::time::Duration;

use tempfile::TempDir;

use crate::program::{Program, Running, installed};
use crate::{free_port, http};

/// How long etcd may take to be healthy: it needs a second, and the machine may be busy.
const READY: Duration = Duration::from_secs(60);

/// A running etcd; it ends when this is dropped.
#[derive(Debug)]
pub struct Etcd {
    url: String,
    _running: Running,
    _directory: TempDir,
}

impl Etcd {
    /// Starts one and waits until it is healthy.
    ///
    /// # Panics
    /// When etcd is not installed or does not become healthy.
    #[must_use]
    #[track_caller]
    pub fn start() -> Etcd {
        let path = installed("etcd", "etcd-server");
        let directory = tempfile::Builder::new().prefix("servo-test-").tempdir().unwrap();
        let url = format!("http://127.0.0.1:{}", free_port());
        let peer = format!("http://127.0.0.1:{}", free_port());
        let mut running = Program::new(path)
            .args(["--name", "n1", "--logger", "zap", "--log-level", "warn"])
            .arg("--data-dir")
            .arg(directory.path().join("data"))
            .args(["--listen-client-urls", &url, "--advertise-client-urls", &url])
            .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
            .args(["--initial-cluster", &format!("n1={peer}")])
            .timeout(READY)
            .start();
        let health = format!("{url}/health");
        running.wait_for("it is healthy", |_, _| {
            http::get(&health).ok().filter(|answer| answer.text().contains("true"))
        });
        Etcd { url, _running: running, _directory: directory }
    }

    /// The address for clients, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs `etcdctl` against it and returns what it printed.
    ///
    /// # Panics
    /// When it is not installed or fails.
    #[track_caller]
    pub fn ctl<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> String {
        let finished = Program::new(installed("etcdctl", "etcd-client"))
            .env("ETCDCTL_API", "3")
            .args(["--endpoints", &self.url])
            .args(arguments)
            .run();
        finished.expect(0).stdout
    }
}

#[cfg(test)]
mod tests;
