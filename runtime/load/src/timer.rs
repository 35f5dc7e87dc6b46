//! Waiting to some ten microseconds: the runtime's own timers count in milliseconds, which would be added to
//! every latency of an open loop.

use std::io;
use std::time::Instant;

/// Wakes its one user at a moment, perhaps earlier.
#[derive(Debug)]
pub(crate) struct Timer {
    #[cfg(target_os = "linux")]
    fd: tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>,
}

#[cfg(target_os = "linux")]
impl Timer {
    /// Must be called inside a runtime.
    #[expect(deprecated, reason = "its successor is unsafe, for handles that change; an owned one does not")]
    pub(crate) fn new() -> io::Result<Timer> {
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let fd = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        let fd = tokio::io::unix::AsyncFd::with_interest(fd, tokio::io::Interest::READABLE)?;
        Ok(Timer { fd })
    }

    /// Returns at `at` or a little later, or earlier when the system refuses to wait.
    pub(crate) async fn until(&self, at: Instant) {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
        let wait = at.saturating_duration_since(Instant::now());
        if wait.is_zero() {
            return tokio::task::yield_now().await;
        }
        let value = Itimerspec {
            it_interval: Timespec { tv_sec: 0, tv_nsec: 0 },
            it_value: Timespec {
                tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: wait.subsec_nanos().into(),
            },
        };
        // Setting the timer also takes back an expiry that nobody read, so reading it would be one call for nothing.
        let set = timerfd_settime(&self.fd, TimerfdTimerFlags::empty(), &value);
        match (set, self.fd.readable().await) {
            (Ok(_), Ok(mut guard)) => guard.clear_ready(),
            _ => tokio::time::sleep_until(at.into()).await,
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Timer {
    pub(crate) fn new() -> io::Result<Timer> {
        Ok(Timer {})
    }

    pub(crate) async fn until(&self, at: Instant) {
        tokio::time::sleep_until(at.into()).await;
    }
}
