//! Keys, and what they are asked to verify.
#![no_main]

use libfuzzer_sys::fuzz_target;
use servo_distribution::Digest;
use servo_distribution::signature::{PublicKey, Signature, SigningKey};

fuzz_target!(|input: (&str, &[u8], &[u8])| {
    let (pem, payload, signature) = input;
    // Without a password: a hostile file may not cost what its own parameters ask for.
    let _ = SigningKey::from_pem(pem, None);
    let signature = Signature::new(payload.to_vec(), signature.to_vec());
    let _ = signature.claims();
    if let Ok(key) = PublicKey::from_pem(pem) {
        assert_eq!(PublicKey::from_pem(&key.to_pem()).expect("what was written can be read"), key);
        let _ = signature.verify(&key, &Digest::of(payload));
    }
});
