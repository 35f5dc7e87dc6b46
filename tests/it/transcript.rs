//! Transcripts in pages: what stands behind `$` is run, and what follows is what it says.

use std::time::Duration;

use servo_test_support::{Program, Running, World};

/// How long a command in a terminal of its own may run.
const LIFE: Duration = Duration::from_secs(300);

/// Something that the reader of a page does.
#[derive(Debug)]
pub(crate) enum Step {
    /// Runs a command, which says something.
    Command { line: usize, command: String, expected: String },
    /// Writes a file.
    File { name: String, text: String },
}

/// The blocks that are marked `console test` and `yaml test FILE`, as steps in the order of the page.
pub(crate) fn steps(page: &str) -> Vec<Step> {
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

/// Starts the command of a page that begins so and runs in a terminal of its own, and waits until it has said
/// something like what the page shows.
#[track_caller]
pub(crate) fn background(
    world: &World,
    page: &str,
    beginning: &str,
    equip: impl Fn(Program) -> Program,
) -> Running {
    let mut lines = page.lines().filter_map(|line| line.strip_prefix("$ "));
    let command = lines.find(|command| command.starts_with(beginning)).expect("the page has the command");
    let servo = world.servo_path().parent().unwrap().display().to_string();
    let script = format!("PATH='{servo}':$PATH; exec {command}");
    let mut running = equip(world.program("bash")).args(["-c", &script]).timeout(LIFE).start();
    let said = page.lines().skip_while(|line| *line != format!("$ {command}")).nth(1).unwrap_or_default();
    if said != "```" {
        running.wait_for(said, |stdout, _| {
            stdout.lines().any(|line| lasting(line) == lasting(said)).then_some(())
        });
    }
    running
}

/// Does what a page says, in one shell's folder, and compares. `name` is that of the page, `equip` gives each command
/// what it needs, and `after` is called after each with its number.
#[track_caller]
pub(crate) fn play(
    world: &World,
    name: &str,
    page: &str,
    equip: impl Fn(Program) -> Program,
    mut after: impl FnMut(usize),
) {
    let steps = steps(page);
    assert!(steps.len() >= 5, "{name} shows nothing that can be tested");
    let servo = world.servo_path().parent().unwrap().display().to_string();
    let (mut folder, remembered) = (world.path(""), world.path("home/.folder"));
    for (number, step) in steps.into_iter().enumerate() {
        let (line, command, expected) = match step {
            Step::Command { line, command, expected } => (line, command, expected),
            Step::File { name, text } => {
                world.file(name, text);
                continue;
            }
        };
        // Both streams, in the order in which a terminal would show them.
        let script = format!("PATH='{servo}':$PATH; {{ {command}\n}} 2>&1; pwd >'{}'", remembered.display());
        let found = equip(world.program("bash")).args(["-c", &script]).directory(&folder).run().stdout;
        assert!(
            same(world, &expected, &found),
            "{name}:{line}: {command}\n--- expected\n{expected}--- found\n{found}"
        );
        folder = std::fs::read_to_string(&remembered).unwrap().trim_end().into();
        after(number);
    }
}

/// Compares without what differs from run to run; a line `...` stands for any lines.
pub(crate) fn same(world: &World, expected: &str, found: &str) -> bool {
    let (mut expected, mut found) = (expected.lines().peekable(), found.lines());
    let here = world.path("").display().to_string();
    let equal = |a: &str, b: &str| lasting(a) == lasting(&b.replace(&here, "/shop/"));
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

/// A line without sizes, times and uuids.
fn lasting(line: &str) -> String {
    let mut words: Vec<&str> = line.trim_end().split(' ').collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let hex = |text: &str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    for at in 0..words.len() {
        if words[at].strip_suffix('s').is_some_and(digits) {
            words[at] = "1s";
        } else if hex(words[at].trim_start_matches('(').trim_end_matches([')', ':'])) {
            words[at] = "UUID";
        } else if words[at].len() == 20 && words[at].ends_with('Z') && words[at].contains('T') {
            words[at] = "TIME";
        }
        if at > 0 && ["kB", "MB"].contains(&words[at]) {
            (words[at - 1], words[at]) = ("1", "MB");
        }
        if words[at].starts_with('(') && words[at].matches('-').count() == 2 {
            words[at] = "(DATE";
        } else if words[at].ends_with(')') && words[at].matches(':').count() == 2 {
            words[at] = "TIME)";
        }
    }
    words.join(" ")
}

#[test]
fn dots_stand_for_any_lines() {
    let world = crate::shown::world();
    assert!(same(&world, "a\n...\nd\n", "a\nb\nc\nd\n") && same(&world, "a\n...\n", "a\nb\n"));
    assert!(
        !same(&world, "a\n...\nd\n", "a\nb\n")
            && !same(&world, "a\n", "a\nb\n")
            && !same(&world, "a\nb\n", "a\n")
    );
    assert!(same(&world, "1.2 MB in x (2026-11-21 17:18:11)\n", "900 kB in x (2027-01-02 03:04:05)\n"));
    assert!(!same(&world, "14.00\n", "15.00\n"));
    assert!(same(&world, "2026-11-21T22:25:48Z up 3s ago\n", "2027-01-02T03:04:05Z up 12s ago\n"));
    assert!(!same(&world, "2026-11-21T22:25:48Z up 3s ago\n", "2027-01-02T03:04:05Z down 12s ago\n"));
}
