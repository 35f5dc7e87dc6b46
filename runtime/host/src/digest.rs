//! The name of a component's content.

use sha2::{Digest, Sha256};

/// Bytes of a step: less than a millisecond.
const STEP: usize = 256 << 10;

/// The SHA-256 of a component in hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    text(&Sha256::digest(bytes))
}

/// The same, step by step, so that large ones delay nobody.
pub(crate) async fn digest_in_steps(bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    for step in bytes.chunks(STEP) {
        hash.update(step);
        tokio::task::yield_now().await;
    }
    text(&hash.finalize())
}

/// A hash in hexadecimal digits.
pub(crate) fn text(hash: &[u8]) -> String {
    use std::fmt::Write;
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
