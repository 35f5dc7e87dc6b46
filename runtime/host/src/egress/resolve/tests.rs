use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use super::*;

#[tokio::test]
async fn lookups_that_nobody_waits_for_keep_their_place() {
    let lookups = Lookups::new(2);
    let (answer, stuck) = std::sync::mpsc::channel::<()>();
    let stuck = Arc::new(std::sync::Mutex::new(stuck));
    let abandon = async |slow: std::sync::Arc<std::sync::Mutex<std::sync::mpsc::Receiver<()>>>| {
        let lookup = lookups.run(move || {
            // Ends with an error when the sender is dropped.
            let _ = slow.lock().map(|slow| slow.recv());
            Ok(())
        });
        tokio::time::timeout(Duration::from_millis(50), lookup).await
    };
    for _ in 0..5 {
        assert!(abandon(Arc::clone(&stuck)).await.is_err());
    }
    assert_eq!(lookups.places.available_permits(), 0);
    drop(answer);
    let found = lookups.find("127.0.0.1", 80).await.unwrap();
    assert_eq!(found, ["127.0.0.1:80".parse().unwrap()]);
}

#[tokio::test]
async fn a_name_that_changes_its_address_gets_the_answer_of_each_check() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let lookups = Lookups::of(1, |_, _| {
        let addresses = [["93.184.216.34:0", "10.0.0.1:0"], ["127.0.0.1:0", "[64:ff9b::7f00:1]:0"]];
        Ok(addresses[ASKED.fetch_add(1, Relaxed)].map(|address| address.parse().unwrap()).to_vec())
    });
    let to = "http://*.example".parse().unwrap();
    let grant = HttpGrant {
        to,
        source: "test".into(),
        secrets: Vec::new(),
        addresses: Vec::new(),
        certificates: crate::Certificates::default(),
        term_header: None,
    };
    let resolver = Resolver { grant, lookups };
    // Public first, loopback second: what is given to the one who dials is what was checked, and nothing else.
    let first = resolver.resolve("rebinds.example".parse().unwrap()).await.ok().unwrap();
    assert_eq!(first.collect::<Vec<_>>(), ["93.184.216.34:0".parse().unwrap()]);
    let second = resolver.resolve("rebinds.example".parse().unwrap()).await.map(drop).unwrap_err();
    assert!(second.is::<Prohibited>(), "{second}");
    assert_eq!(ASKED.load(Relaxed), 2);
}
