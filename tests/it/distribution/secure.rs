//! A registry with TLS and a password, by flags, by variables and by what Docker knows.

use servo_test_support::{Program, Registry};

use super::lab::component;

#[test]
fn a_login_and_an_authority_come_from_flags_variables_and_docker() {
    let (world, registry) = (crate::shown::world(), Registry::with_password());
    let ca = registry.ca_file().unwrap().display().to_string();
    let file = world.file("pause.wasm", component("wait", "1.0.0"));
    let reference = format!("oci://{}/connectors/pause:1.0", registry.address());
    let (user, password) = (Registry::USER, Registry::PASSWORD);
    let servo = |line: &str| world.servo(line.split_whitespace());
    let refused = |program: Program, part: &str| {
        let said = program.run().expect(1);
        assert!(said.stderr.contains(part), "{part}: {}", said.stderr);
        assert!(!(said.stdout + &said.stderr).contains("not-the-password"));
    };
    let push = format!("push {} {reference} --ca-file {ca}", file.display());
    refused(servo(&push), "wants a login");
    refused(servo(&format!("{push} --creds {user}:not-the-password")), "does not accept the login");
    refused(
        servo(&format!("push {} {reference} --creds {user}:{password}", file.display())),
        registry.address(),
    );
    refused(servo(&format!("{push} --creds other.example={user}:{password}")), "wants a login");
    servo(&format!("{push} --creds {user}:{password}")).run().expect(0);

    world.file(
        "servo.yaml",
        format!("connectors: {{pause: '{reference}'}}\npause: {{measure_enabled: true}}\n"),
    );
    let measure = || servo("measure -d 50ms");
    let creds = format!("{user}:{password}");
    measure().env("SERVO_REGISTRY_CA_FILE", &ca).env("SERVO_REGISTRY_CREDS", &creds).run().expect(0);
    // With another registry beside it, nothing says whose the login is.
    let two = format!("connectors: {{pause: '{reference}', other: 'oci://other.example/x:1'}}\n");
    world.file("two.yaml", two);
    for command in ["measure -d 50ms", "lock", "validate", "update"] {
        let program = servo(&format!("{command} --config-file two.yaml"));
        let said = program.env("SERVO_REGISTRY_CREDS", &creds).run().expect(2);
        let part = format!("there are several: {}, other.example; say whose it is", registry.address());
        assert!(said.stderr.contains(&part), "{command}: {}", said.stderr);
    }
    let creds_of = format!("{}={creds}", registry.address());
    let lock = servo(&format!("lock --ca-file {ca}")).env("SERVO_REGISTRY_CREDS", &creds_of);
    lock.run().expect(0);
    std::fs::remove_file(world.path("servo.lock")).unwrap();
    // `.env` may log in, and not say whom to trust.
    world.file(".env", format!("SERVO_REGISTRY_CREDS={creds}\nSERVO_REGISTRY_CA_FILE={ca}\n"));
    servo(&format!("search {reference} --ca-file {ca}")).run().expect(0);
    refused(servo(&format!("search {reference}")), registry.address());
    std::fs::remove_file(world.path(".env")).unwrap();
    // What `docker login` writes; the text is user and password in Base64.
    let auths =
        format!(r#"{{"auths": {{"{}": {{"auth": "cm9ib3Q6cm9ib3QtcGFzc3dvcmQ="}}}}}}"#, registry.address());
    world.file("home/.docker/config.json", auths);
    servo(&format!("search {reference} --ca-file {ca}")).run().expect(0);
}
