//! One of several leads, whatever happens to it. Each candidate is a process of its own with a journal of its own: this
//! program starts itself again for that.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]
#![allow(clippy::print_stdout, reason = "it prints its figures, and candidates their journals")]

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use servo_liveness::{Candidate, EtcdOptions, GuardOptions, Liveness, Options, Role, Tls};
use servo_test_support::{Etcd, Line, Program, Running, Signal, Weather};

/// What etcd grants at least with the flags below.
const TTL: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(60);
/// Elections that are held at once, to save time, and how often each loses its leader.
const ELECTIONS: [usize; 3] = [17, 17, 16];

fn start(address: &str) -> Liveness {
    let endpoints = vec![format!("http://{address}")];
    let (user, tls, timeout) = (None, Tls::default(), Duration::from_millis(500));
    let etcd = EtcdOptions { endpoints, user, tls, timeout };
    let options = Options { etcd, namespace: String::new(), ttl: TTL, guard: GuardOptions::new(TTL) };
    Liveness::new(options).unwrap()
}

/// Not a test: what a candidate does when this program starts itself. It begins something whenever it may, and writes
/// down when (a clock that all processes share) and in which term.
#[test]
fn candidate() {
    let Ok(arguments) = std::env::var("CANDIDATE") else { return };
    let (address, election) = arguments.split_once(' ').unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut end = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap();
        let candidate = start(address).campaign(election, &std::process::id().to_string(), TTL);
        let mut pause = tokio::time::interval(Duration::from_millis(2));
        loop {
            tokio::select! {
                _ = end.recv() => break,
                _ = pause.tick() => {}
            }
            // First the time: a process that is stopped after it was allowed to begin has begun before that.
            let now = clock_gettime(ClockId::Boottime);
            if let Some(term) = candidate.term() {
                println!("begun {}.{:09} {}", now.tv_sec, now.tv_nsec, term.0);
            }
        }
        candidate.resign().await;
        println!("resigned");
    });
}

struct Process {
    line: Line,
    running: Running,
}

impl Process {
    fn start(etcd: &Etcd, election: &str) -> Process {
        let line = Line::to(etcd.url().strip_prefix("http://").unwrap());
        let running = Program::new(std::env::current_exe().unwrap())
            .args(["--exact", "candidate", "--nocapture", "--test-threads", "1"])
            .env("CANDIDATE", format!("{} {election}", line.address()))
            .timeout(Duration::from_secs(600))
            .start();
        Process { line, running }
    }

    /// What it has begun so far: when, and in which term.
    fn begun(&self) -> Vec<(f64, i64)> {
        let text = self.running.stdout();
        // It may have been killed within a line.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        // The harness begins the first line.
        let begun = whole.lines().filter_map(|line| line.split_once("begun ")?.1.split_once(' '));
        begun.map(|(when, term)| (when.parse().unwrap(), term.parse().unwrap())).collect()
    }

    fn last_term(&self) -> Option<i64> {
        let text = self.running.stdout();
        let (_, last) = text.rsplit_once('\n')?.0.rsplit_once("begun ")?;
        last.split_whitespace().nth(1)?.parse().ok()
    }
}

/// Waits until one of them acts in a later term.
fn leader(processes: &[Process], after: i64) -> (usize, i64) {
    let end = Instant::now() + LONG;
    loop {
        let terms = processes.iter().enumerate().map(|(number, process)| (number, process.last_term()));
        if let Some((number, Some(term))) = terms.max_by_key(|(_, term)| *term)
            && term > after
        {
            return (number, term);
        }
        assert!(Instant::now() < end, "nobody leads after term {after}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// Holds one election with so many losses of its leader; the journals of all candidates.
fn hold(etcd: &Etcd, election: &str, rounds: usize) -> Vec<(f64, i64)> {
    let mut processes: Vec<_> = (0..3).map(|_| Process::start(etcd, election)).collect();
    let (mut journal, mut term) = (Vec::new(), 0);
    for round in 0..rounds {
        let old;
        (old, term) = leader(&processes, term);
        let process = &processes[old];
        match round % 5 {
            0 => process.running.signal(Signal::KILL),
            1 => process.running.signal(Signal::STOP),
            2 => process.line.set(Weather::Cut),
            3 => process.line.set(Weather::Silent),
            _ => process.running.signal(Signal::TERM),
        }
        let (new, _) = leader(&processes, term);
        assert_ne!(new, old, "round {round}");
        match round % 5 {
            1 => process.running.signal(Signal::CONT),
            2 | 3 => process.line.set(Weather::Fair),
            _ => {
                journal.extend(process.begun());
                processes[old] = Process::start(etcd, election);
            }
        }
    }
    journal.extend(processes.iter().flat_map(Process::begun));
    journal
}

#[test]
fn no_old_leader_begins_anything_after_a_new_one_did() {
    let etcd = Etcd::with_flags(&["--heartbeat-interval", "10", "--election-timeout", "100"]);
    let mut gaps = Vec::new();
    std::thread::scope(|scope| {
        let elections: Vec<_> = ELECTIONS
            .iter()
            .enumerate()
            .map(|(number, rounds)| {
                let (etcd, election) = (&etcd, format!("election-{number}"));
                scope.spawn(move || (hold(etcd, &election, *rounds), rounds))
            })
            .collect();
        for election in elections {
            let (mut journal, rounds) = election.join().unwrap();
            journal.sort_by(|one, other| one.0.total_cmp(&other.0));
            for two in journal.windows(2) {
                let [(before, old), (after, new)] = two else { continue };
                assert!(old <= new, "term {new} began something at {after}, after term {old} at {before}");
                if old != new {
                    gaps.push(after - before);
                }
            }
            let terms: std::collections::BTreeSet<i64> = journal.iter().map(|(_, term)| *term).collect();
            assert!(terms.len() > *rounds && journal.len() > rounds * 3, "{}", journal.len());
        }
    });
    gaps.sort_by(f64::total_cmp);
    let (median, longest) = (gaps[gaps.len() / 2], gaps[gaps.len() - 1]);
    println!(
        "{} changes of leader; nobody acted for {median:.2} s (median), {longest:.2} s (longest)",
        gaps.len()
    );
    assert!(median < 3.0 * TTL.as_secs_f64(), "{median}");
}

async fn leads(candidate: &Candidate) {
    let end = Instant::now() + LONG;
    while candidate.term().is_none() {
        assert!(Instant::now() < end, "{:?}", candidate.role());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_know_who_leads() {
    let etcd = Etcd::start();
    let address = etcd.url().strip_prefix("http://").unwrap();
    let (one, two) = (start(address), start(address));
    let first = one.campaign("servo", "first", TTL);
    leads(&first).await;
    let observed = two.leader("servo").await.unwrap();
    assert_eq!(observed, first.term().map(|term| ("first".into(), term)));
    assert_eq!(two.leader("other").await.unwrap(), None);
    let second = two.campaign("servo", "second", TTL);
    let end = Instant::now() + LONG;
    let mut role = second.role();
    while !matches!(&role, Role::Follower { leader, .. } if leader == "first") {
        assert!(Instant::now() < end, "{role:?}");
        role = tokio::time::timeout(LONG, second.changed(&role)).await.unwrap();
    }
    first.resign().await;
    leads(&second).await;
    assert!(first.term().is_none());
}
