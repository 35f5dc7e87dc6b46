use servo_events::ProgressSink;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_measurement_moves_on_though_no_connector_says_how_far_it_is() {
    let (sender, mut events) = mpsc::channel(64);
    let (_sink, progress) = ProgressSink::channel();
    let second = Duration::from_secs(1);
    let reporter = Reporter::new(sender, Arc::default());
    reporter.while_reporting(progress, second, |_| {}, tokio::time::sleep(second)).await;
    let mut seen = Vec::new();
    while let Ok(RunEvent::Progress { percent: Some(percent), message }) = events.try_recv() {
        assert_eq!(message, "");
        seen.push(percent.round());
    }
    assert!(
        seen.len() >= 9 && seen[..9] == [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0],
        "{seen:?}"
    );
}
