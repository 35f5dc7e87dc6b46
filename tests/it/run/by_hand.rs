//! The operations by hand, against the demonstration application and a real Prometheus that scrapes it.

use serde_json::Value;
use servo_test_support::{Prometheus, Quickstart, Server as _, World};

use super::stage::{json, servo, world};

/// Everything that a measurement needs.
#[derive(Debug)]
struct Laboratory {
    world: World,
    application: Quickstart,
    prometheus: Prometheus,
}

impl Laboratory {
    fn open() -> Laboratory {
        let world = world();
        let application = Quickstart::beside(world.servo_path());
        let prometheus = Prometheus::start(&[application.address()]);
        prometheus.wait_for("quickstart_requests_total");
        let laboratory = Laboratory { world, application, prometheus };
        laboratory.configure("sum(quickstart_requests_total)");
        laboratory
    }

    /// Writes a configuration whose metric `requests` comes from this query.
    fn configure(&self, query: &str) {
        let (application, prometheus) = (self.application.url(), self.prometheus.url());
        let text = format!(
            "connectors: {{app: http-settings, load: vegeta, prometheus: prometheus}}
app: {{url: '{application}', ready: {{path: /ready}}, settings: {{workers: {{min: 1, max: 8}}, eviction: {{values: [fifo, lru]}}}}}}
load: {{rate: 40/1s, workers: 4, target: 'GET {application}/random', reporting_interval: 500ms}}
prometheus:
  base_url: {prometheus}
  metrics:
    - {{name: requests, query: '{query}', step: 1s}}
    - {{name: workers, unit: threads, query: 'quickstart_setting{{name=\"workers\"}}', step: 1s}}
    - {{name: nothing, query: there_is_no_such_series, step: 1s, absent: zero}}
"
        );
        self.world.file("servo.yaml", text);
    }

    /// What Prometheus itself says that the sum of a counter was at a time.
    fn at(&self, counter: &str, time: f64) -> f64 {
        let query = format!("sum({counter} @ {time:.3})");
        let answer: Value = serde_json::from_str(&self.prometheus.query(&query)).unwrap();
        let value = &answer["data"]["result"][0]["value"][1];
        value.as_str().unwrap_or_else(|| panic!("{answer:#}")).parse().unwrap()
    }
}

/// Times and values of a metric.
fn points(measurement: &Value, metric: &str) -> Vec<(f64, f64)> {
    let readings = measurement["readings"].as_array().unwrap();
    let of_metric = readings.iter().filter(|reading| reading["metric"] == metric);
    let numbers = |list: &Value| -> Vec<f64> {
        list.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    of_metric
        .flat_map(|reading| numbers(&reading["times"]).into_iter().zip(numbers(&reading["values"])))
        .collect()
}

#[test]
fn what_is_measured_is_what_prometheus_says() {
    let laboratory = Laboratory::open();
    let world = &laboratory.world;
    servo(world, "check").run().expect(0);
    let measured = json(&servo(world, "measure -d 3s -o json").run().expect(0));

    let requests = points(&measured, "requests");
    assert!(requests.len() >= 3, "{measured:#}");
    // The last point may have been asked for while a scrape of its time was on the way.
    for (time, value) in &requests[..requests.len() - 1] {
        assert_eq!(*value, laboratory.at("quickstart_requests_total", *time), "at {time}");
    }
    // The load of the other connector is seen from both sides.
    assert!(requests[0].1 < requests[requests.len() - 1].1, "{requests:?}");
    let throughput = points(&measured, "throughput");
    let mean = throughput.iter().map(|(_, value)| value).sum::<f64>() / throughput.len() as f64;
    // Its unit is requests per minute.
    assert!((1_800.0..3_000.0).contains(&mean), "{throughput:?}");
    assert!(points(&measured, "workers").iter().all(|(_, value)| *value == 1.0));
    assert!(points(&measured, "nothing").iter().all(|(_, value)| *value == 0.0));

    let only = json(&servo(world, "measure workers -c prometheus -d 1s -o json").run().expect(0));
    assert!(
        only["readings"].as_array().unwrap().iter().all(|reading| reading["metric"] == "workers"),
        "{only:#}"
    );
}

#[test]
fn what_is_adjusted_is_seen_by_describe_the_application_and_prometheus() {
    let laboratory = Laboratory::open();
    let world = &laboratory.world;
    let adjusted = servo(world, "adjust app.workers=3 app.eviction=lru").run().expect(0);
    assert!(
        adjusted.stdout.contains("app.workers=3") && adjusted.stdout.contains("app.eviction=lru"),
        "{adjusted:?}"
    );
    let described = json(&servo(world, "describe -o json").run().expect(0));
    let settings = described["app"]["components"][0]["settings"].as_array().unwrap();
    let values: Vec<&Value> = settings.iter().map(|setting| &setting["value"]).collect();
    assert_eq!((values[0].as_f64(), values[1].as_str()), (Some(3.0), Some("lru")), "{described:#}");
    assert_eq!(described["prometheus"]["metrics"].as_array().map(Vec::len), Some(3));
    let now: Value = serde_json::from_str(&laboratory.application.settings()).unwrap();
    assert_eq!((now["workers"].as_i64(), now["eviction"].as_str()), (Some(3), Some("lru")));
    laboratory.prometheus.wait_for("quickstart_setting{name=\"workers\"} == 3");

    let refused = servo(world, "adjust app.eviction=random").run().expect(1);
    assert!(refused.stderr.contains("connector `app`: rejected (out-of-range)"), "{}", refused.stderr);
    assert!(refused.stderr.contains("not one of fifo, lru"), "{}", refused.stderr);
}

#[test]
fn a_query_that_prometheus_does_not_understand_is_reported_in_its_words() {
    let laboratory = Laboratory::open();
    laboratory.configure("sum(quickstart_requests_total");
    let said = [
        "metric `requests`: Prometheus query request failed with error 'bad_data'",
        "parse error",
        "unclosed left parenthesis",
    ];
    // The others are measured all the same.
    let measured = servo(&laboratory.world, "measure -c prometheus -d 1s -o json").run().expect(0);
    let measurement = json(&measured);
    assert!(!points(&measurement, "workers").is_empty() && !points(&measurement, "nothing").is_empty());
    assert!(points(&measurement, "requests").is_empty(), "{measurement:#}");
    assert_eq!(measurement["annotations"][0][0], "failed.requests", "{measurement:#}");
    // Where nothing is left, it is a failure.
    let failed = servo(&laboratory.world, "measure requests -c prometheus -d 1s").run().expect(1);
    let failure = "connector `prometheus`: failed (bad_data)";
    assert!(failed.stderr.contains(failure), "{}", failed.stderr);
    for said in said {
        for stderr in [&measured.stderr, &failed.stderr] {
            assert!(stderr.contains(said), "nothing of {said}: {stderr}");
        }
    }
    let checked = servo(&laboratory.world, "check prometheus").run().expect(1);
    assert!(checked.stdout.contains("unclosed left parenthesis"), "{}", checked.stdout);
}

#[test]
fn a_prometheus_that_is_gone_fails_the_check_with_a_hint() {
    let Laboratory { world, application, prometheus } = Laboratory::open();
    let gone = prometheus.url().to_owned();
    drop(prometheus);
    let checked = servo(&world, "check --verbose").run().expect(1);
    let hint = format!("see that Prometheus runs and that `{gone}` can be reached from here");
    assert!(checked.stdout.contains(&hint), "{}", checked.stdout);
    // What depends on it is not tried; what does not depend on it is.
    assert!(
        checked.stdout.contains("- SKIPPED") && checked.stdout.contains("√ PASSED"),
        "{}",
        checked.stdout
    );
    let measured = servo(&world, "measure -d 500ms -o json").run().expect(1);
    assert!(measured.stderr.contains("connector `prometheus`: "), "{}", measured.stderr);
    assert!(!points(&json(&measured), "throughput").is_empty(), "{measured:?}");
    drop(application);
    servo(&world, "check app").run().expect(1);
}
