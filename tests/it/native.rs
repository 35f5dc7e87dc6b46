//! The connectors that start programs: `scripts` and `exec`.

mod exec;
mod scripts;

use std::fs;
use std::time::Duration;

use servo_test_support::eventually;

/// Waits until a process is gone; one that nobody has asked for yet counts as gone.
#[track_caller]
fn gone(pid: &str) {
    eventually(Duration::from_secs(30), "the end of a process", || {
        let status = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        let state = status.rsplit(") ").next().and_then(|rest| rest.chars().next());
        state.is_none_or(|state| matches!(state, 'Z' | 'X')).then_some(())
    });
}
