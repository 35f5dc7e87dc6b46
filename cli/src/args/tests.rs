use servo_assembly::Brought;
use servo_types::Command as Declared;

use super::{SECTIONS, command, command_with};

#[test]
fn clap_finds_nothing_wrong() {
    command().debug_assert();
}

#[test]
fn every_command_stands_in_one_section() {
    let mut listed: Vec<&str> = SECTIONS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let command = command();
    let mut known: Vec<&str> = command.get_subcommands().map(|sub| sub.get_name()).collect();
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known);
}

fn brings(name: &str, description: &str) -> Brought {
    let echo =
        Declared { name: "echo".to_owned(), description: description.to_owned(), arguments: Vec::new() };
    Brought {
        name: name.to_owned(),
        description: description.to_owned(),
        commands: vec![echo],
        aliases: vec![name.to_owned()],
    }
}

#[test]
fn what_connectors_bring_takes_no_place_of_servos_own() {
    let all = ["help", "run", "load", "tool"].map(|name| brings(name, "theirs"));
    let mut command = command_with(&all);
    let help = command.render_long_help().to_string();
    let theirs: Vec<&str> = help.lines().filter(|line| line.contains("theirs")).collect();
    assert_eq!(theirs, ["  tool         theirs"]);
    for line in [["servo", "help", "echo"], ["servo", "load", "echo"]] {
        assert!(command.try_get_matches_from_mut(line).is_err(), "{line:?}");
    }
}

#[test]
fn a_description_is_one_line_that_does_nothing_to_a_terminal() {
    let long = "L".repeat(100_000);
    let table = [
        ("good \u{202e}dab\u{202c}", "good \\u{202e}dab\\u{202c}"),
        ("two\nlines\x1b[2J", "two lines [2J"),
        ("set {options} {n} {about}", "set (options) (n) (about)"),
        (&long, &format!("{}…", &long[..400])),
    ];
    for (description, expected) in table {
        let mut command = command_with(&[brings("tool", description)]);
        let help = command.render_long_help().to_string();
        assert!(help.contains(&format!("  tool         {expected}\n")), "{help}");
        let tool = command.find_subcommand_mut("tool").unwrap();
        let help = tool.render_long_help().to_string();
        assert!(help.matches(expected).count() == 2 && !help.contains('\u{202e}'), "{help}");
    }
}
