//! The contract in `wit/`: everything in it is documented, and what was released does not change.

use super::{TREE, Tree, assert_tidy};

/// What begins an item; functions and fields are recognised by their shape.
const ITEMS: [&str; 8] =
    ["interface ", "world ", "record ", "variant ", "enum ", "flags ", "resource ", "type "];

fn undocumented(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in tree.iter().filter(|(path, _)| is_ours(path)) {
        let mut documented = false;
        for (line, number) in text.lines().map(str::trim).zip(1..) {
            let item = ITEMS.iter().any(|item| line.starts_with(item)) || line.contains(": func(");
            let brought_in = line.starts_with("import ") || line.starts_with("export ");
            if item && !brought_in && !documented {
                problems.push(format!("{path}:{number} needs a doc comment: {line}"));
            }
            // An annotation such as `@since` may stand between an item and its comment.
            documented = line.starts_with("///") || (documented && line.starts_with('@'));
        }
    }
    problems
}

/// A frozen file differs from today's file of the same package version.
fn thawed(tree: &Tree) -> Vec<String> {
    let version = tree.iter().filter(|(path, _)| is_ours(path)).find_map(|(_, text)| package_version(text));
    let mut problems = Vec::new();
    for (path, text) in tree.iter() {
        let Some((frozen, file)) = path.strip_prefix("wit/frozen/").and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        let today = format!("wit/{file}");
        if Some(frozen) == version && tree.text(&today) != Some(text) {
            problems.push(format!(
                "{today} is not what was released as {frozen} in {path}: give it a new version"
            ));
        }
    }
    problems
}

fn is_ours(path: &str) -> bool {
    path.strip_prefix("wit/").is_some_and(|file| file.ends_with(".wit") && !file.contains('/'))
}

fn package_version(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("package servo:connector@")?.strip_suffix(';'))
}

#[test]
fn the_contract_is_documented() {
    assert_tidy(undocumented(&TREE));
}

#[test]
fn released_versions_do_not_change() {
    assert_tidy(thawed(&TREE));
}

#[test]
fn the_rules_see_what_breaks_them() {
    let text = "package servo:connector@0.1.0;\n/// Good.\n@since(version = 0.1.0)\ninterface a {\n  record r { x: u8 }\n  f: func();\n}\n";
    let tree = Tree::of(&[
        ("wit/a.wit", text),
        ("wit/deps/b/b.wit", "interface b {}"),
        ("wit/frozen/0.1.0/a.wit", ""),
        ("wit/frozen/0.0.9/a.wit", ""),
        ("wit/frozen/.gitkeep", ""),
    ]);
    assert_eq!(
        undocumented(&tree),
        [
            "wit/a.wit:5 needs a doc comment: record r { x: u8 }",
            "wit/a.wit:6 needs a doc comment: f: func();"
        ]
    );
    assert_eq!(
        thawed(&tree),
        ["wit/a.wit is not what was released as 0.1.0 in wit/frozen/0.1.0/a.wit: give it a new version"]
    );
}
