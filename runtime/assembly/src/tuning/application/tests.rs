use servo_types::{Component, Domain, Setting, Value};

use super::*;

fn described(connector: &str, component: &str, setting: &str, value: f64) -> (String, Description) {
    let domain = Domain::Enum { values: vec![Value::Number(value)] };
    let value = Some(Value::Number(value));
    let setting = Setting { name: setting.to_owned(), unit: None, domain, value, pinned: false };
    let component = Component { name: component.to_owned(), settings: vec![setting] };
    (connector.to_owned(), Description { components: vec![component], metrics: Vec::new() })
}

#[test]
fn what_several_connectors_describe_is_one_application() {
    let value = vec![described("a", "web", "workers", 4.0), described("b", "web", "cache", 2.0)];
    let all = together(Answered { value, failures: Vec::new(), notices: Vec::new() }).unwrap();
    let wanted = |setting: &str, value: f64| Adjustment {
        component: "web".to_owned(),
        setting: setting.to_owned(),
        value: Value::Number(value),
    };
    assert!(convert::has(&all, &[wanted("workers", 4.0), wanted("cache", 2.0)]), "{all:?}");
    assert!(!convert::has(&all, &[wanted("workers", 4.0), wanted("cache", 3.0)]));
    assert_eq!(list(&[wanted("workers", 4.0), wanted("cache", 2.0)], ", "), "web.workers=4, web.cache=2");
}

#[test]
fn one_that_fails_is_named_and_nothing_is_known() {
    for (message, shown) in
        [("no answer", "`b`: no answer"), ("`b` panicked in describe", "`b` panicked in describe")]
    {
        let failures = vec![("b".to_owned(), Failure::failed(message))];
        let value = vec![described("a", "web", "workers", 4.0)];
        let worst = together(Answered { value, failures, notices: Vec::new() }).map_err(named).unwrap_err();
        assert_eq!((worst.code, worst.message.as_str()), (Code::Failed, shown));
    }
}
