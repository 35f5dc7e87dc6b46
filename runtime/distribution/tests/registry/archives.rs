//! Archives: what skopeo makes of ours, and what we make of skopeo's.

use std::fs::File;

use servo_distribution::layout::{self, Bundled};
use servo_distribution::signature::{self, KeyKind, SigningKey};
use servo_distribution::{Digest, Store};
use servo_test_support::{Registry as Server, World};

use crate::interop::skopeo;
use crate::world::{Component, options, reference, registry};

const COMPONENT_MAX: u64 = 16 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn skopeo_unpacks_our_archives_and_we_unpack_its() {
    let server = Server::start();
    let ours = registry(options());
    let world = World::new("");
    let component = Component::of(1 << 20);
    let artifact = component.artifact();
    let store = Store::open(&world.path("store")).unwrap();
    let hold = store.hold().await.unwrap();
    for part in [component.bytes(), &artifact.config, &artifact.manifest] {
        hold.put(part).unwrap();
    }
    let at = reference(server.address(), "some/thing:1.2");
    let manifest = Digest::of(&artifact.manifest);
    let key = SigningKey::generate(KeyKind::EcdsaP256).unwrap();
    let signatures = vec![signature::sign(&key, &at, &manifest).unwrap()];
    let bundled = Bundled { reference: at.clone(), manifest, signatures };
    layout::write(&[bundled], &store, File::create(world.path("out.tar")).unwrap()).unwrap();

    // Into a registry: the component, and what signs it under cosign's tag.
    let name = at.to_string().replace("oci://", "");
    skopeo(&world, &[&format!("oci-archive:out.tar:{name}"), &format!("docker://{name}")]);
    let tag = format!("{}/some/thing:sha256-{}.sig", server.address(), manifest.hex());
    skopeo(&world, &[&format!("oci-archive:out.tar:{tag}"), &format!("docker://{tag}")]);
    let (fetched, _) = ours.resolve(&at).await.unwrap();
    assert_eq!(fetched.digest, manifest);
    let found = signature::find(&ours, &at, &manifest).await.unwrap();
    found[0].verify(key.public(), &manifest).unwrap();

    // And out of it, into an archive of skopeo's own, and into another store.
    skopeo(&world, &[&format!("docker://{name}"), &format!("oci-archive:theirs.tar:{name}")]);
    skopeo(&world, &[&format!("docker://{name}"), "oci-archive:unnamed.tar"]);
    let other = Store::open(&world.path("other")).unwrap();
    let hold = other.hold().await.unwrap();
    let read = |file| layout::read(File::open(world.path(file)).unwrap(), &hold, COMPONENT_MAX);
    let error = read("unnamed.tar").unwrap_err().to_string();
    assert!(error.contains("oci-archive:FILE:HOST/NAME:TAG"), "{error}");
    let found = read("theirs.tar").unwrap();
    assert_eq!((found[0].references.as_slice(), found[0].manifest), ([at].as_slice(), manifest));
    let path = other.blob(&found[0].component).unwrap().unwrap();
    assert!(std::fs::read(path).unwrap() == component.bytes(), "another component");
}
