//! Components that are found in an index: both digests are known, and each does what it should.

use servo_test_support::http;

use super::lab::Lab;

/// A connector, and an index with it under the tag `multi`; the digests of the index and of the manifest.
fn indexed() -> (Lab, String, String) {
    let lab = Lab::new();
    let inner = lab.pushed("wait", "1.0.0", "pause:1.0");
    let url = format!("http://{}/v2/connectors/pause/manifests", lab.registry.address());
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let size = http::request("GET", &format!("{url}/1.0"), &[("accept", kind)], b"").unwrap().body.len();
    let entry = format!("{{\"mediaType\":\"{kind}\",\"digest\":\"{inner}\",\"size\":{size}}}");
    let kind = "application/vnd.oci.image.index.v1+json";
    let index = format!("{{\"schemaVersion\":2,\"mediaType\":\"{kind}\",\"manifests\":[{entry}]}}");
    let put =
        http::request("PUT", &format!("{url}/multi"), &[("content-type", kind)], index.as_bytes()).unwrap();
    assert_eq!(put.status, 201, "{}", put.text());
    let digest = put.header("docker-content-digest").unwrap().to_owned();
    (lab, digest, inner)
}

#[test]
fn an_index_is_revoked_and_signed_by_either_digest() {
    let (lab, index, inner) = indexed();
    let pinned = format!("{}@{index}", lab.at("pause"));
    let rule = |rest: &str| format!("trust:\n- match: oci://{}/*\n  {rest}\n", lab.registry.address());
    lab.servo("sign --generate team").env("COSIGN_PASSWORD", "hush").run().expect(0);
    for (reference, digest) in [
        (&pinned, &index),
        (&pinned, &inner),
        (&lab.at("pause:multi"), &index),
        (&lab.at("pause:multi"), &inner),
    ] {
        lab.configured(reference, &rule(&format!("allow: unsigned\n- revoked: ['{digest}']")));
        let refused = lab.says("measure -d 50ms", 2);
        assert!(refused.stderr.contains("revoked"), "{reference}: {}", refused.stderr);
    }
    assert_eq!(lab.compiled().len(), 0);
    lab.configured(&pinned, &rule("keys: [team.pub]"));
    lab.says("measure -d 50ms", 2);
    let line = format!("sign {pinned} --key team.key");
    lab.servo(&line).env("COSIGN_PASSWORD", "hush").run().expect(0);
    lab.says("measure -d 50ms", 0);
    lab.says(&format!("verify {pinned}"), 0);
}

#[test]
fn an_index_is_locked_and_needs_no_network_then() {
    let (lab, index, inner) = indexed();
    for reference in [format!("{}@{index}", lab.at("pause")), lab.at("pause:multi")] {
        lab.configured(&reference, "");
        lab.says("lock", 0);
        let text = lab.world.read("servo.lock");
        assert!(
            text.contains(&format!("index: {index}")) && text.contains(&format!("manifest: {inner}")),
            "{text}"
        );
        let quiet = lab.says("measure -d 50ms --locked", 0);
        assert_eq!(quiet.stderr, "", "{reference}");
        lab.says("lock", 0);
        assert_eq!(lab.world.read("servo.lock"), text);
        let told = lab.says("update", 0);
        assert!(told.stdout.contains(&index), "{}", told.stdout);
        assert_eq!(lab.world.read("servo.lock"), text);
    }
    lab.configured(&format!("{}@{index}", lab.at("pause")), "");
    std::fs::remove_file(lab.world.path("servo.lock")).unwrap();
    let Lab { world, registry } = lab;
    drop(registry);
    let quiet = world.servo(["measure", "-d", "50ms"]).run().expect(0);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn what_is_deleted_is_what_the_reference_names() {
    let (lab, index, inner) = indexed();
    let told = lab.says(&format!("delete {}", lab.at("pause:multi")), 0);
    assert!((told.stdout + &told.stderr).contains(&index));
    let gone = lab.says(&format!("pull {}", lab.at("pause:multi")), 1);
    assert!(gone.stderr.contains("multi"), "{}", gone.stderr);
    let there = lab.says(&format!("pull {}", lab.at("pause:1.0")), 0);
    assert!(there.stdout.contains(&inner), "{}", there.stdout);
    // What is no component can be deleted, too.
    lab.servo("sign --generate team").env("COSIGN_PASSWORD", "hush").run().expect(0);
    let line = format!("sign {} --key team.key", lab.at("pause:1.0"));
    lab.servo(&line).env("COSIGN_PASSWORD", "hush").run().expect(0);
    lab.says(&format!("delete {}:{}.sig", lab.at("pause"), inner.replace(':', "-")), 0);
}
