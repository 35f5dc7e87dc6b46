//! The folder `.servo` of a connector: the contract, the SDK, generated bindings and intermediate files. Everything in
//! it is made anew by a build; a file that stays the same keeps its time, so that compilers see what has changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::kit::File;
use super::tool::fail;
use super::{BuildError, Kit, Language};

/// The name under which authors import the SDK for JavaScript.
const NODE_MODULE: &str = "servo-sdk";

/// Where a connector is built.
#[derive(Clone, Debug)]
pub(super) struct Work {
    /// The folder of the connector.
    pub(super) folder: PathBuf,
    root: PathBuf,
}

impl Work {
    /// Writes what does not depend on the world: the author's world with the contract as its dependency, and the SDK.
    pub(super) fn prepare(folder: &Path, language: Language, kit: &Kit) -> Result<Work, BuildError> {
        let work = Work { folder: folder.to_owned(), root: folder.join(".servo") };
        work.create()?;
        let contract = kit.contract();
        if language == Language::Rust {
            // The macros of the SDK hold the worlds of Rust connectors.
            work.write_rust(kit, contract)?;
            return Ok(work);
        }
        let own = folder.join("wit");
        let mut wit = files(&own).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                BuildError::World(folder.to_owned(), "there is no wit/world.wit".into())
            }
            _ => fail(&own)(error),
        })?;
        wit.retain(|(path, _)| !path.starts_with("deps/servo-connector"));
        wit.extend(contract.into_iter().map(|(path, bytes)| (Path::new("deps").join(path), bytes)));
        write(&work.wit(), wit).map_err(fail(&work.wit()))?;
        write(&work.sdk(), kit.sdk(language)?).map_err(fail(&work.sdk()))?;
        if matches!(language, Language::JavaScript | Language::TypeScript) {
            work.link_node_module()?;
        }
        Ok(work)
    }

    /// The author's world and its dependencies.
    pub(super) fn wit(&self) -> PathBuf {
        self.root.join("wit")
    }

    /// The SDK.
    pub(super) fn sdk(&self) -> PathBuf {
        self.root.join("sdk")
    }

    /// Generated source.
    pub(super) fn generated(&self) -> PathBuf {
        self.root.join("gen")
    }

    /// An intermediate file.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Makes the generated source be exactly these files.
    pub(super) fn generate(&self, files: Vec<File>) -> Result<(), BuildError> {
        let folder = self.generated();
        write(&folder, files).map_err(fail(&folder))
    }

    /// The folder itself, which git shall not see.
    fn create(&self) -> Result<(), BuildError> {
        only_a_folder(&self.root).map_err(fail(&self.root))?;
        fs::create_dir_all(&self.root).map_err(fail(&self.root))?;
        let ignore = self.file(".gitignore");
        write_changed(&ignore, b"*\n").map_err(fail(&ignore))
    }

    /// Lets node, tsc and QuickJS alike find the SDK by its name, unless the author has it from elsewhere.
    fn link_node_module(&self) -> Result<(), BuildError> {
        let modules = self.folder.join("node_modules");
        let link = modules.join(NODE_MODULE);
        if fs::symlink_metadata(&link).is_ok() {
            return Ok(());
        }
        fs::create_dir_all(&modules).map_err(fail(&modules))?;
        std::os::unix::fs::symlink("../.servo/sdk", &link).map_err(fail(&link))
    }

    /// The SDK as a crate in a workspace of its own beside the contract, as in the source of servo.
    fn write_rust(&self, kit: &Kit, contract: Vec<File>) -> Result<(), BuildError> {
        let strip = |(path, bytes): File| match path.strip_prefix("servo-connector") {
            Ok(inside) => (inside.to_owned(), bytes),
            Err(_) => (Path::new("deps").join(path), bytes),
        };
        write(&self.wit(), contract.into_iter().map(strip).collect()).map_err(fail(&self.wit()))?;
        let mut sdk = kit.sdk(Language::Rust)?;
        for (_, bytes) in sdk.iter_mut().filter(|(path, _)| path == Path::new("src/bindings.rs")) {
            *bytes = String::from_utf8_lossy(bytes).replace("\"../../../wit\"", "\"../wit\"").into_bytes();
        }
        write(&self.sdk(), sdk).map_err(fail(&self.sdk()))?;
        let workspace = kit.below("guests/rust").find(|(path, _)| *path == "Cargo.toml");
        let workspace = String::from_utf8_lossy(workspace.map(|(_, bytes)| bytes).unwrap_or_default());
        let only = |line: &str| match line.starts_with("members = ") {
            true => "members = [\"sdk\"]\n".to_owned(),
            false => format!("{line}\n"),
        };
        let path = self.file("Cargo.toml");
        write_changed(&path, workspace.lines().map(only).collect::<String>().as_bytes()).map_err(fail(&path))
    }
}

/// The files below `folder`, without those that an SDK or a world never needs: hidden ones and what tools leave.
pub(super) fn files(folder: &Path) -> io::Result<Vec<File>> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(inside) = open.pop() {
        for entry in fs::read_dir(folder.join(&inside))? {
            let entry = entry?;
            let name = entry.file_name();
            let hidden = name.to_string_lossy().starts_with('.');
            let left = ["target", "node_modules", "__pycache__"].iter().any(|other| name == *other);
            let path = inside.join(name);
            if hidden || left {
                continue;
            }
            match entry.file_type()? {
                kind if kind.is_dir() => open.push(path),
                kind if kind.is_file() => found.push((path.clone(), fs::read(folder.join(path))?)),
                _ => {}
            }
        }
    }
    Ok(found)
}

/// Makes `folder` hold exactly these files.
fn write(folder: &Path, files: Vec<File>) -> io::Result<()> {
    only_a_folder(folder)?;
    let mut kept: BTreeSet<PathBuf> = BTreeSet::new();
    for (path, bytes) in files {
        let whole = folder.join(&path);
        if let Some(above) = whole.parent() {
            fs::create_dir_all(above)?;
        }
        write_changed(&whole, &bytes)?;
        kept.extend(path.ancestors().map(|path| folder.join(path)));
    }
    fs::create_dir_all(folder)?;
    remove_others(folder, &kept)
}

/// Whatever else is in a folder of ours is removed, so it must not lead elsewhere.
fn only_a_folder(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_dir() => Err(io::Error::other("in the way of a folder that the build writes")),
        _ => Ok(()),
    }
}

fn remove_others(folder: &Path, kept: &BTreeSet<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, is_folder) = (entry.path(), entry.file_type()?.is_dir());
        match (kept.contains(&path), is_folder) {
            (true, true) => remove_others(&path, kept)?,
            (true, false) => {}
            (false, true) => fs::remove_dir_all(path)?,
            (false, false) => fs::remove_file(path)?,
        }
    }
    Ok(())
}

fn write_changed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    fs::write(path, bytes)
}

#[cfg(test)]
mod tests;
