use serde_json::json;

use super::*;
use crate::stamp;

const EMPTY: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];

/// A component with code of this size in front of what describes it.
fn component(code: usize) -> Vec<u8> {
    let mut bytes = EMPTY.to_vec();
    let (low, high) = ((code & 0x7f) as u8 | 0x80, code >> 7);
    bytes.extend([1, low, (high & 0x7f) as u8 | 0x80, (high >> 7) as u8]);
    bytes.extend(std::iter::repeat_n(7, code));
    let metadata = Metadata { name: Some("large".into()), ..Metadata::default() };
    stamp(&bytes, &metadata, &json!({"type": "object"}), &json!({})).unwrap()
}

/// Gives a few bytes at a time, and knows how many.
struct Slow<'a>(&'a [u8]);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(3);
        self.0.read(&mut buffer[..length])
    }
}

#[test]
fn a_component_is_read_in_pieces() {
    let bytes = component(200_000);
    let skim = sections::skim(bytes.as_slice()).unwrap();
    assert!(skim.whole.is_ok() && skim.rest.len() < 1000, "{}", skim.rest.len());
    for found in [inspect(bytes.as_slice()).unwrap(), inspect(Slow(&bytes)).unwrap()] {
        assert_eq!(found.metadata.name.as_deref(), Some("large"));
        assert_eq!(found.settings, Some((json!({"type": "object"}), json!({}))));
        assert_eq!(found.size, bytes.len());
        assert_eq!(found.digest, format!("sha256:{}", crate::digest::digest(&bytes)));
    }
}

#[test]
fn damage_is_told_and_read_to_its_end() {
    let mut bytes = component(5000);
    bytes.truncate(3000);
    let mut rest = bytes.as_slice();
    assert_eq!(inspect(&mut rest).unwrap_err().to_string(), sections::read(&bytes).unwrap_err().to_string());
    assert!(rest.is_empty());
    assert!(matches!(inspect(&EMPTY[..5]), Err(SectionsError::NotWasm)));
    assert!(matches!(inspect(b"\0asm\x01\0\0\0".as_slice()), Err(SectionsError::Module)));
    assert!(matches!(
        inspect(&[EMPTY.as_slice(), &[1, 0xff, 0xff, 0xff, 0xff, 0xff]].concat()[..]),
        Err(SectionsError::Damaged(8))
    ));
    // Longer than all imports together may be.
    let long = [EMPTY.as_slice(), &[10, 0xff, 0xff, 0xff, 0x7f]].concat();
    assert!(matches!(inspect(long.as_slice()), Err(SectionsError::Interfaces)));
}
