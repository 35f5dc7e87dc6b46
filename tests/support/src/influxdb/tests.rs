use super::*;

#[test]
fn it_keeps_what_is_written() {
    let influxdb = InfluxDb::start();
    influxdb.execute("", "CREATE DATABASE shop");
    influxdb.write("shop", "orders,country=de value=42");
    let found = influxdb.execute("shop", "SELECT value FROM orders");
    assert!(found.contains("42"), "{found}");
}
