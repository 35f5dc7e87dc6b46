use super::*;

fn parse(line: &str) -> Result<Asked, String> {
    Args::parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
}

fn run(listen: &str, seed: u64, command: &[&str]) -> Result<Asked, String> {
    let command = command.iter().map(OsString::from).collect();
    Ok(Asked::Run(Args { listen: listen.parse().unwrap(), seed, command }))
}

#[test]
fn alone_it_has_a_port_that_people_can_type_and_beside_a_command_a_free_one() {
    assert_eq!(parse(""), run("127.0.0.1:8080", 1, &[]));
    assert_eq!(parse("-- servo run --seed 3"), run("127.0.0.1:0", 1, &["servo", "run", "--seed", "3"]));
    assert_eq!(parse("--listen [::1]:9 --seed 7 -- x"), run("[::1]:9", 7, &["x"]));
    assert_eq!(parse("--help -- x"), Ok(Asked::Help));
}

#[test]
fn a_wrong_line_is_explained() {
    for (line, text) in [
        ("--seed", "--seed needs a value; see --help"),
        ("--seed many", "--seed: \"many\" is not a whole number"),
        ("--listen 8080", "--listen: \"8080\" is not an address like 127.0.0.1:8080"),
        ("servo", "unknown argument \"servo\"; see --help"),
        ("--", "a command must follow --"),
    ] {
        assert_eq!(parse(line), Err(text.to_owned()), "{line}");
    }
}
