use std::collections::BTreeMap;

use super::{Standing, last_safe, standing, summary};
use crate::objective::{CheckedObjective, Objective};
use crate::space::{Domain, Setting, Space, Value};
use crate::trial::{Role, Trial, TrialResult, Why};

fn space() -> Space {
    let domain = Domain::range(1.0, 16.0, None, true);
    let (component, name) = ("app".to_owned(), "workers".to_owned());
    Space::new(vec![Setting { component, name, domain, value: Value::Integer(2), pinned: false }]).unwrap()
}

fn objective() -> CheckedObjective {
    let units: BTreeMap<String, String> =
        [("rate", ""), ("errors", "%")].map(|(n, u)| (n.to_owned(), u.to_owned())).into();
    Objective::parse("maximize rate", &["errors < 1%"]).unwrap().check(&units).unwrap()
}

fn trial(role: Role, workers: i64, result: TrialResult) -> Trial {
    let settings = [("app.workers".to_owned(), Value::Integer(workers))].into();
    Trial { settings, result, why: Why { role, expected: None, text: format!("{role} of {workers}") } }
}

fn measured(rate: f64, errors: f64) -> TrialResult {
    TrialResult::Measured([("rate".to_owned(), rate.into()), ("errors".to_owned(), errors.into())].into())
}

#[test]
fn a_history_reads_as_a_table() {
    let history = [
        trial(Role::Baseline, 2, measured(100.0, 0.1)),
        trial(Role::Design, 16, measured(900.0, 5.0)),
        trial(Role::Explore, 9, TrialResult::Rejected("too many".to_owned())),
        trial(Role::Exploit, 4, measured(310.0, 0.2)),
        trial(Role::Exploit, 5, measured(320.0, 0.9)),
        trial(Role::ConfirmCandidate, 5, measured(290.0, 1.3)),
        trial(Role::ConfirmCandidate, 4, measured(290.0, 0.2)),
        trial(Role::ConfirmBaseline, 2, measured(102.0, 0.1)),
        trial(Role::Explore, 3, TrialResult::Measured([("rate".to_owned(), 1.0.into())].into())),
    ];
    let summary = summary(&space(), &objective(), 0.95, &history);
    let scores: Vec<Option<f64>> = summary.rows.iter().map(|r| r.score).collect();
    assert_eq!(scores[..4], [Some(100.0), Some(900.0), None, Some(310.0)]);
    let best: Vec<f64> = summary.rows.iter().filter_map(|r| r.best_so_far).collect();
    assert_eq!(best, [100.0, 100.0, 100.0, 310.0, 320.0, 320.0, 320.0, 320.0, 320.0]);
    assert_eq!(summary.rows[1].violations, ["errors < 1%"]);
    assert_eq!(summary.rows[2].problem.as_deref(), Some("rejected: too many"));
    assert!(summary.rows[8].problem.as_deref().unwrap().contains("no value for errors"));
    assert!(summary.rows[0].changed.is_empty());
    assert_eq!(summary.rows[3].changed["app.workers"], Value::Integer(4));
    assert_eq!(summary.rows[6].why, "confirm candidate of 4");
    // 5 workers were once faster, but together their two measurements break the constraint.
    let best = summary.best.unwrap();
    assert_eq!((best.score, best.measurements), (300.0, 2));
    assert_eq!(best.settings["app.workers"], Value::Integer(4));
    let gain = best.gain.unwrap();
    assert!(gain.low > 2.0 && gain.high < 4.5, "{gain}");
}

#[test]
fn the_baseline_as_best_has_no_gain() {
    let history =
        [trial(Role::Baseline, 2, measured(100.0, 0.1)), trial(Role::Design, 8, measured(50.0, 0.1))];
    let best = summary(&space(), &objective(), 0.95, &history).best.unwrap();
    assert_eq!((best.score, best.gain), (100.0, None));
    assert_eq!(summary(&space(), &objective(), 0.95, &[]).best, None);
}

#[test]
fn a_measurement_that_a_violation_ended_is_violated_and_has_no_score() {
    let said = "SLO violation(s) observed: (errors below 1)";
    let history = [
        trial(Role::Baseline, 2, measured(100.0, 0.1)),
        trial(Role::Explore, 9, TrialResult::Aborted(said.to_owned())),
    ];
    let summary = summary(&space(), &objective(), 0.95, &history);
    let row = &summary.rows[1];
    assert_eq!((row.score, row.best_so_far), (None, Some(100.0)));
    assert_eq!(row.violations, [said]);
    assert_eq!(row.problem.as_deref(), Some(format!("violated: {said}").as_str()));
    assert_eq!(summary.best.unwrap().settings["app.workers"], Value::Integer(2));
}

#[test]
fn all_measurements_of_some_settings_say_together_whether_they_hold() {
    let history = [
        trial(Role::Baseline, 2, measured(100.0, 0.5)),
        trial(Role::Explore, 4, measured(200.0, 0.8)),
        trial(Role::ConfirmCandidate, 4, measured(220.0, 1.4)),
        trial(Role::ConfirmBaseline, 2, measured(110.0, 1.2)),
        trial(Role::Explore, 8, TrialResult::Failed("down".to_owned())),
        trial(Role::Explore, 9, measured(300.0, 1.0)),
    ];
    let cases = [
        (2, Some(105.0), false),
        (4, Some(210.0), true),
        (8, None, false),
        // On the bound of `<`.
        (9, Some(300.0), true),
    ];
    for (workers, score, violates) in cases {
        let settings = [("app.workers".to_owned(), Value::Integer(workers))].into();
        let violations = if violates { vec!["errors < 1%".to_owned()] } else { Vec::new() };
        let wanted = Standing { score, violations };
        assert_eq!(standing(&objective(), &history, &settings), wanted, "{workers}");
    }
}

#[test]
fn safe_is_what_has_always_held_the_constraints() {
    let aborted = || TrialResult::Aborted("too many errors".to_owned());
    let history = [
        trial(Role::Baseline, 2, measured(100.0, 1.5)),
        trial(Role::Explore, 3, measured(110.0, 0.1)),
        trial(Role::Explore, 4, measured(120.0, 0.1)),
        trial(Role::Explore, 5, aborted()),
        trial(Role::Explore, 6, TrialResult::Failed("no answer".to_owned())),
        trial(Role::ConfirmCandidate, 4, aborted()),
        trial(Role::ConfirmBaseline, 2, measured(100.0, 0.1)),
    ];
    for (length, safe) in
        [(0, None), (1, None), (2, Some(3)), (3, Some(4)), (5, Some(4)), (6, Some(3)), (7, Some(3))]
    {
        let found = last_safe(&objective(), &history[..length]);
        let found = found.map(|settings| settings["app.workers"].clone());
        assert_eq!(found, safe.map(Value::Integer), "after {length} trials");
    }
}
