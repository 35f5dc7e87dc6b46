use std::fs;
use std::os::unix::fs::symlink;

use rustix::fs::{CWD, Mode, mkfifoat};

use super::*;

const LIMIT: usize = 1 << 20;

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some/folder/alias.jsonl");
    (folder, path)
}

fn shelf(path: &Path) -> Arc<Shelf> {
    Shelves::default().open(path)
}

#[test]
fn what_was_put_is_there_again() {
    let (_folder, path) = place();
    let first = shelf(&path);
    first.put("b", b"\0\xff", LIMIT).unwrap();
    first.put("a/1", b"one", LIMIT).unwrap();
    first.put("a/2", b"two", LIMIT).unwrap();
    first.put("a/1", b"uno", LIMIT).unwrap();
    first.delete("a/2").unwrap();
    first.delete("never").unwrap();
    drop(first);
    let second = shelf(&path);
    assert_eq!(second.get("b").unwrap().as_deref(), Some(&b"\0\xff"[..]));
    assert_eq!(second.get("a/1").unwrap().as_deref(), Some(&b"uno"[..]));
    assert_eq!(second.get("a/2").unwrap(), None);
    assert_eq!(second.keys("a/").unwrap(), ["a/1"]);
    assert_eq!(second.keys("").unwrap(), ["a/1", "b"]);
    second.claim().unwrap();
    assert_eq!(second.used().0, 1 + 2 + 3 + 3 + 2 * ENTRY);
}

#[test]
fn one_process_writes_and_the_other_reads() {
    let (_folder, path) = place();
    // Two registries, as two processes have them.
    let (running, beside) = (shelf(&path), shelf(&path));
    running.claim().unwrap();
    beside.claim().unwrap();
    assert!(matches!(beside.put("a", b"x", LIMIT), Err(ShelfError::Busy(_))));
    assert!(matches!(beside.delete("a"), Err(ShelfError::Busy(_))));
    running.put("a", b"1", LIMIT).unwrap();
    assert_eq!(beside.get("a").unwrap().as_deref(), Some(&b"1"[..]));
    running.put("a", b"2", LIMIT).unwrap();
    assert_eq!(beside.get("a").unwrap().as_deref(), Some(&b"2"[..]));
    drop(running);
    beside.put("a", b"3", LIMIT).unwrap();
}

#[test]
fn instances_of_one_process_share_a_shelf() {
    let (_folder, path) = place();
    let shelves = Shelves::default();
    let (old, new) = (shelves.open(&path), shelves.open(&path));
    old.put("a", b"1", LIMIT).unwrap();
    new.put("a", b"2", LIMIT).unwrap();
    assert_eq!(old.get("a").unwrap().as_deref(), Some(&b"2"[..]));
}

#[test]
fn every_end_of_a_kill_is_whole_and_harm_is_named() {
    let (_folder, path) = place();
    let first = shelf(&path);
    first.put("a", b"one", LIMIT).unwrap();
    let whole = fs::read(&path).unwrap().len();
    first.put("b", b"two", LIMIT).unwrap();
    drop(first);
    let text = fs::read(&path).unwrap();
    for length in 0..=text.len() {
        fs::write(&path, &text[..length]).unwrap();
        let shelf = shelf(&path);
        let keys = shelf.keys("").unwrap().concat();
        let wanted = if length == text.len() {
            "ab"
        } else if length >= whole {
            "a"
        } else {
            ""
        };
        assert_eq!(keys, wanted, "{length}");
        // And it goes on from there.
        shelf.put("c", b"three", LIMIT).unwrap();
        drop(shelf);
        assert_eq!(self::shelf(&path).keys("").unwrap().concat(), format!("{wanted}c"));
    }
    let torn = &text[whole..text.len() - 2];
    for (harmed, at) in [
        ([b"garbage\n", &text[..]].concat(), 1),
        ([&text[..], b"garbage\n"].concat(), 3),
        ([&text[..], torn, b"\n"].concat(), 3),
        ([&text[..], b"not a line of a journal"].concat(), 3),
        ([&text[..], b"\n", torn].concat(), 3),
        // Nothing of these was ever a journal.
        (b"the only copy of something else\nand more\n".to_vec(), 1),
        (b"the only copy of something else".to_vec(), 1),
    ] {
        fs::write(&path, &harmed).unwrap();
        let told = [
            shelf(&path).get("a").unwrap_err(),
            shelf(&path).claim().unwrap_err(),
            shelf(&path).put("a", b"", LIMIT).unwrap_err(),
        ];
        for error in told {
            let text = error.to_string();
            assert!(matches!(error, ShelfError::Corrupt { line, .. } if line == at), "{at}: {error}");
            assert!(text.contains("alias.jsonl`") && text.contains("move the file away"), "{text}");
        }
        assert_eq!(fs::read(&path).unwrap(), harmed);
    }
}

#[test]
fn nothing_is_opened_but_plain_files() {
    let (folder, path) = place();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let other = folder.path().join("other");
    fs::write(&other, "the only copy").unwrap();
    let make = |pipe: bool, path: &Path| match pipe {
        true => mkfifoat(CWD, path, Mode::RWXU).unwrap(),
        false => symlink(&other, path).unwrap(),
    };
    let lock = path.with_extension("lock");
    for (pipe, at) in [(false, &path), (true, &path), (false, &lock), (true, &lock)] {
        let _ = fs::remove_file(&lock);
        make(pipe, at);
        let mut told =
            vec![shelf(&path).claim().unwrap_err(), shelf(&path).put("a", b"one", LIMIT).unwrap_err()];
        if *at == path {
            told.push(shelf(&path).get("a").unwrap_err());
        }
        for error in told {
            assert!(matches!(&error, ShelfError::Kind(named) if named == at), "{error}");
        }
        fs::remove_file(at).unwrap();
    }
    // In the way of a file that is written anew they are put aside.
    for pipe in [false, true] {
        let new = path.with_extension("new");
        make(pipe, &new);
        let shelf = shelf(&path);
        for round in 0..20_u8 {
            shelf.put("big", &vec![round; 20_000], LIMIT).unwrap();
        }
        assert!(!new.exists() && fs::symlink_metadata(&path).unwrap().is_file());
        assert!(fs::metadata(&path).unwrap().len() < 200_000);
        drop(shelf);
        assert_eq!(self::shelf(&path).get("big").unwrap().unwrap(), [19; 20_000]);
    }
    assert_eq!(fs::read(&other).unwrap(), b"the only copy");
}

#[test]
fn more_than_any_journal_has_is_not_read() {
    let (_folder, path) = place();
    let first = shelf(&path);
    first.put("a", b"one", LIMIT).unwrap();
    drop(first);
    let large = (1 << 30) + 1;
    File::options().write(true).open(&path).unwrap().set_len(large).unwrap();
    for error in [shelf(&path).get("a").unwrap_err(), shelf(&path).put("a", b"", LIMIT).unwrap_err()] {
        assert!(matches!(&error, ShelfError::Large(at) if *at == path), "{error}");
    }
    assert_eq!(fs::metadata(&path).unwrap().len(), large);
}

#[test]
fn room_keys_and_writing_are_bounded() {
    let (_folder, path) = place();
    let shelf = shelf(&path);
    assert!(matches!(shelf.put(&"k".repeat(257), b"", LIMIT), Err(ShelfError::Key(257))));
    shelf.put("a", &[0; 600], 1000).unwrap();
    assert!(matches!(shelf.put("b", &[0; 600], 1000), Err(ShelfError::Full { .. })));
    // In the place of the old value there is room.
    shelf.put("a", &[1; 900], 1000).unwrap();
    assert_eq!(shelf.keys("").unwrap(), ["a"]);
    let flood = (0..2000).map(|_| shelf.put("a", b"x", 1000)).find(Result::is_err);
    assert!(matches!(flood, Some(Err(ShelfError::Flood))));
    let length = fs::metadata(&path).unwrap().len();
    assert!(length < 70_000, "{length}");
}

#[test]
fn a_journal_that_is_written_anew_keeps_everything() {
    let (_folder, path) = place();
    let shelf = shelf(&path);
    shelf.put("kept", b"for ever", LIMIT).unwrap();
    for round in 0..20_u8 {
        shelf.put("big", &vec![round; 20_000], LIMIT).unwrap();
    }
    shelf.delete("big").unwrap();
    drop(shelf);
    assert!(fs::metadata(&path).unwrap().len() < 200_000);
    let shelf = self::shelf(&path);
    assert_eq!(shelf.get("kept").unwrap().as_deref(), Some(&b"for ever"[..]));
    assert_eq!(shelf.keys("").unwrap(), ["kept"]);
}
