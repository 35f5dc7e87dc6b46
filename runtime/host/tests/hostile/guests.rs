//! Hostile components, made from the texts in `tests/fixtures/hostile`, or by a few lines where a text would be long.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use servo_host::{Kit, Sandbox, build};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve, WorldId};

use crate::arena::Error;

/// The component that a file in WAT makes: its text, and the parts of `defaults.wat` that it does not have itself.
pub(crate) fn wat(name: &str) -> Result<Vec<u8>, Error> {
    core(&fs::read_to_string(folder().join(name).with_extension("wat"))?)
}

/// A component without code whose types are those of a file in WIT.
pub(crate) fn wit(name: &str) -> Result<Vec<u8>, Error> {
    let (resolve, world) = world(&folder().join(name).with_extension("wit"))?;
    component(dummy_module(&resolve, world, ManglingAndAbi::Standard32), &resolve, world)
}

/// The guest that is written in C, built as an author builds one, with the SDK and the compiler of authors.
pub(crate) async fn c(sandbox: &Arc<Sandbox>) -> Result<Vec<u8>, Error> {
    let work = tempfile::tempdir()?;
    for (path, bytes) in below(&folder().join("c"), Path::new(""))? {
        let path = work.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(work.path()))?;
        fs::write(path, bytes)?;
    }
    let mut files = Vec::new();
    for part in ["wit", "guests/c/sdk"] {
        for (path, bytes) in below(&manifest().join("../..").join(part), Path::new(part))? {
            // The program has them inside; here they are read once, and kept as long as the test runs.
            files.push((&*path.to_string_lossy().into_owned().leak(), &*bytes.leak()));
        }
    }
    let kit = Kit { files: files.leak(), guests: None };
    Ok(build(sandbox, work.path(), None, &kit).await?.component)
}

/// All files below a folder: their paths inside of it after `prefix`, and what they contain.
fn below(folder: &Path, prefix: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, inside) = (entry.path(), prefix.join(entry.file_name()));
        if path.is_dir() {
            files.extend(below(&path, &inside)?);
        } else {
            files.push((inside, fs::read(&path)?));
        }
    }
    Ok(files)
}

/// A component of the tree that cargo has built.
pub(crate) fn built(name: &str) -> Result<Vec<u8>, Error> {
    let path = manifest().join("../../guests/target/wasm32-wasip2/release").join(name).with_extension("wasm");
    Ok(fs::read(&path).map_err(|error| format!("{}: {error}; run `make guests` first", path.display()))?)
}

/// A component with one more custom section.
pub(crate) fn section(component: &[u8], name: &str, content: &[u8]) -> Vec<u8> {
    let content = [&[name.len() as u8], name.as_bytes(), content].concat();
    let mut longer = component.to_vec();
    longer.push(0);
    let mut size = content.len();
    while size >= 0x80 {
        longer.push((size & 0x7f) as u8 | 0x80);
        size >>= 7;
    }
    longer.push(size as u8);
    longer.extend(content);
    longer
}

/// So many functions, each of them empty.
pub(crate) fn functions(count: usize) -> Result<Vec<u8>, Error> {
    core(&"(func)".repeat(count))
}

/// One function of loops in loops that all change the same locals: a small text for which a compiler needs time and
/// memory in proportion to the product of both.
pub(crate) fn entangled(loops: usize, locals: usize) -> Result<Vec<u8>, Error> {
    let mut text = String::from("(func (param i32)");
    text.extend(std::iter::repeat_n(" (local i32)", locals));
    for depth in 0..loops {
        let (to, from) = (1 + depth % locals, 1 + (depth * 7 + 3) % locals);
        writeln!(text, " (loop (local.set {to} (i32.add (local.get {from}) (local.get 0)))")?;
    }
    for to in 1..=locals {
        let from = (to * 5) % locals;
        writeln!(text, " (local.set {to} (i32.add (local.get {to}) (local.get {from})))")?;
    }
    for _ in 0..loops {
        text.push_str("(br_if 0 (local.get 0)))");
    }
    core(&(text + ")"))
}

/// The component of a text in WAT and of the defaults that it leaves.
fn core(text: &str) -> Result<Vec<u8>, Error> {
    let defaults = fs::read_to_string(folder().join("defaults.wat"))?;
    let mut module = format!("(module\n{text}\n");
    for part in defaults.split(";; part ").skip(1) {
        let (name, part) = part.split_once('\n').unwrap_or_default();
        if !text.contains(&format!("{name} (export")) {
            module.push_str(part);
        }
    }
    module.push(')');
    let (resolve, world) = world(&folder().join("world.wit"))?;
    component(wat::parse_str(&module)?, &resolve, world)
}

fn world(file: &Path) -> Result<(Resolve, WorldId), Error> {
    let mut resolve = Resolve::default();
    let text = fs::read_to_string(file)?;
    // What speaks in the name of the contract stands for it.
    if !text.contains("package servo:connector@") {
        resolve.push_dir(manifest().join("../../wit"))?;
    }
    let package = resolve.push_str(file, &text)?;
    let world = resolve.select_world(&[package], Some("guest"))?;
    Ok((resolve, world))
}

fn component(mut module: Vec<u8>, resolve: &Resolve, world: WorldId) -> Result<Vec<u8>, Error> {
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8)?;
    Ok(ComponentEncoder::default().module(&module)?.encode()?)
}

fn folder() -> PathBuf {
    manifest().join("../../tests/fixtures/hostile")
}

fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
