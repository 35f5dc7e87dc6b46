use servo_liveness::{ClockDifference, Error, MemberState};

use super::*;

fn member(endpoint: &str, state: Result<MemberState, Error>, ahead: f64) -> Member {
    let clock = Ok(ClockDifference { least: ahead, most: ahead + 1.0 });
    Member { endpoint: endpoint.into(), state, clock }
}

fn well() -> MemberState {
    MemberState {
        version: "3.4.23".into(),
        has_leader: true,
        leads: false,
        database_bytes: 1,
        alarms: Vec::new(),
        took: Duration::from_millis(3),
    }
}

#[test]
fn each_check_sees_what_it_is_about() {
    let gone = || Error::Unreachable { endpoints: "http://b:2379".into(), why: "refused".into() };
    let fine = Checkup {
        members: vec![member("http://a:2379", Ok(well()), -0.5)],
        read: Ok(Duration::from_millis(2)),
        write: Ok(Duration::from_millis(4)),
    };
    let one_gone = Checkup {
        members: vec![member("http://a:2379", Ok(well()), 0.0), member("http://b:2379", Err(gone()), 0.0)],
        ..fine.clone()
    };
    let none = Checkup {
        members: vec![member("http://b:2379", Err(gone()), 0.0)],
        read: Err(gone()),
        write: Err(gone()),
    };
    let headless = MemberState { has_leader: false, ..well() };
    let alone = Checkup { members: vec![member("http://a:2379", Ok(headless), 0.0)], ..none.clone() };
    let full = MemberState { alarms: vec!["NOSPACE".into()], ..well() };
    let full = Checkup {
        members: vec![member("http://a:2379", Ok(full), 0.0)],
        write: Err(Error::Full),
        ..fine.clone()
    };
    let late = Checkup { members: vec![member("http://a:2379", Ok(well()), 7.0)], ..fine.clone() };
    for (checkup, passed) in [
        (fine, [true; 5]),
        (one_gone, [true, true, true, false, true]),
        (none, [false, false, false, false, true]),
        (alone, [false, false, false, false, true]),
        (full, [true, true, false, false, true]),
        (late, [true, true, true, true, false]),
    ] {
        let verdicts: Vec<Verdict> =
            list(true).iter().map(|check| judge(&check.id, &checkup).unwrap()).collect();
        let found: Vec<bool> = verdicts.iter().map(|verdict| verdict.passed).collect();
        assert_eq!(found, passed, "{checkup:?}");
        assert!(verdicts.iter().all(|verdict| verdict.hint.is_none() == verdict.passed));
        assert!(verdicts.iter().all(|verdict| !verdict.message.is_empty()), "{verdicts:?}");
        // What is to be done is not said twice.
        let twice = |verdict: &Verdict| {
            let told = format!("{} {}", verdict.message, verdict.hint.as_deref().unwrap_or_default());
            told.matches("see that").count() > 1 || told.matches("more than half").count() > 1
        };
        assert!(!verdicts.iter().any(twice), "{verdicts:?}");
    }
}

#[test]
fn only_who_may_have_to_lead_needs_etcd() {
    let stops = |needed| list(needed).iter().filter(|check| check.severity != Severity::Warning).count();
    assert_eq!((stops(true), stops(false)), (3, 0));
}
