use super::*;
use crate::space::Value;

#[test]
fn every_cell_is_one_cell() {
    let trial = |number, problem: Option<&str>| Exported {
        trial: number,
        role: Role::Design,
        settings: [("web.workers".to_owned(), Value::Integer(4))].into(),
        metrics: match problem {
            None => [("throughput".to_owned(), Reading::from(12.5))].into(),
            Some(_) => BTreeMap::new(),
        },
        score: problem.is_none().then_some(12.5),
        violations: vec!["a < 1".to_owned(), "b < 1".to_owned()],
        problem: problem.map(str::to_owned),
        expected: None,
        why: "=far away".to_owned(),
    };
    let mut odd = trial(3, Some("\u{1b}[31mred"));
    odd.settings.insert("web.mode".to_owned(), Value::Text("-2+cmd|' /C calc'!A0".to_owned()));
    odd.metrics.insert("score".to_owned(), Reading::from(-1.0));
    odd.why = "-1".to_owned();
    let trials = vec![trial(1, None), trial(2, Some("no \"room\", says\nthe node")), odd];
    let export = Export { objective: String::new(), units: BTreeMap::new(), trials };
    assert_eq!(
        export.csv(),
        "trial,role,web.mode,web.workers,score (metric),throughput,score,violations,problem,why\r\n\
         1,design,,4,,12.5,12.5,a < 1; b < 1,,'=far away\r\n\
         2,design,,4,,,,a < 1; b < 1,\"no \"\"room\"\", says\nthe node\",'=far away\r\n\
         3,design,'-2+cmd|' /C calc'!A0,4,-1,,,a < 1; b < 1,\u{fffd}[31mred,-1\r\n"
    );
}
