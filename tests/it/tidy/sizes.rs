//! How large files and functions may be.

use super::{TREE, Tree, assert_tidy};

const FILE_LINES: usize = 450;
const FUNCTION_LINES: usize = 100;

/// What may be larger, up to how many lines, and why. This list may only shrink: an entry that is not needed any more
/// fails the test, and nothing may outgrow its entry.
const EXCEPTIONS: [Exception; 0] = [];

#[derive(Debug, Clone, Copy)]
struct Exception {
    /// A path, or a path, `::` and the name of a function.
    what: &'static str,
    lines: usize,
    #[allow(dead_code, reason = "for the reader of the list")]
    reason: &'static str,
}

/// Everything larger than it may be, and every exception that is not needed.
fn too_large(tree: &Tree, exceptions: &[Exception]) -> Vec<String> {
    let mut sizes = Vec::new();
    for (path, text) in tree.rust() {
        sizes.push((path.to_owned(), text.lines().count(), FILE_LINES));
        let functions = functions(text).into_iter();
        sizes.extend(functions.map(|(name, lines)| (format!("{path}::{name}"), lines, FUNCTION_LINES)));
    }
    let mut problems = Vec::new();
    for (what, lines, limit) in &sizes {
        let exception = exceptions.iter().find(|exception| exception.what == what);
        let limit = exception.map_or(*limit, |exception| exception.lines);
        if *lines > limit {
            problems.push(format!("{what} has {lines} lines; at most {limit} are allowed: split it"));
        }
    }
    for exception in exceptions {
        let size =
            sizes.iter().filter(|(what, ..)| what == exception.what).max_by_key(|(_, lines, _)| *lines);
        match size {
            None => problems.push(format!("{} does not exist: remove its exception", exception.what)),
            Some((what, lines, limit)) if lines <= limit => {
                problems.push(format!("{what} has only {lines} lines now: remove its exception"));
            }
            Some(_) => {}
        }
    }
    problems
}

/// The functions of a file that rustfmt has formatted, with their numbers of lines: rustfmt puts the brace that ends a
/// function below the first letter of its first line.
fn functions(text: &str) -> Vec<(&str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (first, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let Some(name) = function_name(code) else { continue };
        let indent = &line[..line.len() - code.len()];
        let is_end = |line: &&str| {
            let rest = line.strip_prefix(indent).unwrap_or_default();
            rest == "}" || (rest.starts_with([')', '}']) && rest.ends_with([';', '}']))
        };
        let one_line = code.ends_with([';', '}']);
        let last = if one_line { 0 } else { lines[first + 1..].iter().position(is_end).map_or(0, |n| n + 1) };
        found.push((name, last + 1));
    }
    found
}

fn function_name(code: &str) -> Option<&str> {
    const BEFORE: [&str; 6] = ["pub", "const", "async", "unsafe", "extern", "default"];
    let (before, after) = code.split_once("fn ")?;
    let words = before.split_whitespace();
    let plain = |word: &str| BEFORE.iter().any(|known| word.starts_with(known)) || word == "\"C\"";
    let name = after.split(['(', '<']).next()?;
    (words.into_iter().all(plain) && !name.is_empty() && (before.is_empty() || before.ends_with(' ')))
        .then_some(name)
}

#[test]
fn files_and_functions_are_small() {
    assert_tidy(too_large(&TREE, &EXCEPTIONS));
}

#[test]
fn lengths_are_counted() {
    let text = "\
/// fn not_this() {
pub fn one() {}
impl X {
    pub(crate) async fn two(
        a: u8,
    ) -> u8 {
        if a {
        }
    }

    fn declared(
        a: u8,
    );
}
fn generic<T>()
where
    T: X,
{
    let closure = |fn_name: u8| {
    };
}
";
    assert_eq!(functions(text), [("one", 1), ("two", 6), ("declared", 3), ("generic", 7)]);
}

#[test]
fn what_grows_too_large_is_found_and_exceptions_only_shrink() {
    let (long_file, long_function) =
        ("//\n".repeat(451), format!("fn f() {{\n{}}}\n", "    x();\n".repeat(99)));
    let tree = Tree::of(&[("a.rs", &long_file), ("b.rs", &long_function), ("c.rs", "fn g() {}\n")]);
    let exception = |what, lines| Exception { what, lines, reason: "because" };
    assert_eq!(
        too_large(&tree, &[]),
        [
            "a.rs has 451 lines; at most 450 are allowed: split it",
            "b.rs::f has 101 lines; at most 100 are allowed: split it",
        ]
    );
    assert_eq!(too_large(&tree, &[exception("a.rs", 451), exception("b.rs::f", 101)]), [""; 0]);
    let stale =
        [exception("a.rs", 450), exception("b.rs::f", 101), exception("c.rs", 500), exception("d.rs", 500)];
    assert_eq!(
        too_large(&tree, &stale),
        [
            "a.rs has 451 lines; at most 450 are allowed: split it",
            "c.rs has only 1 lines now: remove its exception",
            "d.rs does not exist: remove its exception",
        ]
    );
}
