//! The demonstration application as the thing to be tuned.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use crate::program::{Finished, Program, Running};
use crate::{Server, http};

/// A running quickstart application; it ends when this is dropped.
#[derive(Debug)]
pub struct Quickstart {
    address: SocketAddr,
    running: Running,
}

impl Quickstart {
    /// Starts the program at `path` on a free port and waits until it listens.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    #[track_caller]
    pub fn start(path: &Path) -> Quickstart {
        assert!(path.is_file(), "{} does not exist: run `cargo build -p quickstart` first", path.display());
        let program = Program::new(path).args(["--listen", "127.0.0.1:0"]).timeout(Duration::from_secs(600));
        let mut running = program.start();
        let address = running.wait_for("it listens", |_, stderr| {
            let line = stderr.lines().find_map(|line| line.strip_prefix("listening on http://"))?;
            line.parse().ok()
        });
        Quickstart { address, running }
    }

    /// Starts the one that was built into the same directory as `program`.
    ///
    /// # Panics
    /// When it is not there or cannot be started.
    #[must_use]
    #[track_caller]
    pub fn beside(program: &Path) -> Quickstart {
        Quickstart::start(&program.with_file_name("quickstart"))
    }

    /// The text of its settings as JSON.
    ///
    /// # Panics
    /// When it does not answer.
    #[must_use]
    #[track_caller]
    pub fn settings(&self) -> String {
        http::get(&format!("{}/settings", self.url())).unwrap().text()
    }

    /// The process, for signals.
    #[must_use]
    pub fn process(&self) -> &Running {
        &self.running
    }

    /// Waits for the end of the process.
    ///
    /// # Panics
    /// When it does not end.
    #[track_caller]
    pub fn end(self) -> Finished {
        self.running.wait()
    }
}

impl Server for Quickstart {
    fn address(&self) -> SocketAddr {
        self.address
    }
}
