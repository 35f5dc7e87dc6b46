use super::*;

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    folder
}

#[test]
fn the_manifest_shows_the_language() {
    for (files, wanted) in [
        (&["Cargo.toml", "package.json"][..], Language::Rust),
        (&["pyproject.toml", "connector.py"], Language::Python),
        (&["package.json", "connector.js"], Language::JavaScript),
        (&["package.json", "tsconfig.json"], Language::TypeScript),
        (&["go.mod", "connector.json", "a.c"], Language::Go),
        (&["connector.json", "a.c"], Language::C),
        (&["connector.json", "src/a.c", "src/b.cpp"], Language::Cpp),
    ] {
        assert_eq!(Language::of(folder(files).path()).unwrap(), wanted, "{files:?}");
    }
    for (files, wanted) in [(&["connector.json", "tests/a.c"][..], "no source"), (&["a.c"], "servo new")] {
        let error = Language::of(folder(files).path()).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn a_component_is_written_at_once_and_for_everybody() {
    use std::os::unix::fs::MetadataExt;
    let folder = folder(&["a.wasm"]);
    let path = folder.path().join("a.wasm");
    write_at_once(&path, b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o644);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let error = write_at_once(&folder.path().join("no/a.wasm"), b"").unwrap_err().to_string();
    assert!(error.contains("no/a.wasm"), "{error}");
}

#[test]
fn a_missing_tool_is_named_with_the_command_that_gets_it() {
    let tool = tool::Tool { names: &["no-such-tool", "nor-this-one"], get: "pip install it" };
    let error = tool.find(None).unwrap_err().to_string();
    assert_eq!(error, "`no-such-tool` is not installed, or not on the PATH; run `pip install it`");
}

#[tokio::test]
async fn a_tool_that_says_no_is_named() {
    let folder = folder(&[]);
    let said = tool::output(tool::command("sh", folder.path()).args(["-c", "echo $PWD"]), "sh").await;
    assert!(said.unwrap().trim().ends_with(folder.path().file_name().unwrap().to_str().unwrap()));
    let failed = tool::run(tool::command("sh", folder.path()).args(["-c", "exit 3"]), "the shell").await;
    assert_eq!(failed.unwrap_err().to_string(), "`the shell` failed");
    let none = tool::run(&mut tool::command("no-such-tool", folder.path()), "the tool").await;
    assert!(none.unwrap_err().to_string().starts_with("the tool: "));
}
