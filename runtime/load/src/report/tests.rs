use super::*;

fn report() -> Report {
    let millis = Duration::from_millis;
    Report {
        latencies: Latencies {
            total: millis(5000),
            mean: millis(20),
            p50: millis(10),
            p90: millis(30),
            p95: millis(40),
            p99: millis(50),
            max: Duration::from_nanos(1_234_567_891),
            min: Duration::from_nanos(345_678),
        },
        bytes_in: Bytes { total: 500, mean: 2.0 },
        bytes_out: Bytes::default(),
        earliest: "2026-01-02T03:04:05Z".parse().unwrap(),
        latest: "2026-01-02T03:04:10Z".parse().unwrap(),
        end: "2026-01-02T03:04:10.5Z".parse().unwrap(),
        duration: millis(5000),
        wait: millis(500),
        requests: 250,
        rate: 49.8,
        throughput: 45.0,
        success: 0.992,
        status_codes: BTreeMap::from([("200".to_owned(), 248), ("503".to_owned(), 2)]),
        errors: vec!["503 Service Unavailable".to_owned()],
        asked: 250,
        late: 0,
        late_max: millis(1),
        missed: 0,
        abandoned: 0,
    }
}

#[test]
fn json_has_vegetas_keys_in_nanoseconds() {
    let json = serde_json::to_string(&report()).unwrap();
    let expected = concat!(
        r#"{"latencies":{"total":5000000000,"mean":20000000,"50th":10000000,"90th":30000000,"95th":40000000,"#,
        r#""99th":50000000,"max":1234567891,"min":345678},"bytes_in":{"total":500,"mean":2.0},"#,
        r#""bytes_out":{"total":0,"mean":0.0},"earliest":"2026-01-02T03:04:05Z","latest":"2026-01-02T03:04:10Z","#,
        r#""end":"2026-01-02T03:04:10.5Z","duration":5000000000,"wait":500000000,"requests":250,"rate":49.8,"#,
        r#""throughput":45.0,"success":0.992,"status_codes":{"200":248,"503":2},"#,
        r#""errors":["503 Service Unavailable"],"asked":250,"late":0,"late_max":1000000,"missed":0,"abandoned":0}"#,
    );
    assert_eq!(json, expected);
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report());
}

#[test]
fn text_looks_like_vegetas() {
    let expected = "\
Requests      [total, rate, throughput]         250, 49.80, 45.00
Schedule      [asked, late, missed]             250, 0 (max 1ms), 0
Duration      [total, attack, wait]             5.5s, 5s, 500ms
Latencies     [min, mean, 50, 90, 95, 99, max]  345.678µs, 20ms, 10ms, 30ms, 40ms, 50ms, 1.234s
Bytes In      [total, mean]                     500, 2.00
Bytes Out     [total, mean]                     0, 0.00
Success       [ratio]                           99.20%
Status Codes  [code:count]                      200:248  503:2
Error Set:
503 Service Unavailable
";
    assert_eq!(report().to_string(), expected);
}

#[test]
fn a_rate_that_was_not_kept_is_said_with_figures() {
    assert_eq!(report().shortfall(), None);
    let late_max = Duration::from_millis(900);
    let slow = Report { asked: 260, late: 30, late_max, missed: 10, ..report() };
    assert_eq!(
        slow.shortfall().unwrap(),
        "the rate was not kept: of 260 requests 30 were sent more than 10ms late (at most 900ms) and 10 never"
    );
    assert!(slow.to_string().contains("Attention: the rate was not kept: of 260 requests"));
}
