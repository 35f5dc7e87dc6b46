use super::*;
use crate::objective::Objective;

#[test]
fn constraints_on_a_metric_are_watched_in_its_unit() {
    let units = [("latency", "ms"), ("error_rate", "%"), ("throughput", "rpm"), ("web.workers", "")];
    let units = units.map(|(name, unit)| (name.to_owned(), unit.to_owned())).into();
    let domain = Domain::range(1.0, 8.0, None, true);
    let (component, name, value) = ("web".to_owned(), "workers".to_owned(), Value::Integer(2));
    let space = Space::new(vec![Setting { component, name, domain, value, pinned: false }]).unwrap();
    let slo = |constraints: &[&str]| {
        let objective = Objective::parse("maximize throughput", constraints).unwrap();
        slo(&objective.check(&units).unwrap(), &space)
    };
    let all = [
        "latency < 0.05s",
        "10rps <= throughput",
        "web.workers < 8",
        "throughput / web.workers > 1",
        "error_rate < 1%",
    ];
    let conditions = slo(&all).unwrap().conditions;
    let found: Vec<_> = conditions
        .iter()
        .map(|one| {
            (one.metric.as_str(), one.keep, one.threshold.clone(), one.trigger_count, one.trigger_window)
        })
        .collect();
    let wanted = |metric, keep, number| (metric, keep, t::Threshold::Fixed(number), 2, 2);
    assert_eq!(
        found,
        [
            wanted("latency", t::Keep::Below, 50.0),
            wanted("throughput", t::Keep::Above, 600.0),
            wanted("error_rate", t::Keep::Below, 1.0)
        ]
    );
    assert_eq!(slo(&["web.workers < 8"]), None);
    assert_eq!(slo(&[]), None);
}

#[test]
fn means_are_numbers_however_large_the_values() {
    let series = |values: &[f64]| {
        let times = (0..values.len()).map(|at| at as f64).collect();
        t::Reading::Series(t::Series {
            metric: "m".into(),
            times,
            values: values.into(),
            ..t::Series::default()
        })
    };
    let (max, none) = (f64::MAX, f64::NAN);
    let table: [(&[&[f64]], Option<f64>); 6] = [
        (&[&[1.0, 2.0, none]], Some(1.5)),
        (&[&[1.0], &[2.0, 4.0]], Some(2.0)),
        (&[&[1e308, 1e308]], Some(1e308)),
        (&[&[max, max, max, max]], Some(max)),
        (&[&[max], &[max]], Some(max)),
        (&[&[none], &[]], None),
    ];
    for (values, wanted) in table {
        let readings = values.iter().map(|values| series(values)).collect();
        let means = means(&t::Measurement { readings, annotations: Vec::new() });
        assert_eq!(means.get("m").map(|read| read.mean), wanted, "{values:?}");
    }
}
