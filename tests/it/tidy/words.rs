//! What must not stand in the code.

use super::{TREE, Tree, assert_tidy};

/// Words that mean that something is not finished.
const UNFINISHED: [&str; 4] = ["todo!(", "unimplemented!(", "#[ignore", "dbg!("];
/// Words that write to a stream which belongs to the printer.
const PRINTING: [&str; 4] = ["println!(", "print!(", "eprintln!(", "eprint!("];
/// The one file that talks to people.
const PRINTER: &str = "cli/src/printer.rs";

fn unfinished(tree: &Tree) -> Vec<String> {
    tree.rust().flat_map(|(path, text)| uses(path, text, &UNFINISHED)).collect()
}

fn printing(tree: &Tree) -> Vec<String> {
    let ships = |path: &str| {
        let product = path.starts_with("runtime/") || path.starts_with("cli/");
        let aside = ["/examples/", "/tests/", "/benches/"].iter().any(|folder| path.contains(folder));
        product && !aside && !path.ends_with("/tests.rs") && !path.ends_with("/build.rs") && path != PRINTER
    };
    tree.rust().filter(|(path, _)| ships(path)).flat_map(|(path, text)| uses(path, text, &PRINTING)).collect()
}

fn uses(path: &str, text: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let comment = line.trim_start().starts_with("//");
        // `print!(` is also the end of `eprint!(`, which has its own entry.
        let has =
            |word: &str| line.match_indices(word).any(|(at, _)| !line[..at].ends_with(char::is_alphanumeric));
        if let Some(word) = words.iter().find(|word| !comment && has(word)) {
            found.push(format!("{path}:{number} must not say {word}"));
        }
    }
    found
}

#[test]
fn everything_is_finished() {
    assert_tidy(unfinished(&TREE));
}

#[test]
fn only_the_printer_prints() {
    assert_tidy(printing(&TREE));
}

#[test]
fn the_rules_see_what_breaks_them() {
    let text = "fn f() {\n    // println!() is fine here\n    eprintln!(\"x\");\n    todo!()\n}\n";
    let tree =
        Tree::of(&[(PRINTER, text), ("runtime/a/src/lib.rs", text), ("runtime/a/src/b/tests.rs", text)]);
    assert_eq!(printing(&tree), ["runtime/a/src/lib.rs:3 must not say eprintln!("]);
    assert_eq!(unfinished(&tree).len(), 3);
}
