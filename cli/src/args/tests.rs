use super::{SECTIONS, command};

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
