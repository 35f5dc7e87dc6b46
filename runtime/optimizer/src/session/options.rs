//! What a session is told once.

use std::time::Duration;

use crate::wire::Hello;

/// What a session is told once.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// How it says who it is.
    pub hello: Hello,
    /// Which of the servos of one application it is.
    pub servo_uid: Option<String>,
    /// When it ends without ever having been greeted: `settings.backoff.connect`.
    pub connect: Budget,
    /// When it gives up on one request: `settings.backoff.__default__`.
    pub requests: Budget,
    /// How long it may take to end in good order, an operation's end and its result included; then it ends anyway.
    pub drain: Duration,
    /// For the spread of delays; different for each servo.
    pub seed: u64,
}

/// How long one request is repeated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// A result is given up after this long; what asks for something is asked anew.
    pub max_time: Option<Duration>,
    /// After so many tries the session ends, or the result is given up.
    pub max_tries: Option<u32>,
}
