use std::os::unix::fs::symlink;

use super::*;

/// A folder, and how a text is written to a name in it.
fn folder() -> (tempfile::TempDir, impl Fn(&str, &str) -> io::Result<()>) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().to_owned();
    (folder, move |name: &str, text: &str| write(&root.join(name), |out| out.write_all(text.as_bytes())))
}

#[test]
fn files_appear_or_are_replaced_and_links_are_followed() {
    let (folder, put) = folder();
    let path = |name: &str| folder.path().join(name);
    let text = |name: &str| fs::read_to_string(path(name)).expect(name);
    put("new", "1").expect("a new file");
    assert_eq!(fs::metadata(path("new")).expect("it").permissions().mode() & 0o777, MODE);
    fs::set_permissions(path("new"), Permissions::from_mode(0o600)).expect("a mode");
    put("new", "2").expect("another one in its place");
    assert_eq!(fs::metadata(path("new")).expect("it").permissions().mode() & 0o777, 0o600);
    for (link, target) in [("link", "new"), ("second", "link"), ("dangling", "there")] {
        symlink(target, path(link)).expect("a link");
        put(link, link).expect("through a link");
        assert!(fs::symlink_metadata(path(link)).expect("it").is_symlink(), "{link}");
        assert_eq!(text(target), link);
    }
    symlink("round", path("round")).expect("a link");
    put("round", "").expect_err("nowhere");
    put(".", "").expect_err("a folder");
    // What fails leaves the old one.
    write(&path("new"), |out| out.write_all(b"half").and(Err(io::Error::other("no")))).expect_err("no");
    assert_eq!(text("new"), "second");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 6);
}

#[test]
fn pipes_and_devices_are_written_to() {
    let (folder, put) = folder();
    let device = Path::new("/dev/null");
    write(device, |out| out.write_all(b"text")).expect("a device");
    symlink(device, folder.path().join("link")).expect("a link");
    put("link", "text").expect("a device behind a link");
    assert!(!fs::metadata(device).expect("it").is_file());
    let (mut reader, writer) = io::pipe().expect("a pipe");
    write(Path::new(&format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&writer))), |out| {
        out.write_all(b"text")
    })
    .expect("a pipe");
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("a text");
    assert_eq!(text, "text");
}

#[test]
fn more_than_may_be_is_not_read() {
    let (folder, put) = folder();
    put("long", &"x".repeat(5000)).expect("a file");
    let long = folder.path().join("long");
    assert_eq!(read(&long, 5000).expect("all of it").len(), 5000);
    assert_eq!(read(&long, 4096).expect_err("too long").to_string(), "it is larger than 4 KiB");
    read(Path::new("/dev/zero"), 10).expect_err("no file");
}
