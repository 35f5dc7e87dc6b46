use servo_config::{Environment, Flags, Source, load};

use super::*;

fn rules(yaml: &str) -> Rules {
    let loaded = load(&[Source::from_text("servo.yaml", yaml)], &Environment::default(), &Flags::default());
    Rules::of(&loaded.expect("YAML"), false).expect("rules")
}

#[test]
fn a_rule_is_about_a_file_however_either_is_written() {
    let here = std::env::current_dir().expect("a folder");
    let whole = here.join("below/a.wasm");
    for places in ["./*".to_owned(), "./below/../below/*".to_owned(), format!("{}/*", here.display())] {
        let rules = rules(&format!("trust: [{{match: '{places}', allow: unsigned}}]"));
        for path in [Path::new("below/a.wasm"), Path::new("./below/./a.wasm"), &whole] {
            let judged = rules.judge_file(path, b"it").expect("judged");
            assert_eq!(judged.rule.as_deref(), Some("servo.yaml:1:9"), "{places} {}", path.display());
        }
        for path in ["../a.wasm", "/a.wasm"] {
            let judged = rules.judge_file(Path::new(path), b"it").expect("judged");
            assert!(judged.rule.is_none() && judged.warning.is_some(), "{places} {path}");
        }
    }
}

#[test]
fn a_link_makes_no_other_file_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = std::fs::canonicalize(folder.path()).expect("a folder");
    for name in ["ok", "bad", "elsewhere"] {
        std::fs::create_dir(root.join(name)).expect("a folder");
        std::fs::write(root.join(name).join("a.wasm"), "it").expect("a file");
    }
    let key =
        servo_distribution::signature::SigningKey::generate(servo_distribution::signature::KeyKind::Ed25519);
    std::fs::write(root.join("k.pub"), key.expect("a key").public().to_pem()).expect("a file");
    std::os::unix::fs::symlink("../bad/a.wasm", root.join("ok/link.wasm")).expect("a link");
    std::os::unix::fs::symlink("../elsewhere/a.wasm", root.join("ok/out.wasm")).expect("a link");
    std::os::unix::fs::symlink("bad", root.join("linked")).expect("a link");
    let at = root.display();
    let rules = rules(&format!(
        "trust: [{{match: '{at}/linked/*', keys: ['{at}/k.pub']}}, {{match: '{at}/ok/*', allow: unsigned}}]"
    ));
    for (file, expected) in [
        ("ok/a.wasm", "allowed"),
        ("ok/link.wasm", "refused"),
        ("ok/out.wasm", "warned"),
        ("linked/a.wasm", "refused"),
        ("bad/a.wasm", "refused"),
        ("ok/../bad/a.wasm", "refused"),
        ("elsewhere/a.wasm", "warned"),
    ] {
        let verdict = match rules.judge_file(&root.join(file), b"it") {
            Ok(judged) if judged.warning.is_some() => "warned",
            Ok(_) => "allowed",
            Err(_) => "refused",
        };
        assert_eq!(verdict, expected, "{file}");
    }
}
