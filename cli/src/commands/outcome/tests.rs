use std::collections::BTreeMap;

use super::{Names, constraints, number};
use servo_assembly::Standing;

fn settings(pairs: &[(&str, i64)]) -> BTreeMap<String, i64> {
    pairs.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect()
}

#[test]
fn the_component_is_left_out_when_there_is_only_one() {
    let one = settings(&[("web.eu.workers", 8), ("web.eu.cache", 100)]);
    let names = Names::new(&one);
    assert_eq!(names.line(&one), "cache=100 workers=8");
    assert_eq!(names.lines(&one), "cache=100\nworkers=8");
    assert_eq!(names.short("db.size"), "db.size");
    let two = settings(&[("web.workers", 8), ("db.cache", 100)]);
    assert_eq!(Names::new(&two).line(&two), "db.cache=100 web.workers=8");
    assert_eq!(Names::new(&settings(&[])).line(&settings(&[])), "-");
}

#[test]
fn numbers_have_the_digits_that_matter() {
    let shown = [0.0, 0.012_34, 1.5, 12.345, 123.45, 12_345.6, -2_000.0].map(number);
    assert_eq!(shown, ["0", "0.01234", "1.500", "12.35", "123.5", "12346", "-2000"]);
}

#[test]
fn before_and_after_say_which_constraints_they_violate() {
    let violated = vec!["a < 1".to_owned(), "b > 2".to_owned()];
    let shown = |score, violations| constraints(&Standing { score, violations });
    assert_eq!(shown(Some(1.0), Vec::new()), "ok");
    assert_eq!(shown(Some(1.0), violated), "violated: a < 1, b > 2");
    assert_eq!(shown(None, Vec::new()), "-");
}
