//! `servo-stamp IN.wasm OUT.wasm MANIFEST_DIR`: writes metadata, schema and example into a component that cargo
//! built. The repository's own connectors are finished with it, because `servo build` carries them inside.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

use servo_host::{Compiler, Sandbox, SandboxOptions, finish_rust};
use tokio::runtime::Handle;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let [input, output, folder] = arguments.as_slice() else {
        return Err("usage: servo-stamp IN.wasm OUT.wasm MANIFEST_DIR".into());
    };
    let cache = tempfile::tempdir()?;
    let options = SandboxOptions {
        cache: cache.path().to_owned(),
        compiler: Compiler::InProcess,
        heavy: Handle::current(),
    };
    let sandbox = Sandbox::new(options)?;
    let component = fs::read(input)?;
    let stamped = finish_rust(&sandbox, &component, Path::new(folder)).await?;
    // An unchanged file keeps its time, so that nothing is built again because of it.
    if fs::read(output).ok().as_deref() != Some(&stamped) {
        fs::write(output, stamped)?;
    }
    Ok(())
}
