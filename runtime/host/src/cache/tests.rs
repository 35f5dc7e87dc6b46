use std::os::unix::fs::PermissionsExt;
use std::time::SystemTime;

use super::*;

#[test]
fn what_a_killed_process_left_is_removed_by_a_later_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let cache = Cache { folder: folder.path().to_owned(), engine: String::new() };
    for (name, age) in [(".tmpOld", 2 * FORGOTTEN), (".tmpNew", Duration::ZERO), ("a.cwasm", 2 * FORGOTTEN)] {
        let file = fs::File::create(folder.path().join(name)).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }
    cache.prepare().unwrap();
    let mut left: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, [".tmpNew", "a.cwasm"]);
    assert!(cache.file().unwrap().path().file_name().unwrap().to_string_lossy().starts_with(UNFINISHED));
}

#[test]
fn only_what_this_program_wrote_down_of_a_component_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::without_engine(&folder.path().join("components"));
    cache.prepare().unwrap();
    let command =
        |name: &str| Command { name: name.into(), description: "Says it".into(), arguments: Vec::new() };
    let answers = |name: &str| Answers {
        schema: serde_json::json!({"type": "object"}),
        example: serde_json::json!({}),
        commands: vec![command(name)],
    };
    assert_eq!(cache.said("abc"), None);
    cache.keep("abc", &answers("echo")).unwrap();
    assert_eq!(cache.said("abc"), Some(answers("echo")));
    let path = cache.answers("abc");
    let text = fs::read_to_string(&path).unwrap();
    for wrong in [text.replace("echo", "evil"), "{\"schema\":1".to_owned()] {
        fs::write(&path, wrong).unwrap();
        assert_eq!(cache.said("abc"), None);
    }
    cache.keep("abc", &answers("no name")).unwrap();
    assert_eq!(cache.said("abc"), None, "commands that cannot be offered");
    cache.keep("abc", &answers("echo")).unwrap();
    assert!(cache.said("abc").is_some());
    cache.forget("abc").unwrap();
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "the key");
}
