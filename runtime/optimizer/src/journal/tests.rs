use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Header, Journal, JournalError, Pending};
use crate::decide::{Outcome, Stop};
use crate::options::Options;
use crate::space::{Domain, Setting, Settings, Space, Value};
use crate::trial::{Reading, Role, Trial, TrialResult, Why};

fn header(max: f64, value: i64, objective: &str) -> Header {
    let domain = Domain::range(1.0, max, None, true);
    let (component, name) = ("app".to_owned(), "workers".to_owned());
    let setting = Setting { component, name, domain, value: Value::Integer(value), pinned: false };
    let space = Space::new(vec![setting]).unwrap();
    Header::new(space, objective.to_owned(), Options::with_budget(20))
}

fn usual() -> Header {
    header(16.0, 2, "maximize throughput")
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs").join("app.journal");
    (folder, path)
}

fn open(path: &Path) -> Journal {
    Journal::open(path, &usual()).unwrap()
}

fn settings(workers: i64) -> Settings {
    [("app.workers".to_owned(), Value::Integer(workers))].into()
}

fn why() -> Why {
    Why { role: Role::Design, expected: None, text: "because".to_owned() }
}

fn measured(value: f64) -> TrialResult {
    TrialResult::Measured([("throughput".to_owned(), Reading::from(value))].into())
}

fn outcome() -> Outcome {
    let text = "done".to_owned();
    Outcome { kept_baseline: true, gain: None, importance: Vec::new(), stop: Stop::BudgetSpent, text }
}

/// One completed trial.
fn trial(journal: &mut Journal, workers: i64, value: f64) {
    journal.planned(&settings(workers), &why()).unwrap();
    journal.adjust_sent().unwrap();
    journal.adjusted().unwrap();
    journal.measured(measured(value)).unwrap();
}

fn append(path: &Path, text: &str) {
    let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_reopened_journal_is_where_it_was_after_every_record() {
    let (_folder, path) = place();
    type Step = fn(&mut Journal) -> Result<(), JournalError>;
    let steps: [(Step, &str); 8] = [
        (|j| j.planned(&settings(4), &why()), "planned"),
        (|j| j.adjust_sent(), "adjust_sent"),
        (|j| j.adjusted(), "adjusted"),
        (|j| j.measured(measured(0.1 + 0.2)), "nothing"),
        (|j| j.planned(&settings(8), &why()), "planned"),
        (|j| j.measured(TrialResult::Rejected("no".to_owned())), "nothing"),
        (|j| j.finishing(&settings(4), &outcome()), "finishing"),
        (|j| j.finished(), "finished"),
    ];
    for (step, expected) in steps {
        let mut journal = open(&path);
        step(&mut journal).unwrap();
        let before = journal.state().clone();
        drop(journal);
        let journal = open(&path);
        assert_eq!(*journal.state(), before);
        let name = match journal.state().pending() {
            Pending::Nothing => "nothing",
            Pending::Planned { .. } => "planned",
            Pending::AdjustSent { .. } => "adjust_sent",
            Pending::Adjusted { .. } => "adjusted",
            Pending::Finishing { .. } => "finishing",
            Pending::Finished { .. } => "finished",
        };
        assert_eq!(name, expected);
    }
    let history = open(&path).history().to_vec();
    assert_eq!(history.len(), 2);
    assert_eq!(history[0], Trial { settings: settings(4), result: measured(0.1 + 0.2), why: why() });
}

#[test]
fn a_file_cut_at_any_byte_resumes_without_counting_twice() {
    let (_folder, path) = place();
    let mut journal = open(&path);
    trial(&mut journal, 4, 100.0);
    trial(&mut journal, 8, 200.0);
    drop(journal);
    let whole = std::fs::read(&path).unwrap();
    let mut most = 0;
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let mut journal = open(&path);
        let done = journal.history().len();
        assert!(done >= most && done <= 2, "{done} trials after {length} bytes");
        most = done;
        if matches!(journal.state().pending(), Pending::Nothing) {
            journal.planned(&settings(9), &why()).unwrap();
        }
        journal.measured(measured(1.0)).unwrap();
        drop(journal);
        assert_eq!(open(&path).history().len(), done + 1, "cut after {length} bytes");
    }
}

#[test]
fn a_corrupt_line_is_refused_with_its_place() {
    let (_folder, path) = place();
    trial(&mut open(&path), 4, 100.0);
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let table = [
        (text.replace("\"adjust_sent\"", "\"adjust_sen"), 3, "expected"),
        (text.replace("\"adjust_sent\"", "\"surprise\""), 3, "unknown variant `surprise`"),
        (format!("{}\n{}\n{}\n", lines[0], lines[1], lines[1]), 3, "\"planned\" cannot follow \"planned\""),
        (format!("{}\n{}\n", lines[0], lines[4]), 2, "\"result\" cannot follow a completed trial"),
        (
            text.replace("{\"record\":\"adjusted\",\"trial\":1}", "{\"record\":\"adjusted\",\"trial\":2}"),
            4,
            "trial 2 where trial 1 was expected",
        ),
        (format!("{}\n", lines[1]), 1, "the first line is not a header"),
    ];
    for (content, line, problem) in table {
        std::fs::write(&path, &content).unwrap();
        let error = Journal::open(&path, &usual()).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("{}:{line}: the journal is corrupt: ", path.display())),
            "{error}"
        );
        assert!(error.contains(problem) && error.ends_with("move the file away to start anew"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content, "a refused file is left alone");
    }
}

#[test]
fn a_second_servo_is_turned_away_and_readers_are_not() {
    let (_folder, path) = place();
    assert!(Journal::peek(&path).unwrap().is_none());
    let mut journal = open(&path);
    trial(&mut journal, 4, 100.0);
    let error = Journal::open(&path, &usual()).unwrap_err();
    assert!(matches!(error, JournalError::Locked { .. }), "{error}");
    let error = Journal::restart(&path, &usual()).unwrap_err();
    assert!(matches!(error, JournalError::Locked { .. }), "{error}");
    append(&path, "{\"record\":\"plan");
    assert_eq!(Journal::peek(&path).unwrap().unwrap().history().len(), 1);
    drop(journal);
    assert_eq!(open(&path).history().len(), 1);
}

#[test]
fn another_run_is_refused_and_can_be_set_aside() {
    let (_folder, path) = place();
    trial(&mut open(&path), 4, 100.0);
    let objective = Journal::open(&path, &header(16.0, 2, "minimize cost")).unwrap_err().to_string();
    assert_eq!(
        objective,
        format!(
            "the journal {} belongs to another run: its objective is \"maximize throughput\" and now it is \
             \"minimize cost\"; undo the change to resume, or start anew",
            path.display()
        )
    );
    let changed = header(32.0, 2, "maximize throughput");
    let space = Journal::open(&path, &changed).unwrap_err().to_string();
    assert!(space.contains("the definition of app.workers changed"), "{space}");
    let journal = Journal::restart(&path, &changed).unwrap();
    assert!(journal.history().is_empty());
    drop(journal);
    assert_eq!(Journal::open(&path, &changed).unwrap().state().header(), &changed);
    let old = path.with_extension("journal.old");
    assert_eq!(Journal::peek(&old).unwrap().unwrap().history().len(), 1);
}

#[test]
fn a_service_left_on_a_trial_keeps_its_baseline() {
    let (_folder, path) = place();
    trial(&mut open(&path), 4, 100.0);
    let found = header(16.0, 11, "maximize throughput");
    let journal = Journal::open(&path, &found).unwrap();
    assert_eq!(journal.state().header().space.baseline(), settings(2));
}

#[test]
fn records_out_of_order_are_refused_and_not_written() {
    let (_folder, path) = place();
    let mut journal = open(&path);
    for result in [journal.adjusted(), journal.measured(measured(1.0)), journal.finished()] {
        assert!(matches!(result, Err(JournalError::Order { .. })), "{result:?}");
    }
    journal.planned(&settings(4), &why()).unwrap();
    assert!(journal.planned(&settings(5), &why()).is_err());
    drop(journal);
    assert!(matches!(open(&path).state().pending(), Pending::Planned { .. }));
}

#[test]
fn readings_that_are_no_numbers_do_not_spoil_the_file() {
    let (_folder, path) = place();
    let mut journal = open(&path);
    journal.planned(&settings(4), &why()).unwrap();
    let strange = Reading { mean: 5.0, deviation: Some(f64::NAN), samples: Some(3) };
    let readings = [("a".to_owned(), f64::NAN.into()), ("b".to_owned(), strange)].into();
    journal.measured(TrialResult::Measured(readings)).unwrap();
    let kept = journal.history().to_vec();
    drop(journal);
    let journal = open(&path);
    assert_eq!(journal.history(), kept);
    let clean = Reading { mean: 5.0, deviation: None, samples: Some(3) };
    assert_eq!(journal.history()[0].result, TrialResult::Measured([("b".to_owned(), clean)].into()));
}

#[test]
fn what_could_not_be_read_again_is_not_written() {
    let (_folder, path) = place();
    let mut journal = open(&path);
    trial(&mut journal, 4, 2.0);
    let (state, length) = (journal.state().clone(), journal.length);
    journal.length = super::SIZE_MAX - 10;
    let full = journal.planned(&settings(6), &why()).unwrap_err();
    assert!(matches!(full, JournalError::Full { .. }), "{full}");
    assert_eq!(journal.state(), &state);
    journal.length = length;
    journal.planned(&settings(6), &why()).unwrap();
    let state = journal.state().clone();
    journal.length = super::SIZE_MAX;
    assert!(journal.measured(measured(1.0)).is_err());
    assert_eq!(journal.state(), &state, "a trial that is not written is not in the history");
}
