//! A real Prometheus (Debian package `prometheus`) that scrapes the program under test every second.

use std::net::SocketAddr;
use std::time::Duration;

use tempfile::TempDir;

use crate::http;
use crate::program::{Program, Running, installed};
use crate::{eventually, free_port};

/// How long Prometheus may take to be ready or to have its first samples: it needs half a second and up to five, and
/// the machine may be busy.
const READY: Duration = Duration::from_secs(60);

/// A running Prometheus; it ends when this is dropped.
#[derive(Debug)]
pub struct Prometheus {
    url: String,
    _running: Running,
    _directory: TempDir,
}

impl Prometheus {
    /// Starts one that scrapes `/metrics` of the targets under the job `app` and waits until it is ready.
    ///
    /// # Panics
    /// When Prometheus is not installed or does not become ready.
    #[must_use]
    #[track_caller]
    pub fn start(targets: &[SocketAddr]) -> Prometheus {
        Prometheus::start_on(free_port(), targets)
    }

    /// The same on a port that was told to others before.
    ///
    /// # Panics
    /// When Prometheus is not installed or does not become ready.
    #[must_use]
    #[track_caller]
    pub fn start_on(port: u16, targets: &[SocketAddr]) -> Prometheus {
        let path = installed("prometheus", "prometheus");
        let directory = tempfile::Builder::new().prefix("servo-test-").tempdir().unwrap();
        let config = directory.path().join("prometheus.yml");
        let targets: Vec<String> = targets.iter().map(|target| format!("\"{target}\"")).collect();
        let text = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
             scrape_configs:\n - {{job_name: app, metrics_path: /metrics, static_configs: [{{targets: [{}]}}]}}\n",
            targets.join(", ")
        );
        std::fs::write(&config, text).unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let mut running = Program::new(path)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", directory.path().join("tsdb").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--web.enable-remote-write-receiver", "--web.enable-lifecycle", "--log.level=warn"])
            .timeout(READY)
            .start();
        let ready = format!("{url}/-/ready");
        running.wait_for("it is ready", |_, _| http::get(&ready).ok().filter(|answer| answer.status == 200));
        Prometheus { url, _running: running, _directory: directory }
    }

    /// Its URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it answers to an instant query: JSON.
    ///
    /// # Panics
    /// When it does not answer.
    #[must_use]
    #[track_caller]
    pub fn query(&self, expression: &str) -> String {
        let mut encoded = String::new();
        for byte in expression.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' => {
                    encoded.push(char::from(byte))
                }
                _ => encoded.push_str(&format!("%{byte:02X}")),
            }
        }
        http::get(&format!("{}/api/v1/query?query={encoded}", self.url)).unwrap().text()
    }

    /// Waits until an instant query finds at least one series.
    ///
    /// # Panics
    /// When that takes too long.
    #[track_caller]
    pub fn wait_for(&self, expression: &str) {
        eventually(READY, &format!("samples of {expression}"), || {
            self.query(expression).contains("\"value\":[").then_some(())
        });
    }
}

#[cfg(test)]
mod tests;
