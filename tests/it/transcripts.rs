//! What commands say in an empty folder and in a configured one, as pages that people can read.

use crate::shown::world;
use crate::transcript::play;

#[test]
fn an_empty_folder() {
    play(&world(), "empty.md", include_str!("transcripts/empty.md"), |program| program, |_| {});
}

#[test]
fn a_configured_folder() {
    play(&world(), "configured.md", include_str!("transcripts/configured.md"), |program| program, |_| {});
}
