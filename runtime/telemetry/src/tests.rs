use std::io;
use std::sync::{Arc, Mutex};

use crate::{Filter, Level, LogFile, Options, Recent, Record, subscriber};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged at a level, without the time of the lines.
fn logged(options: Options, work: impl FnOnce()) -> Vec<String> {
    let kept = Kept::default();
    let writer = kept.clone();
    tracing::subscriber::with_default(subscriber(options, move || writer.clone()), work);
    let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    text.lines().map(|line| line.split_once(" | ").map_or(line, |(_, rest)| rest).to_owned()).collect()
}

fn at(level: Level) -> Options {
    Options { filter: level.into(), ..Options::default() }
}

fn speak() {
    tracing::trace!(target: "servo_host", "a step");
    tracing::debug!(target: "servo_host", "a detail");
    tracing::info!(target: "servo_host", "it happens");
    tracing::info!(target: "servo_host", success = true, "it went well");
    tracing::warn!(target: "servo_host", "careful");
    tracing::error!(target: "servo_host", "it went wrong");
    tracing::error!(target: "servo_host", critical = true, "this is the end");
}

#[test]
fn a_level_hides_what_is_milder() {
    let all = logged(at(Level::Trace), speak);
    assert_eq!(
        all,
        [
            "TRACE    | servo - a step",
            "DEBUG    | servo - a detail",
            "INFO     | servo - it happens",
            "SUCCESS  | servo - it went well",
            "WARNING  | servo - careful",
            "ERROR    | servo - it went wrong",
            "CRITICAL | servo - this is the end",
        ]
    );
    for (hidden, level) in Level::ALL.into_iter().enumerate() {
        assert_eq!(logged(at(level), speak), all[hidden..], "{level}");
    }
}

#[test]
fn lines_carry_connector_and_event_from_fields_and_spans() {
    let lines = logged(at(Level::Info), || {
        tracing::info!(target: "connector", connector = "prom", event = "measure", "msg");
        let _span =
            tracing::info_span!(target: "servo_host", "call", connector = "app", event = "adjust").entered();
        tracing::info!(target: "servo_host", tries = 2, "inside");
        tracing::info!(target: "servo_host", connector = "load", "of another one");
        let _span = tracing::info_span!(target: "servo_assembly", "servo", servo = "shop").entered();
        tracing::info!(target: "servo_host", "of a servo");
    });
    assert_eq!(
        lines,
        [
            "INFO     | prom[measure] - msg",
            "INFO     | app[adjust] - inside tries=2",
            "INFO     | load[adjust] - of another one",
            "INFO     | shop(app[adjust]) - of a servo",
        ]
    );
}

#[test]
fn a_connector_cannot_forge_lines() {
    let lines = logged(at(Level::Info), || {
        tracing::info!(target: "connector", connector = "bad", "one\n2026-01-01 | ERROR    | servo - two\x1b[31m");
    });
    assert_eq!(lines[0], "INFO     | bad - one");
    assert!(lines[1].ends_with("two\\u{1b}[31m"), "{lines:?}");
    assert_eq!(lines.len(), 2);
}

#[test]
fn json_lines_are_objects() {
    let lines =
        logged(Options { filter: Level::Info.into(), json: true, color: true, ..Options::default() }, || {
            tracing::warn!(target: "connector", connector = "prom", event = "measure", tries = 3, "msg");
        });
    let mut line: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    let time = line.as_object_mut().unwrap().remove("time").unwrap();
    assert!(time.as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    assert_eq!(
        line,
        serde_json::json!({"level": "WARNING", "connector": "prom", "event": "measure", "source": "connector", "message": "msg", "tries": 3})
    );
}

#[test]
fn libraries_are_quiet_below_warnings() {
    let lines = logged(at(Level::Debug), || {
        tracing::debug!(target: "rustls::client", "hello");
        tracing::warn!(target: "rustls::client", "odd");
    });
    assert_eq!(lines, ["WARNING  | rustls - odd"]);
}

#[test]
fn levels_are_read_in_any_case() {
    assert_eq!("success".parse(), Ok(Level::Success));
    assert_eq!("Warn".parse(), Ok(Level::Warning));
    let error = "loud".parse::<Level>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`loud` is not a log level; write TRACE, DEBUG, INFO, SUCCESS, WARNING, ERROR or CRITICAL"
    );
}

fn of_two() {
    for connector in ["prom", "app"] {
        tracing::debug!(target: "connector", connector, "detail");
        tracing::warn!(target: "connector", connector, "careful");
    }
    tracing::info!(target: "servo_host", "of nobody");
}

#[test]
fn connectors_have_levels_of_their_own() {
    let shown =
        |filter: &str| logged(Options { filter: filter.parse().unwrap(), ..Options::default() }, of_two);
    let (detail, careful) =
        ("DEBUG    | prom - detail", ["WARNING  | prom - careful", "WARNING  | app - careful"]);
    assert_eq!(shown("prom=debug"), [detail, careful[0], careful[1]]);
    assert_eq!(shown("INFO, prom=ERROR"), [careful[1], "INFO     | servo - of nobody"]);
}

#[test]
fn filters_are_read_and_refused() {
    for text in ["WARNING", "INFO,prom=DEBUG", "ERROR,a=TRACE,b=SUCCESS"] {
        assert_eq!(text.parse::<Filter>().unwrap().to_string(), text);
    }
    for (text, why) in [
        ("loud", "`loud` is not a log level"),
        ("INFO,prom=loud", "`loud` is not a log level"),
        ("INFO,DEBUG", "`DEBUG` has two log levels"),
        ("prom=INFO,prom=DEBUG", "`prom` has two log levels"),
        ("=INFO", "`=INFO` names no connector"),
        ("", "`` is not a log level"),
    ] {
        let error = text.parse::<Filter>().unwrap_err().to_string();
        assert!(error.starts_with(why), "{text}: {error}");
    }
}

#[test]
fn the_last_lines_are_kept_in_pages() {
    let recent = Recent::new(64 << 10);
    let options = Options { filter: Level::Error.into(), recent: Some(recent.clone()), ..Options::default() };
    let shown = logged(options, || {
        for number in 0..100 {
            tracing::info!(target: "connector", connector = if number % 2 == 0 { "even" } else { "odd" }, number, "line");
        }
        tracing::debug!(target: "servo_host", "a detail");
    });
    assert!(shown.is_empty(), "{shown:?}");
    let all = recent.page(0, usize::MAX, |_| true);
    assert_eq!((all.records.len(), all.next, all.missed), (100, 100, 0));
    let odd = |record: &Record| record.connector.as_deref() == Some("odd");
    assert_eq!(recent.page(recent.last(3, odd), usize::MAX, odd).records.len(), 3);
    let (mut from, mut pages, mut seen) = (0, 0, 0);
    while from < 100 {
        let page = recent.page(from, 1000, odd);
        (from, pages, seen) = (page.next, pages + 1, seen + page.records.len());
    }
    assert_eq!(seen, 50);
    assert!(pages > 5, "{pages}");
    assert_eq!(recent.page(100, 1000, |_| true).records, []);
}

#[test]
fn old_lines_go_and_it_is_said_how_many() {
    let recent = Recent::new(2000);
    let options = Options { recent: Some(recent.clone()), ..Options::default() };
    logged(options, || (0..100).for_each(|_| tracing::info!(target: "servo_host", "{}", "x".repeat(100))));
    let page = recent.page(10, usize::MAX, |_| true);
    assert_eq!(page.next, 100);
    assert_eq!(page.missed + page.records.len() as u64, 90);
    assert!((1..=10).contains(&page.records.len()), "{}", page.records.len());
}

#[test]
fn a_full_file_gets_a_number_and_the_oldest_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("servo.log");
    std::fs::write(&path, "from before\n").unwrap();
    let file = LogFile::open(&path, 200, 2).unwrap();
    let options = Options { color: true, file: Some(file), ..Options::default() };
    logged(options, || (0..20).for_each(|number| tracing::info!(target: "servo_host", number, "line")));
    let mut names: Vec<_> = folder
        .path()
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["servo.log", "servo.log.1", "servo.log.2"]);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let text = read("servo.log.2") + &read("servo.log.1") + &read("servo.log");
    let numbers: Vec<u32> =
        text.lines().map(|line| line.rsplit_once("number=").unwrap().1.parse().unwrap()).collect();
    assert!(numbers.is_sorted() && numbers.last() == Some(&19) && numbers.len() >= 6, "{text}");
    assert!(!text.contains('\x1b') && text.len() <= 600, "{text}");
}
