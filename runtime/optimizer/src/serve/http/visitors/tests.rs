use super::*;

#[test]
fn nobody_has_more_than_their_part() {
    let visitors = Visitors::new(2);
    let enter = |address: &str| visitors.enter(address.parse().unwrap());
    let first = enter("10.0.0.1");
    let others = [enter("10.0.0.1"), enter("10.0.0.2"), enter("2001:db8::1"), enter("2001:db8::2")];
    assert!(first.is_some() && others.iter().all(Option::is_some));
    for full in ["10.0.0.1", "::ffff:10.0.0.1", "2001:db8::3"] {
        assert!(enter(full).is_none(), "{full}");
    }
    assert!(enter("2001:db8:0:1::3").is_some());
    drop(first);
    assert!(enter("10.0.0.1").is_some());
    drop(others);
    assert!(visitors.open.lock().unwrap().is_empty());
}
