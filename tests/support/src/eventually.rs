//! Waiting for something with a deadline.

use std::time::{Duration, Instant};

/// Asks `probe` again and again until it has an answer, for at most `within`.
///
/// # Panics
/// When there is no answer in time; the message says `what` was waited for.
#[track_caller]
pub fn eventually<T>(within: Duration, what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(answer) = probe() {
            return answer;
        }
        assert!(began.elapsed() < within, "waited {within:?} in vain for {what}");
        nap(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Lets time pass, where nothing can be waited for.
#[expect(clippy::disallowed_methods, reason = "a test's own thread, not a worker of a runtime")]
pub fn nap(pause: Duration) {
    std::thread::sleep(pause);
}
