use super::*;

fn service(uuid: &str, kind: &str, host: &str, status: Status, region: &str) -> Service {
    let maintenance = Maintenance::default();
    Service {
        uuid: uuid.into(),
        kind: kind.into(),
        host: host.into(),
        status,
        region: region.into(),
        maintenance,
    }
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<u8> = hexadecimal.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

/// Written by os-lively.
#[test]
fn the_bytes_are_those_of_os_lively() {
    let up =
        service("3b059e33bbc44bc8b0d37df6e8d70223", "nova-conductor", "otherhost", Status::Up, "us-west");
    let mut down =
        service("de541c29ec5449e9ab9cea9d938e395c", "nova-compute", "localhost", Status::Down, "us-east");
    down.maintenance = Maintenance { start: 1_489_449_600, end: 0, note: "Failed disk /dev/sda".into() };
    for (service, golden) in [
        (
            up,
            "0a203362303539653333626263343462633862306433376466366538643730323233 \
             120e6e6f76612d636f6e647563746f72 1a096f74686572686f7374 520775732d77657374",
        ),
        (
            down,
            "0a206465353431633239656335343439653961623963656139643933386533393563 120c6e6f76612d636f6d70757465 \
             1a096c6f63616c686f7374 2001 520775732d65617374 a00180e59cc605 \
             b201144661696c6564206469736b202f6465762f736461",
        ),
    ] {
        assert_eq!(service.encode(), bytes(golden));
        assert_eq!(Service::decode(&bytes(golden)).unwrap(), service);
    }
}

#[test]
fn what_is_not_a_record_is_refused() {
    assert_eq!(
        Service::decode(b"").unwrap_err().to_string(),
        "it is not a record of a service: it has no uuid"
    );
    for wrong in [&b"\x0a\x20short"[..], b"\x0a\x02\xff\xff", b"hello, world"] {
        assert!(Service::decode(wrong).is_err(), "{wrong:?}");
    }
    let unknown = [Service { uuid: "a".into(), ..Service::default() }.encode(), vec![0x20, 7]].concat();
    assert_eq!(Service::decode(&unknown).unwrap().status, Status::Down);
}

#[test]
fn what_may_not_be_written_is_named() {
    let long = "x".repeat(256);
    let window = |start, end, note: &str| {
        let maintenance = Maintenance { start, end, note: note.into() };
        Service { maintenance, ..service("u", "t", "h", Status::Up, "") }
    };
    for (wrong, said) in [
        (service("", "t", "h", Status::Up, ""), "a service needs a uuid"),
        (service("u", "", "h", Status::Up, ""), "a service needs a type"),
        (service("u", "t", "", Status::Up, ""), "a service needs a host"),
        (service("u/v", "t", "h", Status::Up, ""), "the uuid `u/v` has a `/` in it"),
        (service("u", "t", "h", Status::Up, "a/b"), "the region `a/b` has a `/` in it"),
        (service("u", "t", &long, Status::Up, ""), "the host is 256 bytes long; at most 255 are allowed"),
        (service("u", "t\n", "h", Status::Up, ""), "the type has a control character in it"),
        (window(20, 10, ""), "the maintenance ends (at 10) before it starts (at 20)"),
        (window(0, 0, &"n".repeat(1025)), "the note is 1025 bytes long; at most 1024 are allowed"),
    ] {
        let problem = wrong.check().unwrap_err().to_string();
        assert!(problem.starts_with(said), "{problem}");
    }
    assert_eq!(window(10, 20, "disk").check(), Ok(()));
    assert_eq!(service("u", "t", "a/b", Status::Up, "").check(), Ok(()));
}
