use super::*;

#[test]
fn what_the_optimizer_cannot_read_is_a_fault_with_its_column() {
    for text in ["throughput", "throughput / (1 + web.workers)"] {
        assert_eq!(expression(text), None, "{text}");
    }
    for text in ["error_rate < 1%", "web.cpu * 2 <= 4"] {
        assert_eq!(condition(text), None, "{text}");
    }
    for (found, said) in [
        (expression("1 +"), "(column 4 of `1 +`)"),
        (expression(""), "(column 1 of ``)"),
        (condition("error_rate <"), "(column 13 of `error_rate <`)"),
        (condition("error_rate"), "(column 11 of `error_rate`)"),
    ] {
        let found = found.unwrap();
        assert!(found.ends_with(said), "{found}, not {said}");
    }
    assert!(events().contains(&"metrics") && !events().contains(&"startup"), "{:?}", events());
}
