//! TCP by the standard library of a guest, through the configuration.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use super::stage::{json, servo, world};

/// Answers each line with itself in capitals, for as long as the test lives.
fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut line = String::new();
            let _ = BufReader::new(&stream).read_line(&mut line);
            let _ = (&stream).write_all(line.to_uppercase().as_bytes());
        }
    });
    port
}

#[test]
fn tcp_goes_where_it_is_granted_by_name_or_address() {
    let (port, other) = (server(), server());
    let world = world();
    world.file(
        "servo.yaml",
        format!(
            "connectors:
  by-address: {{component: ./fixture.wasm, grants: {{tcp: ['127.0.0.1:{port}']}}}}
  by-name: {{component: ./fixture.wasm, grants: {{tcp: ['localhost:{port}']}}}}
  other: {{component: ./fixture.wasm, grants: {{tcp: ['127.0.0.1:{other}']}}}}
  none: ./fixture.wasm
by-address: {{on: {{measure: 'tcp:127.0.0.1:{port}'}}}}
by-name: {{on: {{measure: 'tcp:localhost:{port}'}}}}
other: {{on: {{measure: 'tcp:127.0.0.1:{port}'}}}}
none: {{on: {{measure: 'tcp:127.0.0.1:{port}'}}}}
"
        ),
    );
    for alias in ["by-address", "by-name"] {
        let measured = servo(&world, &format!("measure -d 10ms -o json -c {alias}")).run().expect(0);
        assert!(json(&measured)["annotations"].to_string().contains("HELLO"), "{alias}: {}", measured.stdout);
    }
    for alias in ["other", "none"] {
        let measured = servo(&world, &format!("measure -d 10ms -c {alias}")).run().expect(1);
        assert!(measured.stderr.contains(&format!("127.0.0.1:{port}")), "{alias}: {}", measured.stderr);
    }
    let grants = servo(&world, "show grants").run().expect(0).stdout;
    assert!(grants.contains(&format!("tcp://localhost:{port}")), "{grants}");
}
