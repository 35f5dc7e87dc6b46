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
    assert_eq!(lookups.0.available_permits(), 0);
    drop(answer);
    let found = lookups.find("127.0.0.1", 80).await.unwrap();
    assert_eq!(found, ["127.0.0.1:80".parse().unwrap()]);
}
