//! What a real registry takes and gives: push, pull, tags, statements about artifacts, deletions, logins.

use crate::world::{Component, about, manifest_of, options, pull, reference, registry};
use servo_distribution::manifest::media;
use servo_distribution::{Artifact, Descriptor, Digest, Manifest, RegistryError, RegistryOptions};
use servo_test_support as support;

#[tokio::test]
async fn what_is_pushed_is_pulled_again() {
    let server = support::Registry::start();
    let registry = registry(options());
    let component = Component::of(3 << 20);
    let at = reference(server.address(), "connectors/some:1.2");
    let told = std::sync::atomic::AtomicU64::new(0);
    let progress = |bytes| told.store(bytes, std::sync::atomic::Ordering::SeqCst);
    let digest = registry.push(&at, &component.artifact(), component.path(), &progress).await.unwrap();
    assert_eq!(told.into_inner(), 3 << 20);
    assert_eq!(digest, Digest::of(&component.artifact().manifest));

    let (fetched, manifest) = registry.resolve(&at).await.unwrap();
    assert_eq!((fetched.digest, &fetched.bytes), (digest, &component.artifact().manifest));
    let found = pull(&registry, &at, manifest.component().unwrap()).await.unwrap();
    assert!(found == component.bytes(), "the component is another one");
    let config = registry.small_blob(&at, manifest.config(), 1 << 20).await.unwrap();
    assert_eq!(config, component.artifact().config);

    // Again, to another name, and by digest.
    let other = reference(server.address(), "connectors/some:latest");
    let again = registry.push(&other, &component.artifact(), component.path(), &|_| {}).await.unwrap();
    assert_eq!(again, digest);
    let pinned = at.at(digest);
    assert_eq!(registry.manifest(&pinned).await.unwrap().digest, digest);
    assert_eq!(registry.tags(&at).await.unwrap(), ["1.2", "latest"]);
}

#[tokio::test]
async fn a_component_is_pushed_in_pieces_when_asked() {
    let server = support::Registry::start();
    let registry = registry(RegistryOptions { piece: Some(300_000), ..options() });
    let component = Component::of(1 << 20);
    let at = reference(server.address(), "pieces:1");
    registry.push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap();
    let descriptor = manifest_of(&registry, &at).await.component().unwrap().clone();
    assert!(pull(&registry, &at, &descriptor).await.unwrap() == component.bytes(), "another one");
}

#[tokio::test]
async fn a_tag_moves_and_a_digest_does_not() {
    let server = support::Registry::start();
    let registry = registry(options());
    let at = reference(server.address(), "moving:1");
    let (one, two) = (Component::of(1000), Component::of(2000));
    let first = registry.push(&at, &one.artifact(), one.path(), &|_| {}).await.unwrap();
    let second = registry.push(&at, &two.artifact(), two.path(), &|_| {}).await.unwrap();
    assert_eq!(registry.manifest(&at).await.unwrap().digest, second);
    assert_eq!(registry.manifest(&at.at(first)).await.unwrap().digest, first);
}

#[tokio::test]
async fn what_was_deleted_is_gone() {
    let server = support::Registry::start();
    let registry = registry(options());
    let component = Component::of(1000);
    let at = reference(server.address(), "gone:1");
    let digest = registry.push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap();
    registry.delete(&at).await.unwrap();
    for at in [at.clone(), at.at(digest)] {
        let error = registry.manifest(&at).await.unwrap_err();
        assert!(matches!(error, RegistryError::NotFound { .. }), "{error}");
        let error = registry.delete(&at).await.unwrap_err();
        assert!(matches!(error, RegistryError::NotFound { .. }), "{error}");
    }
    assert_eq!(registry.tags(&at).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn hundreds_of_tags_come_page_by_page() {
    let server = support::Registry::start();
    let registry = registry(options());
    let component = Component::of(1000);
    let artifact = component.artifact();
    let at = reference(server.address(), "many:1");
    registry.push(&at, &artifact, component.path(), &|_| {}).await.unwrap();
    for number in 2..120 {
        let at = at.tagged(&number.to_string()).unwrap();
        registry.push_manifest(&at, &artifact.manifest, media::MANIFEST).await.unwrap();
    }
    assert_eq!(registry.tags(&at).await.unwrap().len(), 119);
}

#[tokio::test]
async fn statements_about_an_artifact_are_found_under_the_tag_that_stands_in() {
    let server = support::Registry::start();
    let registry = registry(options());
    let component = Component::of(1000);
    let at = reference(server.address(), "signed:1");
    let digest = registry.push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap();
    assert_eq!(registry.referrers(&at, &digest, None).await.unwrap(), []);
    let subject = manifest_of(&registry, &at).await;
    let subject = Descriptor::of(media::MANIFEST, &subject.to_bytes());
    let blob = registry.push_blob(&at, b"{}").await.unwrap();
    let nowhere = reference(server.address(), "signed");
    for kind in ["application/vnd.test.one", "application/vnd.test.two"] {
        let config = Descriptor::new("application/vnd.oci.empty.v1+json", blob, 2);
        let statement = Manifest::new(config.clone(), vec![config], Default::default());
        let statement = statement.with_subject(subject.clone(), kind).to_bytes();
        for _ in 0..2 {
            registry.push_manifest(&nowhere, &statement, media::MANIFEST).await.unwrap();
        }
    }
    assert_eq!(registry.referrers(&at, &digest, None).await.unwrap().len(), 2);
    let one = registry.referrers(&at, &digest, Some("application/vnd.test.one")).await.unwrap();
    assert_eq!(one.len(), 1);
    assert_eq!(registry.manifest(&at).await.unwrap().digest, digest, "the tag has moved");
    let fallback = format!("sha256-{}", digest.hex());
    assert_eq!(registry.tags(&at).await.unwrap(), ["1", fallback.as_str()]);
}

#[tokio::test]
async fn what_is_not_there_or_not_named_is_said() {
    let server = support::Registry::start();
    let registry = registry(options());
    let component = Component::of(1000);
    let unnamed = reference(server.address(), "some/thing");
    let error = registry.manifest(&unnamed).await.unwrap_err();
    assert!(error.to_string().contains("add `:TAG`"), "{error}");
    let error = registry.push(&unnamed, &component.artifact(), component.path(), &|_| {}).await.unwrap_err();
    assert!(matches!(error, RegistryError::Unnamed { .. }), "{error}");
    let error = registry.manifest(&reference(server.address(), "some/thing:1")).await.unwrap_err();
    assert!(matches!(error, RegistryError::NotFound { .. }), "{error}");
    assert!(error.to_string().contains("MANIFEST_UNKNOWN"), "{error}");
    let error = registry.tags(&unnamed).await.unwrap_err();
    assert!(matches!(error, RegistryError::NotFound { .. }), "{error}");
    let pinned = reference(server.address(), "some/thing:1").at(Digest::of(b"other"));
    let error = registry.push(&pinned, &component.artifact(), component.path(), &|_| {}).await.unwrap_err();
    assert!(matches!(error, RegistryError::Pinned { .. }), "{error}");
    let other = Artifact::new(Digest::of(b"other"), 1000, &about());
    let error = registry.push(&reference(server.address(), "x:1"), &other, component.path(), &|_| {}).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("DIGEST_INVALID"), "{error}");
}
