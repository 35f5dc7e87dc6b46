//! The pages name everything there is, and stay short.

use super::{TREE, Tree, assert_tidy};

const ARCHITECTURE: &str = "runtime/ARCHITECTURE.md";
const ARCHITECTURE_LINES: usize = 250;

fn missing(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    let mut check = |page: &str, names: Vec<String>| match tree.text(page) {
        None => problems.push(format!("{page} is missing")),
        Some(text) => {
            let unnamed = names.into_iter().filter(|name| !text.contains(name.as_str()));
            problems.extend(unnamed.map(|name| format!("{page} does not name {name}")));
        }
    };
    check(ARCHITECTURE, tree.folders("runtime").iter().map(|name| format!("`{name}`")).collect());
    check("README.md", tree.folders("examples").iter().map(|name| format!("examples/{name}")).collect());
    let lines = tree.text(ARCHITECTURE).unwrap_or_default().lines().count();
    if lines > ARCHITECTURE_LINES {
        problems.push(format!("{ARCHITECTURE} has {lines} lines; at most {ARCHITECTURE_LINES} are allowed"));
    }
    problems
}

#[test]
fn the_pages_name_every_crate_and_example() {
    assert_tidy(missing(&TREE));
}

#[test]
fn the_rules_see_what_breaks_them() {
    let long = format!("`load`\n{}", "x\n".repeat(250));
    let tree = Tree::of(&[
        (ARCHITECTURE, &long),
        ("README.md", "see examples/quickstart"),
        ("runtime/host/src/lib.rs", ""),
        ("runtime/load/src/lib.rs", ""),
        ("examples/quickstart/servo.yaml", ""),
        ("examples/other/servo.yaml", ""),
    ]);
    assert_eq!(
        missing(&tree),
        [
            "runtime/ARCHITECTURE.md does not name `host`",
            "README.md does not name examples/other",
            "runtime/ARCHITECTURE.md has 251 lines; at most 250 are allowed",
        ]
    );
    assert_eq!(missing(&Tree::of(&[])), ["runtime/ARCHITECTURE.md is missing", "README.md is missing"]);
}
