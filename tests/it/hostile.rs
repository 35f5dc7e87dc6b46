//! What a connector that means harm looks like to the one who runs it: one error that names it, an exit code, and the
//! others' answers. The table of all attacks is that of the host (`runtime/host/tests/hostile`).

use std::fs;
use std::os::unix::fs::symlink;

use crate::run::stage::{json, servo, world};

/// The custom section `x` of so many bytes.
fn padding(bytes: usize) -> Vec<u8> {
    section(0, &[[1, b'x'].as_slice(), &vec![0; bytes]].concat())
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id], number(content.len()).as_slice(), content].concat()
}

/// LEB128.
fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A component of one module with so many functions, each of which adds up.
fn functions(count: usize) -> Vec<u8> {
    let all = |each: &dyn Fn(usize) -> Vec<u8>| [number(count), (0..count).flat_map(each).collect()].concat();
    let types = section(1, &[1, 0x60, 1, 0x7f, 1, 0x7f]);
    let declared = section(3, &all(&|_| vec![0]));
    // local.get 0, local.get 0, i32.add, end.
    let code = section(10, &all(&|_| vec![7, 0, 0x20, 0, 0x20, 0, 0x6a, 0x0b]));
    let module = [b"\0asm\x01\0\0\0".to_vec(), types, declared, code].concat();
    [b"\0asm\x0d\0\x01\0".to_vec(), section(1, &module)].concat()
}

#[test]
fn attacks_end_in_errors_that_name_them_and_the_others_answer() {
    let world = world();
    world.file(
        "servo.yaml",
        "connectors:
  spins: {component: ./fixture.wasm, limits: {cpu: 100ms}}
  eats: {component: ./fixture.wasm, limits: {memory: 16MiB}}
  talks: {component: ./fixture.wasm}
  recurses: {component: ./fixture.wasm}
  honest: {component: ./fixture.wasm}
spins: {on: {measure: spin}, metrics: [a]}
eats: {on: {measure: memory}, metrics: [b]}
talks: {on: {measure: big-result}, metrics: [c]}
recurses: {on: {measure: recurse}, metrics: [d]}
honest: {metrics: [e]}
",
    );
    let measured = servo(&world, "measure -d 100ms -o json").run();
    let text = format!("{}\n{}", measured.stdout, measured.stderr);
    for said in [
        "`spins` used more than 100ms of CPU time in measure: the limit `cpu`",
        "`eats` needed more than 16777216 bytes of memory in measure: the limit `memory`",
        "the limit `result`",
        "`recurses` ",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(json(&measured).to_string().contains("\"e\""), "{text}");
}

#[test]
fn files_that_are_no_connectors_are_refused() {
    let world = world();
    let good = fs::read(world.path("fixture.wasm")).unwrap();
    world.file("servo.yaml", "connectors: {evil: ./evil.wasm}\nevil: {}\n");
    let evil = world.path("evil.wasm");
    let cases = [
        (good[..good.len() / 2].to_vec(), "damaged at byte"),
        (b"\0asm\x01\0\0\0".to_vec(), "a WebAssembly module, not a component"),
        (b"MZ".to_vec(), "not a WebAssembly component"),
        (functions(10_000), "servo:connector/settings@0.1.0 is not exported"),
        (functions(2_000_000), "cannot be compiled"),
    ];
    for (bytes, said) in cases {
        fs::write(&evil, bytes).unwrap();
        let refused = servo(&world, "validate").run();
        assert!(
            refused.stderr.contains(said) && refused.stderr.matches("error:").count() == 1,
            "{said}: {refused:?}"
        );
    }
    // Not read at all: it takes no room on the disk either.
    fs::File::create(&evil).unwrap().set_len(10 << 30).unwrap();
    let refused = servo(&world, "validate").run();
    assert!(refused.stderr.contains("evil.wasm"), "{refused:?}");
    // Large, and compiled native code of somebody else beside it: one is taken, the other is not looked at.
    fs::write(&evil, [good, padding(100 << 20)].concat()).unwrap();
    for name in ["evil.cwasm", "evil.wasm.cwasm"] {
        fs::write(world.path(name), b"\x7fELF native code").unwrap();
        symlink("/bin/true", world.path(format!("link-{name}"))).unwrap();
    }
    let taken = servo(&world, "measure -d 100ms -o json").run().expect(0);
    assert!(json(&taken).to_string().contains("calls"), "{taken:?}");
}

#[test]
fn compiled_code_that_somebody_else_wrote_is_not_run() {
    let world = world();
    // A folder of its own, in place of the one that all tests share.
    fs::remove_file(world.path("state/components")).unwrap();
    world.file("servo.yaml", "connectors: {one: ./fixture.wasm}\none: {metrics: [a]}\n");
    let measure = || servo(&world, "measure -d 100ms -o json").run().expect(0);
    measure();
    let code = || {
        let folder = fs::read_dir(world.path("state/components")).unwrap();
        let paths = folder.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|extension| extension == "cwasm"))
            .collect::<Vec<_>>()
    };
    let [path] = &code()[..] else { panic!("one component was compiled: {:?}", code()) };
    let again = "compiling again: its seal is not ours";
    assert!(!measure().stderr.contains(again));
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
    let mended = measure();
    assert!(mended.stderr.contains(again) && mended.stderr.contains("cwasm"), "{mended:?}");
    assert!(!measure().stderr.contains(again), "what was compiled again is sealed");
}
