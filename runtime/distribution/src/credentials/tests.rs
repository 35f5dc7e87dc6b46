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
        let found = match Credentials::default().with_login("any", &text.to_owned().into()) {
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
async fn a_login_belongs_to_one_registry() {
    let folder = tempfile::tempdir().unwrap();
    let config = r#"{"auths": {"d.example": {"auth": "ZDpwdw=="}, "a.example": {"auth": "ZDpwdw=="}}}"#;
    std::fs::write(folder.path().join("config.json"), config).unwrap();
    let given = |text: &str| {
        Credentials::default().with_docker(folder.path()).with_given(&text.to_owned().into()).unwrap()
    };
    // What is given, whom a command asks, and who gets which.
    for (text, asked, registry, expected) in [
        ("a.example=u:p", &["a.example"][..], "a.example", "u p"),
        ("A.Example:5000=u:p", &[], "a.example:5000", "u p"),
        ("A.Example:5000=u:p", &[], "a.example", "d pw"),
        ("a.example=u:p", &["a.example"], "b.example", "nothing"),
        ("a.example=u:p", &["a.example"], "d.example", "d pw"),
        ("a.example=u:p,b.example=v:q, [::1]:5000=w:r", &[], "b.example", "v q"),
        ("a.example=u:p,b.example=v:q, [::1]:5000=w:r", &[], "[::1]:5000", "w r"),
        ("a.example=u:p=,q=,b.example=v:=,=", &[], "a.example", "u p=,q="),
        ("a.example=u:p=,q=,b.example=v:=,=", &[], "b.example", "v =,="),
        ("docker.io=u:p", &[], "index.docker.io", "u p"),
        ("u:p=,q", &["b.example"], "b.example", "u p=,q"),
        ("u:p", &["b.example"], "c.example", "nothing"),
        ("u:p", &["b.example"], "d.example", "d pw"),
        ("u:p", &[], "b.example", "nothing"),
        ("u:p", &["b.example", "b.example"], "b.example", "u p"),
        ("a.example=u:p,v:q", &["a.example", "b.example"], "a.example", "u p,v:q"),
        ("v:q,a.example=u:p", &["a.example", "b.example"], "b.example", "v q"),
        ("v:q,a.example=u:p", &["a.example", "b.example"], "a.example", "u p"),
    ] {
        let credentials = given(text);
        let clone = credentials.clone();
        clone.bind(asked.iter().copied()).unwrap();
        assert_eq!(shown(&credentials.of(registry).await), expected, "{text} for {registry}");
    }
    let bare = given("user:secret");
    let error = bare.bind(["b.example", "a.example"]).unwrap_err().to_string();
    assert!(error.contains("several: a.example, b.example") && error.contains("HOST[:PORT]=USER"), "{error}");
    assert_eq!(shown(&bare.of("b.example").await), "nothing");
    bare.bind(["b.example"]).unwrap();
    let error = bare.bind(["c.example"]).unwrap_err().to_string();
    assert!(error.contains("b.example, c.example") && !error.contains("secret"), "{error}");
    // What is given later replaces all of it.
    let later = given("a.example=u:p").with_given(&"b.example=v:q".to_owned().into()).unwrap();
    assert_eq!(shown(&later.of("a.example").await), "d pw");
}

#[tokio::test]
async fn a_configuration_of_docker_that_is_none_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json");
    let credentials = Credentials::default().with_docker(folder.path());
    std::fs::write(&file, "[]").unwrap();
    assert!(shown(&credentials.of("a").await).contains("it is no JSON object"));
    std::fs::remove_file(&file).unwrap();
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    assert!(shown(&credentials.of("a").await).contains("it is not a file"));
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
