use servo_optimizer::Value;

use super::*;
use crate::tuning::TrialView;

fn settings(threads: i64) -> Settings {
    Settings::from([("web.threads".to_owned(), serde_json::from_value::<Value>(threads.into()).unwrap())])
}

fn started(number: usize, threads: i64) -> RunEvent {
    RunEvent::TrialStarted { number, of: 20, why: "exploring".to_owned(), settings: settings(threads) }
}

fn ended(number: usize, score: Option<f64>, best_so_far: Option<f64>) -> RunEvent {
    let row = TrialView {
        number,
        role: servo_optimizer::Role::Explore,
        changed: Settings::default(),
        score,
        violations: Vec::new(),
        problem: None,
        best_so_far,
        why: String::new(),
    };
    RunEvent::TrialEnded { row: Box::new(row), unit: "rps".to_owned() }
}

#[test]
fn the_best_keeps_the_settings_that_had_it() {
    let whereabouts = Whereabouts::default();
    for event in [
        started(1, 1),
        ended(1, Some(100.0), Some(100.0)),
        started(2, 4),
        ended(2, Some(300.0), Some(300.0)),
        started(3, 8),
    ] {
        whereabouts.note(&event);
    }
    whereabouts.note(&RunEvent::Progress { percent: Some(40.0), message: "web: loading".to_owned() });
    let doing = whereabouts.now();
    assert_eq!((doing.text.as_str(), doing.percent), ("trial 3 of 20 (exploring)", Some(40.0)));
    assert_eq!(doing.message, "web: loading");
    let best = TrialCount {
        number: 3,
        of: 20,
        best: Some(300.0),
        best_settings: Some(settings(4)),
        unit: "rps".to_owned(),
    };
    assert_eq!(doing.trials, Some(best.clone()));
    // A worse one changes nothing, and what is said of it does not outlast it.
    whereabouts.note(&ended(3, Some(200.0), Some(300.0)));
    let doing = whereabouts.now();
    assert_eq!((doing.trials, doing.percent, doing.message.as_str()), (Some(best), None, ""));
    assert_eq!(doing.text, "deciding what to try next");
}

#[test]
fn the_settings_of_a_best_that_another_process_measured_are_not_claimed() {
    let whereabouts = Whereabouts::default();
    whereabouts.note(&started(9, 8));
    whereabouts.note(&ended(9, Some(50.0), Some(300.0)));
    let trials = whereabouts.now().trials.unwrap();
    assert_eq!((trials.best, trials.best_settings), (Some(300.0), None));
}
