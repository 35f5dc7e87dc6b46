//! Lock files: what can be read can be written, and says the same when it is read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use servo_distribution::lock::Lock;

fuzz_target!(|text: &str| {
    if let Ok(lock) = Lock::parse(text) {
        let written = lock.to_yaml().expect("a lock can be written");
        let again = Lock::parse(&written).expect("what was written can be read");
        assert!(lock.entries().eq(again.entries()));
    }
});
