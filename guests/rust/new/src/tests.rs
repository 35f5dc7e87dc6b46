use super::*;

#[test]
fn the_settings_are_checked() {
    let problems = {{Name}}::configure(Settings { value: 101.0 }).unwrap_err();
    assert_eq!(problems[0].pointer, "/value");
    assert!({{Name}}::configure(Settings { value: 100.0 }).is_ok());
}
