//! The transcripts of the README.

use servo_test_support::{Etcd, Program};

use crate::shown::world;
use crate::transcript::{background, play};

#[test]
fn its_transcripts_are_true() {
    let (world, etcd, page) = (world(), Etcd::start(), include_str!("../../README.md"));
    let (host, port) = etcd.url().strip_prefix("http://").unwrap().split_once(':').unwrap();
    let there = |program: Program| program.env("OSLIVELY_ETCD_HOST", host).env("OSLIVELY_ETCD_PORT", port);
    let _service = background(&world, page, "servo liveness register", there);
    play(&world, "README.md", page, there, |_| {});
}
