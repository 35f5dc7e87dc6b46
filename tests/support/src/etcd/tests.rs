use super::*;

#[test]
fn it_keeps_what_it_is_told() {
    let etcd = Etcd::start();
    assert_eq!(etcd.ctl(["put", "answer", "42"]), "OK\n");
    assert_eq!(etcd.ctl(["get", "answer", "--print-value-only"]), "42\n");
}
