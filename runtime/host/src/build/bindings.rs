//! Bindings for C (and so C++) and Go, made from the world by wit-bindgen's generators.

use std::path::{Path, PathBuf};

use wit_bindgen_core::{Files, WorldGenerator};

use super::kit::File;
use super::world::{GENERATED_NAME, World};
use super::{BuildError, Language};

/// The generated source, with paths inside of its folder. Errors are those of `folder`.
pub(super) async fn generate(
    world: World,
    language: Language,
    folder: &Path,
) -> Result<Vec<File>, BuildError> {
    let failed = |problem: String| BuildError::Bindings(folder.to_owned(), problem);
    // The generators panic at types that they do not know; on a thread of its own this ends as an error.
    let files = tokio::task::spawn_blocking(move || run(world, language)).await;
    files
        .map_err(|_| {
            failed("the generator of bindings gave up, as it says above; it may not know a type".to_owned())
        })?
        .map_err(failed)
}

fn run(mut world: World, language: Language) -> Result<Vec<File>, String> {
    let mut generator: Box<dyn WorldGenerator> = match language {
        Language::Go => {
            wit_bindgen_go::Opts { format: wit_bindgen_go::Format::False, quiet: true, ..Default::default() }
                .build()
        }
        _ => {
            let name = Some(GENERATED_NAME.to_owned());
            wit_bindgen_c::Opts { rename_world: name, ..Default::default() }.build()
        }
    };
    let mut files = Files::default();
    generator.generate(&mut world.resolve, world.id, &mut files).map_err(|error| format!("{error:#}"))?;
    Ok(files.iter().map(|(path, bytes)| (PathBuf::from(path), bytes.to_vec())).collect())
}
