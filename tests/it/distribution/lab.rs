//! A world with a registry, and components to put there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use servo_test_support::{Finished, Program, Registry, World};

/// The longest that a command of these tests takes on a machine that does other things, too: it may compile.
const LONGEST: Duration = Duration::from_secs(120);

/// A world and its registry.
pub(super) struct Lab {
    pub(super) world: World,
    pub(super) registry: Registry,
}

impl Lab {
    pub(super) fn new() -> Lab {
        Lab { world: crate::shown::world(), registry: Registry::start() }
    }

    /// `oci://` and where the repository `connectors/NAME` with this tag or digest is.
    pub(super) fn at(&self, name: &str) -> String {
        format!("oci://{}/connectors/{name}", self.registry.address())
    }

    /// The command line, to be run in the world.
    pub(super) fn servo(&self, line: &str) -> Program {
        self.world.servo(line.split_whitespace()).timeout(LONGEST)
    }

    #[track_caller]
    pub(super) fn says(&self, line: &str, code: i32) -> Finished {
        self.servo(line).run().expect(code)
    }

    #[track_caller]
    pub(super) fn json(&self, line: &str) -> Value {
        let said = self.says(&format!("{line} -o json"), 0);
        serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {}", said.stdout))
    }

    /// Writes a component that says this version of itself, and pushes it; the digest of its manifest.
    #[track_caller]
    pub(super) fn pushed(&self, connector: &str, version: &str, place: &str) -> String {
        let file = self.world.file(format!("{connector}-{version}.wasm"), component(connector, version));
        let pushed = self.json(&format!("push {} {}", file.display(), self.at(place)));
        pushed["digest"].as_str().unwrap().to_owned()
    }

    /// A configuration with `wait` from the registry.
    pub(super) fn configured(&self, component: &str, more: &str) {
        self.world.file(
            "servo.yaml",
            format!("connectors: {{pause: '{component}'}}\npause: {{measure_enabled: true}}\n{more}"),
        );
    }

    /// The compiled components in the state directory.
    pub(super) fn compiled(&self) -> Vec<PathBuf> {
        files(&self.world.path("state/components"), "cwasm")
    }
}

/// A bundled connector as a file that says this version of itself.
pub(super) fn component(connector: &str, version: &str) -> Vec<u8> {
    let folder = std::env::var_os("SERVO_CONNECTORS_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/connectors"), PathBuf::from);
    let path = folder.join(format!("{connector}.wasm"));
    let mut bytes = std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}: run `make guests PROFILE=dev` first", path.display()));
    // The last section of a name counts.
    let content = [b"\x07version".as_slice(), version.as_bytes()].concat();
    bytes.extend([0, u8::try_from(content.len()).unwrap()]);
    bytes.extend(content);
    bytes
}

/// All files below a folder with this ending; all when it is empty.
pub(super) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if ending.is_empty() || path.extension().is_some_and(|one| one == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}
