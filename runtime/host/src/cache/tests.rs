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
