use super::*;

#[test]
fn a_change_of_the_source_is_seen_and_no_other() {
    let folder = std::env::temp_dir().join(format!("servo-watch-{}", std::process::id()));
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("a.c", "1");
    write("src/b.c", "1");
    let before = Seen::of(&folder).unwrap();
    for name in [".servo/gen/x.c", "tests/t.yaml", "shop.wasm", "src/node_modules/x.js"] {
        write(name, "1");
    }
    assert_eq!(before.changed(&Seen::of(&folder).unwrap()), [""; 0]);
    write("src/b.c", "12");
    write("servo.yaml", "");
    fs::remove_file(folder.join("a.c")).unwrap();
    assert_eq!(before.changed(&Seen::of(&folder).unwrap()), ["servo.yaml", "src/b.c", "a.c"]);
    let now = Seen::of(&folder).unwrap();
    assert_eq!(now.newer(SystemTime::UNIX_EPOCH), Some("src/b.c"));
    assert_eq!(now.newer(SystemTime::now() + std::time::Duration::from_secs(60)), None);
    fs::remove_dir_all(&folder).unwrap();
    assert!(Seen::of(&folder).is_err());
}
