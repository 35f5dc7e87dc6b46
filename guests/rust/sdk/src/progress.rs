//! Progress of the call in progress, and waiting that a cancel ends.
//!
//! A cancel becomes a failure, so that `?` ends the call in good order.

use std::time::{Duration, Instant};

use crate::bindings::imports::servo::connector::progress;
use crate::contract::{Failure, Reading};
use progress::{Directive, Update};

/// Says how far the call is: 0 to 100 percent, where it is known, and one line for people.
///
/// # Errors
/// `cancelled` when the call is to end.
pub fn report(percent: Option<f32>, message: impl Into<String>) -> Result<(), Failure> {
    report_with(percent, message, Vec::new())
}

/// Like [`report`], with what was measured so far.
///
/// # Errors
/// `cancelled` when the call is to end.
pub fn report_with(
    percent: Option<f32>,
    message: impl Into<String>,
    readings: Vec<Reading>,
) -> Result<(), Failure> {
    go_on(progress::report(&Update { percent, message: message.into(), readings }))
}

/// Waits, without taking CPU time.
///
/// # Errors
/// `cancelled`, at once, when the call is to end.
pub fn wait(duration: impl Into<Duration>) -> Result<(), Failure> {
    let mut rest = duration.into();
    while !rest.is_zero() {
        // Round up: waiting 0 ms until the last part of a millisecond has passed would be a busy loop.
        let part = u32::try_from(rest.as_micros().div_ceil(1_000)).unwrap_or(u32::MAX);
        go_on(progress::wait(part))?;
        rest = rest.saturating_sub(Duration::from_millis(part.into()));
    }
    Ok(())
}

/// Waits `total`, and calls `each` about every `step` with the time that has passed. The time that `each` takes counts.
///
/// # Errors
/// `cancelled` when the call is to end, and what `each` returns.
pub fn wait_with(
    total: Duration,
    step: Duration,
    mut each: impl FnMut(Duration) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let start = Instant::now();
    let step = step.max(Duration::from_millis(1));
    loop {
        let passed = start.elapsed();
        if passed >= total {
            return Ok(());
        }
        wait(step.min(total - passed))?;
        each(start.elapsed().min(total))?;
    }
}

/// Waits `total`, and says every second how far it is: `waiting for 1m30s`.
///
/// # Errors
/// `cancelled` when the call is to end.
pub fn wait_showing(total: Duration, what: &str) -> Result<(), Failure> {
    let message = format!("{what} for {}", crate::quantity::Duration::from(total));
    wait_with(total, Duration::from_secs(1), |passed| report(Some(percent(passed, total)), message.clone()))
}

/// How much of `total` has passed, in percent.
pub fn percent(passed: Duration, total: Duration) -> f32 {
    if total.is_zero() { 100.0 } else { (passed.as_secs_f32() / total.as_secs_f32() * 100.0).min(100.0) }
}

fn go_on(directive: Directive) -> Result<(), Failure> {
    match directive {
        Directive::GoOn => Ok(()),
        Directive::Cancel => Err(Failure::cancelled("cancelled while waiting")),
    }
}
