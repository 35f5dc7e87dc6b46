//! What a session is told once.

use std::time::Duration;

use crate::wire::Hello;

/// What a session is told once.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// How it says who it is.
    pub hello: Hello,
    /// Whether it asks for commands after HELLO, or only says that it is there.
    pub poll: bool,
    /// Which of the servos of one application it is.
    pub servo_uid: Option<String>,
    /// For HELLO: `settings.backoff.connect`.
    pub connect: Budget,
    /// For each other request: `settings.backoff.__default__`.
    pub requests: Budget,
    /// How long it may take to end in good order, an operation's end and its result included; then it ends anyway.
    pub drain: Duration,
    /// For the spread of delays; different for each servo.
    pub seed: u64,
}

/// How long one request is repeated. A result is given up afterwards; HELLO and WHATS_NEXT are said so of once, and go
/// on slowly, because a servo without its optimizer has nothing else to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// So long.
    pub max_time: Option<Duration>,
    /// So often.
    pub max_tries: Option<u32>,
}
