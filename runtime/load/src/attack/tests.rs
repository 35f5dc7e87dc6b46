//! Attacks on real servers: what is counted must be what happened.

mod faults;
mod http1;
mod http2;
mod lifecycle;
mod pace;
mod server;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::*;

fn target(address: SocketAddr) -> Target {
    Target::get(format!("http://{address}/").parse().unwrap())
}

/// Open loop at `rate` for so many milliseconds.
fn options(rate: &str, millis: u64) -> Options {
    let pace = Pace::Constant(rate.parse().unwrap());
    Options { pace, duration: Duration::from_millis(millis), ..Options::default() }
}

async fn try_run(options: Options, targets: &[Target]) -> Result<Report, Error> {
    let (progress, _) = mpsc::channel(1);
    let attack = super::attack(options, targets, progress, CancellationToken::new());
    tokio::time::timeout(Duration::from_secs(60), attack).await.unwrap()
}

async fn run(options: Options, target: Target) -> Report {
    try_run(options, &[target]).await.unwrap()
}
