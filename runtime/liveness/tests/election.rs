//! One of several leads, whatever happens to it.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use servo_liveness::{Candidate, EtcdOptions, GuardOptions, Liveness, Options, Role, Term, Tls};
use servo_test_support::{Etcd, Line, Weather};

const TTL: Duration = Duration::from_secs(2);
const LONG: Duration = Duration::from_secs(60);

/// A process that does something whenever it may, and writes down when and in which term.
struct Process {
    line: Line,
    liveness: Liveness,
    candidate: Candidate,
    begun: Arc<Mutex<Vec<(Instant, Term)>>>,
    over: Arc<AtomicBool>,
}

impl Process {
    fn start(etcd: &Etcd, name: &str, begun: &Arc<Mutex<Vec<(Instant, Term)>>>) -> Arc<Process> {
        let line = Line::to(etcd.url().strip_prefix("http://").unwrap());
        let endpoints = vec![format!("http://{}", line.address())];
        let (user, tls, timeout) = (None, Tls::default(), Duration::from_millis(500));
        let etcd = EtcdOptions { endpoints, user, tls, timeout };
        let options = Options { etcd, namespace: String::new(), ttl: TTL, guard: GuardOptions::new(TTL) };
        let liveness = Liveness::new(options).unwrap();
        let candidate = liveness.campaign("servo", name, TTL);
        let (begun, over) = (Arc::clone(begun), Arc::new(AtomicBool::new(false)));
        let process = Arc::new(Process { line, liveness, candidate, begun, over });
        tokio::spawn(Arc::clone(&process).work());
        process
    }

    async fn work(self: Arc<Self>) {
        while !self.over.load(Ordering::Relaxed) {
            if let Some(term) = self.candidate.term() {
                self.begun.lock().unwrap().push((Instant::now(), term));
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn leads(&self) -> bool {
        self.candidate.term().is_some()
    }
}

async fn leader(processes: &[Arc<Process>]) -> usize {
    let end = Instant::now() + LONG;
    loop {
        if let Some(leader) = processes.iter().position(|process| process.leads()) {
            return leader;
        }
        assert!(Instant::now() < end, "nobody leads");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_old_leader_begins_anything_after_a_new_one_did() {
    let etcd = Etcd::with_flags(&["--heartbeat-interval", "10", "--election-timeout", "100"]);
    let begun = Arc::default();
    let mut processes: Vec<_> = ["a", "b", "c"].map(|name| Process::start(&etcd, name, &begun)).into();
    let mut gaps = Vec::new();
    for round in 0..24 {
        let old = leader(&processes).await;
        // It leads for a while before something happens to it.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let began = Instant::now();
        match round % 4 {
            0 => processes[old].line.set(Weather::Cut),
            1 => processes[old].line.set(Weather::Silent),
            2 => processes[old].candidate.resign().await,
            _ => {
                let process = &processes[old];
                process.over.store(true, Ordering::Relaxed);
                process.line.set(Weather::Cut);
                process.liveness.stop().await;
            }
        }
        let others = processes.iter().enumerate().filter(|(number, _)| *number != old);
        let others: Vec<_> = others.map(|(_, process)| Arc::clone(process)).collect();
        leader(&others).await;
        gaps.push(began.elapsed());
        let process = &processes[old];
        if round % 4 < 2 {
            process.line.set(Weather::Fair);
        } else {
            process.over.store(true, Ordering::Relaxed);
            processes[old] = Process::start(&etcd, &format!("round-{round}"), &begun);
        }
    }
    let mut begun = begun.lock().unwrap().clone();
    begun.sort_by_key(|(when, _)| *when);
    for two in begun.windows(2) {
        assert!(two[0].1 <= two[1].1, "{:?} began after {:?}", two[1].1, two[0].1);
    }
    gaps.sort();
    println!("without a leader: median {:?}, longest {:?}", gaps[gaps.len() / 2], gaps[gaps.len() - 1]);
    assert!(begun.len() > 24 * 3, "they did nothing: {}", begun.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_know_who_leads() {
    let etcd = Etcd::start();
    let begun = Arc::default();
    let first = Process::start(&etcd, "first", &begun);
    leader(std::slice::from_ref(&first)).await;
    let second = Process::start(&etcd, "second", &begun);
    let end = Instant::now() + LONG;
    let mut role = second.candidate.role();
    while role != Role::Follower("first".into()) {
        assert!(Instant::now() < end, "{role:?}");
        let changed = tokio::time::timeout(LONG, second.candidate.changed(&role));
        role = changed.await.unwrap();
    }
    first.candidate.resign().await;
    leader(std::slice::from_ref(&second)).await;
    assert!(first.candidate.term().is_none());
}
