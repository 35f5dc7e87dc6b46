//! From the folder of a connector to a finished component: the language's own toolchain builds it, the sandbox asks
//! it for its settings, and what it says is written into it.

mod bindings;
mod c;
mod encode;
mod error;
mod go;
mod javascript;
mod kit;
mod language;
mod manifest;
mod python;
mod revision;
mod rust;
mod tool;
mod work;
mod world;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Sandbox;
use crate::sections::{self, Metadata};

pub use error::BuildError;
pub use kit::Kit;
pub use language::Language;
pub use manifest::is_connector_name;

use tool::fail;
use work::Work;
use world::World;

/// A connector that was built.
#[derive(Clone, Debug)]
pub struct Built {
    /// The file that it was written to.
    pub path: PathBuf,
    /// What it was written in.
    pub language: Language,
    /// The content of that file.
    pub component: Vec<u8>,
}

/// Builds the connector in `folder` and writes it to `output`, or else to `NAME.wasm` in that folder.
///
/// The toolchain prints to standard error. Besides the component it writes only below `.servo` and where it keeps
/// its own intermediate files. Takes a second (C) to half a minute (the first time in Rust), at most half an hour.
pub async fn build(
    sandbox: &Arc<Sandbox>,
    folder: &Path,
    output: Option<&Path>,
    kit: &Kit,
) -> Result<Built, BuildError> {
    let given = folder;
    let folder = fs::canonicalize(given).map_err(fail(given))?;
    let language = Language::of(&folder)?;
    let plain = match language {
        Language::Rust => rust::build(&folder, kit).await?,
        _ => {
            let work = Work::prepare(&folder, language, kit)?;
            let world = World::read(&work.wit(), &folder)?;
            match language {
                Language::Python => python::build(&work, &world).await?,
                Language::JavaScript | Language::TypeScript => {
                    javascript::build(&work, &world, language).await?
                }
                Language::Go => go::build(&work, world).await?,
                _ => c::build(&work, world, language).await?,
            }
        }
    };
    let component = fs::read(&plain).map_err(fail(&plain))?;
    let metadata = manifest::read(language, &folder).await?;
    let name = metadata.name.clone().unwrap_or_default();
    let finished = finish(sandbox, &component, metadata, &folder).await?;
    let path = output.map_or_else(|| given.join(format!("{name}.wasm")), Path::to_owned);
    let old = fs::read(&path).ok();
    write_at_once(&path, &finished)?;
    let failed = |error| BuildError::Component(folder.clone(), error);
    sandbox.compiled_as(&component, &finished, old.as_deref()).map_err(failed)?;
    Ok(Built { path, language, component: finished })
}

/// Writes the folder `.servo` of a connector, with which editors and tests work before the first build.
pub fn prepare(folder: &Path, kit: &Kit) -> Result<(), BuildError> {
    let folder = fs::canonicalize(folder).map_err(fail(folder))?;
    Work::prepare(&folder, Language::of(&folder)?, kit).map(drop)
}

/// Writes name, version and the other metadata of the Rust package in `folder`, and schema and example of its
/// settings, into a component. The component is asked for the latter two in the sandbox.
pub async fn finish_rust(
    sandbox: &Arc<Sandbox>,
    component: &[u8],
    folder: &Path,
) -> Result<Vec<u8>, BuildError> {
    let metadata = manifest::read(Language::Rust, folder).await?;
    finish(sandbox, component, metadata, folder).await
}

async fn finish(
    sandbox: &Arc<Sandbox>,
    component: &[u8],
    mut metadata: Metadata,
    folder: &Path,
) -> Result<Vec<u8>, BuildError> {
    let failed = |error| BuildError::Component(folder.to_owned(), error);
    let program = sandbox.load(component, false).await.map_err(failed)?;
    metadata.commands.clone_from(&program.about.metadata.commands);
    Ok(sections::stamp(component, &metadata, &program.about.schema, &program.about.example)?)
}

/// A servo that has the old file mapped, or reads it now, sees the old or the new one and nothing in between.
fn write_at_once(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = tempfile::Builder::new().prefix(".").suffix(".wasm.tmp").tempfile_in(folder);
    let beside = beside.map_err(fail(path))?;
    fs::write(beside.path(), bytes).map_err(fail(path))?;
    make_readable(beside.path()).map_err(fail(path))?;
    beside.persist(path).map_err(|error| fail(path)(error.error))?;
    Ok(())
}

/// Temporary files are private; a component is not.
fn make_readable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(test)]
mod tests;
