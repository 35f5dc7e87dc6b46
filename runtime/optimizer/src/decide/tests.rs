mod permitted;

use std::collections::BTreeMap;

use super::{Decision, Outcome, Stop, decide};
use crate::objective::{CheckedObjective, Objective};
use crate::options::{Options, Search};
use crate::random::Random;
use crate::space::{Domain, Setting, Settings, Space, Value, same_settings};
use crate::trial::{Reading, Role, Trial, TrialResult};

fn setting(name: &str, domain: Domain, value: Value) -> Setting {
    Setting { component: "app".to_owned(), name: name.to_owned(), domain, value, pinned: false }
}

fn space() -> Space {
    let modes = ["slow", "quick"].map(|m| Value::Text(m.to_owned())).to_vec();
    Space::new(vec![
        setting("workers", Domain::range(1.0, 32.0, None, true), Value::Integer(1)),
        setting("batch", Domain::range(1.0, 100.0, None, true), Value::Integer(1)),
        setting("mode", Domain::Enum(modes), Value::Text("slow".to_owned())),
    ])
    .unwrap()
}

fn objective(constraints: &[&str]) -> CheckedObjective {
    let units: BTreeMap<String, String> =
        [("rate", "rps"), ("latency", "ms")].map(|(n, u)| (n.to_owned(), u.to_owned())).into();
    Objective::parse("maximize rate", constraints).unwrap().check(&units).unwrap()
}

fn number(settings: &Settings, name: &str) -> f64 {
    settings[name].as_number().unwrap()
}

/// Best near 8 workers, a batch of 20 and quick mode; large batches are slow to answer.
fn rate(settings: &Settings) -> f64 {
    let hill = |v: f64, best: f64| (-0.5 * (v / best).ln().powi(2)).exp();
    let mode = if settings["app.mode"] == Value::Text("quick".to_owned()) { 1.5 } else { 1.0 };
    1000.0 * mode * hill(number(settings, "app.workers"), 8.0) * hill(number(settings, "app.batch"), 20.0)
}

fn service(settings: &Settings, noise: &mut Random) -> TrialResult {
    let blur = |v: f64, noise: &mut Random| Reading::from(v * (0.05 * noise.normal()).exp());
    let latency = 2.0 * number(settings, "app.batch");
    TrialResult::Measured(
        [("rate".to_owned(), blur(rate(settings), noise)), ("latency".to_owned(), blur(latency, noise))]
            .into(),
    )
}

type Service<'a> = &'a mut dyn FnMut(&Settings, usize) -> TrialResult;

fn run(
    space: &Space,
    objective: &CheckedObjective,
    options: &Options,
    service: Service<'_>,
) -> (Vec<Trial>, Settings, Outcome) {
    let mut history = Vec::new();
    loop {
        match decide(space, objective, options, &history) {
            Decision::Measure { settings, why } => {
                let result = service(&settings, history.len());
                history.push(Trial { settings, result, why });
                assert!(history.len() <= options.budget);
            }
            Decision::Finish { apply, outcome } => return (history, apply, outcome),
        }
    }
}

fn usual(options: &Options) -> (Vec<Trial>, Settings, Outcome) {
    let mut noise = Random::new(options.seed, 99);
    run(&space(), &objective(&[]), options, &mut |settings, _| service(settings, &mut noise))
}

#[test]
fn a_run_goes_from_baseline_to_a_confirmed_gain() {
    let options = Options { seed: 4, ..Options::with_budget(20) };
    let (history, apply, outcome) = usual(&options);
    let roles: Vec<Role> = history.iter().map(|t| t.why.role).collect();
    assert_eq!(roles[0], Role::Baseline);
    assert!(roles[1..4].iter().all(|r| *r == Role::Design));
    assert!(roles.contains(&Role::Exploit) || roles.contains(&Role::Explore));
    let end: Vec<Role> = roles.iter().copied().filter(|r| r.is_confirmation()).collect();
    assert_eq!(end[..3], [Role::ConfirmCandidate, Role::ConfirmBaseline, Role::ConfirmCandidate]);
    assert!(!outcome.kept_baseline);
    assert!(rate(&apply) > 1200.0, "{apply:?}");
    let gain = outcome.gain.unwrap();
    assert!(gain.low > 1.0 && gain.p_value < 0.05, "{gain}");
    assert_eq!(outcome.importance.len(), 3);
    let total: f64 = outcome.importance.iter().map(|(_, share)| share).sum();
    assert!((total - 1.0).abs() < 1e-9);
    assert!(outcome.importance[0].0 != "app.mode", "{:?}", outcome.importance);
    assert!(outcome.text.starts_with("the candidate is better than the baseline: gain "), "{}", outcome.text);
}

#[test]
fn the_same_seed_and_history_give_the_same_decision() {
    let options = Options { seed: 4, ..Options::with_budget(20) };
    let (history, ..) = usual(&options);
    for length in 0..history.len() {
        let again = decide(&space(), &objective(&[]), &options, &history[..length]);
        let Decision::Measure { settings, why } = again else { panic!("ends after {length}") };
        assert_eq!((&settings, &why), (&history[length].settings, &history[length].why));
    }
    let json = serde_json::to_string(&history).unwrap();
    let read: Vec<Trial> = serde_json::from_str(&json).unwrap();
    assert_eq!(read, history, "nothing is lost on the way through a journal");
    let other = Options { seed: 5, ..options };
    assert_ne!(usual(&other).0[1].settings, history[1].settings);
}

#[test]
fn failed_settings_are_never_tried_again() {
    for kind in [TrialResult::Rejected, TrialResult::Failed, TrialResult::Aborted] {
        let mut noise = Random::new(1, 99);
        let options = Options { seed: 2, ..Options::with_budget(24) };
        let (history, apply, _) = run(&space(), &objective(&[]), &options, &mut |settings, _| {
            let quick = settings["app.mode"] == Value::Text("quick".to_owned());
            if quick { kind("no quick mode here".to_owned()) } else { service(settings, &mut noise) }
        });
        let failed: Vec<&Settings> = history
            .iter()
            .filter(|t| !matches!(t.result, TrialResult::Measured(_)))
            .map(|t| &t.settings)
            .collect();
        for (i, settings) in failed.iter().enumerate() {
            assert!(!failed[..i].iter().any(|other| same_settings(other, settings)));
        }
        assert!(failed.len() <= 8, "{} of {} trials went where trials fail", failed.len(), history.len());
        assert_eq!(apply["app.mode"], Value::Text("slow".to_owned()));
    }
}

#[test]
fn applied_settings_hold_the_constraints() {
    for seed in 0..6 {
        let mut noise = Random::new(seed, 99);
        let options = Options { seed, ..Options::with_budget(24) };
        let objective = objective(&["latency <= 15ms"]);
        let (_, apply, outcome) =
            run(&space(), &objective, &options, &mut |settings, _| service(settings, &mut noise));
        assert!(number(&apply, "app.batch") <= 7.0, "seed {seed}: {apply:?}");
        assert!(!outcome.kept_baseline && rate(&apply) > 300.0, "seed {seed}: {apply:?}");
    }
}

#[test]
fn trials_that_a_violation_ends_do_not_mislead_the_search() {
    for seed in 0..6 {
        let mut noise = Random::new(seed, 99);
        let options = Options { seed, ..Options::with_budget(24) };
        let objective = objective(&["latency <= 15ms"]);
        let (history, apply, outcome) = run(&space(), &objective, &options, &mut |settings, _| {
            let result = service(settings, &mut noise);
            let TrialResult::Measured(readings) = &result else { return result };
            let violated = !objective.evaluate(readings, settings).unwrap().violations.is_empty();
            if violated { TrialResult::Aborted("too slow".to_owned()) } else { result }
        });
        let ended = history.iter().filter(|t| matches!(t.result, TrialResult::Aborted(_))).count();
        assert!((1..=12).contains(&ended), "seed {seed}: {ended} of {}", history.len());
        assert!(number(&apply, "app.batch") <= 7.0, "seed {seed}: {apply:?}");
        assert!(!outcome.kept_baseline && rate(&apply) > 300.0, "seed {seed}: {apply:?}");
    }
}

#[test]
fn a_baseline_that_breaks_a_constraint_yields_to_settings_that_do_not() {
    let mut noise = Random::new(3, 99);
    let mut space_settings = space().settings().to_vec();
    space_settings[1].value = Value::Integer(40);
    let space = Space::new(space_settings).unwrap();
    let options = Options { seed: 3, ..Options::with_budget(24) };
    let objective = objective(&["latency <= 15ms"]);
    let (_, apply, outcome) =
        run(&space, &objective, &options, &mut |settings, _| service(settings, &mut noise));
    assert!(!outcome.kept_baseline && number(&apply, "app.batch") <= 7.0, "{apply:?}: {}", outcome.text);
}

#[test]
fn settings_that_hold_the_constraints_need_not_be_better_than_a_baseline_that_does_not() {
    for seed in 0..6 {
        let mut noise = Random::new(seed, 99);
        let mut settings = space().settings().to_vec();
        // As fast as it gets, and too slow to answer.
        for (setting, value) in settings.iter_mut().zip([8, 20]) {
            setting.value = Value::Integer(value);
        }
        settings[2].value = Value::Text("quick".to_owned());
        let space = Space::new(settings).unwrap();
        let options = Options { seed, ..Options::with_budget(24) };
        let objective = objective(&["latency <= 15ms"]);
        let (_, apply, outcome) =
            run(&space, &objective, &options, &mut |settings, _| service(settings, &mut noise));
        assert!(!outcome.kept_baseline && number(&apply, "app.batch") <= 7.0, "seed {seed}: {apply:?}");
        assert!(outcome.gain.unwrap().estimate < 1.0, "seed {seed}: {}", outcome.text);
        let said = "the candidate holds the constraints and the baseline does not: gain 0.";
        assert!(outcome.text.starts_with(said), "seed {seed}: {}", outcome.text);
    }
}

#[test]
fn without_a_gain_the_baseline_stays() {
    let mut kept = 0;
    for seed in 0..20 {
        let mut noise = Random::new(seed, 99);
        let options = Options { seed, ..Options::with_budget(20) };
        let (_, apply, outcome) = run(&space(), &objective(&[]), &options, &mut |_, _| {
            let rate = 100.0 * (0.1 * noise.normal()).exp();
            TrialResult::Measured([("rate".to_owned(), rate.into())].into())
        });
        kept += usize::from(outcome.kept_baseline);
        assert_eq!(outcome.kept_baseline, same_settings(&apply, &space().baseline()));
    }
    assert!(kept >= 17, "{kept} of 20");
}

#[test]
fn a_baseline_that_is_the_best_is_said_to_be_and_hardly_compared() {
    let mut settings = space().settings().to_vec();
    settings[0].value = Value::Integer(8);
    settings[1].value = Value::Integer(20);
    settings[2].value = Value::Text("quick".to_owned());
    let space = Space::new(settings).unwrap();
    let (mut searched, mut confirmed) = (0, 0);
    for seed in 0..12 {
        let mut noise = Random::new(seed, 99);
        let options = Options { seed, ..Options::with_budget(17) };
        let (history, apply, outcome) =
            run(&space, &objective(&[]), &options, &mut |settings, _| service(settings, &mut noise));
        assert!(outcome.kept_baseline && same_settings(&apply, &space.baseline()), "seed {seed}");
        let of = history.iter().filter(|t| t.why.role == Role::ConfirmCandidate);
        confirmed += of.clone().count();
        searched += history.len() - history.iter().filter(|t| t.why.role.is_confirmation()).count();
        // What is far behind is no candidate, whatever luck it had.
        for trial in of {
            let share = rate(&trial.settings) / rate(&space.baseline());
            assert!(share > 0.8, "seed {seed}: {share} of the baseline is confirmed");
        }
        let better = outcome.gain.is_some_and(|gain| gain.is_better());
        let said = if better { "a gain of 1" } else { "it is the best found" };
        let text = format!("the baseline is kept: {said}");
        assert!(outcome.text.starts_with(&text), "seed {seed}: {}", outcome.text);
    }
    assert!(confirmed <= 30, "{confirmed} confirmations of 12 runs");
    assert!(searched >= 12 * 10, "{searched} other measurements of 12 runs");
}

#[test]
fn the_end_says_why_the_baseline_is_kept() {
    let kept = |budget: usize, constraints: &[&str], service: Service<'_>| {
        let options = Options { seed: 1, ..Options::with_budget(budget) };
        let (.., outcome) = run(&space(), &objective(constraints), &options, service);
        assert!(outcome.kept_baseline, "{}", outcome.text);
        outcome.text
    };
    let measured = |rate: f64, latency: f64| {
        TrialResult::Measured(
            [("rate".to_owned(), rate.into()), ("latency".to_owned(), latency.into())].into(),
        )
    };
    assert_eq!(
        kept(1, &[], &mut |_, _| measured(1.0, 1.0)),
        "the baseline is kept: nothing else was measured; the budget is spent"
    );
    let nothing_else = kept(8, &[], &mut |_, i| match i {
        0 => measured(1.0, 1.0),
        _ => TrialResult::Failed("down".to_owned()),
    });
    assert!(nothing_else.starts_with("the baseline is kept: nothing else was measured; "), "{nothing_else}");
    let violated = kept(8, &["latency < 5ms"], &mut |_, i| measured(1.0 + i as f64, 9.0));
    let said = "the baseline is kept: it violates a constraint, but nothing was confirmed to hold them all; ";
    assert!(violated.starts_with(said), "{violated}");
    let slower = kept(8, &["latency < 5ms"], &mut |settings, _| {
        let first = same_settings(settings, &space().baseline());
        measured(if first { 9.0 } else { 1.0 }, 1.0)
    });
    assert_eq!(
        slower,
        "the baseline is kept: it is the best found that holds the constraints; the search has spent its part of the \
         budget"
    );
    // Quick once, slow ever after.
    let broke = kept(8, &["latency < 5ms"], &mut {
        let mut tried: Vec<Settings> = Vec::new();
        move |settings: &Settings, i: usize| {
            let again = tried.iter().any(|other| same_settings(other, settings));
            tried.push(settings.clone());
            let slow = again && !same_settings(settings, &space().baseline());
            measured(if i == 0 { 1.0 } else { 2.0 + i as f64 }, if slow { 99.0 } else { 1.0 })
        }
    });
    let said =
        "the baseline is kept: the candidate failed or violated a constraint when it was measured again; ";
    assert!(broke.starts_with(said), "{broke}");
}

#[test]
fn little_to_gain_ends_the_search_early() {
    let mut noise = Random::new(3, 99);
    let options = Options { min_gain: 0.5, patience: 2, ..Options::with_budget(50) };
    let (history, _, outcome) =
        run(&space(), &objective(&[]), &options, &mut |settings, _| service(settings, &mut noise));
    assert_eq!(outcome.stop, Stop::LittleToGain);
    assert!(history.len() < 40, "{}", history.len());
}

#[test]
fn a_small_space_is_exhausted() {
    let switch = Domain::Enum(vec![Value::Bool(false), Value::Bool(true)]);
    let space = Space::new(vec![setting("fast", switch, Value::Bool(false))]).unwrap();
    let options = Options { patience: 0, ..Options::with_budget(20) };
    let (history, apply, outcome) = run(&space, &objective(&[]), &options, &mut |settings, i| {
        let rate = if settings["app.fast"] == Value::Bool(true) { 200.0 } else { 100.0 } + (i % 3) as f64;
        TrialResult::Measured([("rate".to_owned(), rate.into())].into())
    });
    assert_eq!(outcome.stop, Stop::SpaceExhausted);
    assert_eq!(apply["app.fast"], Value::Bool(true));
    assert!(history.len() < 10);
}

#[test]
fn nothing_to_tune_and_nothing_to_measure_end_at_once() {
    let pinned = Setting { pinned: true, ..space().settings()[0].clone() };
    let space_of_none = Space::new(vec![pinned]).unwrap();
    let options = Options::with_budget(20);
    let (history, _, outcome) =
        run(&space_of_none, &objective(&[]), &options, &mut |_, _| panic!("no trial"));
    assert!(history.is_empty());
    assert_eq!((outcome.stop, outcome.kept_baseline), (Stop::NothingToTune, true));
    let (history, apply, outcome) =
        run(&space(), &objective(&[]), &options, &mut |_, _| TrialResult::Failed("down".to_owned()));
    assert_eq!(history.len(), 2);
    assert_eq!((outcome.stop, outcome.kept_baseline), (Stop::BaselineUnmeasurable, true));
    assert!(same_settings(&apply, &space().baseline()));
}

#[test]
fn a_baseline_that_moves_is_noticed() {
    let mut noise = Random::new(8, 99);
    let options = Options { drift_every: 6, patience: 0, ..Options::with_budget(30) };
    let (history, apply, outcome) = run(&space(), &objective(&[]), &options, &mut |settings, i| {
        let aged = if i < 5 { 1.0 } else { 0.3 };
        let TrialResult::Measured(mut readings) = service(settings, &mut noise) else { unreachable!() };
        readings.values_mut().for_each(|r| r.mean *= aged);
        TrialResult::Measured(readings)
    });
    assert!(history.iter().any(|t| t.why.role == Role::Drift));
    // The first baseline was measured in better times; the gain must not be counted from it.
    let truth = rate(&apply) / rate(&space().baseline());
    let gain = outcome.gain.unwrap();
    assert!((gain.estimate / truth).ln().abs() < 0.15, "{gain} for {truth}");
}

#[test]
fn the_least_budget_finds_something() {
    let mut found = 0;
    for seed in 0..20 {
        let options = Options { seed, ..Options::with_budget(Options::BUDGET_MIN) };
        let (history, apply, outcome) = usual(&options);
        assert_eq!(history.len(), Options::BUDGET_MIN);
        let searched =
            history.iter().filter(|t| matches!(t.why.role, Role::Design | Role::Explore | Role::Exploit));
        assert_eq!(searched.count(), 2, "seed {seed}");
        let better = rate(&apply) > rate(&space().baseline());
        assert_eq!(better, !outcome.kept_baseline, "seed {seed}: {}", outcome.text);
        found += usize::from(better);
    }
    assert!(found >= 12, "{found} of 20");
}

#[test]
fn tiny_budgets_and_the_random_search_keep_their_promises() {
    for budget in 0..9 {
        let options = Options::with_budget(budget);
        if budget == 0 {
            assert!(matches!(decide(&space(), &objective(&[]), &options, &[]), Decision::Finish { .. }));
        } else {
            usual(&options);
        }
    }
    let options = Options { search: Search::Random, ..Options::with_budget(20) };
    let (history, ..) = usual(&options);
    assert!(history.iter().all(|t| t.why.expected.is_none()));
}

#[test]
fn a_history_that_does_not_fit_is_counted_and_ignored() {
    let options = Options::with_budget(12);
    let mut noise = Random::new(1, 99);
    let (mut history, ..) = usual(&options);
    history[2].settings.insert("app.workers".to_owned(), Value::Integer(4_000));
    history[3].settings.clear();
    history.truncate(6);
    for _ in 0..6 {
        match decide(&space(), &objective(&[]), &options, &history) {
            Decision::Measure { settings, why } => {
                let result = service(&settings, &mut noise);
                history.push(Trial { settings, result, why });
            }
            Decision::Finish { .. } => break,
        }
    }
    assert!(history.len() <= 12);
}
