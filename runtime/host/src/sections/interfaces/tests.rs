use super::*;
use crate::sections::HEADER;

/// The reference component of the contract: it imports and exports everything.
fn reference() -> &'static [u8] {
    include_bytes!(concat!(env!("OUT_DIR"), "/contract.wasm"))
}

#[test]
fn the_names_are_those_of_the_contract() {
    let found = interfaces(reference()).unwrap();
    let has = |names: &[String], name: &str| {
        names.iter().any(|found| found == &format!("servo:connector/{name}@0.1.0"))
    };
    for name in ["contract", "log", "progress", "http", "dispatch", "load"] {
        assert!(has(&found.imports, name), "{name} in {:?}", found.imports);
    }
    for name in ["settings", "lifecycle", "measure", "adjust", "check", "promote", "hooks"] {
        assert!(has(&found.exports, name), "{name} in {:?}", found.exports);
    }
    assert_eq!(interfaces(&HEADER).unwrap(), Interfaces::default());
}

#[test]
fn what_is_broken_is_no_panic() {
    let good = reference();
    // The types before these sections are most of the file and not read.
    for end in (0..good.len()).rev().take(4000) {
        let _ = interfaces(&good[..end]);
    }
    for at in (HEADER.len()..good.len()).step_by(3) {
        let mut broken = good.to_vec();
        broken[at] ^= 0xff;
        let _ = interfaces(&broken);
    }
    let unknown = [HEADER.as_slice(), &[IMPORTS, 4, 1, 9, 1, b'a']].concat();
    assert!(interfaces(&unknown).unwrap_err().to_string().contains("newer"));
}
