//! A directory that exists as long as its test, and programs that see nothing outside of it.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::program::Program;
use crate::snapshot;

/// A temporary directory with a home and a state directory of its own, and the servo that runs there.
#[derive(Debug)]
pub struct World {
    directory: TempDir,
    servo: PathBuf,
}

impl World {
    /// An empty world for the servo at `servo`, which is `env!("CARGO_BIN_EXE_servo")` in the tests of the command.
    ///
    /// # Panics
    /// When no directory can be made.
    #[must_use]
    pub fn new(servo: impl Into<PathBuf>) -> World {
        let directory = tempfile::Builder::new().prefix("servo-test-").tempdir().unwrap();
        for inside in ["home", "state"] {
            std::fs::create_dir(directory.path().join(inside)).unwrap();
        }
        World { directory, servo: servo.into() }
    }

    /// The path of `name` in this world; an empty name is the world's own directory.
    #[must_use]
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file, making the directories it lies in, and returns its path.
    ///
    /// # Panics
    /// When it cannot be written.
    #[track_caller]
    pub fn file(&self, name: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        let directory = path.parent().unwrap_or(&path);
        let written = std::fs::create_dir_all(directory).and_then(|()| std::fs::write(&path, text));
        written.unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
        path
    }

    /// Reads a file.
    ///
    /// # Panics
    /// When it cannot be read or is not text.
    #[must_use]
    #[track_caller]
    pub fn read(&self, name: impl AsRef<Path>) -> String {
        let path = self.path(name);
        std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
    }

    /// The command `servo` with arguments, in this world's directory.
    pub fn servo(&self, arguments: impl IntoIterator<Item = impl AsRef<std::ffi::OsStr>>) -> Program {
        self.program(&self.servo).args(arguments)
    }

    /// Any program, in this world's directory: `HOME`, the XDG directories and `SERVO_STATE_DIR` lie in this world,
    /// and nothing else but `PATH` is set.
    pub fn program(&self, path: impl AsRef<std::ffi::OsStr>) -> Program {
        let home = self.path("home");
        Program::new(path)
            .directory(self.directory.path())
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env("XDG_RUNTIME_DIR", home.join("run"))
            .env("TMPDIR", self.directory.path())
            .env("LC_ALL", "C.UTF-8")
            .env("SERVO_STATE_DIR", self.path("state"))
    }

    /// The path of servo.
    #[must_use]
    pub fn servo_path(&self) -> &Path {
        &self.servo
    }

    /// Settings for snapshots of outputs from this world, so that they compare with those of another day, machine and
    /// world: `world.snapshots().bind(|| insta::assert_snapshot!(finished.stdout))`.
    #[must_use]
    pub fn snapshots(&self) -> insta::Settings {
        snapshot::settings(self.directory.path())
    }
}

#[cfg(test)]
mod tests;
