//! What the log has of requests and answers.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use servo_test_support::{Reply, Scripted, Server as _};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::LevelFilter;

use super::*;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn logged(&self, level: LevelFilter) -> DefaultGuard {
        let lines = self.clone();
        let subscriber = tracing_subscriber::fmt().with_max_level(level).with_ansi(false);
        tracing::subscriber::set_default(subscriber.with_writer(move || lines.clone()).finish())
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn requests_and_answers_stand_in_the_log_without_the_token() {
    let server = Scripted::in_turn([
        Reply::json(200, r#"{"status":"ok","message":"SECRET is known"}"#),
        Reply::json(400, r#"{"detail":"no SECRET"}"#),
        Reply::hang_up(),
    ]);
    let client = Client::new(token(&server.url(), value("SECRET"))).unwrap();
    let lines = Lines::default();
    {
        let _logged = lines.logged(LevelFilter::TRACE);
        for _ in 0..3 {
            post(&client).await;
        }
    }
    let text = lines.text();
    for said in [
        "/servo {}",
        r#"/servo {"status":"ok","message":"*** is known"}"#,
        "/servo status 400: no ***",
        "no answer to POST",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("SECRET"), "{text}");
}

#[tokio::test]
async fn a_connection_file_that_is_not_there_is_named_when_it_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("connection.yaml");
    let access = Access::ConnectionFile { path: path.clone(), optimizer_id: "a.b/c".to_owned() };
    let client = Client::new(ClientOptions { access, ..token("http://127.0.0.1:9", value("-")) }).unwrap();
    let lines = Lines::default();
    let _logged = lines.logged(LevelFilter::WARN);
    // It is said at once; nobody waits for the end of the minute here.
    let _ = tokio::time::timeout(Duration::from_millis(200), post(&client)).await;
    let text = lines.text();
    assert!(text.contains(&format!("`{}` is waited for, 60 s at most", path.display())), "{text}");
}
