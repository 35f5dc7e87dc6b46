//! The languages that connectors are written in, and how a folder shows which one it is.

use std::fmt;
use std::path::Path;

use super::BuildError;

/// A language that `servo build` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Rust, with cargo.
    Rust,
    /// Python, with componentize-py.
    Python,
    /// JavaScript on QuickJS, with componentize-qjs.
    JavaScript,
    /// TypeScript: made JavaScript by tsc.
    TypeScript,
    /// Go, with its own compiler.
    Go,
    /// C, with zig.
    C,
    /// C++, with zig.
    Cpp,
}

impl Language {
    /// All of them, in the order in which people see them.
    pub const ALL: [Language; 7] = [
        Language::Rust,
        Language::Python,
        Language::JavaScript,
        Language::TypeScript,
        Language::Go,
        Language::C,
        Language::Cpp,
    ];

    /// The short name: that of its folder in `guests/`, and what `--lang` takes.
    pub fn id(self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::Python => "python",
            Language::JavaScript => "js",
            Language::TypeScript => "ts",
            Language::Go => "go",
            Language::C => "c",
            Language::Cpp => "cpp",
        }
    }

    /// The language of the connector in `folder`.
    pub fn of(folder: &Path) -> Result<Self, BuildError> {
        let has = |name: &str| folder.join(name).is_file();
        if has("Cargo.toml") {
            Ok(Language::Rust)
        } else if has("pyproject.toml") {
            Ok(Language::Python)
        } else if has("package.json") {
            Ok(if has("tsconfig.json") { Language::TypeScript } else { Language::JavaScript })
        } else if has("go.mod") {
            Ok(Language::Go)
        } else if has("connector.json") {
            let manifest = folder.join("connector.json");
            if has_sources(folder, "cpp") {
                Ok(Language::Cpp)
            } else if has_sources(folder, "c") {
                Ok(Language::C)
            } else {
                let missing = "there is no source beside it: *.c, *.cpp, or go.mod, also in src/".to_owned();
                Err(BuildError::Manifest(manifest, missing))
            }
        } else {
            Err(BuildError::NoManifest(folder.to_owned()))
        }
    }

    /// The folders in `guests/` whose SDKs it needs; files of the later ones replace files of the earlier ones.
    pub(super) fn sdks(self) -> &'static [&'static str] {
        match self {
            Language::Cpp => &["c", "cpp"],
            Language::Rust => &["rust"],
            Language::Python => &["python"],
            Language::JavaScript | Language::TypeScript => &["js"],
            Language::Go => &["go"],
            Language::C => &["c"],
        }
    }

    /// The file that says who the connector is.
    pub(super) fn manifest(self) -> &'static str {
        match self {
            Language::Rust => "Cargo.toml",
            Language::Python => "pyproject.toml",
            Language::JavaScript | Language::TypeScript => "package.json",
            Language::Go | Language::C | Language::Cpp => "connector.json",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Language::Rust => "Rust",
            Language::Python => "Python",
            Language::JavaScript => "JavaScript",
            Language::TypeScript => "TypeScript",
            Language::Go => "Go",
            Language::C => "C",
            Language::Cpp => "C++",
        })
    }
}

fn has_sources(folder: &Path, ending: &str) -> bool {
    !super::c::sources(folder, ending).is_empty()
}
