//! The gate: what a guest may not begin while this process does not lead.

use std::sync::atomic::{AtomicI64, Ordering};

use servo_events::BoxFuture;

use super::*;
use crate::{
    Access, Closed, Gate, LivenessEngine, LoadEngine, LoadOrigin, LoadPlan, OriginPattern, PreparedLoad,
    RunningLoad, ServiceChange, ServiceListing, ServiceName, ServiceNews, ServiceSelection, ServiceState,
};

/// A gate in a term, or closed while that is 0.
#[derive(Default)]
struct Term(AtomicI64);

impl Gate for Term {
    fn pass(&self) -> Result<Option<i64>, Closed> {
        let term = self.0.load(Ordering::Relaxed);
        (term != 0).then_some(Some(term)).ok_or(Closed)
    }
}

/// An engine that does nothing but say that it was reached.
struct Engine;

fn reached() -> Failure {
    Failure::failed("reached")
}

impl LivenessEngine for Engine {
    fn is_up<'a>(&'a self, _: &'a ServiceName) -> BoxFuture<'a, ServiceState> {
        Box::pin(async { ServiceState::Up })
    }

    fn list<'a>(
        &'a self,
        _: &'a ServiceSelection,
        _: usize,
    ) -> BoxFuture<'a, Result<ServiceListing, Failure>> {
        Box::pin(async { Err(reached()) })
    }

    fn wait<'a>(
        &'a self,
        _: &'a str,
        _: &'a ServiceSelection,
        _: usize,
        _: tokio::time::Instant,
    ) -> BoxFuture<'a, Result<ServiceNews, Failure>> {
        Box::pin(async { Err(reached()) })
    }

    fn change(&self, _: ServiceChange) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async { Err(reached()) })
    }
}

impl LoadEngine for Engine {
    fn prepare(&self, _: LoadPlan) -> Result<Box<dyn PreparedLoad>, Failure> {
        Ok(Box::new(Self))
    }
}

impl PreparedLoad for Engine {
    fn origins(&self) -> Vec<Origin> {
        Vec::new()
    }

    fn start(
        self: Box<Self>,
        _: Vec<LoadOrigin>,
        _: Box<dyn Fn() -> bool + Send + Sync>,
        _: CancellationToken,
    ) -> Result<Box<dyn RunningLoad>, Failure> {
        Err(reached())
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
    for (mode, only_asks) in [
        (format!("http:{origin}/"), true),
        (format!("tcp:{}", origin.trim_start_matches("http://")), true),
        ("dispatch:metrics".to_owned(), true),
        // What changes or burdens something is not for checks either.
        ("register-flood".to_owned(), false),
        (format!("load:1:100:{origin}/"), false),
    ] {
        let mut grants = Grants { http: vec![http(&origin)], ..Grants::default() };
        grants.tcp = vec![HttpGrant { to: peer.clone(), ..http(&origin) }];
        grants.dispatch.insert(Event::Metrics);
        grants.liveness = Some(Access::Write);
        let gate = Some(Arc::clone(&term) as _);
        let services = Services {
            bus: Some(bus.clone()),
            gate,
            liveness: Some(Arc::new(Engine)),
            load: Some(Arc::new(Engine)),
            ..Services::default()
        };
        let settings = json!({"on": {"measure": mode, "check": mode}});
        let (alias, limits) = ("gated".to_owned(), Limits::default());
        let options = ConnectorOptions { alias, settings, limits, grants, services };
        let connector = Connector::start(Arc::clone(&program), options).await.unwrap();
        let call = async |call: &Arc<Call>| {
            connector.call(Arc::clone(call), context(CancellationToken::new())).await
        };
        let reach = |result: Result<Reply, Failure>| {
            // Nobody handles `metrics` on this bus: the dispatch was made.
            let told =
                |failure: Failure| ["handle", "reached"].iter().any(|one| failure.message.contains(one));
            result.map_or_else(told, |_| true)
        };
        for (number, measured) in [(0, false), (7, true), (0, false)] {
            term.0.store(number, Ordering::Relaxed);
            assert_eq!(reach(call(&measure).await), measured, "{mode} in term {number}");
            let checked = only_asks || measured;
            assert_eq!(reach(call(&check).await), checked, "{mode} of a check in term {number}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_begun_ends_with_its_term() {
    let term = Arc::new(Term(AtomicI64::new(7)));
    let way_out = crate::gate::WayOut::new(Some(Arc::clone(&term) as _));
    way_out.begin(Some(Event::Check));
    for (later, goes_on) in [(7, true), (8, false), (0, false)] {
        term.0.store(7, Ordering::Relaxed);
        let begun = way_out.act().unwrap();
        let work = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            term.0.store(later, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
        };
        assert_eq!(way_out.under(begun, work).await.is_ok(), goes_on, "{later}");
    }
    // A check that was begun by one that follows has no term to lose.
    term.0.store(0, Ordering::Relaxed);
    let begun = way_out.pass().unwrap();
    assert_eq!((begun, way_out.act()), (None, Err(Closed)));
    term.0.store(9, Ordering::Relaxed);
    way_out.under(begun, tokio::time::sleep(Duration::from_secs(1))).await.unwrap();
}
