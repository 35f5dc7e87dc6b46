//! Components that are refused, and why.

use serde_json::json;
use tokio::runtime::Handle;

use super::*;
use crate::{Metadata, SandboxOptions, stamp};

/// A sandbox with a cache that ends with it.
fn sandbox() -> (Arc<Sandbox>, tempfile::TempDir) {
    let cache = tempfile::tempdir().unwrap();
    let options = SandboxOptions {
        cache: cache.path().to_owned(),
        compiler: Compiler::InProcess,
        heavy: Handle::current(),
    };
    (Sandbox::new(options).unwrap(), cache)
}

/// A component without code whose types are those of this text.
fn dummy(wit: &str) -> Vec<u8> {
    use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
    use wit_parser::{ManglingAndAbi, Resolve};
    let mut resolve = Resolve::default();
    let package = resolve.push_str("test.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some("guest")).unwrap();
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_of_another_contract_is_refused_with_function_and_both_types() {
    let wit = "package servo:connector@0.1.0;
        interface promote { promote: func(how: u32) -> result<_, string>; }
        interface describes { describe: func(); }
        world guest { export promote; export describes; }";
    let error = sandbox().0.load(&dummy(wit), true).await.unwrap_err();
    let LoadError::Contract(problems) = &error else { panic!("{error}") };
    let text = problems.join("\n");
    assert!(text.contains("servo:connector/promote@0.1.0 promote: the component has `func(how: u32) -> result<_, string>`, the contract is `func() -> result<_, record{code: enum{"), "{text}");
    assert!(
        text.contains("servo:connector/describes@0.1.0 is exported, but this host knows no such interface"),
        "{text}"
    );
    assert!(text.contains("the required interface servo:connector/settings@0.1.0 is not exported"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_that_needs_what_there_is_not_is_refused() {
    let wit = "package servo:connector@0.1.0;
        interface settings { record problem { pointer: string, text: string } schema: func() -> string; example: func() -> string;
          configure: func(settings: string) -> result<_, list<problem>>; }
        interface teleport { go: func(); }
        world guest { import teleport; export settings; }";
    let error = sandbox().0.load(&dummy(wit), true).await.unwrap_err().to_string();
    assert!(error.contains("servo:connector/teleport@0.1.0"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sections_that_say_something_else_than_the_component_are_refused_every_time() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/target/wasm32-wasip2/release/nothing.wasm");
    let component = std::fs::read(&path).unwrap();
    let metadata = Metadata { name: Some("liar".into()), ..Default::default() };
    let forged = stamp(&component, &metadata, &json!({"type": "object"}), &json!({})).unwrap();
    let (sandbox, _cache) = sandbox();
    for _ in 0..2 {
        let error = sandbox.load(&forged, true).await.unwrap_err();
        assert!(matches!(error, LoadError::Stale("servo:schema")), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_component_than_the_one_that_is_meant_is_not_looked_at() {
    let (sandbox, cache) = sandbox();
    let expected = format!("sha256:{}", "0".repeat(64));
    // It is no component at all, and nobody notices.
    let error = sandbox.load_exactly(b"something else", &expected).await.unwrap_err();
    assert!(matches!(error, LoadError::Altered { .. }), "{error}");
    assert_eq!(std::fs::read_dir(cache.path()).unwrap().count(), 0);
    let meant = format!("sha256:{}", crate::digest::digest(b"something else"));
    let error = sandbox.load_exactly(b"something else", &meant).await.unwrap_err();
    assert!(matches!(error, LoadError::Sections(_)), "{error}");
}
