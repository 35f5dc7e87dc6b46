use std::os::unix::fs::{PermissionsExt, symlink};

use tempfile::TempDir;

use super::*;

const NAME: &str = "abc-0123.cwasm";

fn cache() -> (TempDir, Cache, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let cache = Cache { folder: folder.path().to_owned(), engine: String::new() };
    let path = folder.path().join(NAME);
    cache.write(&path, b"native code").unwrap();
    cache.seal(&path).unwrap();
    (folder, cache, path)
}

/// Code is run when its seal fits; an error is as good as a seal that does not.
fn runs(cache: &Cache, path: &Path) -> bool {
    cache.is_sealed(path).unwrap_or(false)
}

#[test]
fn what_was_sealed_fits_also_when_it_was_copied_or_restored() {
    let (folder, cache, path) = cache();
    assert!(runs(&cache, &path));
    let stamp = fs::read(seal_of(&path)).unwrap();
    cache.write(&path, b"native code").unwrap();
    assert!(runs(&cache, &path), "the same code in another file");
    assert_ne!(
        fs::read(seal_of(&path)).unwrap(),
        stamp,
        "sealed again, so that the next start reads no code"
    );
    let mode = fs::metadata(folder.path().join(KEY)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_somebody_else_wrote_is_not_run() {
    type Break = fn(&Cache, &Path);
    let break_it: [(&str, Break); 9] = [
        ("other code", |_, path| fs::write(path, b"nativE code").unwrap()),
        ("more code", |_, path| fs::write(path, b"native code.").unwrap()),
        ("no seal", |_, path| fs::remove_file(seal_of(path)).unwrap()),
        ("half a seal", |_, path| fs::write(seal_of(path), [0; 20]).unwrap()),
        ("another seal", |_, path| fs::write(seal_of(path), [0; 64]).unwrap()),
        ("others may write", |_, path| fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap()),
        ("a link", |cache, path| {
            let elsewhere = cache.folder.join("elsewhere");
            fs::rename(path, &elsewhere).unwrap();
            symlink(elsewhere, path).unwrap();
        }),
        ("another key", |cache, _| fs::write(cache.folder.join(KEY), [7; KEY_LENGTH]).unwrap()),
        ("a key that others may read", |cache, _| {
            fs::set_permissions(cache.folder.join(KEY), fs::Permissions::from_mode(0o644)).unwrap();
        }),
    ];
    for (what, break_it) in break_it {
        let (_folder, cache, path) = cache();
        break_it(&cache, &path);
        assert!(!runs(&cache, &path), "{what}");
    }
}

#[test]
fn code_under_another_name_is_not_run() {
    let (folder, cache, path) = cache();
    let other = folder.path().join("def-0123.cwasm");
    fs::rename(seal_of(&path), seal_of(&other)).unwrap();
    fs::rename(&path, &other).unwrap();
    assert!(!runs(&cache, &other));
}
