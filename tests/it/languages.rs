//! Connectors of other languages than Rust, each against the program that it is for.

mod c;

use std::path::{Path, PathBuf};

/// A file of the repository.
///
/// # Panics
/// When it is not there; the message says what makes it.
#[track_caller]
fn repository(path: &str) -> PathBuf {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    assert!(found.exists(), "{path} is missing: `make guests-all` builds the connectors of all languages");
    found
}
