//! TCP by the guest's own standard library, to granted peers only.

use tokio::io::{AsyncBufReadExt, BufReader};

use super::*;
use crate::OriginPattern;

/// Answers each line with itself in capitals.
async fn server() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (read, mut write) = stream.into_split();
            let mut line = String::new();
            let _ = BufReader::new(read).read_line(&mut line).await;
            let _ = write.write_all(line.to_uppercase().as_bytes()).await;
        }
    });
    port
}

fn peer(host: &str, port: u16) -> HttpGrant {
    let to = OriginPattern::from(Origin::of_peer(host, port));
    HttpGrant {
        to,
        source: "test".into(),
        secrets: Vec::new(),
        addresses: Vec::new(),
        certificates: crate::Certificates::default(),
        term_header: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tcp_goes_to_granted_peers_only() {
    let port = server().await;
    let other = server().await;
    // Mode, granted host, answered, reason of the denial.
    let cases = [
        ("127.0.0.1", Some("127.0.0.1"), true, None),
        ("localhost", Some("localhost"), true, None),
        ("127.0.0.1", Some("localhost"), false, Some("tcp")),
        ("localhost", Some("127.0.0.1"), false, Some("tcp")),
        ("127.0.0.1", None, false, None),
        ("169.254.169.254", Some("169.254.169.253"), false, Some("tcp")),
    ];
    let mut world = World::new().await;
    for (index, (host, granted, answered, reason)) in cases.into_iter().enumerate() {
        let alias = format!("peer-{index}");
        let connector = world
            .add(&alias, measures(&format!("tcp:{host}:{port}")), |_, grants| {
                grants.tcp = granted.into_iter().map(|granted| peer(granted, port)).collect();
            })
            .await;
        match world.measure(&alias).await {
            Ok(measured) => {
                assert!(answered && note(&measured, "answer") == "HELLO", "{index}: {measured:?}")
            }
            Err(failure) => assert!(!answered, "{index}: {failure}"),
        }
        let denials = connector.counters().denials;
        assert_eq!(denials.keys().copied().next(), reason, "{index}: {denials:?}");
    }
    // The port is part of the grant.
    let change = |_: &mut Limits, grants: &mut Grants| grants.tcp = vec![peer("127.0.0.1", port)];
    world.add("port", measures(&format!("tcp:127.0.0.1:{other}")), change).await;
    assert_eq!(world.measure("port").await.unwrap_err().code, Code::Failed);
}
