use std::fs;

use servo_config::{Environment, LivenessFlags, liveness_without_stanza};

use super::*;

fn config(settings: &[(&'static str, &str)]) -> Config {
    let flags: LivenessFlags =
        settings.iter().map(|(key, text)| ("--flag", *key, (*text).to_owned())).collect();
    liveness_without_stanza(&Environment::default(), &flags).unwrap()
}

#[test]
fn files_are_read_and_named_when_they_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let settings = [
        ("endpoints", "https://a:1,https://b:2"),
        ("username", "servo"),
        ("password_file", &file("password", " hunter2\n")),
        ("ca_file", &file("ca", "CA")),
        ("client_certificate_file", &file("certificate", "C")),
        ("client_key_file", &file("key", "K")),
        ("ttl", "7s"),
    ];
    let options = options(&config(&settings)).unwrap();
    assert_eq!(options.etcd.endpoints, ["https://a:1", "https://b:2"]);
    assert_eq!(options.etcd.user, Some(("servo".to_owned(), "hunter2".to_owned())));
    assert_eq!(options.etcd.tls.ca.as_deref(), Some(&b"CA"[..]));
    assert_eq!(options.etcd.tls.identity, Some((b"C".to_vec(), b"K".to_vec())));
    assert_eq!(options.guard, GuardOptions::new(Duration::from_secs(7)));
    assert!(!format!("{options:?}").contains("hunter2"));
    for (key, what) in [
        ("password_file", "password of etcd"),
        ("ca_file", "authorities of etcd"),
        ("client_key_file", "key for etcd"),
    ] {
        let missing = folder.path().join("missing").display().to_string();
        let mut settings = settings;
        settings.iter_mut().filter(|(name, _)| *name == key).for_each(|(_, text)| *text = &missing);
        let error = super::options(&config(&settings)).unwrap_err().to_string();
        assert!(error.contains(what) && error.contains("missing") && error.contains(key), "{error}");
    }
}

#[test]
fn a_guard_that_holds_for_no_time_never_holds() {
    let mut config = config(&[]);
    config.guard.hold = 0;
    assert_eq!(options(&config).unwrap().guard.least, usize::MAX);
    config.guard.hold = 3;
    assert_eq!(options(&config).unwrap().guard.hold, Duration::from_secs(180));
}

#[test]
fn beats_are_thirds_of_the_ttl() {
    let mut config = config(&[("ttl", "30s")]);
    assert_eq!(options(&config).unwrap().flapping, FlapOptions::new(Duration::from_secs(30)));
    (config.flapping.down_after, config.flapping.up_after) = (3, 2);
    let wanted = FlapOptions { down_after: 3, up_after: 2, beat: Duration::from_secs(10) };
    assert_eq!(options(&config).unwrap().flapping, wanted);
}

#[test]
fn a_uuid_is_kept_for_one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateDir::new(folder.path());
    let first = state.uuid(&["api", "a/b"]).unwrap();
    assert!(first.uuid.len() == 32 && first.uuid.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let used = state.uuid(&["api", "a/b"]).unwrap_err();
    assert!(matches!(&used, UuidError::Used(file) if *file == first.file), "{used}");
    let other = state.uuid(&["api", "a_b"]).unwrap();
    assert_ne!(first.uuid, other.uuid);
    let (uuid, file) = (Arc::clone(&first.uuid), first.file.clone());
    drop(first);
    assert_eq!(state.uuid(&["api", "a/b"]).unwrap().uuid, uuid);
    fs::write(&file, "no uuid").unwrap();
    assert!(matches!(state.uuid(&["api", "a/b"]), Err(UuidError::Damaged(_))));
}
