use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::*;

/// A helper that knows three registries, as an executable file.
const HELPER: &str = "#!/bin/sh
[ \"$1\" = get ] || exit 3
case \"$(cat)\" in
    one.example) echo '{\"ServerURL\": \"one.example\", \"Username\": \"robot\", \"Secret\": \"of-one\"}' ;;
    two.example) echo '{\"ServerURL\": \"two.example\", \"Username\": \"<token>\", \"Secret\": \"of-two\"}' ;;
    three.example) echo 'the password of-three is locked'; exit 1 ;;
    four.example) head -c 100000 /dev/zero ;;
    *) echo 'credentials not found in native keychain'; exit 1 ;;
esac
";
/// Tells the test that it was started again with the helper on its `PATH`.
const INSIDE: &str = "SERVO_TEST_FOLDER_WITH_HELPER";

fn shown(found: &Result<Option<Login>, CredentialsError>) -> String {
    match found {
        Ok(Some(Login::Password { user, password })) => format!("{user} {}", password.expose_secret()),
        Ok(Some(Login::Identity(token))) => format!("identity {}", token.expose_secret()),
        Ok(Some(Login::Token(token))) => format!("token {}", token.expose_secret()),
        Ok(None) => "nothing".into(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn helpers_of_docker_are_asked() {
    if std::env::var_os(INSIDE).is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let helper = folder.path().join("docker-credential-test");
    std::fs::write(&helper, HELPER).unwrap();
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
    let config = r#"{"credHelpers": {"one.example": "test"}, "credsStore": "test",
        "auths": {"five.example": {"auth": "cm9ib3Q6b2YtZml2ZQ=="}, "two.example": {}}}"#;
    std::fs::write(folder.path().join("config.json"), config).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    // Variables of this process are those of all its threads, so another one is asked.
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "credentials::tests::what_helpers_say", "--nocapture"])
        .env("PATH", path)
        .env(INSIDE, folder.path())
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}{stderr}");
}

#[tokio::test]
async fn what_helpers_say() {
    let Some(folder) = std::env::var_os(INSIDE) else { return };
    let credentials = Credentials::default().with_docker(Path::new(&folder));
    for (registry, expected) in [
        ("one.example", "robot of-one"),
        ("two.example", "identity of-two"),
        ("three.example", "gives no login for `three.example`: it failed with exit status: 1"),
        ("four.example", "its answer is longer than 65536 bytes"),
        ("five.example", "robot of-five"),
        ("six.example", "nothing"),
    ] {
        let found = credentials.of(registry).await;
        assert!(shown(&found).contains(expected), "{registry}: {}", shown(&found));
        assert!(!format!("{found:?}").contains("of-"), "{found:?}");
    }
}

#[tokio::test]
async fn what_is_given_is_a_user_and_a_password() {
    for (text, expected) in [
        ("robot:secret", "robot secret"),
        ("robot:with:colons", "robot with:colons"),
        ("robot:", "robot "),
        (":secret", "credentials are USER:PASSWORD"),
        ("secret", "credentials are USER:PASSWORD"),
        ("", "credentials are USER:PASSWORD"),
    ] {
        let found = match Credentials::default().with_login(&text.to_owned().into()) {
            Ok(credentials) => credentials.of("any").await,
            Err(error) => Err(error),
        };
        assert!(shown(&found).starts_with(expected), "{}", shown(&found));
        assert!(!format!("{found:?}").contains("secret"), "{found:?}");
    }
    let nowhere = Credentials::default().with_docker("/does/not/exist");
    assert_eq!(shown(&nowhere.of("any").await), "nothing");
}

#[tokio::test]
async fn names_of_registries_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let config = r#"{"auths": {
        "https://index.docker.io/v1/": {"auth": "aHViOnB3"},
        "a.example:5000": {"auth": "YTpwdwA="},
        "https://b.example/v1/": {"username": "b", "password": "pw"},
        "c.example": {"registrytoken": "t"},
        "d.example": {"auth": "", "identitytoken": "i"}
    }}"#;
    std::fs::write(folder.path().join("config.json"), config).unwrap();
    let credentials = Credentials::default().with_docker(folder.path());
    for (registry, expected) in [
        ("docker.io", "hub pw"),
        ("registry-1.docker.io", "hub pw"),
        ("a.example:5000", "a pw"),
        ("a.example", "nothing"),
        ("b.example", "b pw"),
        ("c.example", "token t"),
        ("d.example", "identity i"),
    ] {
        assert_eq!(shown(&credentials.of(registry).await), expected, "{registry}");
    }
    std::fs::write(folder.path().join("config.json"), vec![b' '; (1 << 20) + 1]).unwrap();
    assert!(shown(&credentials.of("a").await).contains("larger than 1048576"));
}
