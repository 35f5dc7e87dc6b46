//! Where the commands look for etcd.

use super::lab::Lab;
use crate::shown::compare;

#[test]
fn flags_win_over_the_stanza_and_the_stanza_over_variables() {
    let lab = Lab::new();
    let url = lab.etcd.url().to_owned();
    let _here = lab.registered("--type api --host here --namespace here");
    let _there = lab.registered("--type api --host there");
    let hosts = |line: &str| {
        let listed = lab.json(line);
        let hosts = listed.as_array().unwrap().iter().map(|row| row["host"].as_str().unwrap().to_owned());
        hosts.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(hosts("ls"), "there");
    assert_eq!(hosts("ls --namespace here"), "here");
    // What else is in the file may be as wrong as it likes.
    lab.world.file("servo.yaml", "connectors: [nonsense]\nliveness: {namespace: here}\n");
    assert_eq!(hosts("ls"), "here");
    assert_eq!(hosts("ls --namespace /"), "there");
    lab.world.file("servo.yaml", "name: shop\n");
    assert_eq!(hosts("ls"), "there");
    lab.world.file(".env", "OSLIVELY_ETCD_KEY_NAMESPACE=here\n");
    assert_eq!(hosts("ls"), "here");
    lab.world.file(
        "servo.yaml",
        format!("name: a\nliveness: {{endpoints: '{url}', namespace: ''}}\n---\nname: b\nliveness: {{}}\n---\nname: c\n"),
    );
    assert_eq!(hosts("ls -n a"), "there");
    assert_eq!(hosts("ls -n b"), "here");
    for (name, line) in [("several", "ls"), ("of nobody", "ls -n c")] {
        let text = crate::shown::shown(&lab.liveness(line).run());
        compare(&lab.world, &format!("liveness {name}"), &format!("$ servo liveness {line}\n{text}"));
    }
    lab.world.file("servo.yaml", "liveness: {ttl: soon, endpoint: x}\n");
    let text = crate::shown::shown(&lab.liveness("ls").run());
    compare(&lab.world, "liveness wrong stanza", &format!("$ servo liveness ls\n{text}"));
}
