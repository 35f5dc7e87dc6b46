//! A store that is not what it was, and files that are no plain files.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::lab::{Lab, component, files};

/// Flips one bit of the component in the store, and makes the stamp fit: what a disk does that forgets.
fn rot(lab: &Lab) -> PathBuf {
    let blobs = files(&lab.world.path("state/store/blobs"), "");
    let path = blobs.into_iter().max_by_key(|path| path.metadata().unwrap().len()).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, bytes).unwrap();
    let is = path.metadata().unwrap();
    let stamp = format!(
        "{} {} {}.{:09} {}.{:09}",
        is.ino(),
        is.size(),
        is.mtime(),
        is.mtime_nsec(),
        is.ctime(),
        is.ctime_nsec()
    );
    let stamps = lab.world.path("state/store/stamps");
    std::fs::write(stamps.join(path.file_name().unwrap()), stamp).unwrap();
    path
}

#[test]
fn altered_bytes_are_never_compiled_and_heal() {
    let lab = Lab::new();
    let digest = lab.pushed("wait", "1.0.0", "pause:1.0");
    let pinned = format!("{}@{digest}", lab.at("pause:1.0"));
    lab.configured(&pinned, "");
    lab.says(&format!("install {pinned} --name other"), 0);
    let forget = || std::fs::remove_dir_all(lab.world.path("state/components")).unwrap();
    for line in
        ["measure -d 50ms".to_owned(), format!("inspect {pinned}"), format!("pull {pinned} -o out.wasm")]
    {
        forget();
        let path = rot(&lab);
        lab.says(&line, 0);
        assert!(std::fs::read(&path).unwrap() == component("wait", "1.0.0"), "{line}");
        lab.says("measure -d 50ms", 0);
    }
    // Where nothing can be fetched, it is refused, and nothing of it compiled or written.
    let Lab { world, registry } = lab;
    let lab = Lab { world, registry: servo_test_support::Registry::start() };
    drop(registry);
    forget_all(&lab);
    rot(&lab);
    lab.says(&format!("pull {pinned} -o never.wasm"), 1);
    assert!(!lab.world.path("never.wasm").exists());
    lab.says("measure -d 50ms", 2);
    assert_eq!(lab.compiled(), Vec::<PathBuf>::new());
    let listed = lab.json("cache ls");
    assert_eq!(listed[0]["missing"], true, "{listed}");
    assert!(lab.says("cache ls", 0).stdout.contains("missing"));
}

fn forget_all(lab: &Lab) {
    std::fs::remove_dir_all(lab.world.path("state/components")).unwrap();
}

#[test]
fn a_damaged_name_concerns_only_who_uses_it() {
    let lab = Lab::new();
    lab.pushed("wait", "1.0.0", "pause:1.0");
    for name in ["good", "bad"] {
        lab.says(&format!("install {} --name {name}", lab.at("pause:1.0")), 0);
    }
    lab.world.file("state/store/installed/bad.json", "{garbage");
    lab.world.file("servo.yaml", "connectors: [good]\ngood: {measure_enabled: true}\n");
    for line in ["validate", "measure -d 50ms", "connectors", "cache ls", "cache gc"] {
        lab.says(line, 0);
    }
    let verified = lab.says("cache verify", 1);
    assert!(verified.stderr.contains("`servo uninstall bad`"), "{}", verified.stderr);
    lab.world.file("servo.yaml", "connectors: [bad]\nbad: {measure_enabled: true}\n");
    let used = lab.says("validate", 1);
    for part in ["no connector named `bad`", "`servo uninstall bad`"] {
        assert!(used.stderr.contains(part), "{part}: {}", used.stderr);
    }
    lab.says("uninstall bad", 0);
    lab.says("cache verify", 0);
    assert_eq!(lab.json("connectors --installed").as_array().unwrap().len(), 1);
}

#[test]
fn a_store_that_cannot_be_used_concerns_only_what_is_from_it() {
    let lab = Lab::new();
    lab.world.file("state/store", "no folder");
    lab.world.file("servo.yaml", "connectors: [wait]\nwait: {measure_enabled: true}\n");
    for line in ["validate", "measure -d 50ms", "connectors"] {
        lab.says(line, 0);
    }
    lab.pushed("wait", "1.0.0", "pause:1.0");
    let pull = lab.says(&format!("pull {}", lab.at("pause:1.0")), 1);
    assert!(pull.stderr.contains("SERVO_STATE_DIR"), "{}", pull.stderr);
}

#[test]
fn compiled_forms_go_with_their_component() {
    let lab = Lab::new();
    lab.pushed("wait", "1.0.0", "pause:1.0");
    lab.says(&format!("install {} --name pause", lab.at("pause:1.0")), 0);
    lab.says("cache gc --unused-for 0s", 0);
    assert_eq!(lab.compiled().len(), 1);
    lab.says("uninstall pause", 0);
    lab.says("cache gc --unused-for 0s", 0);
    assert_eq!(lab.compiled(), Vec::<PathBuf>::new());
}

#[test]
fn what_is_pulled_goes_where_it_is_told() {
    let lab = Lab::new();
    lab.pushed("wait", "1.0.0", "pause:1.0");
    let reference = lab.at("pause:1.0");
    let whole = component("wait", "1.0.0");
    let script = |output: &str| {
        let servo = lab.world.servo_path().display().to_string();
        let script = format!("'{servo}' pull {reference} -o {output} | cat > piped.wasm");
        lab.world.program("bash").args(["-c", &script]).run().expect(0);
        std::fs::read(lab.world.path("piped.wasm")).unwrap()
    };
    assert!(script("-") == whole);
    // A link to a link to a pipe; behind the component comes the reference.
    assert!(script("/proc/self/fd/1").starts_with(&whole));
    symlink("behind.wasm", lab.world.path("link.wasm")).unwrap();
    lab.says(&format!("pull {reference} -o link.wasm"), 0);
    assert!(std::fs::symlink_metadata(lab.world.path("link.wasm")).unwrap().is_symlink());
    assert!(std::fs::read(lab.world.path("behind.wasm")).unwrap() == whole);
    lab.says(&format!("pull {reference} -o /dev/null"), 0);
    assert!(!Path::new("/dev/null").metadata().unwrap().is_file());
}

#[test]
fn what_is_large_is_not_held_in_memory() {
    let lab = Lab::new();
    // Code that nobody looks at, 48 MiB of it.
    let mut large = component("wait", "1.0.0");
    let size: u32 = 48 << 20;
    large.push(1);
    large.extend((0..5).map(|at| (size >> (7 * at)) as u8 & 0x7f | if at < 4 { 0x80 } else { 0 }));
    large.resize(large.len() + size as usize, 7);
    let file = lab.world.file("large.wasm", large);
    let reference = lab.at("large:1.0");
    let idle = peak(&lab, "cache ls");
    for line in [
        format!("push {} {reference}", file.display()),
        format!("pull {reference} -o pulled.wasm"),
        format!("inspect {reference}"),
    ] {
        let peak = peak(&lab, &line);
        assert!(peak < idle + (24 << 10), "{line}: {peak} KiB, and {idle} KiB for nothing");
    }
    assert!(std::fs::read(&file).unwrap() == std::fs::read(lab.world.path("pulled.wasm")).unwrap());
}

/// The most memory that a command has had at once, in KiB.
#[track_caller]
fn peak(lab: &Lab, line: &str) -> u64 {
    let script = "import resource, subprocess, sys\n\
         code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n\
         print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n\
         sys.exit(code)";
    let servo = lab.world.servo_path().display().to_string();
    let arguments = ["-c", script, &servo].into_iter().chain(line.split_whitespace());
    let measured = lab.world.program("python3").args(arguments).run().expect(0);
    measured.stdout.trim().parse().unwrap()
}
