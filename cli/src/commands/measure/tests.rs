use std::sync::Arc;
use std::time::Duration;

use indicatif::ProgressBar;
use servo_assembly::{ProgressSink, Update};
use servo_types::{Reading, Scalar, Series};
use tokio::time::sleep;

use super::{moment, passing, values};

const ASKED: Duration = Duration::from_secs(10);

#[tokio::test(start_paused = true)]
async fn the_bar_follows_reports_and_without_them_the_time() {
    let (sink, reports) = ProgressSink::channel();
    let bar = ProgressBar::hidden();
    bar.set_length(1000);
    let work = async {
        let report = |connector: &str, percent: Option<f32>, message: &str| {
            let update = Update { percent, message: message.to_owned(), ..Update::default() };
            sink.report(&Arc::from(connector), update);
        };
        let position = async || {
            sleep(Duration::from_millis(50)).await;
            bar.position()
        };
        sleep(ASKED / 2).await;
        assert!((490..=510).contains(&bar.position()), "{}", bar.position());
        report("load", None, "connecting");
        assert!((495..=515).contains(&position().await) && bar.message() == "load: connecting");
        report("load", Some(12.0), "loading");
        assert_eq!((position().await, bar.message()), (120, "load: loading".to_owned()));
        // Time alone moves it no more.
        sleep(ASKED).await;
        assert_eq!(position().await, 120);
        report("prometheus", Some(3.0), "waiting");
        assert_eq!((position().await, bar.message()), (120, "load: loading".to_owned()));
        report("prometheus", Some(250.0), "\u{1b}[2J");
        assert_eq!((position().await, bar.message()), (1000, "prometheus: \\u{1b}[2J".to_owned()));
        "done"
    };
    assert_eq!(passing(work, reports, ASKED, &bar).await, "done");
}

#[test]
fn short_series_are_listed_and_long_ones_summed_up() {
    let series = |values: Vec<f64>| {
        let times = (0..values.len()).map(|second| second as f64).collect();
        Reading::Series(Series { metric: "rps".into(), times, values, ..Series::default() })
    };
    assert_eq!(values(&series(vec![1.0, 2.5]), false).lines().count(), 2);
    assert!(values(&series(vec![1.0, 2.5]), false).starts_with("1.00 (19"));
    let long = values(&series(vec![1.0, 2.0, 3.0, 4.0, 5.0, 9.0]), false);
    assert!(long.starts_with("4.00, mean of 6 from 1.00 to 9.00 (until "), "{long}");
    assert!(values(&series(vec![f64::NAN; 6]), false).starts_with("no number among 6"));
    let scalar = Reading::Scalar(Scalar { metric: "rps".into(), value: 12.5, ..Scalar::default() });
    assert!(values(&scalar, false).starts_with("12.50 ("));
}

#[test]
fn moments_can_be_told_from_now() {
    let now = jiff::Timestamp::now().as_millisecond() as f64 / 1e3;
    assert_eq!(moment(now + 5.0, true), "now");
    assert!(moment(now - 90.0, true).ends_with(" ago"));
}
