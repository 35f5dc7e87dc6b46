use serde_json::{Map, Value};
use servo_types::Limits;

use super::{RawLimits, default, limit_texts};

/// Limits that are written as they are read.
fn read(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Limits {
    let entries: Map<String, Value> =
        entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let raw: RawLimits = serde_json::from_value(Value::Object(entries)).unwrap();
    raw.over(&Limits { memory: 0, handles: 0, mailbox: 0, ..Limits::DEFAULT })
}

#[test]
fn what_is_shown_reads_back_as_the_same_limits() {
    let defaults = limit_texts(&Limits::DEFAULT).map(|(key, _)| (key, default(key)));
    assert_eq!(read(defaults), Limits::DEFAULT);
    let other =
        Limits { cpu_of_asked: 0.0, cpu_share: 0.07, memory: 100_000, handles: 17, ..Limits::DEFAULT };
    let texts = limit_texts(&other).map(|(key, text)| match text.parse::<u64>() {
        Ok(number) => (key, Value::from(number)),
        Err(_) => (key, Value::from(text)),
    });
    assert_eq!(read(texts), other);
}
