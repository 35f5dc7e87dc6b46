use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::server::{OK, constant};
use crate::*;

pub(super) fn target(address: SocketAddr) -> Target {
    Target::get(format!("http://{address}/").parse().unwrap())
}

pub(super) async fn run(options: Options, target: Target) -> Report {
    let (progress, _) = mpsc::channel(1);
    let attack = attack(options, std::slice::from_ref(&target), progress, CancellationToken::new());
    tokio::time::timeout(Duration::from_secs(60), attack).await.unwrap().unwrap()
}

pub(super) fn constant_rate(rate: &str, millis: u64) -> Options {
    let pace = Pace::Constant(rate.parse().unwrap());
    Options { pace, duration: Duration::from_millis(millis), ..Options::default() }
}

#[tokio::test]
async fn a_modest_rate_is_kept() {
    let (address, seen) = constant(OK);
    let report = run(constant_rate("2000/s", 2000), target(address)).await;
    eprintln!("{report}");
    assert_eq!(report.asked, 4000);
    assert_eq!(report.requests + report.missed, 4000);
    assert!(report.requests >= 3960, "{report}");
    assert_eq!(seen.requests.load(std::sync::atomic::Ordering::Relaxed), report.requests);
    assert_eq!(report.bytes_in.total, 2 * report.requests);
}
