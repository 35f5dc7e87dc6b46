use std::io::Write;

use super::*;

#[test]
fn a_huge_file_is_refused_without_being_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("servo.yaml");
    // Sparse: 100 MB in length, nothing on disk.
    std::fs::File::create(&path).unwrap().set_len(100 << 20).unwrap();
    let error = Source::read(&path).unwrap_err();
    assert!(error.to_string().ends_with("servo.yaml is larger than 1MiB; is it the right file?"), "{error}");
}

#[test]
fn a_file_at_the_limit_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("servo.yaml");
    std::fs::write(&path, vec![b'#'; FILE_BYTES_MAX as usize]).unwrap();
    assert_eq!(Source::read(&path).unwrap().text().len() as u64, FILE_BYTES_MAX);
}

#[test]
fn wrong_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("servo.yaml");
    assert!(matches!(Source::read(&path), Err(SourceError::Io { .. })));
    std::fs::File::create(&path).unwrap().write_all(b"a: 1\nb: \xff\n").unwrap();
    let error = Source::read(&path).unwrap_err().to_string();
    assert!(error.ends_with("is not UTF-8: the first wrong byte is in line 2"), "{error}");
}

#[test]
fn what_is_no_file_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (path, kind) in
        [(folder.path(), "a folder"), (pipe.as_path(), "a pipe"), (Path::new("/dev/zero"), "a device")]
    {
        let error = Source::read(path).unwrap_err().to_string();
        assert_eq!(error, format!("{} is {kind}, not a file", path.display()));
    }
}

#[test]
fn a_byte_order_mark_is_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("servo.yaml");
    std::fs::write(&path, "\u{feff}a: 1").unwrap();
    let source = Source::read(&path).unwrap();
    assert_eq!((source.text(), source.folder()), ("a: 1", folder.path()));
}
