use std::sync::Mutex;

use servo_types::{Component, Description, Domain, Metric, Range, Scale, Setting, Value};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::objective::Objective;
use crate::options::Options;
use crate::serve::{Goal, Tokens};
use crate::wire::{Body, Described, Descriptor, Event, Hello, Report, Request};

const PATH: &str = "/accounts/example.com/applications/shop/servo";

/// A server with one application, and what its operator was told.
struct World {
    _folder: TempDir,
    server: Arc<Server>,
    told: Arc<Mutex<Vec<String>>>,
    stop: CancellationToken,
}

impl World {
    async fn start(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let goal = Goal {
            objective: Objective::parse("maximize throughput", &[""; 0]).unwrap(),
            expression: "throughput".to_owned(),
            options: Options::with_budget(6),
            seeded: true,
            delay: Duration::ZERO,
            warmup: Duration::ZERO,
            duration: Duration::from_secs(1),
            settlement: Duration::ZERO,
        };
        let id = "example.com/shop";
        let told = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&told);
        let tell = move |id: &str, note: &str| kept.lock().unwrap().push(format!("{id}: {note}"));
        let tokens = Tokens::new([(id, "one")]);
        let shelf =
            Shelf::open(folder.path(), vec![(id.into(), goal)], &[], tokens, "boot", Box::new(tell)).unwrap();
        let listen = Listen { address: ([127, 0, 0, 1], 0).into(), tls: None, limits };
        let server = Arc::new(Server::open(listen).await.unwrap());
        let stop = CancellationToken::new();
        let (serving, stopped) = (Arc::clone(&server), stop.clone());
        tokio::spawn(async move { serving.serve(Arc::new(shelf), &stopped).await });
        World { _folder: folder, server, told, stop }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.server.address()).await.unwrap()
    }

    /// Sends bytes and reads until the server closes or has answered once.
    async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        answer(&mut stream).await
    }

    async fn ask(&self, token: &str, body: &[u8]) -> String {
        self.raw(&request("POST", PATH, token, body)).await
    }

    async fn say(&self, event: Event) -> String {
        let body = Request { event, servo_uid: None }.write().unwrap();
        let answered = self.ask("one", &body).await;
        answered.strip_prefix("200 ").unwrap_or(&answered).to_owned()
    }
}

fn limits() -> Limits {
    Limits {
        body: 64 * 1024,
        time: Duration::from_secs(20),
        requests: 8,
        connections: 8,
        connections_per_address: 8,
    }
}

fn request(method: &str, path: &str, token: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\ncontent-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Status and body of the next answer; empty when the connection was closed without one.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() >= length.parse().unwrap() {
                return format!("{} {body}", head.split(' ').nth(1).unwrap());
            }
        }
        let mut piece = [0; 4096];
        match timeout(Duration::from_secs(30), stream.read(&mut piece)).await.unwrap() {
            Ok(0) | Err(_) => return text,
            Ok(length) => bytes.extend_from_slice(&piece[..length]),
        }
    }
}

#[tokio::test]
async fn a_servo_is_answered_in_the_words_of_the_protocol() {
    let world = World::start(limits()).await;
    let hello = Hello { agent: "servo".into(), ..Hello::default() };
    assert_eq!(world.say(Event::Hello(Some(hello))).await, r#"{"status":"ok"}"#);
    let describe = r#"{"cmd":"DESCRIBE","cmd_uid":"boot-1-describe-1","param":{"control":{}}}"#;
    assert_eq!(world.say(Event::WhatsNext).await, describe);
    let range = Range { min: 1.0, max: 4.0, step: 1.0, scale: Scale::Linear };
    let workers = Setting {
        name: "workers".into(),
        unit: None,
        domain: Domain::Range(range),
        value: Some(Value::Number(2.0)),
        pinned: false,
    };
    let description = Description {
        components: vec![Component { name: "web".into(), settings: vec![workers] }],
        metrics: vec![Metric { name: "throughput".into(), unit: "rps".into() }],
    };
    let descriptor = Descriptor::of(&description);
    let report = |uid: &str| Report {
        cmd_uid: Some(uid.into()),
        body: Body::Done(Described { descriptor: descriptor.clone() }),
    };
    let unexpected = world.say(Event::Description(report("other"))).await;
    assert_eq!(unexpected, r#"{"status":"invalid","reason":"unexpected cmd_uid"}"#);
    assert_eq!(world.say(Event::Description(report("boot-1-describe-1"))).await, r#"{"status":"ok"}"#);
    let measure = r#"{"cmd":"MEASURE","cmd_uid":"boot-1-measure-1","param":{"metrics":{"throughput":{"unit":"rps"}},"control":{"duration":1}}}"#;
    assert_eq!(world.say(Event::WhatsNext).await, measure);
    let late = world.say(Event::Description(report("other"))).await;
    let text = r#"{"status":"unexpected-event","reason":"Out of order event \"DESCRIPTION\", expected \"MEASUREMENT\"; ignoring"}"#;
    assert_eq!(late, text);
    let told = world.told.lock().unwrap().join("\n");
    assert!(
        told.starts_with("example.com/shop: a servo said hello: servo\nexample.com/shop: a run begins:"),
        "{told}"
    );
    assert!(told.contains("trial 1 of 6: web.workers=2"), "{told}");
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_strangers_learn_nothing() {
    let world = World::start(limits()).await;
    let other = PATH.replace("shop", "other");
    let next = br#"{"event":"WHATS_NEXT","param":null,"servo_uid":null}"#;
    let unknown = r#"401 {"detail":"unknown application or token"}"#;
    let table: [(Vec<u8>, &str); 9] = [
        (request("POST", PATH, "two", next), unknown),
        (request("POST", &other, "one", next), unknown),
        (request("GET", &other, "two", b""), unknown),
        (
            request("POST", "/accounts/a/b/applications/c/servo", "one", next),
            r#"404 {"detail":"there is nothing here"}"#,
        ),
        (request("POST", "/", "one", next), r#"404 {"detail":"there is nothing here"}"#),
        (request("GET", PATH, "one", b""), r#"405 {"detail":"only POST is answered"}"#),
        (
            request("POST", PATH, "one", b"{"),
            r#"400 {"detail":"the request is not what the protocol asks for"#,
        ),
        (
            request("POST", PATH, "one", br#"{"event":"DANCE"}"#),
            r#"200 {"status":"invalid","reason":"`DANCE` is not an event"#,
        ),
        (b"NONSENSE\r\n\r\n".to_vec(), "400 "),
    ];
    for (bytes, wanted) in table {
        let found = world.raw(&bytes).await;
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        assert!(
            found.starts_with(wanted) || (wanted == "400 " && found.contains("400 Bad Request")),
            "{shown}: {found}"
        );
    }
}

#[tokio::test]
async fn another_servo_is_told_that_its_place_is_taken() {
    let world = World::start(limits()).await;
    let ask = |uid: &str| format!(r#"{{"event":"WHATS_NEXT","param":null,"servo_uid":"{uid}"}}"#);
    assert!(world.ask("one", ask("a").as_bytes()).await.starts_with("200 "));
    assert_eq!(world.ask("one", ask("b").as_bytes()).await, r#"410 {"detail":"unexpected servo_uid"}"#);
}

#[tokio::test]
async fn large_bodies_are_cut_whether_they_say_it_or_not() {
    let world = World::start(limits()).await;
    let large = vec![b' '; 65 * 1024];
    let wanted = r#"413 {"detail":"at most 65536 bytes are read"}"#;
    assert_eq!(world.ask("one", &large).await, wanted);
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer one\r\ntransfer-encoding: chunked\r\n\r\n10400\r\n"
    );
    assert_eq!(world.raw(&[head.as_bytes(), &large].concat()).await, wanted);
}

#[tokio::test]
async fn slow_clients_are_cut() {
    let world = World::start(Limits { time: Duration::from_millis(300), ..limits() }).await;
    let head = format!("POST {PATH} HTTP/1.1\r\nhost: a\r\n");
    assert!(!world.raw(head.as_bytes()).await.starts_with("200"), "half a head");
    let whole = request("POST", PATH, "one", br#"{"event":"WHATS_NEXT"}"#);
    let found = world.raw(&whole[..whole.len() - 3]).await;
    assert_eq!(found, r#"408 {"detail":"the body did not come in time"}"#);
}

#[tokio::test]
async fn who_does_not_read_answers_is_cut() {
    let time = Duration::from_millis(300);
    let world = World::start(Limits { time, connections: 1, ..limits() }).await;
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut mute = socket.connect(world.server.address()).await.unwrap();
    let many = request("GET", PATH, "one", b"").repeat(1000);
    // Until no more of them are taken, or the connection is closed.
    while let Ok(Ok(())) = timeout(Duration::from_secs(2), mute.write_all(&many)).await {}
    let next = request("POST", PATH, "one", br#"{"event":"WHATS_NEXT"}"#);
    for _ in 0..100 {
        if world.raw(&next).await.starts_with("200 ") {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("its place was never free again");
}

#[tokio::test]
async fn strangers_have_one_answer_per_connection() {
    let world = World::start(limits()).await;
    for (path, token, closed) in [(PATH, "two", true), ("/", "one", true), (PATH, "one", false)] {
        let mut stream = world.connect().await;
        for nth in [1, 2] {
            // The second one may find the connection closed.
            let _ = stream.write_all(&request("GET", path, token, b"")).await;
            assert_eq!(answer(&mut stream).await.is_empty(), closed && nth == 2, "{path} {token} {nth}");
        }
    }
}

#[tokio::test]
async fn connections_and_requests_beyond_the_limits_are_refused_and_nobody_else() {
    let world = World::start(Limits { connections: 6, ..limits() }).await;
    let whole = request("POST", PATH, "one", br#"{"event":"WHATS_NEXT"}"#);
    // Each of these has a place until its body has come.
    let mut waiting = Vec::new();
    for _ in 0..4 {
        let mut stream = world.connect().await;
        stream.write_all(&whole[..whole.len() - 3]).await.unwrap();
        waiting.push(stream);
    }
    let full = "429 {\"detail\":\"too many requests of this application\"}";
    let mut fifth = world.connect().await;
    for _ in 0..200 {
        fifth.write_all(&whole).await.unwrap();
        if answer(&mut fifth).await == full {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    fifth.write_all(&whole).await.unwrap();
    assert_eq!(answer(&mut fifth).await, full);
    let sixth = world.connect().await;
    let mut seventh = world.connect().await;
    assert_eq!(answer(&mut seventh).await, "", "there is no place for another connection");
    drop(sixth);
    for stream in &mut waiting {
        stream.write_all(&whole[whole.len() - 3..]).await.unwrap();
        assert!(answer(stream).await.starts_with("200 "));
    }
    world.stop.cancel();
}

#[tokio::test]
async fn one_address_has_only_its_part_of_the_connections() {
    let world = World::start(Limits { connections_per_address: 2, ..limits() }).await;
    let held = [world.connect().await, world.connect().await];
    let mut third = world.connect().await;
    assert_eq!(answer(&mut third).await, "", "closed at once");
    drop(held);
    let next = request("POST", PATH, "one", br#"{"event":"WHATS_NEXT"}"#);
    for _ in 0..200 {
        if world.raw(&next).await.starts_with("200 ") {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("its place was never free again");
}

#[tokio::test]
async fn the_operator_hears_of_those_that_are_refused() {
    let world = World::start(limits()).await;
    for (path, token) in [(PATH, "two"), (PATH, "three"), (&PATH.replace("shop", "evil"), "one")] {
        world.raw(&request("POST", path, token, b"{}")).await;
    }
    let told = world.told.lock().unwrap().clone();
    let refused = "a request without the right token was refused";
    assert_eq!(told, [format!("example.com/shop: {refused}"), format!("unknown application: {refused}")]);
}
