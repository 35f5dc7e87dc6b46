use std::fmt;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};

use super::*;

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut Message(self));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Message<'a>(&'a Lines);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0.0.lock().unwrap().push(format!("{value:?}"));
        }
    }
}

/// A log of 1000 bytes in so long.
fn log(per: Duration) -> (Log, Arc<Tally>) {
    let tally = Arc::new(Tally::default());
    (Log::new("noisy".into(), Rate { amount: 1000, per }, Arc::clone(&tally), None), tally)
}

/// What is logged meanwhile about dropped lines, and how many others.
fn logged(work: impl FnOnce()) -> (Vec<String>, usize) {
    let lines = Lines::default();
    tracing::subscriber::with_default(lines.clone(), work);
    let (told, others): (Vec<_>, Vec<_>) =
        lines.0.lock().unwrap().drain(..).partition(|line| line.contains("dropped: the `log` limit"));
    (told, others.len())
}

#[test]
fn a_flood_is_spoken_of_once_in_a_period() {
    let per = Duration::from_millis(50);
    let (log, tally) = log(per);
    let start = Instant::now();
    let mut written = 0;
    let (told, others) = logged(|| {
        while start.elapsed() < 5 * per {
            log.write(Level::Info, "another line of this guest");
            written += 1;
        }
        drop(log);
    });
    // What was lost after the last full period is told in the end.
    let periods = start.elapsed().as_millis() / per.as_millis() + 2;
    assert!((1..=periods).contains(&(told.len() as u128)), "{told:?}");
    let lost: u64 = told.iter().map(|line| line.split(' ').next().unwrap().parse::<u64>().unwrap()).sum();
    let counters = tally.read();
    assert_eq!((lost, lost + others as u64), (counters.log_dropped, written));
    assert_eq!(counters.limit_hits["log"], told.len() as u64);
}

#[test]
fn what_was_dropped_is_told_when_the_log_ends() {
    let (log, _) = log(Duration::from_secs(3600));
    let (told, others) = logged(|| {
        log.write(Level::Info, &"x".repeat(900));
        log.write(Level::Info, &"y".repeat(900));
        log.begin(None);
        drop(log);
    });
    assert_eq!((told, others), (vec!["1 line was dropped: the `log` limit".to_owned()], 1));
}

#[test]
fn what_explains_a_trap_is_the_beginning_and_the_end() {
    let (log, _) = log(Duration::from_secs(3600));
    (0..20).for_each(|number| log.error_line(&format!("line {number}")));
    let wanted = [0, 1, 14, 15, 16, 17, 18, 19].map(|number| format!("line {number}"));
    assert_eq!(log.last_words().unwrap(), wanted.join(" "));
}
