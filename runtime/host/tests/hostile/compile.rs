//! Components that mean harm to the compiler, which works in a process of its own with limits on memory and time; and
//! compiled forms that others made.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use servo_host::{CompileLimits, Compiler, LoadError, Program, Sandbox, SandboxOptions, compile_file};
use tempfile::TempDir;
use tokio::runtime::Handle;

use crate::guests;

/// Makes this program the compiler of others: it runs the test of this name, and the arguments are those of the child.
const AS_COMPILER: [&str; 3] = ["--exact", "compile::compiles_when_it_is_asked_to", "--nocapture"];

fn sandbox(limits: CompileLimits) -> (Arc<Sandbox>, TempDir) {
    let cache = tempfile::tempdir().unwrap();
    let compiler = Compiler::Child {
        program: std::env::current_exe().unwrap(),
        arguments: AS_COMPILER.iter().map(Into::into).collect(),
        limits,
    };
    let options = SandboxOptions { cache: cache.path().to_owned(), compiler, heavy: Handle::current() };
    (Sandbox::new(options).unwrap(), cache)
}

async fn load(bytes: &[u8], limits: CompileLimits) -> Result<Arc<Program>, LoadError> {
    sandbox(limits).0.load(bytes, false).await
}

#[test]
fn compiles_when_it_is_asked_to() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some([input, output, memory, cpu]) = arguments.strip_prefix(&AS_COMPILER.map(String::from)) else {
        return;
    };
    let (memory, cpu) = (memory.parse().unwrap(), cpu.parse().unwrap());
    let limits = CompileLimits { memory, cpu, ..CompileLimits::default() };
    compile_file(Path::new(input), Path::new(output), limits).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_functions_are_compiled_aside() {
    let _alone = crate::ALONE.lock().await;
    let program = load(&guests::functions(100_000).unwrap(), CompileLimits::default()).await.unwrap();
    assert!(program.size > 300_000, "{}", program.size);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bomb_ends_the_compiler_and_nothing_else() {
    let _alone = crate::ALONE.lock().await;
    let bomb = guests::entangled(2_000, 2_000).unwrap();
    assert!(bomb.len() < 200_000, "{}", bomb.len());
    let cases = [
        (
            CompileLimits { cpu: 1, ..CompileLimits::default() },
            "it takes the compiler more than 1 s of CPU time",
        ),
        (CompileLimits { wall: 1, ..CompileLimits::default() }, "it takes the compiler more than 1 s"),
        (
            CompileLimits { memory: 600 << 20, ..CompileLimits::default() },
            "it takes the compiler more than 600 MiB of memory",
        ),
    ];
    for (limits, said) in cases {
        let (sandbox, cache) = sandbox(limits);
        let error = sandbox.load(&bomb, false).await.unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0, "something is left behind");
        // The same process serves the next one.
        sandbox.load(&guests::built("nothing").unwrap(), true).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_compiled_form_that_is_none_is_made_again() {
    let good = guests::built("nothing").unwrap();
    let (sandbox, cache) = sandbox(CompileLimits::default());
    sandbox.load(&good, true).await.unwrap();
    let entries = fs::read_dir(cache.path()).unwrap().map(|entry| entry.unwrap().path());
    let compiled = entries.filter(|path| path.extension().is_some_and(|ending| ending == "cwasm"));
    let compiled = compiled.collect::<Vec<_>>();
    assert_eq!(compiled.len(), 1);
    let whole = fs::read(&compiled[0]).unwrap();
    for forged in [Vec::new(), b"\x7fELF".to_vec(), whole[..whole.len() / 3].to_vec(), good.clone()] {
        fs::write(&compiled[0], forged).unwrap();
        sandbox.load(&good, true).await.unwrap();
        assert_eq!(fs::read(&compiled[0]).unwrap().len(), whole.len());
    }
    // What somebody else may have written is native code of somebody else.
    fs::set_permissions(cache.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let error = sandbox.load(&good, true).await.unwrap_err().to_string();
    assert!(error.contains("others may write there"), "{error}");
}
