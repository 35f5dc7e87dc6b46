use super::*;

#[test]
fn durations_are_read_strictly_and_written_back() {
    for (text, milliseconds, written) in [
        ("1m30s", 90_000, "1m30s"),
        ("1h 30m", 5_400_000, "1h30m"),
        ("300ms", 300, "300ms"),
        ("1.5s", 1_500, "1.5s"),
        ("0", 0, "0s"),
        ("2d4h", 187_200_000, "2d4h"),
        ("1mm", 2_592_000_000, "30d"),
        ("12ms", 12, "12ms"),
    ] {
        let read: Duration = text.parse().expect(text);
        assert_eq!(read.get().as_millis(), milliseconds, "{text}");
        assert_eq!(read.to_string(), written, "{text}");
        assert_eq!(read.to_string().parse::<Duration>(), Ok(read), "{text}");
    }
    for text in ["", "90", "1m30", "-5m", "5 minutes", "1.2.3s", "m", "1e3s", "9999999999999y"] {
        let error = text.parse::<Duration>().expect_err(text);
        assert!(error.contains("1m30s"), "{text}: {error}");
    }
}

#[test]
fn plain_numbers_are_seconds() {
    for (json, milliseconds) in [("90", Some(90_000)), ("0.25", Some(250)), ("-1", None), ("true", None)] {
        let read = serde_json::from_str::<Duration>(json).ok();
        assert_eq!(read.map(|read| read.get().as_millis()), milliseconds, "{json}");
    }
}
