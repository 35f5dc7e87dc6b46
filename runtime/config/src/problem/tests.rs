use super::*;
use crate::source::Source;
use crate::yaml;

fn at(text: &str, path: &[&str]) -> Origin {
    let source = Source::from_text("servo.yaml", text);
    let document = yaml::parse(&source).unwrap().remove(0);
    document.get(path.iter().copied()).unwrap().origin.clone()
}

#[test]
fn rendering_marks_the_value_and_hides_secrets() {
    let long = format!("a: {{b: {}, c: wrong, d: {}}}", "x".repeat(900), "y".repeat(900));
    let mut problems = Problems::new();
    problems.push(
        Problem::new(at("a: 1\nrate: fast\n", &["rate"]), "rate", "not a rate").with_hint("write 50/1s"),
    );
    problems.push(Problem::new(at("é: [ü, wrong]", &["é", "1"]), "é[1]", "not here"));
    problems.push(Problem::new(at("token: [hunter2]", &["token"]), "token", "must be text"));
    problems.push(Problem::new(at("a: |\n  first\n  second\n", &["a"]), "a", "several lines"));
    problems.push(Problem::new(at(&long, &["a", "c"]), "a.c", "far to the right"));
    problems.push(Problem::new(Origin::Env("SERVO_X".into()), "x", "from outside"));
    problems.push(Problem::new(Origin::Flag("--token"), "x", "from a flag"));
    problems.push(Problem::new(Origin::Default, "", "from nowhere"));
    let shown = problems.into_result().unwrap_err().render(false);
    assert!(!shown.contains("hunter2"));
    insta::assert_snapshot!(shown);
}

#[test]
fn colours_come_only_when_asked_for() {
    let problems = Problems::from(Problem::new(at("a: 1", &["a"]), "a", "wrong"));
    assert!(!problems.render(false).contains('\u{1b}'));
    assert!(problems.render(true).contains('\u{1b}'));
}

#[test]
fn too_many_problems_are_counted() {
    let mut problems = Problems::new();
    for index in 0..250 {
        problems.push(Problem::new(Origin::Default, "", format!("problem {index}")));
        problems.push(Problem::new(Origin::Default, "", "the same"));
    }
    assert_eq!((problems.list().len(), problems.len()), (PROBLEMS_MAX, 251));
    assert!(problems.render(false).ends_with("251 problems, 151 of them not shown"));
}

#[test]
fn json_has_places() {
    let problem = Problem::new(at("a: {b: x}", &["a", "b"]), "a.b", "wrong").with_hint("do");
    let json = serde_json::to_value(Problems::from(problem)).unwrap();
    assert_eq!(
        json,
        serde_json::json!([{
            "file": "servo.yaml", "line": 1, "column": 8, "variable": null, "origin": "servo.yaml:1:8",
            "path": "a.b", "message": "wrong", "hint": "do",
        }])
    );
}
