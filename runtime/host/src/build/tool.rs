//! Running the toolchains: found on the PATH, told to print to standard error, ended when they take too long.

use std::ffi::OsStr;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use std::{env, io};

use tokio::process::Command;

use super::BuildError;

/// A first build of a Rust connector on a slow machine takes minutes; what takes longer than this hangs.
const TIME: Duration = Duration::from_secs(30 * 60);

/// A program of a toolchain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tool {
    /// Its names, the usual one first.
    pub(super) names: &'static [&'static str],
    /// The one command that gets it.
    pub(super) get: &'static str,
}

impl Tool {
    /// Where it is: in `beside`, for tools that belong to a project, or else on the PATH.
    pub(super) fn find(&self, beside: Option<&Path>) -> Result<PathBuf, BuildError> {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> =
            beside.map(Path::to_owned).into_iter().chain(env::split_paths(&path)).collect();
        let places = self.names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        let tool = self.names.first().copied().unwrap_or_default();
        places.into_iter().find(|place| runs(place)).ok_or(BuildError::Tool { tool, get: self.get })
    }
}

/// Runs a command whose output is for people. An error names `what`.
pub(super) async fn run(command: &mut Command, what: &str) -> Result<(), BuildError> {
    // Standard output belongs to the result of `servo build`; some compilers print their errors there.
    let ours =
        io::stderr().as_fd().try_clone_to_owned().map_err(|error| BuildError::Io(what.into(), error))?;
    let output = started(command.stdout(ours).stderr(Stdio::inherit()), what).await?;
    if output.status.success() { Ok(()) } else { Err(BuildError::Failed(what.to_owned())) }
}

/// Runs a command that prints what nobody needs unless it fails.
pub(super) async fn run_quietly(command: &mut Command, what: &str) -> Result<(), BuildError> {
    let output = started(command.stdout(Stdio::piped()).stderr(Stdio::piped()), what).await?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(BuildError::Said(what.to_owned(), String::from_utf8_lossy(&said).trim().to_owned()))
}

/// Runs a command and returns what it printed to standard output.
pub(super) async fn output(command: &mut Command, what: &str) -> Result<String, BuildError> {
    let output = started(command.stdout(Stdio::piped()).stderr(Stdio::inherit()), what).await?;
    if !output.status.success() {
        return Err(BuildError::Failed(what.to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a command whose words do not matter; `None` when it cannot be run or says no.
pub(super) async fn quietly(command: &mut Command) -> Option<String> {
    let output = started(command.stdout(Stdio::piped()).stderr(Stdio::null()), "").await.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Turns an error of the file system into one that names the file.
pub(super) fn fail(path: &Path) -> impl Fn(io::Error) -> BuildError {
    let path = path.display().to_string();
    move |error| BuildError::Io(path.clone(), error)
}

async fn started(command: &mut Command, what: &str) -> Result<Output, BuildError> {
    let failed = |error| BuildError::Io(what.to_owned(), error);
    let child = command.stdin(Stdio::null()).kill_on_drop(true).spawn().map_err(failed)?;
    match tokio::time::timeout(TIME, child.wait_with_output()).await {
        Ok(output) => output.map_err(failed),
        Err(_) => Err(BuildError::Time(what.to_owned(), TIME)),
    }
}

fn runs(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// A command in a folder.
pub(super) fn command(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}
