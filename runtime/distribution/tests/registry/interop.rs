//! Other clients of registries: what they make of ours, and what we make of theirs.

use std::path::PathBuf;

use servo_distribution::Digest;
use servo_test_support::{Registry as Server, World, installed};

use crate::world::{Component, manifest_of, options, pull, reference, registry};

/// The smallest component there is.
const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

pub(crate) fn skopeo(world: &World, arguments: &[&str]) {
    let skopeo = installed("skopeo", "skopeo");
    let insecure = ["--insecure-policy", "copy", "--src-tls-verify=false", "--dest-tls-verify=false"];
    world.program(skopeo).args(insecure).args(arguments).run().expect(0);
}

/// The other client that `make setup` builds.
fn wkg() -> PathBuf {
    let tools = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/toolchains/bin");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map(|target| PathBuf::from(target).join("toolchains/bin"));
    let path = target.unwrap_or(tools).join("wkg");
    assert!(path.is_file(), "{} does not exist: run `make setup`", path.display());
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn skopeo_carries_a_component_to_another_registry_and_back() {
    let (one, two) = (Server::start(), Server::start());
    let world = World::new("");
    let ours = registry(options());
    let component = Component::of(1 << 20);
    let at = reference(one.address(), "some/thing:1");
    let digest = ours.push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap();
    let image = |server: &Server, rest: &str| format!("docker://{}/{rest}", server.address());
    skopeo(&world, &[&image(&one, "some/thing:1"), &image(&two, "other:2")]);
    skopeo(&world, &[&image(&two, "other:2"), &image(&one, "back:3")]);
    for at in [reference(two.address(), "other:2"), reference(one.address(), "back:3")] {
        let (fetched, manifest) = ours.resolve(&at).await.unwrap();
        assert_eq!((fetched.digest, &fetched.bytes), (digest, &component.artifact().manifest));
        let found = pull(&ours, &at, manifest.component().unwrap()).await.unwrap();
        assert!(found == component.bytes(), "another component");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wkg_and_we_read_what_the_other_pushes() {
    let server = Server::start();
    let world = World::new("");
    let ours = registry(options());
    let file = world.file("empty.wasm", EMPTY);
    let address = server.address();
    let run = |arguments: &[&str]| {
        world.program(wkg()).arg("oci").args(arguments).args(["--insecure", address]).run().expect(0)
    };
    run(&["push", &format!("{address}/theirs:1"), file.to_str().unwrap()]);
    let at = reference(address, "theirs:1");
    let manifest = manifest_of(&ours, &at).await;
    assert_eq!(pull(&ours, &at, manifest.component().unwrap()).await.unwrap(), EMPTY);
    let config = ours.small_blob(&at, manifest.config(), 1 << 20).await.unwrap();
    assert_eq!(servo_distribution::manifest::Config::parse(&config).unwrap().os, "wasip2");

    let about = crate::world::about();
    let artifact = servo_distribution::Artifact::new(Digest::of(EMPTY), EMPTY.len() as u64, &about);
    ours.push(&reference(address, "ours:1"), &artifact, &file, &|_| {}).await.unwrap();
    let pulled = world.path("pulled.wasm");
    run(&["pull", &format!("{address}/ours:1"), "--output", pulled.to_str().unwrap()]);
    assert_eq!(std::fs::read(pulled).unwrap(), EMPTY);
}
