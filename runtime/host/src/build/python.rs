//! Python: componentize-py puts the interpreter, the author's module and the SDK into a component.

use std::path::PathBuf;

use super::BuildError;
use super::tool::{self, Tool};
use super::work::Work;
use super::world::World;

const COMPONENTIZE: Tool = Tool { names: &["componentize-py"], get: "pip install componentize-py==0.25.1" };
/// The module of the SDK that componentize-py is given; it imports the author's module `connector`.
const ENTRY: &str = "servo_app";

/// Builds a connector in Python.
pub(super) async fn build(work: &Work, world: &World) -> Result<PathBuf, BuildError> {
    let component = work.file("component.wasm");
    let mut command = tool::command(COMPONENTIZE.find(None)?, &work.folder);
    // What the author's shell has set up would be packed into the component.
    command.env_remove("VIRTUAL_ENV").env_remove("PYTHONPATH");
    // An error is a traceback of Python; that of the tool itself helps nobody.
    command.env("RUST_BACKTRACE", "0");
    command.args(["--quiet", "--wit-path", ".servo/wit", "--world", &world.name, "componentize"]);
    command
        .args(["--python-path", ".", "--python-path", ".servo/sdk", "--output"])
        .arg(&component)
        .arg(ENTRY);
    tool::run(&mut command, "componentize-py").await?;
    Ok(component)
}
