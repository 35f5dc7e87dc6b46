use super::*;

#[test]
fn rates_are_read_as_vegeta_reads_them() {
    let cases = [
        ("50", 50, Duration::from_secs(1)),
        ("50/1s", 50, Duration::from_secs(1)),
        ("50/s", 50, Duration::from_secs(1)),
        ("3000/m", 3000, Duration::from_secs(60)),
        ("7/1m30s", 7, Duration::from_secs(90)),
        ("1/1.5h", 1, Duration::from_secs(5400)),
        ("10/300ms", 10, Duration::from_millis(300)),
        ("1/250µs", 1, Duration::from_micros(250)),
    ];
    for (text, requests, per) in cases {
        assert_eq!(text.parse::<Rate>().unwrap(), Rate { requests, per }, "{text}");
    }
    for text in ["0", "0/1s", "infinity"] {
        assert_eq!(text.parse::<Rate>().unwrap(), Rate::UNLIMITED, "{text}");
    }
}

#[test]
fn garbage_names_what_is_wrong_and_what_is_right() {
    let cases = [
        ("", "rate ``: `` is not a whole number of requests; write `50` or `50/1s`"),
        ("-5", "rate `-5`: `-5` is not a whole number of requests; write `50` or `50/1s`"),
        ("+5/s", "rate `+5/s`: `+5` is not a whole number of requests; write `50` or `50/1s`"),
        ("5.5", "rate `5.5`: `5.5` is not a whole number of requests; write `50` or `50/1s`"),
        (" 5", "rate ` 5`: ` 5` is not a whole number of requests; write `50` or `50/1s`"),
        ("50/", "rate `50/`: `` is not a duration; write a unit (`50/s`) or a duration (`50/1m30s`)"),
        ("50/2", "rate `50/2`: `2` is not a duration; write a unit (`50/s`) or a duration (`50/1m30s`)"),
        ("50/0s", "rate `50/0s`: `0s` is not a duration; write a unit (`50/s`) or a duration (`50/1m30s`)"),
        (
            "50/1s/2",
            "rate `50/1s/2`: `1s/2` is not a duration; write a unit (`50/s`) or a duration (`50/1m30s`)",
        ),
        ("9/ns", "rate `9/ns` is more than one request per nanosecond; lower it, or use 0 for no limit"),
    ];
    for (text, message) in cases {
        assert_eq!(text.parse::<Rate>().unwrap_err().to_string(), message, "{text}");
    }
}

#[test]
fn a_rate_survives_being_written_and_read() {
    for text in ["50/1s", "7/90s", "3/1.5ms", "0/1s"] {
        let rate: Rate = text.parse().unwrap();
        assert_eq!(rate.to_string().parse::<Rate>().unwrap(), rate, "{text}");
    }
}
