use std::collections::BTreeMap;

use super::{Bound, Direction, EvaluateError, Objective};
use crate::space::{Settings, Value};
use crate::trial::Reading;

fn units() -> BTreeMap<String, String> {
    [
        ("throughput", "rps"),
        ("latency_p99", "ms"),
        ("latency_p50", "s"),
        ("error_rate", "%"),
        ("share", ""),
        ("memory", "MiB"),
        ("http-settings.workers", ""),
    ]
    .map(|(name, unit)| (name.to_owned(), unit.to_owned()))
    .into()
}

fn readings() -> BTreeMap<String, Reading> {
    [
        ("throughput", 1200.0),
        ("latency_p99", 45.0),
        ("latency_p50", 0.02),
        ("error_rate", 0.5),
        ("share", 0.005),
        ("memory", 2048.0),
    ]
    .map(|(name, value)| (name.to_owned(), value.into()))
    .into()
}

fn settings() -> Settings {
    [("http-settings.workers".to_owned(), Value::Integer(4))].into()
}

fn score(goal: &str) -> f64 {
    let objective = Objective::parse(goal, &[] as &[&str]).unwrap().check(&units()).unwrap();
    objective.evaluate(&readings(), &settings()).unwrap().score
}

fn excess(constraint: &str) -> f64 {
    let objective = Objective::parse("maximize throughput", &[constraint]).unwrap().check(&units()).unwrap();
    objective.evaluate(&readings(), &settings()).unwrap().excess[0]
}

fn problem(goal: &str, constraints: &[&str]) -> String {
    let checked = Objective::parse(goal, constraints).and_then(|o| o.check(&units()));
    format!("{}\n", checked.unwrap_err())
}

#[test]
fn expressions_compute_as_in_school() {
    for (goal, expected) in [
        ("maximize throughput", 1200.0),
        ("Maximise: throughput", 1200.0),
        ("minimize:latency_p99", 45.0),
        ("maximize throughput / http-settings.workers", 300.0),
        ("maximize throughput - 2 * (latency_p99 + 5)", 1100.0),
        ("maximize -throughput - -1e2", -1100.0),
        ("maximize 10 - 4 - 3", 3.0),
        ("maximize 100 / 5 / 2", 10.0),
        ("minimize latency_p99 + 1.5s", 1545.0),
        ("minimize latency_p99 + latency_p50", 65.0),
        ("minimize latency_p50 / latency_p99", 20.0 / 45.0),
    ] {
        assert!((score(goal) - expected).abs() < 1e-9, "{goal}: {}", score(goal));
    }
}

#[test]
fn bounds_are_compared_in_the_unit_of_the_metric() {
    for (constraint, expected) in [
        ("latency_p99 <= 50ms", -5.0),
        ("latency_p99 <= 50", -5.0),
        ("latency_p99 < 0.04s", 5.0),
        ("40ms < latency_p99", -5.0),
        ("latency_p50 <= 15ms", 0.005),
        ("error_rate < 1%", -0.5),
        ("share < 1%", -0.005),
        ("memory <= 1GiB", 1024.0),
        ("throughput >= 60000rpm", -200.0),
        ("throughput > 1300", 100.0),
        ("throughput / http-settings.workers >= 100", -200.0),
    ] {
        assert!((excess(constraint) - expected).abs() < 1e-9, "{constraint}: {}", excess(constraint));
    }
}

#[test]
fn strict_bounds_are_strict() {
    for (constraint, violated) in [
        ("share <= 0.005", false),
        ("share < 0.005", true),
        ("share >= 0.005", false),
        ("share > 0.005", true),
    ] {
        let objective =
            Objective::parse("maximize throughput", &[constraint]).unwrap().check(&units()).unwrap();
        let evaluation = objective.evaluate(&readings(), &settings()).unwrap();
        let expected: &[&str] = if violated { &[constraint] } else { &[] };
        assert_eq!(evaluation.violations, expected, "{constraint}");
    }
}

#[test]
fn mistakes_in_the_goal_are_shown() {
    let goal = |text| problem(text, &[]);
    assert_eq!(
        goal("throughput"),
        "an objective begins with \"maximize\" or \"minimize\"\n  throughput\n  ^^^^^^^^^^\n"
    );
    assert_eq!(
        goal("maximize"),
        "the text ends here: expected a metric, a component.setting, a number or \"(\"\n  maximize\n          ^\n"
    );
    assert_eq!(
        goal("maximize throughput +"),
        "the text ends here: expected a metric, a component.setting, a number or \"(\"\n  maximize throughput +\n                       ^\n"
    );
    assert_eq!(
        goal("maximize (throughput / 2"),
        "the text ends here: expected \")\"\n  maximize (throughput / 2\n                          ^\n"
    );
    assert_eq!(
        goal("maximize throughput < 5"),
        "a comparison is a constraint: put it under subject_to\n  maximize throughput < 5\n                      ^\n"
    );
    assert_eq!(
        goal("maximize thruoghput"),
        "unknown name \"thruoghput\": did you mean \"throughput\"?\n  maximize thruoghput\n           ^^^^^^^^^^\n"
    );
    assert_eq!(
        goal("minimize latency_p99-latency_p50"),
        "unknown name \"latency_p99-latency_p50\": to subtract, write \"latency_p99 - latency_p50\" with blanks\n  minimize latency_p99-latency_p50\n           ^^^^^^^^^^^^^^^^^^^^^^^\n"
    );
    assert_eq!(
        goal("minimize latency_p99 + throughput"),
        "the two sides have units of different kinds: compare times with times, sizes with sizes\n  minimize latency_p99 + throughput\n                       ^\n"
    );
}

#[test]
fn mistakes_in_a_constraint_are_shown() {
    let constraint = |text| problem("maximize throughput", &[text]);
    assert_eq!(
        constraint("error_rate"),
        "the text ends here: expected <=, <, >= or > and a bound\n  error_rate\n            ^\n"
    );
    assert_eq!(
        constraint("error_rate = 1%"),
        "a constraint is written with <=, <, >= or >\n  error_rate = 1%\n             ^\n"
    );
    assert_eq!(
        constraint("1% < error_rate < 2%"),
        "a constraint has one comparison: write two constraints\n  1% < error_rate < 2%\n                  ^\n"
    );
    assert_eq!(
        constraint("latency_p99 < 50 ms"),
        "unexpected \"ms\": a unit is written right after its number (50ms)\n  latency_p99 < 50 ms\n                   ^^\n"
    );
    assert_eq!(
        constraint("latency_p99 < 50parsec"),
        "unknown unit \"parsec\": known are ns, us, ms, s, m, h, %, B, kB, MB, GB, KiB, MiB, GiB, rps, rpm\n  latency_p99 < 50parsec\n                  ^^^^^^\n"
    );
    assert_eq!(
        constraint("latency_p99 < 50MiB"),
        "the two sides have units of different kinds: compare times with times, sizes with sizes\n  latency_p99 < 50MiB\n                ^^^^^\n"
    );
    assert_eq!(
        constraint("share < 5ms"),
        "the other side is announced without a unit: write a plain number in the metric's own unit\n  share < 5ms\n          ^^^\n"
    );
    assert_eq!(
        constraint("größe & 5 < 1"),
        "unexpected character '&': expected a name, a number or an operator\n  größe & 5 < 1\n        ^\n"
    );
}

#[test]
fn hostile_texts_are_refused_in_bounded_time_and_depth() {
    for text in [
        format!("maximize {}", "(".repeat(900)),
        format!("maximize {}1", "-".repeat(900)),
        "maximize ".repeat(900),
    ] {
        assert!(Objective::parse(&text, &[] as &[&str]).is_err());
    }
    for text in ["", ":", "maximize 1e999", "maximize .", "maximize \u{7}", "maximize 5ms ms", "minimize é.-"]
    {
        let error = Objective::parse(text, &[] as &[&str]).and_then(|o| o.check(&units()));
        assert!(error.is_err(), "{text:?}");
    }
}

#[test]
fn a_missing_or_impossible_value_is_named() {
    let objective = Objective::new(Direction::Maximize, "throughput / share", &[] as &[&str]).unwrap();
    let objective = objective.check(&units()).unwrap();
    let mut readings = readings();
    readings.insert("share".to_owned(), 0.0.into());
    let error = objective.evaluate(&readings, &settings()).unwrap_err();
    assert_eq!(error, EvaluateError::NotFinite { text: "throughput / share".to_owned() });
    readings.remove("throughput");
    let error = objective.evaluate(&readings, &settings()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the measurement has no value for throughput: check that its connector reports it"
    );
}

#[test]
fn an_objective_prints_as_one_line() {
    let objective =
        Objective::parse("maximise:  throughput", &["error_rate < 1%", "latency_p99 <= 50ms"]).unwrap();
    assert_eq!(objective.to_string(), "maximize throughput subject to error_rate < 1%, latency_p99 <= 50ms");
    let names: Vec<String> = objective.names().into_iter().collect();
    assert_eq!(names, ["error_rate", "latency_p99", "throughput"]);
}

#[test]
fn a_name_compared_with_a_number_can_be_watched() {
    for (constraint, expected) in [
        ("error_rate < 1%", Some(("error_rate", Bound::AtMost(1.0)))),
        ("share <= 1%", Some(("share", Bound::AtMost(0.01)))),
        ("latency_p99 <= 0.05s", Some(("latency_p99", Bound::AtMost(50.0)))),
        ("40ms < latency_p99", Some(("latency_p99", Bound::AtLeast(40.0)))),
        ("2 * 600 >= throughput", Some(("throughput", Bound::AtMost(1200.0)))),
        ("throughput >= -(5 - 10)", Some(("throughput", Bound::AtLeast(5.0)))),
        ("http-settings.workers < 8", Some(("http-settings.workers", Bound::AtMost(8.0)))),
        ("latency_p50 < latency_p99", None),
        ("throughput / http-settings.workers >= 100", None),
        ("throughput > 1 / 0", None),
    ] {
        let objective =
            Objective::parse("maximize throughput", &[constraint]).unwrap().check(&units()).unwrap();
        let limits: Vec<_> = objective.limits().collect();
        let found = limits.first().map(|limit| (limit.name.as_str(), limit.bound));
        assert_eq!(found, expected, "{constraint}");
    }
}
