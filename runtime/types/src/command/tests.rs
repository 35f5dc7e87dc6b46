use super::*;

fn argument(name: &str) -> Argument {
    Argument {
        name: name.to_owned(),
        description: "For tests".to_owned(),
        kind: ArgumentKind::Text,
        positional: false,
        required: false,
        repeated: false,
    }
}

fn command(name: &str, arguments: Vec<Argument>) -> Command {
    Command { name: name.to_owned(), description: "For tests".to_owned(), arguments }
}

#[test]
fn what_can_be_typed_and_shown_is_offered() {
    let place =
        |name, required, repeated| Argument { positional: true, required, repeated, ..argument(name) };
    let good = command("list-all", vec![place("from", true, false), argument("x"), place("to", false, true)]);
    assert_eq!(Command::check(&[good, command("go", Vec::new())]), Ok(()));
    let flag = Argument { kind: ArgumentKind::Flag, ..place("flag", false, false) };
    let long = Command { description: "x\ny".to_owned(), ..command("a", Vec::new()) };
    let cases = [
        (vec![command("Go", vec![])], "`Go` is no name for a command"),
        (vec![command("\u{1b}[31m", vec![])], "`\\u{1b}[31m` is no name for a command"),
        (vec![command("help", vec![])], "`help` is no name for a command"),
        (vec![command("go", vec![]), command("go", vec![])], "there are two commands `go`"),
        (vec![long], "the command `a`: a description is one line of at most 400 bytes"),
        (
            vec![command("a", vec![argument("output")])],
            "the command `a`: `output` is no name for an argument",
        ),
        (
            vec![command("a", vec![argument("b"), argument("b")])],
            "the command `a`: there are two arguments `b`",
        ),
        (
            vec![command("a", vec![flag])],
            "the command `a`: `flag` cannot be given by its place; only texts and numbers can",
        ),
        (
            vec![command("a", vec![place("b", false, true), place("c", false, false)])],
            "the command `a`: `b` can be given several times and is not the last one given by its place",
        ),
        (
            vec![command("a", vec![place("b", false, false), place("c", true, false)])],
            "the command `a`: `c` must be given and follows one that need not be",
        ),
        (vec![command("a", vec![]); 33], "33 commands are more than 32"),
    ];
    for (commands, expected) in cases {
        assert_eq!(Command::check(&commands).unwrap_err().to_string(), expected);
    }
}
