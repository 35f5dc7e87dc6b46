use super::*;

#[test]
fn durations_read_and_print() {
    for (text, seconds, printed) in [
        ("0", 0.0, "0"),
        ("0s", 0.0, "0"),
        ("300ms", 0.3, "300ms"),
        ("5m", 300.0, "5m"),
        ("1h30m", 5400.0, "1h30m"),
        ("1h 30m", 5400.0, "1h30m"),
        ("1h30m0.5s", 5400.5, "1h30m0.5s"),
        ("2h45m", 9900.0, "2h45m"),
        ("72h3m0.5s", 259_380.5, "3d3m0.5s"),
        ("1w", 604_800.0, "7d"),
        ("30d", 2_592_000.0, "1mm"),
        ("1mm", 2_592_000.0, "1mm"),
        ("1y", 31_536_000.0, "1y"),
        ("12ms300us", 0.0123, "12ms300us"),
        ("12.3ms", 0.0123, "12ms300us"),
        ("1us", 1e-6, "1us"),
        ("7µs", 7e-6, "7us"),
        ("15ns", 15e-9, "15ns"),
        (".5s", 0.5, "500ms"),
        (" 90s ", 90.0, "1m30s"),
    ] {
        let read = parse_duration(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!((read.as_secs_f64() - seconds).abs() < 1e-12, "{text} is {read:?}");
        assert_eq!(format_duration(read), printed, "{text}");
        assert_eq!(parse_duration(printed), Ok(read), "{text} survives printing");
    }
}

#[test]
fn wrong_durations_show_the_right_form() {
    let shown: Vec<String> = [
        "",
        "90",
        "1m30",
        "-5m",
        "5 minutes",
        "1h,30m",
        "abc",
        "1.2.3s",
        "5M",
        "99999999999999y",
        "1e3s",
        "NaN",
    ]
    .iter()
    .map(|text| parse_duration(text).unwrap_err().to_string())
    .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn nothing_takes_longer_than_ten_years() {
    for text in ["10y", "3650d", "87600h"] {
        assert_eq!(parse_duration(text), Ok(Duration::from_secs(315_360_000)), "{text}");
    }
    for text in ["10y1ns", "500000000000y", "9999999999999999999999999999999999y"] {
        let error = parse_duration(text).unwrap_err().to_string();
        assert!(error.contains("it is longer than 10 years"), "{error}");
    }
    for json in ["315360001", "1e300"] {
        let error = Duration::from_number(&serde_json::from_str(json).unwrap()).unwrap_err().to_string();
        assert!(error.contains("it is longer than 10 years"), "{error}");
    }
    assert!(CpuLimit::from_text("2s + 10000%").is_ok());
    for text in ["10001%", "1s + 6000% + 6000%", "11y"] {
        assert!(CpuLimit::from_text(text).is_err(), "{text}");
    }
}

#[test]
fn numbers_are_seconds() {
    let read = |json: &str| Duration::from_number(&serde_json::from_str(json).unwrap());
    assert_eq!(read("90"), Ok(Duration::from_secs(90)));
    assert_eq!(read("0.25"), Ok(Duration::from_millis(250)));
    assert!(read("-1").is_err());
    assert!(read("1e300").is_err());
}

#[test]
fn sizes_read_and_print() {
    for (text, bytes, printed) in [
        ("0", 0, "0B"),
        ("128MiB", 128 << 20, "128MiB"),
        ("1Gi", 1 << 30, "1GiB"),
        ("256.0Mi", 256 << 20, "256MiB"),
        ("1.5GiB", 1536 << 20, "1536MiB"),
        ("64 KiB", 64 << 10, "64KiB"),
        ("64k", 64_000, "64000B"),
        ("2M", 2_000_000, "2000000B"),
        ("100B", 100, "100B"),
        ("4GiB", 4 << 30, "4GiB"),
    ] {
        assert_eq!(parse_size(text), Ok(bytes), "{text}");
        assert_eq!(format_size(bytes), printed, "{text}");
    }
}

#[test]
fn wrong_sizes_show_the_right_form() {
    let shown: Vec<String> =
        ["", "2", "1.5", "12mib", "1Kx", "MiB", "-1MiB", "1MiB2", "99999999PiB", "1 0KiB"]
            .iter()
            .map(|text| parse_size(text).unwrap_err().to_string())
            .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn cores_read_and_print() {
    for (text, nanos, printed) in [
        ("250m", 250_000_000, "250m"),
        ("0.25", 250_000_000, "250m"),
        ("2", 2_000_000_000, "2"),
        ("1.5", 1_500_000_000, "1.5"),
        ("100u", 100_000, "100u"),
        ("5n", 5, "5n"),
        ("0.5m", 500_000, "500u"),
        ("0", 0, "0"),
    ] {
        assert_eq!(Cores::from_text(text), Ok(Cores { nanos }), "{text}");
        assert_eq!(Cores { nanos }.to_text(), printed, "{text}");
    }
    for wrong in ["", "two", "1c", "-1", "250 milli", "1e30"] {
        assert!(Cores::from_text(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn rates_read_and_print() {
    let second = Duration::from_secs(1);
    for (text, rate, printed) in [
        ("50/1s", Rate { count: 50, per: second }, "50/1s"),
        ("50", Rate { count: 50, per: second }, "50/1s"),
        ("50/s", Rate { count: 50, per: second }, "50/1s"),
        ("3000 / 1m", Rate { count: 3000, per: 60 * second }, "3000/1m"),
    ] {
        assert_eq!(Rate::from_text(text), Ok(rate), "{text}");
        assert_eq!(rate.to_text(), printed, "{text}");
    }
    for wrong in ["", "fifty", "50/", "50/0s", "50/1", "1.5/1s", "-1/1s", "50//1s", "50/1s/1s"] {
        let error = Rate::from_text(wrong).unwrap_err().to_string();
        assert!(error.contains("write for example `50/1s`"), "{wrong}: {error}");
    }
    assert_eq!(ByteRate::from_text("64KiB/1s"), Ok(ByteRate { bytes: 64 << 10, per: second }));
    assert_eq!(ByteRate { bytes: 64 << 10, per: second }.to_text(), "64KiB/1s");
    assert!(ByteRate::from_text("64/1s").is_err());
}

#[test]
fn percentages_and_cpu_limits_read_and_print() {
    for (text, fraction, printed) in [("5%", 0.05, "5%"), ("99.5 %", 0.995, "99.5%"), ("7%", 0.07, "7%")] {
        let read = Percent::from_text(text).unwrap();
        assert!((read.fraction - fraction).abs() < 1e-12, "{text}");
        assert_eq!(read.to_text(), printed);
    }
    for wrong in ["5", "%", "-5%", "1e2%", "inf%", "five%"] {
        assert!(Percent::from_text(wrong).is_err(), "{wrong}");
    }
    let two = Duration::from_secs(2);
    for (text, fixed, share, printed) in [
        ("2s + 5%", two, 0.05, "2s + 5%"),
        ("2s+5 %", two, 0.05, "2s + 5%"),
        ("2s", two, 0.0, "2s"),
        ("10%", Duration::ZERO, 0.1, "10%"),
    ] {
        let read = CpuLimit::from_text(text).unwrap();
        assert_eq!((read.fixed, read.to_text().as_str()), (fixed, printed));
        assert!((read.share - share).abs() < 1e-12, "{text}");
    }
    assert!(CpuLimit::from_text("2s +").is_err());
}

#[test]
fn only_our_formats_are_checked() {
    assert_eq!(check_format("uri", &Value::from("x")), None);
    assert_eq!(check_format("duration", &Value::Bool(true)), None);
    assert!(check_format("duration", &Value::from("1m30")).unwrap().is_err());
    for format in FORMATS {
        assert!(check_format(format, &Value::from("nonsense")).unwrap().is_err(), "{format}");
    }
}

proptest::proptest! {
    #[test]
    fn every_duration_survives_printing(nanos in 0..=10 * 365 * 86_400 * 1_000_000_000_u64) {
        let duration = Duration::from_nanos(nanos);
        proptest::prop_assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
    }

    #[test]
    fn every_size_survives_printing(bytes: u64) {
        proptest::prop_assert_eq!(parse_size(&format_size(bytes)), Ok(bytes));
    }

    #[test]
    fn no_text_panics(text in "[0-9a-zµ.+/% -]{0,20}") {
        for format in FORMATS {
            let _ = check_format(format, &Value::from(text.clone()));
        }
    }
}
