use super::*;

#[test]
fn aliases_follow_servoxs_rule() {
    for alias in ["prom", "a/b.c-d_9", "0ab", &"x".repeat(128)] {
        assert!(check_alias(alias, &Origin::Default).is_ok(), "{alias}");
    }
    for (alias, message) in [
        ("p1", "the connector name `p1` has 2 characters; it needs 3 to 128"),
        ("", "the connector name `` has 0 characters; it needs 3 to 128"),
        ("a b c", "the connector name `a b c` contains ` `"),
        ("prüf", "the connector name `prüf` contains `ü`"),
        ("settings", "`settings` is a key of servo itself and cannot name a connector"),
        ("proxy", "`proxy` is a key of servo itself and cannot name a connector"),
        ("measure", "`measure` is a key of servo itself and cannot name a connector"),
    ] {
        let problem = check_alias(alias, &Origin::Default).unwrap_err();
        assert_eq!(problem.message, message);
        assert!(problem.hint.is_some());
    }
}

#[test]
fn variables_are_capitals_with_underscores() {
    assert_eq!(variable(["prom1", "fast_fail", "period"]), "SERVO_PROM1_FAST_FAIL_PERIOD");
    assert_eq!(variable(["a-b/c.d", "rate"]), "SERVO_A_B_C_D_RATE");
}

#[test]
fn paths_read_like_the_file() {
    assert_eq!(display_path(["prom", "metrics", "2", "unit"]), "prom.metrics[2].unit");
    assert_eq!(display_path(["0"]), "0");
}

#[test]
fn classes_lose_their_modules() {
    assert_eq!(last_part("servo.connectors.vegeta.VegetaConnector"), "VegetaConnector");
    assert_eq!(last_part("VegetaConnector"), "VegetaConnector");
}
