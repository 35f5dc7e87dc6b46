//! The world of a connector: what it imports and exports, as its author wrote it.

use std::path::Path;

use wit_bindgen_core::wit_parser::{Resolve, WorldId, WorldItem, WorldKey};

use super::BuildError;

/// What worlds are called in generated code, whatever their author calls them.
pub(super) const GENERATED_NAME: &str = "connector";
const PACKAGE: &str = "servo:connector/";

/// A world that was read.
#[derive(Clone, Debug)]
pub(super) struct World {
    /// Its name in the author's file.
    pub(super) name: String,
    pub(super) resolve: Resolve,
    pub(super) id: WorldId,
}

impl World {
    /// Reads the one world of the package in `wit`. Errors are those of `folder`.
    pub(super) fn read(wit: &Path, folder: &Path) -> Result<World, BuildError> {
        let wrong = |problem: String| BuildError::World(folder.to_owned(), problem);
        let mut resolve = Resolve::default();
        let (package, _) = match resolve.push_dir(wit) {
            Ok(read) => read,
            // With the place and the line.
            Err(error) => return Err(wrong(resolve.render_error(&error).trim_end().to_owned())),
        };
        let id = resolve.select_world(&[package], None).map_err(|error| wrong(format!("{error:#}")))?;
        let name = resolve.worlds[id].name.clone();
        Ok(World { name, resolve, id })
    }

    /// The interfaces of our package that it exports: `settings`, `measure`, …
    pub(super) fn exports(&self) -> Vec<String> {
        self.ours(self.resolve.worlds[self.id].exports.iter())
    }

    /// The interfaces of our package that it imports: `log`, `http`, …, and `contract`, which only has types.
    pub(super) fn imports(&self) -> Vec<String> {
        self.ours(self.resolve.worlds[self.id].imports.iter())
    }

    fn ours<'a>(&self, items: impl Iterator<Item = (&'a WorldKey, &'a WorldItem)>) -> Vec<String> {
        let short = |key: &WorldKey| {
            let name = self.resolve.name_world_key(key);
            let (interface, _) = name.strip_prefix(PACKAGE)?.split_once('@')?;
            Some(interface.to_owned())
        };
        items.filter_map(|(key, _)| short(key)).collect()
    }
}
