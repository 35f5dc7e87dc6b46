use serde_json::json;

use super::*;

fn stamped() -> (Vec<u8>, Metadata) {
    let metadata = Metadata {
        name: Some("prometheus".into()),
        version: Some("1.5.0".into()),
        description: Some("d".repeat(300)),
        maturity: Some("stable".into()),
        ..Metadata::default()
    };
    (stamp(&HEADER, &metadata, &json!({"type": "object"}), &json!({"a": 1})).unwrap(), metadata)
}

#[test]
fn what_is_stamped_is_read() {
    let (bytes, metadata) = stamped();
    assert_eq!(read(&bytes).unwrap(), (metadata, Some((json!({"type": "object"}), json!({"a": 1})))));
}

#[test]
fn a_second_stamp_replaces_the_first() {
    let (bytes, _) = stamped();
    let metadata = Metadata { name: Some("other".into()), ..Metadata::default() };
    let bytes = stamp(&bytes, &metadata, &json!(true), &json!({})).unwrap();
    assert_eq!(read(&bytes).unwrap(), (metadata, Some((json!(true), json!({})))));
    assert_eq!(sections(&bytes).unwrap().count(), 3);
}

#[test]
fn what_is_not_a_component_is_named() {
    let text = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    assert!(text(b"\0asm\x01\0\0\0").contains("wasm32-wasip2"));
    assert!(text(b"#!/bin/sh").contains("not a WebAssembly component"));
    let (bytes, _) = stamped();
    assert!(text(&bytes[..bytes.len() - 1]).contains("damaged"));
}

#[test]
fn no_prefix_of_a_component_panics() {
    let (bytes, _) = stamped();
    for end in 0..bytes.len() {
        let _ = read(&bytes[..end]);
    }
    for at in HEADER.len()..bytes.len() {
        let mut broken = bytes.clone();
        broken[at] ^= 0xff;
        let _ = read(&broken);
    }
}
