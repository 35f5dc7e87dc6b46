use super::*;

fn error(after: Option<u64>) -> RegistryError {
    RegistryError::TooMany { registry: "r".into(), after: after.map(Duration::from_secs) }
}

#[tokio::test(start_paused = true)]
async fn tries_are_counted_and_pauses_grow_within_their_bounds() {
    let options = RegistryOptions { retries: 8, pause: Duration::from_secs(1), ..RegistryOptions::default() };
    let mut retries = Retries::new(&options, 1);
    for longest in [1, 2, 4, 8, 10, 10, 10, 10] {
        let began = Instant::now();
        retries.again(error(None)).await.unwrap();
        assert!(began.elapsed() <= Duration::from_secs(longest) + Duration::from_millis(1));
    }
    retries.again(error(None)).await.unwrap_err();
    retries.reset();
    let began = Instant::now();
    retries.again(error(Some(60))).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(60));
    // Later than the deadline.
    retries.again(error(Some(15 * 60))).await.unwrap_err();
    // What does not pass is not tried again.
    let wanted = RegistryError::LoginWanted { registry: "r".into(), repository: "x".into() };
    retries.again(wanted).await.unwrap_err();
}
