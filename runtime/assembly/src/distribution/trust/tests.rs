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
