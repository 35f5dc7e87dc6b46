//! The transcripts of the README.

use crate::shown::world;
use crate::transcript::play;

#[test]
fn its_transcripts_are_true() {
    play(&world(), "README.md", include_str!("../../README.md"), |program| program, |_| {});
}
