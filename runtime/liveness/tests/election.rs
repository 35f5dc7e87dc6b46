//! One of several leads, whatever happens to it. Each candidate is a process of its own with a journal of its own: this
//! program starts itself again for that.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]
#![allow(clippy::print_stdout, reason = "it prints its figures, and candidates their journals")]

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use servo_liveness::{Candidate, Liveness, Options, Role};
use servo_test_support::{Etcd, Line, Program, Running, Signal, Weather};

/// What etcd grants at least with the flags below.
const TTL: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(60);
/// A leader must be replaced within two TTLs; this is for machines that are slow or have other things to do.
const SLACK: Duration = Duration::from_secs(4);
/// Elections that are held at once, to save time, and how often each loses its leader.
const ELECTIONS: [usize; 3] = [17, 17, 16];

fn start(address: &str) -> Liveness {
    start_with(&[address], Duration::from_millis(500))
}

fn start_with(addresses: &[&str], timeout: Duration) -> Liveness {
    let endpoints = addresses.iter().map(|address| format!("http://{address}")).collect();
    let mut options = Options::new(endpoints, TTL);
    options.etcd.timeout = timeout;
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
    fn begun(&self) -> Vec<Moment> {
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

/// When something happened, by the clock of the journals in seconds, and in which term.
type Moment = (f64, i64);

/// By the clock of the journals.
fn now() -> f64 {
    let now = clock_gettime(ClockId::Boottime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

/// Holds one election with so many losses of its leader; the journals of all candidates, and each loss: when, and of
/// which term.
fn hold(etcd: &Etcd, election: &str, rounds: usize) -> (Vec<Moment>, Vec<Moment>) {
    let mut processes: Vec<_> = (0..3).map(|_| Process::start(etcd, election)).collect();
    let (mut journal, mut losses, mut term) = (Vec::new(), Vec::new(), 0);
    for round in 0..rounds {
        let old;
        (old, term) = leader(&processes, term);
        let process = &processes[old];
        losses.push((now(), term));
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
    (journal, losses)
}

#[test]
fn no_old_leader_begins_anything_after_a_new_one_did() {
    let etcd = Etcd::with_flags(&["--heartbeat-interval", "10", "--election-timeout", "100"]);
    let (mut gaps, mut takeovers) = (Vec::new(), Vec::new());
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
            let ((mut journal, losses), rounds) = election.join().unwrap();
            journal.sort_by(|one, other| one.0.total_cmp(&other.0));
            for two in journal.windows(2) {
                let [(before, old), (after, new)] = two else { continue };
                assert!(old <= new, "term {new} began something at {after}, after term {old} at {before}");
                if old != new {
                    gaps.push(after - before);
                }
            }
            takeovers.extend(losses.iter().filter_map(|(when, term)| {
                // Whether it acted once more in the old term is no matter here.
                journal.iter().find(|(_, later)| later > term).map(|(next, _)| next - when)
            }));
            let terms: std::collections::BTreeSet<i64> = journal.iter().map(|(_, term)| *term).collect();
            assert!(terms.len() > *rounds && journal.len() > rounds * 3, "{}", journal.len());
        }
    });
    assert_eq!(takeovers.len(), ELECTIONS.iter().sum::<usize>());
    let figures = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        (times[times.len() / 2], times[times.len() - 1])
    };
    let ((gap, longest_gap), (median, longest)) = (figures(&mut gaps), figures(&mut takeovers));
    println!(
        "{} losses of the leader: another one acts {median:.2} s (median), {longest:.2} s (longest) after the fault; \
         nobody acted for {gap:.2} s (median), {longest_gap:.2} s (longest)",
        takeovers.len()
    );
    assert!(longest < (TTL * 2 + SLACK).as_secs_f64(), "{takeovers:?}");
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

/// The line is cut for longer than the lease lives, and its first connection never speaks again: who waits there for
/// an answer must not take the lease that was granted on the second one for that of its term.
#[tokio::test(flavor = "multi_thread")]
async fn a_term_ends_with_the_lease_it_was_won_with() {
    let etcd = Etcd::with_flags(&["--heartbeat-interval", "10", "--election-timeout", "100"]);
    let address = etcd.url().strip_prefix("http://").unwrap();
    let lines = [Line::to(address), Line::to(address)];
    let addresses = lines.each_ref().map(Line::address);
    let cut_off = start_with(&addresses.each_ref().map(String::as_str), LONG);
    let first = cut_off.campaign("servo", "first", TTL);
    leads(&first).await;
    let old = first.term().unwrap();
    let other = start(address);
    let second = other.campaign("servo", "second", TTL);
    // The way to renew the lease is open by now, and does not wait for as long as a first call.
    tokio::time::sleep(TTL).await;
    lines.iter().for_each(|line| line.set(Weather::Silent));
    leads(&second).await;
    lines[1].set(Weather::Fair);
    let end = Instant::now() + LONG;
    loop {
        // On a slow machine the second one may lose its lease, too.
        match first.role() {
            Role::Follower { term, .. } | Role::Leader(term) if term > old => break,
            _ => {}
        }
        assert_ne!(first.term(), Some(old), "another one leads");
        assert!(Instant::now() < end, "{:?}", first.role());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
