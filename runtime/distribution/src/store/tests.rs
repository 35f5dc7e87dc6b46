use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;

use super::*;

const NEVER: std::time::Duration = std::time::Duration::from_secs(3600);
const AT_ONCE: std::time::Duration = std::time::Duration::ZERO;

fn store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("store")).expect("a store");
    (folder, store)
}

async fn put(store: &Store, content: &[u8]) -> Digest {
    store.hold().await.expect("a hold").put(content).expect("content is kept")
}

fn record(reference: &str, component: Digest) -> Record {
    Record {
        reference: reference.parse().expect("a reference"),
        index: None,
        manifest: Digest::of(reference.as_bytes()),
        config: Digest::of(b"{}"),
        component,
        size: 3,
        fetched: Timestamp::UNIX_EPOCH,
        signatures: Vec::new(),
    }
}

fn installed(name: &str, component: Digest) -> Installed {
    let record = record("oci://localhost/x:1", component);
    Installed {
        name: name.to_owned(),
        record,
        installed: Timestamp::UNIX_EPOCH,
        about: json!({"name": name}),
    }
}

fn everything(store: &Store) -> Vec<String> {
    [BLOBS, STAMPS, RECORDS, TAGS, INSTALLED, UNFINISHED]
        .iter()
        .flat_map(|part| names(&store.folder.join(part)).expect("a folder"))
        .collect()
}

fn overwrite(path: &Path, bytes: &[u8]) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("permissions");
    fs::File::create(path).and_then(|mut file| file.write_all(bytes)).expect("a file");
}

#[tokio::test]
async fn content_is_found_by_its_digest_and_by_nothing_else() {
    let (_folder, store) = store();
    let digest = put(&store, b"abc").await;
    assert_eq!(digest, Digest::of(b"abc"));
    let path = store.blob(&digest).expect("a store").expect("a file");
    assert_eq!(fs::read(&path).expect("a file"), b"abc");
    assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o400);
    assert_eq!(store.read(&digest, 3).expect("a store"), Some(b"abc".to_vec()));
    assert!(matches!(store.read(&digest, 2), Err(StoreError::Damaged { .. })));
    assert_eq!(store.blob(&Digest::of(b"other")).expect("a store"), None);
    let mode =
        |part: &str| fs::metadata(store.folder.join(part)).expect("a folder").permissions().mode() & 0o777;
    assert_eq!(["", BLOBS, STAMPS, RECORDS, TAGS, INSTALLED, UNFINISHED].map(mode), [0o700; 7]);
}

#[tokio::test]
async fn what_is_not_what_it_should_be_leaves_nothing() {
    let (_folder, store) = store();
    let hold = store.hold().await.expect("a hold");
    let (digest, other) = (Digest::of(b"abcdef"), Digest::of(b"abcxyz"));

    let mut long = hold.writer(digest, 6).expect("a writer");
    long.write(b"abcd").expect("room");
    assert!(matches!(long.write(b"efg"), Err(StoreError::Length { size: 6, got: 7, .. })));
    drop(long);

    let mut short = hold.writer(digest, 6).expect("a writer");
    short.write(b"abc").expect("room");
    assert!(matches!(short.finish(), Err(StoreError::Length { size: 6, got: 3, .. })));

    let mut altered = hold.writer(digest, 6).expect("a writer");
    altered.write(b"abcxyz").expect("room");
    let error = altered.finish().expect_err("another digest").to_string();
    assert!(error.contains(&digest.to_string()) && error.contains(&other.to_string()), "{error}");
    assert_eq!(everything(&store), Vec::<String>::new());

    let mut again = hold.writer(digest, 6).expect("a writer");
    again.write(b"xyz").expect("room");
    again.restart().expect("an empty file");
    assert_eq!(again.written(), 0);
    again.write(b"abcdef").expect("room");
    again.finish().expect("content is kept");
    assert_eq!(store.read(&digest, 6).expect("a store"), Some(b"abcdef".to_vec()));
}

#[tokio::test]
async fn a_damaged_file_is_removed_and_kept_again() {
    let (_folder, store) = store();
    let digest = put(&store, b"abc").await;
    let path = store.blob(&digest).expect("a store").expect("a file");
    for bytes in [&b"abd"[..], b"ab", b""] {
        overwrite(&path, bytes);
        assert_eq!(store.blob(&digest).expect("a store"), None);
        assert_eq!(everything(&store), Vec::<String>::new());
        put(&store, b"abc").await;
        assert!(store.blob(&digest).expect("a store").is_some());
    }
    // Touched and not damaged: it is hashed again, and has a stamp again.
    overwrite(&path, b"abc");
    assert!(store.blob(&digest).expect("a store").is_some());
    let stamp = store.path(STAMPS, &digest.hex());
    fs::write(&stamp, "nonsense").expect("a file");
    assert!(store.blob(&digest).expect("a store").is_some());
    assert_ne!(fs::read_to_string(&stamp).expect("a file"), "nonsense");
}

#[tokio::test]
async fn two_processes_that_keep_the_same_do_not_disturb_each_other() {
    let (_folder, store) = store();
    let (one, two) = (store.hold().await.expect("a hold"), store.hold().await.expect("a hold"));
    let digest = Digest::of(b"abc");
    let (mut first, mut second) = (one.writer(digest, 3).expect("one"), two.writer(digest, 3).expect("two"));
    first.write(b"ab").expect("room");
    second.write(b"abc").expect("room");
    first.write(b"c").expect("room");
    second.finish().expect("content is kept");
    first.finish().expect("content is kept");
    assert!(store.blob(&digest).expect("a store").is_some());
    assert!(names(&store.folder.join(UNFINISHED)).expect("a folder").is_empty());
}

#[tokio::test]
async fn a_tag_is_found_where_it_was_seen_last() {
    let (_folder, store) = store();
    let hold = store.hold().await.expect("a hold");
    let tagged: Reference = "oci://localhost/x:1".parse().expect("a reference");
    assert_eq!(store.record(&tagged).expect("a store"), None);
    let old = record("oci://localhost/x:1", Digest::of(b"old"));
    let new = Record { manifest: Digest::of(b"new"), ..old.clone() };
    hold.keep(&old).expect("a record");
    hold.keep(&new).expect("a record");
    assert_eq!(store.record(&tagged).expect("a store"), Some(new.clone()));
    assert_eq!(store.record(&tagged.at(old.manifest)).expect("a store"), Some(old.clone()));
    assert_eq!(store.record(&"oci://localhost/y:1".parse().expect("a reference")).expect("a store"), None);
    assert_eq!(store.records().expect("a store").len(), 2);
    // A damaged file counts as missing.
    for name in names(&store.folder.join(RECORDS)).expect("a folder") {
        overwrite(&store.path(RECORDS, &name), b"{");
    }
    assert_eq!(store.record(&tagged).expect("a store"), None);
}

#[tokio::test]
async fn connectors_are_installed_under_names_that_are_names() {
    let (_folder, store) = store();
    let hold = store.hold().await.expect("a hold");
    let one = installed("one", Digest::of(b"1"));
    hold.install(&one).expect("a connector");
    hold.install(&installed("a.b-c_d", Digest::of(b"2"))).expect("a connector");
    let found = store.installed().expect("a store");
    assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["a.b-c_d", "one"]);
    assert_eq!(found[1], one);
    let long = "x".repeat(129);
    for name in ["", "../x", "a/b", ".x", "-x", "é", "a b", &long] {
        let connector = installed(name, Digest::of(b"3"));
        assert!(matches!(hold.install(&connector), Err(StoreError::Name(_))), "{name}");
        assert!(matches!(hold.uninstall(name), Err(StoreError::Name(_))), "{name}");
    }
    hold.uninstall("one").expect("a connector");
    hold.uninstall("one").expect("it is gone already");
    assert_eq!(store.installed().expect("a store").len(), 1);
    overwrite(&store.path(INSTALLED, "a.b-c_d.json"), b"{");
    assert!(store.installed().expect("a store").is_empty());
    let damaged = store.damaged_names().expect("a store");
    assert!(damaged[0].0 == "a.b-c_d" && damaged[0].1.to_string().contains("`servo uninstall a.b-c_d`"));
    hold.uninstall("a.b-c_d").expect("it is removed");
    assert!(store.damaged_names().expect("a store").is_empty());
}

#[tokio::test]
async fn a_sweep_takes_what_nobody_uses_and_nothing_else() {
    let (_folder, store) = store();
    let [used, unused, stray] =
        [put(&store, b"used").await, put(&store, b"unused").await, put(&store, b"stray").await];
    {
        let hold = store.hold().await.expect("a hold");
        hold.keep(&record("oci://localhost/x:1", used)).expect("a record");
        hold.keep(&record("oci://localhost/y:1", unused)).expect("a record");
        hold.install(&installed("one", used)).expect("a connector");
        assert!(matches!(store.sweep(NEVER), Err(StoreError::Busy(_))));
    }
    assert_eq!(store.sweep(NEVER).expect("a sweep"), Swept { references: 0, files: 1, bytes: 5 });
    assert_eq!(store.blob(&stray).expect("a store"), None);
    assert_eq!(store.sweep(AT_ONCE).expect("a sweep"), Swept { references: 1, files: 1, bytes: 6 });
    assert_eq!(store.blob(&unused).expect("a store"), None);
    assert!(store.blob(&used).expect("a store").is_some());
    assert_eq!(store.records().expect("a store").len(), 1);
    store.hold().await.expect("a hold").uninstall("one").expect("a connector");
    store.sweep(AT_ONCE).expect("a sweep");
    assert_eq!(everything(&store), Vec::<String>::new());
}

#[tokio::test]
async fn what_killed_processes_left_goes_with_the_next_one() {
    let (_folder, store) = store();
    let left = store.path(UNFINISHED, ".tmpleft");
    {
        let _busy = store.hold().await.expect("a hold");
        fs::write(&left, "half").expect("a file");
        // As long as another is at work it may be his.
        let _other = store.hold().await.expect("a hold");
        assert!(left.exists());
    }
    let _next = store.hold().await.expect("a hold");
    assert!(!left.exists());
}

#[tokio::test]
async fn everything_is_verified_whatever_its_stamp_says() {
    let (_folder, store) = store();
    let [good, bad] = [put(&store, b"good").await, put(&store, b"bad").await];
    let path = store.blob(&bad).expect("a store").expect("a file");
    overwrite(&path, b"odd");
    // As if nothing had happened to it.
    store.blob_of(&bad).note(&fs::metadata(&path).expect("a file"));
    assert!(store.blob(&bad).expect("a store").is_some());
    let mut checked = store.verify().expect("a store");
    checked.sort_by_key(|one| one.whole);
    let expected = [(bad, false, 3), (good, true, 4)];
    assert_eq!(checked.iter().map(|one| (one.digest, one.whole, one.size)).collect::<Vec<_>>(), expected);
    assert_eq!(store.blob(&bad).expect("a store"), None);
}

#[test]
fn a_folder_that_others_can_write_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("permissions");
    let error = Store::open(folder.path()).expect_err("a foreign folder").to_string();
    assert!(error.contains("chmod go-w"), "{error}");
}

#[tokio::test]
async fn what_is_damaged_behind_a_stamp_is_found_by_hashing() {
    let (_folder, store) = store();
    let digest = put(&store, b"abc").await;
    let path = store.blob(&digest).expect("a store").expect("a file");
    overwrite(&path, b"abx");
    store.blob_of(&digest).note(&fs::metadata(&path).expect("a file"));
    assert!(store.blob(&digest).expect("a store").is_some() && store.has(&digest));
    assert!(!store.check(&digest).expect("a store") && !store.has(&digest));
    put(&store, b"abc").await;
    assert!(store.check(&digest).expect("a store"));
}

#[test]
fn what_the_system_refuses_says_what_to_do() {
    for (kind, step) in [
        (io::ErrorKind::StorageFull, "servo cache gc"),
        (io::ErrorKind::QuotaExceeded, "SERVO_STATE_DIR"),
        (io::ErrorKind::FileTooLarge, "ulimit -f"),
        (io::ErrorKind::NotADirectory, "SERVO_STATE_DIR"),
    ] {
        let text = io_error(Path::new("/store"))(kind.into()).to_string();
        assert!(text.contains("`/store`") && text.contains(step), "{text}");
    }
}
