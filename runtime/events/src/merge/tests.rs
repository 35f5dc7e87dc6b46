use std::time::Duration;

use servo_types::{Failure, Scalar, Series};

use super::*;
use crate::{Answer, Event};

fn outcomes<const N: usize>(event: Event, replies: [(&str, Reply); N]) -> Outcomes {
    let mut outcomes = Outcomes::new(event);
    outcomes.answers = replies
        .into_iter()
        .map(|(name, reply)| Answer { connector: name.into(), result: Ok(reply), took: Duration::ZERO })
        .collect();
    let broken =
        Answer { connector: "broken".into(), result: Err(Failure::failed("no")), took: Duration::ZERO };
    outcomes.answers.insert(outcomes.answers.len().min(1), broken);
    outcomes
}

fn metric(name: &str, unit: &str) -> Metric {
    Metric { name: name.into(), unit: unit.into() }
}

fn series(metric: &str) -> Reply {
    let reading = Reading::Series(Series { metric: metric.into(), ..Series::default() });
    Reply::Measurement(Measurement { readings: vec![reading], annotations: vec![] })
}

fn scalar(metric: &str) -> Reply {
    let reading = Reading::Scalar(Scalar { metric: metric.into(), ..Scalar::default() });
    Reply::Measurement(Measurement { readings: vec![reading], annotations: vec![] })
}

#[test]
fn the_first_unit_of_a_metric_counts() {
    let offers = outcomes(
        Event::Metrics,
        [
            ("a", Reply::Metrics(vec![metric("throughput", "rps"), metric("errors", "%")])),
            ("b", Reply::Metrics(vec![metric("latency", "ms"), metric("throughput", "rpm")])),
            ("c", Reply::Metrics(vec![metric("errors", "%")])),
        ],
    )
    .offers();
    let shown: Vec<_> =
        offers.offers.iter().map(|o| format!("{}: {}", o.metric, o.connectors.join(" "))).collect();
    assert_eq!(shown, ["throughput (rps): a b", "errors (%): a c", "latency (ms): b"]);
    let conflicts: Vec<_> = offers.conflicts.iter().map(ToString::to_string).collect();
    assert_eq!(
        conflicts,
        ["`b` offers metric `throughput` in `rpm`, `a` in `rps`, which counts; rename one of them"]
    );
}

#[test]
fn measurements_are_merged_in_order() {
    let merged = outcomes(Event::Measure, [("a", series("x")), ("b", series("y")), ("c", series("x"))]);
    let merged = merged.into_measurement().unwrap();
    assert_eq!(merged.readings.iter().map(Reading::metric).collect::<Vec<_>>(), ["x", "y", "x"]);
}

#[test]
fn series_and_scalars_do_not_mix() {
    let mixed = outcomes(Event::Measure, [("a", series("x")), ("b", scalar("y"))]).into_measurement();
    let message = "`a` answered with time series and `b` with scalars: all readings must be of the same type; \
                   measure with one of them at a time";
    assert_eq!(mixed.unwrap_err().to_string(), message);
}

#[test]
fn components_and_descriptions_come_from_all() {
    let component = |name: &str| Component { name: name.into(), settings: vec![] };
    let listed = outcomes(
        Event::Components,
        [
            ("a", Reply::Components(vec![component("web"), component("db")])),
            ("b", Reply::Components(vec![component("web")])),
        ],
    );
    let listed: Vec<_> =
        listed.components().map(|(name, component)| format!("{name} {}", component.name)).collect();
    assert_eq!(listed, ["a web", "a db", "b web"]);
    let described =
        |name| Reply::Description(Description { components: vec![component(name)], metrics: vec![] });
    let merged =
        outcomes(Event::Adjust, [("a", described("web")), ("b", described("db"))]).into_description();
    assert_eq!(merged.components, [component("web"), component("db")]);
}
