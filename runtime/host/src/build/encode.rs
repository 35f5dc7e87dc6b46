//! From the module that a compiler made to a component.

use std::fs;
use std::path::{Path, PathBuf};

use componentizer::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as ADAPTER,
};

use super::BuildError;
use super::tool::fail;
use super::work::Work;
use super::world::World;

/// Makes a component of the module in `module`. The compilers' libraries speak WASI's first preview, which an adapter
/// translates. With a world, the module learns its types from it; without, it brings them along.
pub(super) async fn component(
    work: &Work,
    module: &Path,
    world: Option<World>,
) -> Result<PathBuf, BuildError> {
    let bytes = fs::read(module).map_err(fail(module))?;
    let failed = |problem: String| BuildError::Encode(work.folder.clone(), problem);
    let encoded = tokio::task::spawn_blocking(move || encode(bytes, world)).await;
    let component = encoded
        .map_err(|_| failed("the encoder gave up".to_owned()))?
        .map_err(|error| failed(format!("{error:#}")))?;
    let path = work.file("component.wasm");
    fs::write(&path, component).map_err(fail(&path))?;
    Ok(path)
}

fn encode(mut module: Vec<u8>, world: Option<World>) -> anyhow::Result<Vec<u8>> {
    if let Some(world) = world {
        embed_component_metadata(&mut module, &world.resolve, world.id, StringEncoding::UTF8, false)?;
    }
    ComponentEncoder::default().module(&module)?.adapter(NAME, ADAPTER)?.encode()
}
