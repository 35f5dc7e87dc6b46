//! C and C++: zig compiles the connector, the SDK and the generated bindings. C++ stands on the SDK and the bindings
//! of C.

use std::fs;
use std::path::{Path, PathBuf};

use super::tool::{self, Tool, fail};
use super::work::Work;
use super::world::World;
use super::{BuildError, Language, bindings, encode};

/// The package of PyPI brings the program `python-zig`.
const ZIG: Tool = Tool { names: &["zig", "python-zig"], get: "pip install ziglang" };
const TARGET: [&str; 7] =
    ["-target", "wasm32-wasi", "-mexec-model=reactor", "-D_GNU_SOURCE", "-Os", "-Wall", "-Wextra"];
/// Mistakes that other compilers refuse by default, and that crash at run time.
const C: [&str; 2] = ["-Werror=implicit-function-declaration", "-Werror=incompatible-pointer-types"];
const CPP: [&str; 3] = ["-std=c++23", "-fno-exceptions", "-fno-rtti"];
/// Without the size, zig reserves 16 MiB for the stack of a program.
const LINK: [&str; 2] = ["-s", "-Wl,-z,stack-size=262144"];

/// Builds a connector in C or C++.
pub(super) async fn build(work: &Work, world: World, language: Language) -> Result<PathBuf, BuildError> {
    let zig = ZIG.find(None)?;
    let mut flags: Vec<String> = TARGET.iter().map(ToString::to_string).collect();
    flags.extend(["-I.", "-I.servo/sdk", "-I.servo/gen"].map(str::to_owned));
    flags.extend(world.exports().iter().map(|name| define("EXPORT", name)));
    flags.extend(world.imports().iter().map(|name| define("IMPORT", name)));
    work.generate(bindings::generate(world, Language::C, &work.folder).await?)?;
    let below = [work.sdk(), work.generated()];
    let c: Vec<PathBuf> = below.iter().flat_map(|folder| below_with(folder, "c")).collect();
    let module = work.file("core.wasm");
    let command = |driver: &str| {
        let mut command = tool::command(&zig, &work.folder);
        command.arg(driver).args(&flags);
        command
    };
    // Objects, because the driver for C++ refuses C beside it, and because a driver links the libraries before the
    // sources that it is given: `abort` would be found there, and a second time in the SDK.
    let objects = work.file("obj");
    fs::create_dir_all(&objects).map_err(fail(&objects))?;
    let mut compiled = Vec::new();
    for (number, source) in relative(work, c).enumerate() {
        let object = objects.join(format!("{number}.o"));
        tool::run(command("cc").args(C).arg("-c").arg(source).arg("-o").arg(&object), "zig cc").await?;
        compiled.push(object);
    }
    let mut link;
    if language == Language::Cpp {
        link = command("c++");
        link.args(CPP).args(relative(work, sources(&work.folder, "cpp")));
        link.args(relative(work, below_with(&work.sdk(), "cpp")));
    } else {
        link = command("cc");
        link.args(C).args(relative(work, sources(&work.folder, "c")));
    }
    link.args(compiled);
    link.args(relative(work, below_with(&work.generated(), "o"))).args(LINK).arg("-o").arg(&module);
    tool::run(&mut link, if language == Language::Cpp { "zig c++" } else { "zig cc" }).await?;
    encode::component(work, &module, None).await
}

/// The sources in `folder` and in its `src`, in a fixed order. Tests lie elsewhere.
pub(super) fn sources(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = below_with(folder, ending);
    found.extend(below_with(&folder.join("src"), ending));
    found
}

fn below_with(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let mut found: Vec<PathBuf> = paths
        .filter(|path| path.is_file() && path.extension().is_some_and(|other| other == ending))
        .collect();
    found.sort();
    found
}

/// The compiler prints paths as it gets them; people know those inside of their folder.
fn relative(work: &Work, paths: Vec<PathBuf>) -> impl Iterator<Item = PathBuf> {
    paths.into_iter().map(|path| path.strip_prefix(&work.folder).map(Path::to_owned).unwrap_or(path))
}

/// Tells the SDK which interfaces the world has, for example `-DSERVO_EXPORT_MEASURE=1`.
fn define(kind: &str, interface: &str) -> String {
    format!("-DSERVO_{kind}_{}=1", interface.replace('-', "_").to_uppercase())
}
