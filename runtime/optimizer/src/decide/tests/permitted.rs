//! Constraints that are known to be violated before anything is measured.

use std::collections::BTreeMap;

use super::{number, run, setting};
use crate::decide::{Outcome, Stop};
use crate::objective::Objective;
use crate::options::{Options, Search};
use crate::space::{Domain, Settings, Space, Value};
use crate::trial::{Trial, TrialResult};

/// Two settings that share a budget, and a run over them.
fn shared(
    (threads, pool): (i64, i64),
    constraints: &[&str],
    options: &Options,
) -> (Vec<Trial>, Settings, Outcome) {
    let axis = |name, value| setting(name, Domain::range(1.0, 64.0, None, true), Value::Integer(value));
    let space = Space::new(vec![axis("threads", threads), axis("pool", pool)]).unwrap();
    let units: BTreeMap<String, String> =
        ["app.threads", "app.pool", "calls"].map(|name| (name.to_owned(), String::new())).into();
    let goal = "maximize app.threads * app.pool + 0 * calls";
    let objective = Objective::parse(goal, constraints).unwrap().check(&units).unwrap();
    let calls = TrialResult::Measured([("calls".to_owned(), 1.0.into())].into());
    run(&space, &objective, options, &mut |_, _| calls.clone())
}

#[test]
fn what_the_settings_alone_violate_is_never_tried() {
    let sum = |settings: &Settings| number(settings, "app.threads") + number(settings, "app.pool");
    let cases = [((10, 10), 12.0), ((2, 2), 12.0), ((10, 10), 3.0)];
    for ((start, most), seed) in cases.into_iter().flat_map(|case| (0..4).map(move |seed| (case, seed))) {
        let constraint = format!("app.threads + app.pool <= {most}");
        for search in [Search::Model, Search::Random] {
            let options = Options { seed, search, ..Options::with_budget(20) };
            let (history, apply, outcome) = shared(start, &[&constraint, "calls < 2"], &options);
            let others = history.iter().filter(|t| !t.why.role.is_baseline());
            for trial in others.clone() {
                assert!(sum(&trial.settings) <= most, "seed {seed}: {:?} is tried", trial.settings);
            }
            assert!(others.count() > 3 || most < 4.0, "seed {seed}: {} trials", history.len());
            assert!(
                !outcome.kept_baseline && sum(&apply) <= most,
                "seed {seed}: {apply:?}: {}",
                outcome.text
            );
            let product = number(&apply, "app.threads") * number(&apply, "app.pool");
            assert!(search == Search::Random || most < 4.0 || product >= 32.0, "seed {seed}: {apply:?}");
        }
    }
}

#[test]
fn where_nothing_is_permitted_nothing_is_tried() {
    let constraints = ["app.threads / (app.pool - app.pool) < 1"];
    let (history, _, outcome) = shared((3, 3), &constraints, &Options::with_budget(20));
    assert_eq!(history.len(), 2, "the baseline cannot be evaluated either");
    assert_eq!(outcome.stop, Stop::BaselineUnmeasurable);
    let (history, _, outcome) = shared((3, 3), &["app.threads < 1"], &Options::with_budget(20));
    assert_eq!((history.len(), outcome.stop), (1, Stop::SpaceExhausted));
    assert_eq!(
        outcome.text,
        "the baseline is kept: nothing else was measured; no combination is left to try"
    );
}
