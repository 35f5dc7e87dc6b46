//! The gate: what a guest may not begin while this process does not lead.

use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::{Closed, Gate, OriginPattern};

/// A gate in a term, or closed while that is 0.
#[derive(Default)]
struct Term(AtomicI64);

impl Gate for Term {
    fn pass(&self) -> Result<Option<i64>, Closed> {
        let term = self.0.load(Ordering::Relaxed);
        (term != 0).then_some(Some(term)).ok_or(Closed)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_checks_go_out_while_the_gate_is_closed() {
    let origin = echo_server().await;
    let peer: OriginPattern =
        Origin::of_peer("127.0.0.1", origin.rsplit(':').next().unwrap().parse().unwrap()).into();
    let program = fixture().await;
    let (term, bus) = (Arc::<Term>::default(), Bus::new());
    let check = Arc::new(Call::CheckRun { id: "fixture".into() });
    let measure = Arc::new(Call::Measure { metrics: Vec::new(), control: Control::default() });
    for mode in [
        format!("http:{origin}/"),
        format!("tcp:{}", origin.trim_start_matches("http://")),
        "dispatch:metrics".to_owned(),
    ] {
        let mut grants = Grants { http: vec![http(&origin)], ..Grants::default() };
        grants.tcp = vec![HttpGrant { to: peer.clone(), ..http(&origin) }];
        grants.dispatch.insert(Event::Metrics);
        let gate = Some(Arc::clone(&term) as _);
        let services = Services { bus: Some(bus.clone()), gate, ..Services::default() };
        let settings = json!({"on": {"measure": mode, "check": mode}});
        let (alias, limits) = ("gated".to_owned(), Limits::default());
        let options = ConnectorOptions { alias, settings, limits, grants, services };
        let connector = Connector::start(Arc::clone(&program), options).await.unwrap();
        let call = async |call: &Arc<Call>| {
            connector.call(Arc::clone(call), context(CancellationToken::new())).await
        };
        let reach = |result: Result<Reply, Failure>| {
            // Nobody handles `metrics` on this bus: the dispatch was made.
            result.map_or_else(|failure| failure.message.contains("handle"), |_| true)
        };
        for (number, measured) in [(0, false), (7, true), (0, false)] {
            term.0.store(number, Ordering::Relaxed);
            assert_eq!(reach(call(&measure).await), measured, "{mode} in term {number}");
            assert!(reach(call(&check).await), "{mode} of a check in term {number}");
        }
    }
}
