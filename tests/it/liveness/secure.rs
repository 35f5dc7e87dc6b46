//! TLS, mutual TLS and users.

use servo_test_support::{Etcd, Signal, World};

use super::lab::wait_for;
use crate::shown::world;

fn servo(world: &World, line: &str) -> servo_test_support::Program {
    world.servo(["liveness"].into_iter().chain(line.split_whitespace()))
}

#[test]
fn a_cluster_with_tls_and_users_is_used_by_flags_and_by_stanza() {
    let etcd = Etcd::secure_cluster();
    let security = etcd.security().unwrap();
    let (ca, certificate, key) =
        (security.ca.display(), security.certificate.display(), security.key.display());
    let urls = etcd.urls().join(",");
    let world = world();
    world.file("password", security.password);
    world.file("wrong", "hunter2");
    let tls =
        format!("--endpoints {urls} --ca-file {ca} --cert-file {certificate} --key-file {key} --timeout 5s");
    let user = format!("--user {} --password-file", security.user);

    let flags = format!("{tls} {user} password");
    let mut api = servo(&world, &format!("register --type api --host one --ttl 5s {flags}")).start();
    wait_for(&mut api, "registered");
    assert_eq!(servo(&world, &format!("is-up --type api --host one {flags}")).run().expect(0).stdout, "up\n");

    let wrong = servo(&world, &format!("ls {tls} {user} wrong")).run().expect(1);
    assert!(wrong.stderr.contains("does not accept user and password"), "{}", wrong.stderr);
    let unknown = servo(&world, &format!("is-up --type api --host one {tls} {user} wrong")).run().expect(3);
    assert!(unknown.stdout.starts_with("unknown (etcd at https://"), "{}", unknown.stdout);
    for finished in [&wrong, &unknown] {
        assert!(!format!("{}{}", finished.stdout, finished.stderr).contains("hunter2"));
    }
    let missing = servo(&world, &format!("ls {tls} {user} missing")).run().expect(2);
    assert!(missing.stderr.contains("the password of etcd cannot be read: "), "{}", missing.stderr);
    let nobody = servo(&world, &format!("ls --endpoints {urls} --timeout 2s")).run().expect(1);
    assert!(nobody.stderr.contains("invalid peer certificate"), "{}", nobody.stderr);
    let stranger =
        servo(&world, &format!("ls --endpoints {urls} --ca-file {ca} --timeout 2s")).run().expect(1);
    assert!(stranger.stderr.contains("perhaps it wants a certificate of the client"), "{}", stranger.stderr);

    // Files are named as seen from the folder of the configuration.
    world.file("deep/secret", format!("{}\n", security.password));
    world.file(
        "deep/servo.yaml",
        format!(
            "liveness:\n  endpoints: [{}]\n  username: {}\n  password_file: secret\n  ca_file: {ca}\n  \
             client_certificate_file: {certificate}\n  client_key_file: {key}\n",
            etcd.urls().join(", "),
            security.user
        ),
    );
    let listed = servo(&world, "ls -c deep/servo.yaml").run().expect(0).stdout;
    assert!(listed.contains("api   one"), "{listed}");
    api.signal(Signal::TERM);
    api.wait().expect(0);
    servo(&world, "is-up --type api --host one -c deep/servo.yaml").run().expect(1);
}
