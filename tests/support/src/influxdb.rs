//! A real InfluxDB 1.x (Debian packages `influxdb` and `influxdb-client`): one server without databases.

use std::time::Duration;

use tempfile::TempDir;

use crate::program::{Program, Running, installed};
use crate::{free_port, http};

/// How long InfluxDB may take to be ready: it needs a second, and the machine may be busy.
const READY: Duration = Duration::from_secs(60);

/// A running InfluxDB; it ends when this is dropped.
#[derive(Debug)]
pub struct InfluxDb {
    port: u16,
    _running: Running,
    _directory: TempDir,
}

impl InfluxDb {
    /// Starts one and waits until it answers.
    ///
    /// # Panics
    /// When InfluxDB is not installed or does not answer.
    #[must_use]
    #[track_caller]
    pub fn start() -> InfluxDb {
        let path = installed("influxd", "influxdb");
        let directory = tempfile::Builder::new().prefix("servo-test-").tempdir().unwrap();
        let at = |name: &str| directory.path().join(name).display().to_string();
        let (port, backup) = (free_port(), free_port());
        let text = format!(
            "reporting-disabled = true\nbind-address = \"127.0.0.1:{backup}\"\n[meta]\ndir = \"{}\"\n\
             [data]\ndir = \"{}\"\nwal-dir = \"{}\"\n[http]\nbind-address = \"127.0.0.1:{port}\"\n\
             log-enabled = false\n[monitor]\nstore-enabled = false\n",
            at("meta"),
            at("data"),
            at("wal")
        );
        std::fs::write(at("influxdb.conf"), text).unwrap();
        let mut running =
            Program::new(path).args(["run", "-config", &at("influxdb.conf")]).timeout(READY).start();
        let ping = format!("http://127.0.0.1:{port}/ping");
        running.wait_for("it answers", |_, _| http::get(&ping).ok().filter(|answer| answer.status == 204));
        InfluxDb { port, _running: running, _directory: directory }
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Runs a statement with its own client `influx`, and returns the JSON that it prints.
    ///
    /// # Panics
    /// When the client is not installed or the statement fails.
    #[track_caller]
    pub fn execute(&self, database: &str, statement: &str) -> String {
        let finished = Program::new(installed("influx", "influxdb-client"))
            .args(["-host", "127.0.0.1", "-port", &self.port.to_string(), "-format", "json"])
            .args(["-database", database, "-execute", statement])
            .run();
        finished.expect(0).stdout
    }

    /// Writes points in the line protocol with one request.
    ///
    /// # Panics
    /// When they are not taken.
    #[track_caller]
    pub fn write(&self, database: &str, lines: &str) {
        let url = format!("{}/write?db={database}", self.url());
        let answer = http::request("POST", &url, &[], lines.as_bytes()).unwrap();
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
}

#[cfg(test)]
mod tests;
