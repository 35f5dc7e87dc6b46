use super::*;
use crate::{Reply, Scripted, Server as _};

#[test]
fn it_scrapes_its_target() {
    let target = Scripted::start(|_| Reply::text(200, "answer 42\n").header("content-type", "text/plain"));
    let prometheus = Prometheus::start(&[target.address()]);
    prometheus.wait_for("answer");
    let found = prometheus.query("sum(answer{job=\"app\"}) + 1");
    assert!(found.contains("\"43\""), "{found}");
}
