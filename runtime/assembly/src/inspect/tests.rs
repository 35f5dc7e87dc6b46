use super::*;

fn found(exports: &[&str], imports: &[&str]) -> Inspection {
    let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let found = Inspected {
        metadata: Metadata::default(),
        settings: None,
        imports: owned(imports),
        exports: owned(exports),
        digest: "sha256:00".into(),
        size: 8,
    };
    meaning(found, "a.wasm")
}

#[test]
fn exports_are_events_and_imports_are_grants() {
    let all = found(
        &[
            "servo:connector/settings@0.1.0",
            "servo:connector/measure@0.1.0",
            "servo:connector/inventory@0.1.0",
            "servo:connector/declarations@0.1.0",
            "servo:connector/hooks@0.1.0",
            "acme:other/measure@1.0.0",
        ],
        &[
            "servo:connector/log@0.1.0",
            "servo:connector/http@0.1.0",
            "wasi:http/outgoing-handler@0.2.12",
            "servo:connector/load@0.1.0",
            "servo:connector/state@0.1.0",
            "servo:connector/liveness@0.1.0",
            "wasi:http/types@0.2.12",
        ],
    );
    assert_eq!(all.contract.as_deref(), Some("0.1.0"));
    assert_eq!(all.events, ["metrics", "components", "measure", "hooks"]);
    assert_eq!(
        all.grants.iter().map(|need| need.grant).collect::<Vec<_>>(),
        ["http", "load", "state", "liveness"]
    );
}

#[test]
fn what_is_no_connector_has_no_contract() {
    let other = found(&["wasi:cli/run@0.2.0"], &["wasi:http/types@0.2.12"]);
    assert_eq!((other.contract, other.events.len(), other.grants.len()), (None, 0, 0));
    assert!(other.schema.is_null());
}
