use crate::testing::{config, environment, problems, resolve};
use crate::{Flags, Pattern};

#[test]
fn filters_are_texts_lists_and_expressions() {
    let config = config(
        "wait: {}\nchecks: {connectors: [wait], name: ['/^Run, or not/', one], id: ['a,b'], tag: [/x/, y]}",
    );
    let checks = &config.servos[0].checks;
    let shown = |patterns: &[Pattern]| patterns.iter().map(shown).collect::<Vec<_>>();
    assert_eq!(shown(&checks.name), ["regex ^Run, or not", "one"]);
    assert_eq!(shown(&checks.id), ["a", "b"]);
    assert_eq!(shown(&checks.tag), ["regex x", "y"]);
}

fn shown(pattern: &Pattern) -> String {
    match pattern {
        Pattern::Exact(text) => text.clone(),
        Pattern::Regex(regex) => format!("regex {regex}"),
    }
}

#[test]
fn wrong_filters_are_told_with_their_place() {
    assert_eq!(
        problems("wait: {}\nchecks:\n  connectors: [wait, wiat]\n  name: [good, '/a(/']\n  tag: ['/*/']\n"),
        "servo.yaml:3:22: this servo has no connector `wiat` (did you mean `wait`?)\n\
         servo.yaml:4:16: `/a(/` is not a regular expression: unclosed group (without the slashes it is a \
         text that must be the same)\n\
         servo.yaml:5:9: `/*/` is not a regular expression: repetition operator missing expression (without \
         the slashes it is a text that must be the same)"
    );
    // A connector that is wrong itself is not reported twice.
    let selection = problems("connectors: {mine: ./missing.wasm}\nchecks: {connectors: [mine]}");
    assert_eq!(selection.lines().count(), 1, "{selection}");
    let variables = environment(&[("SERVO_CHECKS_ID", r#"["/[/"]"#)], "");
    let error = resolve("wait: {}", &variables, &Flags::default()).unwrap_err();
    assert!(error.to_string().contains("SERVO_CHECKS_ID"), "{error}");
}
