use super::*;

fn text(metrics: &Metrics) -> String {
    metrics.text(&Gauges { settings: &Settings::default(), cache: (3, 99), ready: true })
}

#[test]
fn the_text_shows_what_was_counted() {
    let metrics = Metrics::default();
    metrics.answered(200, 1_000, Duration::from_micros(50));
    metrics.answered(200, 500, Duration::from_micros(51));
    metrics.answered(404, 0, Duration::from_secs(9));
    metrics.looked_up(true);
    metrics.looked_up(false);
    metrics.rendered();
    let text = text(&metrics);
    for line in [
        "quickstart_requests_total{code=\"2xx\"} 2",
        "quickstart_requests_total{code=\"4xx\"} 1",
        "quickstart_request_duration_seconds_bucket{le=\"0.00005\"} 1",
        "quickstart_request_duration_seconds_bucket{le=\"0.0001\"} 2",
        "quickstart_request_duration_seconds_bucket{le=\"2.5\"} 2",
        "quickstart_request_duration_seconds_bucket{le=\"+Inf\"} 3",
        "quickstart_request_duration_seconds_sum 9.000101",
        "quickstart_request_duration_seconds_count 3",
        "quickstart_response_bytes_total 1500",
        "quickstart_cache_hits_total 1",
        "quickstart_cache_misses_total 1",
        "quickstart_rendered_total 1",
        "quickstart_cache_entries 3",
        "quickstart_cache_bytes 99",
        "quickstart_setting{name=\"compression_level\"} 9",
        "quickstart_ready 1",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} is missing in\n{text}");
    }
}

#[test]
fn every_line_is_a_comment_or_a_sample_of_a_family_that_was_described() {
    let text = text(&Metrics::default());
    let mut family = "";
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            family = help.split(' ').next().unwrap();
        } else if !line.starts_with("# TYPE ") {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with(family) && value.parse::<f64>().is_ok(), "{line}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn memory_is_what_the_kernel_says() {
    assert!(memory::resident_bytes().is_some_and(|bytes| bytes > 100_000));
}
