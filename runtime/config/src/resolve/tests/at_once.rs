//! Each mistake is reported, together with all others, and once.

use crate::testing::{catalogue, connector, environment, lines, problems, resolve};
use crate::{Environment, Flags, Source, load};

#[test]
fn what_the_optimizer_could_not_read_is_a_problem_of_the_file() {
    assert_eq!(
        problems(
            "objective:\n  maximize: 1 + !\n  subject_to: [error_rate < 1%, 'cost < !']\nchecks: {halt_on: x}"
        ),
        "servo.yaml:2:13: `objective.maximize`: `!` cannot be read in `1 + !`\n\
         servo.yaml:3:33: `objective.subject_to[1]`: `!` cannot be read in `cost < !`\n\
         servo.yaml:4:19: `checks.halt_on` must be one of `warning`, `common`, `critical`, found `x` (for \
         example `halt_on: critical`)"
    );
    assert_eq!(
        problems("objective: {minimize: x, subject_to: '! < 1'}"),
        "servo.yaml:1:38: `objective.subject_to`: `!` cannot be read in `! < 1`"
    );
}

#[test]
fn one_mistake_is_one_problem() {
    let mut catalogue = catalogue();
    let rate = r#"{"type": "string", "format": "rate", "pattern": "^[0-9/s]+$"}"#;
    let schema = format!(
        r#"{{"type": "object", "properties": {{"rate": {rate}, "most": {{"anyOf": [{rate}, {{"type": "null"}}]}}}}}}"#
    );
    catalogue.insert(connector("odd", "OddConnector", &schema)).unwrap();
    let source = Source::from_text("servo.yaml", "odd: {most: fast}");
    let variables = environment(&[("SERVO_ODD_RATE", "xx")], "");
    let loaded = load(&[source], &variables, &Flags::default()).unwrap();
    let shown = lines(&loaded.resolve(&catalogue).unwrap_err());
    assert_eq!(shown.lines().count(), 2, "{shown}");
    assert!(
        shown.contains("`odd.rate`: `xx` is not a rate") && shown.contains("`odd.most`: `fast`"),
        "{shown}"
    );
}

#[test]
fn a_badly_chosen_alias_hides_no_other_mistake() {
    let shown =
        problems("connectors: {ld: {component: vegeta, limits: {memory: 1 apples}}}\nld: {rate: fast}");
    let said: Vec<&str> = shown.lines().collect();
    assert_eq!(said.len(), 3, "{shown}");
    assert!(said[0].starts_with("servo.yaml:1:14: the connector name `ld` has 2 characters"), "{shown}");
    assert!(said[1].starts_with("servo.yaml:1:55: `connectors.ld.limits.memory`: `1 apples`"), "{shown}");
    assert!(said[2].starts_with("servo.yaml:2:12: `ld.rate`: `fast` is not a rate"), "{shown}");
}

#[test]
fn the_optimizer_that_works_is_named_when_two_are_given() {
    let given = "optimizer: {id: example.com/shop, token: t}\nobjective: {minimize: latency}";
    let (_, notices) = resolve(given, &Environment::default(), &Flags::default()).unwrap();
    let notices: Vec<String> = notices.iter().map(ToString::to_string).collect();
    assert_eq!(
        notices,
        [
            "servo.yaml:1:1: the embedded optimizer works on `objective`; `example.com/shop` is not asked: remove \
          `objective` to let it decide"
        ]
    );
    let (_, notices) =
        resolve("objective: {minimize: latency}", &Environment::default(), &Flags::default()).unwrap();
    assert!(notices.is_empty());
}
