use secrecy::ExposeSecret as _;

use super::*;
use crate::config::Direction;
use crate::testing::{catalogue, lines};

fn read(yaml: &str) -> Result<Serve, Problems> {
    serve(&Source::from_text("optimizer.yaml", yaml), &catalogue().language.unwrap())
}

#[test]
fn everything_that_can_be_written_is_read() {
    let read = read(
        "
listen: 0.0.0.0:0
tls: {certificate: server.crt, key: /etc/server.key}
state: journals
limits: {body: 64KiB, time: 2s, requests: 3, connections: 5, connections_per_address: 4}
applications:
  example.com/shop:
    token: ' s3cret '
    objective: {maximize: throughput, subject_to: errors < 1%, budget: 12, seed: 3, measure: {duration: 3m}}
  example.com/cart:
    token_file: cart.token
    objective: {minimize: latency}
",
    )
    .unwrap();
    assert_eq!(read.listen.to_string(), "0.0.0.0:0");
    let (certificate, key) = (PathBuf::from("server.crt"), PathBuf::from("/etc/server.key"));
    assert_eq!(read.tls, Some(ServeTls { certificate, key }));
    assert_eq!(read.state, Some(PathBuf::from("journals")));
    let time = Duration::from_secs(2);
    assert_eq!(
        read.limits,
        ServeLimits { body: 65_536, time, requests: 3, connections: 5, connections_per_address: 4 }
    );
    let [shop, cart] = read.applications.as_slice() else { panic!("{:?}", read.applications) };
    assert_eq!(shop.id, "example.com/shop");
    assert_eq!(shop.token.read().unwrap().expose_secret(), "s3cret");
    assert_eq!((shop.objective.direction, shop.objective.budget), (Direction::Maximize, 12));
    assert_eq!((shop.objective.seed, shop.objective.measure.duration.as_secs()), (Some(3), 180));
    assert!(matches!(&cart.token, TokenSource::File(path) if path == Path::new("cart.token")));
    assert!(read.notices.is_empty());
    assert!(!format!("{read:?}").contains("s3cret"));
}

#[test]
fn what_is_not_written_has_a_default() {
    let text = "applications: {example.com/shop: {token: a, objective: {maximize: b}}}";
    let usual = read(text).unwrap();
    assert_eq!(usual.listen.to_string(), "127.0.0.1:8744");
    assert_eq!((usual.tls, usual.state, usual.limits), (None, None, ServeLimits::default()));
    let open = read(&format!("listen: 0.0.0.0:80\n{text}")).unwrap();
    assert!(open.notices[0].message.starts_with("tokens are sent in the clear"), "{:?}", open.notices);
}

#[test]
fn one_address_does_not_get_all_connections_unless_that_is_written() {
    let text = "applications: {example.com/shop: {token: a, objective: {maximize: b}}}";
    let notice = "one address may take all `connections`";
    for (limits, per_address, noted) in [
        ("connections: 20", 5, false),
        ("connections: 1", 1, false),
        ("connections: 60000", 15_000, false),
        ("connections: 20, connections_per_address: 19", 19, false),
        ("connections: 20, connections_per_address: 20", 20, true),
        ("connections_per_address: 3000", 3_000, true),
    ] {
        let read = read(&format!("limits: {{{limits}}}\n{text}")).unwrap();
        assert_eq!(read.limits.connections_per_address, per_address, "{limits}");
        let told = read.notices.iter().any(|one| one.message.starts_with(notice));
        assert_eq!(told, noted, "{limits}: {:?}", read.notices);
    }
}

#[test]
fn every_mistake_has_its_place() {
    let wrong = read(
        "
listen: here
applications:
  shop: {token: a, objective: {maximize: b!}}
  example.com/both: {token: a, token_file: b, objective: {maximize: b, minimize: c}}
  example.com/none: {objective: {maximize: b, subject_to: [a < 1, c!], promote: true}}
  example.com/empty: {token: ' ', objective: {}}
",
    )
    .unwrap_err();
    insta::assert_snapshot!(lines(&wrong));
    let table = [
        ("", "applications"),
        ("applications: {}", "applications"),
        ("applications: {example.com/shop: {token: a}}", "objective"),
        ("applications: {example.com/shop: {token: a, objective: {maximise: b}}}", "maximise"),
        (
            "limits: {requests: 0}\napplications: {example.com/a: {token: a, objective: {maximize: b}}}",
            "requests",
        ),
    ];
    let usable = "applications: {example.com/a: {token: a, objective: {maximize: b}}}";
    let nothing = [
        (format!("limits: {{time: 0s}}\n{usable}"), "1:16: nobody could send a request (write how long"),
        (format!("limits: {{body: 0}}\n{usable}"), "1:16: nobody could send a request (write the bytes"),
        (usable.replace("com/a", "com/.."), "`example.com/..` is no application"),
        (usable.replace("com/a", "com/."), "`example.com/.` is no application"),
    ];
    let nothing = nothing.iter().map(|(text, named)| (text.as_str(), *named));
    for (text, named) in table.into_iter().chain(nothing) {
        let wrong = lines(&read(text).unwrap_err());
        assert!(wrong.contains(named), "{text}: {wrong}");
    }
}
