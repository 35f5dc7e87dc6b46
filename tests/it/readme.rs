//! The transcripts of the README: what stands behind `$` is run, and what follows is what it says.

use servo_test_support::World;

use crate::shown::world;

/// Something that the reader of the page does.
#[derive(Debug)]
enum Step {
    /// Runs a command, which says something.
    Command { line: usize, command: String, expected: String },
    /// Writes a file.
    File { name: String, text: String },
}

/// The blocks that are marked `console test` and `yaml test FILE`, as steps in the order of the page.
fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for (number, line) in page.lines().enumerate() {
        if !inside {
            inside = line == "```console test";
            if let Some(name) = line.strip_prefix("```yaml test ") {
                steps.push(Step::File { name: name.to_owned(), text: String::new() });
                inside = true;
            }
            continue;
        }
        let command = line.strip_prefix("$ ").map(str::to_owned);
        match (line, command, steps.last_mut()) {
            ("```", ..) => inside = false,
            (_, Some(command), _) => {
                steps.push(Step::Command { line: number + 1, command, expected: String::new() })
            }
            (_, None, Some(Step::Command { expected: text, .. } | Step::File { text, .. })) => {
                text.push_str(line);
                text.push('\n');
            }
            (_, None, None) => panic!("line {} belongs to no command", number + 1),
        }
    }
    steps
}

/// Everything that differs from run to run, on both sides; a line `...` stands for any lines.
fn same(world: &World, expected: &str, found: &str) -> bool {
    let (mut expected, mut found) = (expected.lines().peekable(), found.lines());
    let equal = |a: &str, b: &str| {
        a.trim_end() == b.trim_end().replace(&world.path("").display().to_string(), "/shop/")
    };
    while let Some(line) = expected.next() {
        if line != "..." {
            match found.next() {
                Some(other) if equal(line, other) => continue,
                _ => return false,
            }
        }
        let Some(next) = expected.peek() else { return true };
        if !found.any(|other| equal(next, other)) {
            return false;
        }
        expected.next();
    }
    found.next().is_none()
}

#[test]
fn its_transcripts_are_true() {
    let world = world();
    let page = include_str!("../../README.md");
    let steps = steps(page);
    assert!(steps.len() >= 5, "the README shows nothing that can be tested");
    let servo = world.servo_path().parent().unwrap().display().to_string();
    let path = format!("{servo}:{}", std::env::var("PATH").unwrap());
    for step in steps {
        let (line, command, expected) = match step {
            Step::Command { line, command, expected } => (line, command, expected),
            Step::File { name, text } => {
                world.file(name, text);
                continue;
            }
        };
        // Both streams, in the order in which a terminal would show them.
        let finished =
            world.program("bash").args(["-c", &format!("{{ {command}\n}} 2>&1")]).env("PATH", &path).run();
        let found = finished.stdout;
        assert!(
            same(&world, &expected, &found),
            "README.md:{line}: {command}\n--- expected\n{expected}--- found\n{found}"
        );
    }
}

#[test]
fn dots_stand_for_any_lines() {
    let world = world();
    assert!(same(&world, "a\n...\nd\n", "a\nb\nc\nd\n") && same(&world, "a\n...\n", "a\nb\n"));
    assert!(
        !same(&world, "a\n...\nd\n", "a\nb\n")
            && !same(&world, "a\n", "a\nb\n")
            && !same(&world, "a\nb\n", "a\n")
    );
}
