//! TypeScript: `influxdb` and a real InfluxDB.

use serde_json::Value;
use servo_test_support::{InfluxDb, Reply, Scripted, Server as _, World};

use super::{json, last, points, servo, stops_when_interrupted, world};

const CONNECTOR: &str = "ts/influxdb/influxdb.wasm";

fn laboratory(url: &str, more: &str) -> World {
    let configuration = format!(
        "connectors:\n  influx: {{component: ./connector.wasm}}\ninflux: {{url: '{url}', interval: 300ms{more}}}\n"
    );
    world(CONNECTOR, &configuration)
}

/// The first number that a statement yields.
#[track_caller]
fn number(influxdb: &InfluxDb, database: &str, statement: &str) -> f64 {
    let answer: Value = serde_json::from_str(&influxdb.execute(database, statement)).unwrap();
    let row = &answer["results"][0]["series"][0]["values"][0];
    row.as_array().and_then(|row| row.last()?.as_f64()).unwrap_or_else(|| panic!("{answer:#}"))
}

#[test]
fn what_is_measured_is_what_influx_says() {
    let influxdb = InfluxDb::start();
    influxdb.execute("", "CREATE DATABASE shop");
    influxdb.write("shop", "orders,country=fr value=1 1\norders,country=de value=1 1");
    let world = laboratory(&influxdb.url(), ", databases: [shop]");
    servo(&world, "check").run().expect(0);

    let mut measuring = servo(&world, "measure -d 3s --warmup 100ms -o json").start();
    let mut requests = 0;
    measuring.wait_for("it ends", |stdout, _| {
        if stdout.is_empty() {
            requests += 1;
            influxdb.write(
                "shop",
                &format!("orders,country=de value=2 {requests}1\norders,country=at value=3 {requests}2"),
            );
        }
        stdout.ends_with("}\n").then_some(())
    });
    let measured = json(&measuring.wait().expect(0));
    let series = points(&measured, "influxdb_series");
    assert!(series.len() >= 4, "{measured:#}");
    assert_eq!(last(&measured, "influxdb_series"), number(&influxdb, "shop", "SHOW SERIES CARDINALITY"));
    // Every request writes two points. The two counters are not read at one instant, hence the tolerance.
    let total = |metric: &str| -> f64 {
        let seconds = series.windows(2).map(|two| two[1].0 - two[0].0);
        points(&measured, metric).iter().zip(seconds).map(|((_, rate), seconds)| rate * seconds).sum()
    };
    let (seen, written) = (total("influxdb_writes"), total("influxdb_points"));
    assert!(seen > 0.0 && seen <= f64::from(requests) + 1.0, "{seen} of {requests}");
    assert!((written - 2.0 * seen).abs() < 8.0, "{seen} requests, {written} points");
    assert!(last(&measured, "influxdb_write_time") > 0.0, "{measured:#}");
    assert!(last(&measured, "influxdb_memory") > 1.0, "{measured:#}");
    assert_eq!(number(&influxdb, "shop", "SELECT count(value) FROM orders") as u32, 2 * requests + 2);
}

#[test]
fn checks_say_what_is_missing_and_what_is_too_much() {
    let influxdb = InfluxDb::start();
    influxdb.execute("", "CREATE DATABASE shop");
    influxdb.write("shop", "orders,country=de value=1\norders,country=at value=1");
    let world = laboratory(&influxdb.url(), ", databases: [shop, depot], series_max: 1");
    let checked = servo(&world, "check -v").run().expect(1);
    for said in ["there is no database depot", "`shop` has 2 series", "make it a field"] {
        assert!(checked.stdout.contains(said), "{}", checked.stdout);
    }
}

#[test]
fn strangers_and_nobody_are_told_apart() {
    let stranger = Scripted::start(|_| Reply::text(200, "<html>welcome</html>"));
    let guard = Scripted::start(|_| {
        Reply::json(401, "{\"error\":\"authorization failed\"}").header("x-influxdb-version", "1.6")
    });
    for (url, said, hint) in [
        ("http://127.0.0.1:9".to_owned(), "127.0.0.1:9", "see that InfluxDB runs"),
        (stranger.url(), "does not answer like InfluxDB 1.x (HTTP 200", "name the address of an InfluxDB"),
        (guard.url(), "does not accept the credentials", "grant user and password"),
    ] {
        let world = laboratory(&url, "");
        let measured = servo(&world, "measure -d 100ms").run().expect(1);
        assert!(measured.stderr.contains("connector `influx`: failed"), "{}", measured.stderr);
        assert!(measured.stderr.contains(said), "{}", measured.stderr);
        let checked = servo(&world, "check").run().expect(1);
        assert!(checked.stdout.contains(hint), "{}", checked.stdout);
    }
}

#[test]
fn a_measurement_that_is_interrupted_stops_at_once() {
    let server = Scripted::start(|_| {
        Reply::json(200, "{\"queryExecutor\": {\"name\": \"queryExecutor\", \"values\": {}}}")
    });
    let world = laboratory(&server.url(), "");
    stops_when_interrupted(&world, || server.seen().len() > 2);
}
