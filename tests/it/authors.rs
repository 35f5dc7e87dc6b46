//! What authors of connectors do: `servo new`, `servo build`, `servo test`, `servo dev`, `servo inspect`, in every language.

mod dev;
mod five_minutes;
mod inspect;
mod mistakes;
mod scenarios;

use std::path::{Path, PathBuf};
use std::time::Duration;

use servo_test_support::{Program, World};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A toolchain builds its own libraries at its first use, and all of them may do so at the same time.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// The command line, run in a folder of the world, with the toolchains that `make setup` has installed.
fn servo(world: &World, folder: &str, line: &str) -> Program {
    let servo = world.servo(line.split_whitespace()).directory(world.path(folder)).timeout(LONGEST);
    with_toolchains(servo)
}

/// Gives a program the toolchains. What they keep between two builds is kept in the target directory.
fn with_toolchains(program: Program) -> Program {
    let tools = toolchains();
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{0}/bin:{0}/node_modules/.bin:{path}", tools.display());
    let home = std::env::var("HOME").unwrap();
    let inherited = |name: &str, below: &str| std::env::var(name).unwrap_or(format!("{home}/{below}"));
    program
        .env("PATH", path)
        .env("CARGO_HOME", inherited("CARGO_HOME", ".cargo"))
        .env("RUSTUP_HOME", inherited("RUSTUP_HOME", ".rustup"))
        .env("CARGO_TARGET_DIR", Path::new(REPOSITORY).join("guests/target"))
        .env("GOCACHE", tools.join("cache/go"))
        .env("ZIG_GLOBAL_CACHE_DIR", tools.join("cache/zig"))
}

fn toolchains() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let tools = target.join("toolchains");
    assert!(tools.join("bin/go").is_file(), "{} is not there: run `make setup` first", tools.display());
    tools
}
