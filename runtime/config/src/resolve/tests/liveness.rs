use std::path::Path;
use std::time::Duration;

use crate::testing::{config, problems};
use crate::{Flapping, Liveness, LivenessGuard, TokenSource};

fn liveness(yaml: &str) -> Liveness {
    config(yaml).servos.remove(0).liveness.unwrap()
}

#[test]
fn everything_has_a_default() {
    for yaml in ["liveness: {}", "liveness:"] {
        let all = liveness(yaml);
        assert_eq!(all.endpoints, ["http://localhost:2379"]);
        assert!(all.user.is_none() && all.ca_file.is_none() && all.client_certificate.is_none());
        let times = [all.timeout, all.ttl, all.max_age, all.leader_ttl].map(|time| time.as_secs());
        assert_eq!((times, all.namespace.as_str()), ([5, 60, 10, 10], ""));
        assert_eq!(all.guard, LivenessGuard { share: 0.15, least: 5, hold: 2 });
        assert_eq!(all.flapping, Flapping { down_after: 1, up_after: 1 });
        let service = all.service.unwrap();
        assert_eq!((service.kind.as_str(), service.host, service.region.as_str()), ("servo", None, ""));
        assert!(!all.leader);
        assert_eq!(all.origin.to_string(), "servo.yaml:1:1");
    }
    assert!(config("name: shop").servos[0].liveness.is_none());
}

#[test]
fn everything_can_be_said() {
    let all = liveness(
        "liveness:\n  endpoints: [https://etcd-1:2379, 'https://[::1]', HTTPS://10.0.0.1:23791/]\n  \
         username: servo\n  password_file: secrets/etcd\n  ca_file: ca.pem\n  \
         client_certificate_file: /etc/servo.pem\n  client_key_file: servo.key\n  timeout: 500ms\n  \
         namespace: prod\n  ttl: 1m30s\n  max_age: 2\n  guard: {share: 20%, least: 7, hold: 0}\n  \
         flapping: {down_after: 3, up_after: 2}\n  service: {type: api, host: a.b, region: eu}\n  \
         leader: true\n  leader_ttl: 3s\n",
    );
    assert_eq!(all.endpoints, ["https://etcd-1:2379", "https://[::1]:2379", "https://10.0.0.1:23791"]);
    let user = all.user.unwrap();
    assert!(
        matches!(&user.password, TokenSource::File(file) if user.name == "servo" && file == Path::new("secrets/etcd"))
    );
    assert_eq!(all.ca_file.as_deref(), Some(Path::new("ca.pem")));
    assert_eq!(all.client_certificate, Some(("/etc/servo.pem".into(), "servo.key".into())));
    assert_eq!((all.timeout, all.ttl), (Duration::from_millis(500), Duration::from_secs(90)));
    assert_eq!((all.namespace.as_str(), all.max_age), ("prod", Duration::from_secs(2)));
    assert_eq!(all.guard, LivenessGuard { share: 0.2, least: 7, hold: 0 });
    assert_eq!(all.flapping, Flapping { down_after: 3, up_after: 2 });
    let service = all.service.unwrap();
    assert_eq!(
        (service.kind.as_str(), service.host.as_deref(), service.region.as_str()),
        ("api", Some("a.b"), "eu")
    );
    assert_eq!((all.leader, all.leader_ttl), (true, Duration::from_secs(3)));
    assert!(liveness("liveness: {service: {register: false}}").service.is_none());
    let two = liveness("liveness: {endpoints: 'etcd-1, etcd-2:4001'}");
    assert_eq!(two.endpoints, ["http://etcd-1:2379", "http://etcd-2:4001"]);
}

#[test]
fn every_mistake_is_told_where_it_is() {
    let all = [
        "5",
        "{endpoint: x}",
        "{endpoints: []}",
        "{endpoints: [ftp://a, 'http://a:99999', 'http://servo:hunter2@a:1', http://a/b, '']}",
        "{endpoints: ['http://a:1', 'https://b:1']}",
        "{username: servo}",
        "{username: 'servo:hunter2', password_file: x}",
        "{password_file: x}",
        "{username: a, password: x, password_file: y}",
        "{username: a, password: ''}",
        "{ca_file: ca.pem}",
        "{endpoints: 'https://a', client_key_file: key.pem}",
        "{timeout: 0, max_age: 0, ttl: 500ms, leader_ttl: 2d}",
        "{ttl: 60 apples}",
        "{guard: {share: 200%, least: 0, hold: 101}}",
        "{guard: {share: 101%}}",
        "{flapping: {down_after: 0}}",
        "{service: {type: a/b, host: '', region: \"a\\nb\"}}",
        "{service: {typ: a}}",
        "{leader: perhaps}",
        "{namespace: \"a\\tb\"}",
    ];
    let shown: Vec<String> = all.iter().map(|stanza| problems(&format!("liveness: {stanza}"))).collect();
    let shown = shown.join("\n");
    assert!(!shown.contains("hunter2"), "{shown}");
    insta::assert_snapshot!(shown);
}
