//! Builds the reference component of the contract: a component without code that exports and imports all of
//! `wit/`. The host compares the types of connectors with it.

use std::path::Path;
use std::{env, error::Error, fs};

use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=../../wit");
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir("../../wit")?;
    let world = resolve.select_world(&[package], Some("connector"))?;
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    let component = ComponentEncoder::default().module(&module)?.encode()?;
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    fs::write(Path::new(&out).join("contract.wasm"), component)?;
    Ok(())
}
