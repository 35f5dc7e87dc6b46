use super::Table;

#[test]
fn columns_are_as_wide_as_their_widest_line() {
    let mut table = Table::new(["COMPONENT", "SETTINGS", "CONNECTOR"]);
    table.row(["web".into(), "cpu=0.5\nreplicas=2 (range=[1..8])".into(), "kubernetes".into()]);
    table.row(["db".into(), String::new(), "√".into()]);
    assert_eq!(
        table.render(),
        "COMPONENT  SETTINGS                   CONNECTOR\n\
         web        cpu=0.5                    kubernetes\n           \
                    replicas=2 (range=[1..8])\n\
         db                                    √\n"
    );
    assert!(!table.is_empty() && Table::new(["A"]).is_empty());
}

#[test]
fn cells_do_nothing_to_the_terminal() {
    let mut table = Table::new(["VALUE (\u{1b}[8m)"]);
    table.row(["\u{1b}[1Agone".into()]);
    assert_eq!(table.render(), "VALUE (\\u{1b}[8m)\n\\u{1b}[1Agone\n");
}
