//! Signatures beside artifacts in a real registry.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use servo_distribution::manifest::media;
use servo_distribution::signature::{self, KeyKind, PublicKey, Signature, SigningKey};
use servo_distribution::{Descriptor, Digest, Manifest, Reference, Registry, RegistryOptions};
use servo_test_support::{self as support, Reply, Scripted, Server as _};

use crate::world::{Component, options, reference, registry};

struct World {
    _server: support::Registry,
    registry: Registry,
    at: Reference,
    digest: Digest,
}

impl World {
    /// A registry with one artifact.
    async fn new() -> World {
        let server = support::Registry::start();
        let registry = registry(options());
        let at = reference(server.address(), "connectors/some:1.2");
        let component = Component::of(1000);
        let digest = registry.push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap();
        World { _server: server, registry, at, digest }
    }

    async fn sign(&self, key: &SigningKey) -> Signature {
        signature::publish(&self.registry, &self.at, &self.digest, key).await.unwrap()
    }

    async fn signatures(&self) -> Vec<Signature> {
        signature::find(&self.registry, &self.at, &self.digest).await.unwrap()
    }

    fn by(&self, signatures: &[Signature], key: &PublicKey) -> bool {
        signatures.iter().any(|one| one.verify(key, &self.digest).is_ok())
    }

    async fn manifest(&self, tag: &str) -> Option<Manifest> {
        let fetched = self.registry.manifest(&self.at.tagged(tag).unwrap()).await.ok()?;
        Some(Manifest::parse(&fetched.bytes).unwrap())
    }
}

fn key(kind: KeyKind) -> SigningKey {
    SigningKey::generate(kind).unwrap()
}

#[tokio::test]
async fn several_keys_sign_one_artifact() {
    let world = World::new().await;
    assert!(world.signatures().await.is_empty());
    let (one, two, other) = (key(KeyKind::EcdsaP256), key(KeyKind::Ed25519), key(KeyKind::Ed25519));
    world.sign(&one).await;
    world.sign(&two).await;
    let found = world.signatures().await;
    assert_eq!(found.len(), 2);
    assert!(world.by(&found, one.public()) && world.by(&found, two.public()));
    assert!(!world.by(&found, other.public()));
    assert!(found[0].verify(one.public(), &Digest::of(b"another")).is_err());
}

#[tokio::test]
async fn signing_again_changes_nothing() {
    let world = World::new().await;
    let key = key(KeyKind::EcdsaP256);
    let first = world.sign(&key).await;
    let tags = world.registry.tags(&world.at).await.unwrap();
    let hex = world.digest.hex();
    assert_eq!(tags, ["1.2".to_owned(), format!("sha256-{hex}"), format!("sha256-{hex}.sig")]);
    let before = world.manifest(&format!("sha256-{hex}.sig")).await.unwrap();
    assert_eq!(world.sign(&key).await, first);
    assert_eq!(world.manifest(&format!("sha256-{hex}.sig")).await.unwrap(), before);
    assert_eq!(world.signatures().await, [first]);
    assert_eq!(before.layers()[0].media_type, "application/vnd.dev.cosign.simplesigning.v1+json");
    assert!(before.layers()[0].annotations.contains_key("dev.cosignproject.cosign/signature"));
}

#[tokio::test]
async fn each_form_is_found_without_the_other() {
    for tag in ["sha256-HEX.sig", "sha256-HEX"] {
        let world = World::new().await;
        let key = key(KeyKind::EcdsaP256);
        let signature = world.sign(&key).await;
        let tag = tag.replace("HEX", &world.digest.hex());
        world.registry.delete(&world.at.tagged(&tag).unwrap()).await.unwrap();
        assert_eq!(world.signatures().await, std::slice::from_ref(&signature), "without {tag}");
        // And signing again puts it back.
        assert_eq!(world.sign(&key).await, signature);
        assert_eq!(world.registry.tags(&world.at).await.unwrap().len(), 3);
    }
}

#[tokio::test]
async fn what_is_no_signature_is_passed_over() {
    let world = World::new().await;
    let hex = world.digest.hex();
    let component = Component::of(10);
    let junk = world.at.tagged(&format!("sha256-{hex}.sig")).unwrap();
    world.registry.push(&junk, &component.artifact(), component.path(), &|_| {}).await.unwrap();
    assert!(world.signatures().await.is_empty());
    let key = key(KeyKind::Ed25519);
    let signature = world.sign(&key).await;
    assert_eq!(world.signatures().await, [signature]);
}

#[tokio::test]
async fn a_bundle_is_found_among_the_referrers() {
    let world = World::new().await;
    let bundle = include_bytes!("../../testdata/cosign/bundle.json");
    let kind = "application/vnd.dev.sigstore.bundle.v0.3+json";
    for blob in [bundle.as_slice(), b"{}"] {
        world.registry.push_blob(&world.at, blob).await.unwrap();
    }
    let signed = world.registry.manifest(&world.at).await.unwrap();
    let subject = Descriptor::new(&signed.media_type, signed.digest, signed.bytes.len() as u64);
    let config = Descriptor::of(media::EMPTY, b"{}");
    let manifest = Manifest::new(config, vec![Descriptor::of(kind, bundle)], BTreeMap::new());
    let manifest = manifest.with_subject(subject, kind).to_bytes();
    let at = world.at.at(Digest::of(&manifest));
    world.registry.push_manifest(&at, &manifest, media::MANIFEST).await.unwrap();
    assert_eq!(world.signatures().await, [Signature::from_bundle(bundle).unwrap()]);
}

#[tokio::test]
async fn signatures_are_found_where_referrers_are_not_answered() {
    let digest = Digest::of(b"a manifest");
    let at = |server: &Scripted| reference(&server.address().to_string(), "some:1");
    let anywhere = "oci://r/some:1".parse().unwrap();
    let signature = signature::sign(&key(KeyKind::Ed25519), &anywhere, &digest).unwrap();
    let payload = signature.payload().to_vec();
    let mut layer = Descriptor::of("application/vnd.dev.cosign.simplesigning.v1+json", &payload);
    let encoded = BASE64_STANDARD.encode(signature.signature());
    layer.annotations.insert("dev.cosignproject.cosign/signature".into(), encoded);
    let signed = Manifest::new(Descriptor::of(media::EMPTY, b"{}"), vec![layer], BTreeMap::new()).to_bytes();
    // With the tag for signatures and without it: what is found, or what is said.
    for (status, without) in [
        (400, None),
        (404, None),
        (405, None),
        (501, None),
        (403, Some("does not let us")),
        (410, Some("410 Gone")),
    ] {
        for is_signed in [true, false] {
            let (signed, payload) = (signed.clone(), payload.clone());
            let server = Scripted::start(move |seen| match seen.path.rsplit('/').nth(1) {
                Some("referrers") => Reply::text(status, ""),
                Some("manifests") if is_signed && seen.path.ends_with(".sig") => {
                    Reply::text(200, &*signed).header("content-type", media::MANIFEST)
                }
                Some("blobs") => Reply::text(200, &*payload),
                _ => Reply::json(404, "{}"),
            });
            let found = signature::find(&registry(options()), &at(&server), &digest).await;
            match (is_signed, without) {
                (true, _) => assert_eq!(found.unwrap(), std::slice::from_ref(&signature), "{status}"),
                (false, None) => assert_eq!(found.unwrap(), [], "{status}"),
                (false, Some(text)) => {
                    let error = found.unwrap_err().to_string();
                    assert!(error.contains(text), "{error}");
                }
            }
        }
    }
    // What passes may hide a signature, and is said.
    let server = Scripted::start(move |seen| match seen.path.rsplit('/').nth(1) {
        Some("referrers") => Reply::text(503, ""),
        Some("blobs") => Reply::text(200, &*payload),
        _ => Reply::text(200, &*signed).header("content-type", media::MANIFEST),
    });
    let ours = registry(RegistryOptions { retries: 0, ..options() });
    let error = signature::find(&ours, &at(&server), &digest).await.unwrap_err().to_string();
    assert!(error.contains("503"), "{error}");
}
