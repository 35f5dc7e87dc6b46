//! A registry that ends, or halts, in the middle of a blob.

use std::sync::Mutex;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use servo_distribution::{Digest, RegistryOptions, Store};
use servo_test_support::{Line, Registry, Weather};

use crate::world::{Component, manifest_of, options, reference, registry};

const SIZE: usize = 48 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_was_killed_and_is_back_sends_only_the_rest() {
    let mut server = Registry::start();
    let component = Component::of(SIZE);
    let at = reference(server.address(), "large:1");
    let ours = registry(options());
    ours.push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap();

    let line = Line::to(server.address());
    let ours = registry(RegistryOptions { pause: Duration::from_millis(200), ..options() });
    let at = reference(&line.address(), "large:1");
    let manifest = manifest_of(&ours, &at).await;
    let described = manifest.component().unwrap();
    line.set(Weather::Slow(Duration::from_micros(500)));
    let before = line.delivered();
    let (kill, killed) = sync_channel::<()>(1);
    let crash = tokio::task::spawn_blocking(move || {
        killed.recv().unwrap();
        server.restart();
        server
    });
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store")).unwrap();
    let hold = store.hold().await.unwrap();
    let mut writer = hold.writer(described.digest, described.size).unwrap();
    let kill = Mutex::new(Some(kill));
    let progress = |bytes| {
        if bytes > 2 << 20
            && let Some(kill) = kill.lock().unwrap().take()
        {
            kill.send(()).unwrap();
        }
    };
    ours.blob(&at, described, &mut writer, &progress).await.unwrap();
    writer.finish().unwrap();
    assert!(store.blob(&Digest::of(component.bytes())).unwrap().is_some());
    let delivered = line.delivered() - before;
    // Without resumption it would be the killed part more, which is at least two megabytes.
    assert!(kill.lock().unwrap().is_none(), "it was not killed");
    assert!(delivered < SIZE as u64 + (1 << 20), "{delivered} bytes for {SIZE}");
    drop(crash.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_halts_is_left_and_asked_for_the_rest() {
    let server = Registry::start();
    let component = Component::of(SIZE);
    let at = reference(server.address(), "large:1");
    let ours = registry(RegistryOptions {
        stall: Duration::from_millis(300),
        pause: Duration::from_millis(300),
        ..options()
    });
    registry(options()).push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap();
    let manifest = manifest_of(&registry(options()), &at).await;
    let mut bytes: Vec<u8> = Vec::new();
    let (halt, halted) = sync_channel::<()>(1);
    let thaw = tokio::task::spawn_blocking(move || {
        halted.recv().unwrap();
        server.freeze();
        servo_test_support::eventually(Duration::from_secs(60), "the client to leave", || {
            halted.recv_timeout(Duration::from_millis(700)).is_err().then_some(())
        });
        server.thaw();
        server
    });
    let halt = Mutex::new(Some(halt));
    let progress = |bytes| {
        if bytes > 2 << 20
            && let Some(halt) = halt.lock().unwrap().take()
        {
            halt.send(()).unwrap();
        }
    };
    ours.blob(&at, manifest.component().unwrap(), &mut bytes, &progress).await.unwrap();
    assert!(bytes == component.bytes(), "another component");
    drop(thaw.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_was_cut_begins_again() {
    let server = Registry::start();
    let component = Component::of(8 << 20);
    let line = Line::to(server.address());
    let ours = registry(RegistryOptions { pause: Duration::from_millis(200), ..options() });
    for (piece, name) in [(None, "whole:1"), (Some(1 << 20), "pieces:1")] {
        line.set(Weather::Slow(Duration::from_millis(5)));
        let at = reference(&line.address(), name);
        let cut = Mutex::new(false);
        let progress = |bytes| {
            let mut cut = cut.lock().unwrap();
            if bytes > 1 << 20 && !*cut {
                *cut = true;
                line.set(Weather::Cut);
                line.set(Weather::Fair);
            }
        };
        let ours = match piece {
            Some(_) => registry(RegistryOptions { piece, pause: Duration::from_millis(200), ..options() }),
            None => ours.clone(),
        };
        let digest = ours.push(&at, &component.artifact(), component.path(), &progress).await.unwrap();
        assert!(cut.into_inner().unwrap(), "it was not cut");
        let direct = reference(server.address(), name);
        assert_eq!(registry(options()).manifest(&direct).await.unwrap().digest, digest);
    }
}
