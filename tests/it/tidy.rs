//! The house rules as tests: who may import whom, how large things may grow, what must be documented. Each rule is a
//! function from the tree to the list of what breaks it, and is itself tested on small made-up trees.

mod contract;
mod documents;
mod layers;
mod sizes;
mod words;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The text files of the repository, as git knows them: committed or about to be.
#[derive(Debug)]
struct Tree {
    root: PathBuf,
    files: Vec<(String, String)>,
}

static TREE: LazyLock<Tree> = LazyLock::new(|| Tree::read(Path::new(env!("CARGO_MANIFEST_DIR"))));

impl Tree {
    fn read(inside: &Path) -> Tree {
        let root = git(inside, &["rev-parse", "--show-toplevel"]);
        let root = PathBuf::from(root.trim_end());
        let listed = git(&root, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let read = |path: &str| {
            // A file that was deleted but not committed is listed, too; one that is not text is nobody's concern.
            let text = std::fs::read_to_string(root.join(path)).ok()?;
            Some((path.to_owned(), text))
        };
        let files = listed.split('\0').filter(|path| !path.is_empty()).filter_map(read).collect();
        Tree { root, files }
    }

    fn of(files: &[(&str, &str)]) -> Tree {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Tree { root: PathBuf::new(), files }
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The Rust files, without the ones that hold these rules: they name what they forbid.
    fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|(path, _)| path.ends_with(".rs") && !path.starts_with("tests/it/tidy"))
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.iter().find(|(other, _)| *other == path).map(|(_, text)| text)
    }

    /// The names of the folders in `folder`, such as `runtime`.
    fn folders(&self, folder: &str) -> Vec<&str> {
        let inside = |path| Path::new(path).strip_prefix(folder).ok();
        let mut names: Vec<&str> = self
            .iter()
            .filter_map(|(path, _)| inside(path))
            .filter(|path| path.components().count() > 1)
            .filter_map(|path| path.iter().next()?.to_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(directory).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("the tidy test needs git: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?} in {}: {told}", directory.display());
    String::from_utf8(output.stdout).unwrap_or_else(|error| panic!("git {arguments:?}: {error}"))
}

/// Fails with the list of problems, if there are any.
#[track_caller]
fn assert_tidy(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
