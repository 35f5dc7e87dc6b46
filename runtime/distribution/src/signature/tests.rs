use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};

use super::*;

/// A signature that cosign made, from the tests of the crate sigstore 0.14.0 (Apache-2.0).
const COSIGN_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENptdY/l3nB0yqkXLBWkZWQwo6+cu
OSWS1X9vPavpiQOoTTGC0xX57OojUadxF1cdQmrsiReWg2Wn4FneJfa8xw==
-----END PUBLIC KEY-----";
const COSIGN_PAYLOAD: &str = r#"{"critical":{"identity":{"docker-reference":"registry-testing.svc.lan/busybox"},"image":{"docker-manifest-digest":"sha256:f3cfc9d0dbf931d3db4685ec659b7ac68e2a578219da4aae65427886e649b06b"},"type":"cosign container image signature"},"optional":null}"#;
const COSIGN_SIGNATURE: &str =
    "MEUCIQD6q/COgzOyW0YH1Dk+CCYSt4uAhm3FDHUwvPI55zwnlwIgE0ZK58ZOWpZw8YVmBapJhBqCfdPekIknimuO0xH8Jh8=";
/// Another key, of the same tests.
const OTHER_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAETJP9cqpUQsn2ggmJniWGjHdlsHzD
JsB89BPhZYch0U0hKANx5TY+ncrm0s8bfJxxHoenAEFhwhuXeb4PqIrtoQ==
-----END PUBLIC KEY-----";

const GENERATED: &str = include_str!("../../testdata/cosign/cosign_generated_encrypted_empty_private.key");
const ECDSA: &str = include_str!("../../testdata/cosign/ecdsa_private.key");
const ECDSA_SEALED: &str = include_str!("../../testdata/cosign/ecdsa_encrypted_private.key");
const ED25519: &str = include_str!("../../testdata/cosign/ed25519_private.key");
const ED25519_SEALED: &str = include_str!("../../testdata/cosign/ed25519_encrypted_private.key");

/// The order of the group of P-256.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

fn cosign() -> (Signature, PublicKey, Digest) {
    let signature = BASE64_STANDARD.decode(COSIGN_SIGNATURE).expect("Base64");
    let signature = Signature::new(COSIGN_PAYLOAD.as_bytes().to_vec(), signature);
    let digest = signature.claims().expect("claims").digest;
    (signature, PublicKey::from_pem(COSIGN_KEY).expect("a key"), digest)
}

fn reference() -> Reference {
    "oci://registry-testing.svc.lan/busybox:1@sha256:f3cfc9d0dbf931d3db4685ec659b7ac68e2a578219da4aae65427886e649b06b"
        .parse()
        .expect("a reference")
}

fn password(text: &str) -> SecretString {
    SecretString::from(text)
}

#[test]
fn a_signature_of_cosign_is_accepted_and_nothing_else() {
    let (signature, key, digest) = cosign();
    let claims = signature.verify(&key, &digest).expect("verified");
    assert_eq!(claims, Claims { digest, repository: "registry-testing.svc.lan/busybox".to_owned() });

    let other = PublicKey::from_pem(OTHER_KEY).expect("a key");
    assert_eq!(signature.verify(&other, &digest), Err(VerifyError::NotBy { key: other.id() }));
    let another = Digest::of(b"another");
    let refused = Err(VerifyError::OtherDigest { digest: another, signed: digest });
    assert_eq!(signature.verify(&key, &another), refused);
    let changed = COSIGN_PAYLOAD.replace("busybox", "toybox!").into_bytes();
    let changed = Signature::new(changed, signature.signature().to_vec());
    assert_eq!(changed.verify(&key, &digest), Err(VerifyError::NotBy { key: key.id() }));
}

#[test]
fn our_payload_is_cosigns_byte_for_byte() {
    let (.., digest) = cosign();
    assert_eq!(String::from_utf8(payload::write(&reference(), &digest)).expect("UTF-8"), COSIGN_PAYLOAD);
}

#[test]
fn what_is_signed_is_verified_whatever_the_repository_is_called() {
    for kind in [KeyKind::EcdsaP256, KeyKind::Ed25519] {
        let key = SigningKey::generate(kind).expect("a key");
        let (digest, public) = (Digest::of(b"it"), key.public());
        let mirror: Reference = "oci://mirror/elsewhere:2".parse().expect("a reference");
        let signature = sign(&key, &mirror, &digest).expect("a signature");
        let claims = signature.verify(public, &digest).expect("verified");
        assert_eq!((public.kind(), claims.repository.as_str()), (kind, "mirror/elsewhere"));
        let again = PublicKey::from_pem(&public.to_pem()).expect("a key");
        assert_eq!((&again, again.id()), (public, public.id()));
        for at in 0..signature.signature().len() {
            let mut damaged = signature.clone();
            damaged.signature[at] ^= 1;
            assert!(damaged.verify(public, &digest).is_err(), "byte {at}");
        }
        let json = serde_json::to_string(&signature).expect("JSON");
        assert_eq!(serde_json::from_str::<Signature>(&json).expect("a signature"), signature);
    }
}

#[test]
fn the_other_half_of_an_ecdsa_signature_is_one_too() {
    // (r, n - s) is as good as (r, s): cosign accepts both, and a signature's bytes are no identity.
    let (signature, key, digest) = cosign();
    let der = signature.signature();
    let (r_length, s_at) = (usize::from(der[3]), 4 + usize::from(der[3]) + 2);
    let s = &der[s_at..];
    let mut mirrored = [0u8; 32];
    let mut borrow = 0i16;
    for index in (0..32).rev() {
        let value = i16::from(ORDER[index]) - i16::from(s[index]) - borrow;
        borrow = i16::from(value < 0);
        mirrored[index] = value.rem_euclid(256) as u8;
    }
    let s = if mirrored[0] >= 0x80 { [&[0], mirrored.as_slice()].concat() } else { mirrored.to_vec() };
    let body = [&der[2..4 + r_length], &[2, s.len() as u8], &s].concat();
    let der = [&[0x30, body.len() as u8], body.as_slice()].concat();
    let other = Signature::new(COSIGN_PAYLOAD.as_bytes().to_vec(), der);
    assert_ne!(other, signature);
    other.verify(&key, &digest).expect("verified");
}

#[test]
fn keys_of_cosign_are_read() {
    let digest = Digest::of(b"it");
    for (pem, password_of_it, kind) in [
        (GENERATED, Some(""), KeyKind::EcdsaP256),
        (ECDSA, None, KeyKind::EcdsaP256),
        (ECDSA_SEALED, Some("123"), KeyKind::EcdsaP256),
        (ED25519, None, KeyKind::Ed25519),
        (ED25519_SEALED, Some("123"), KeyKind::Ed25519),
    ] {
        let key = SigningKey::from_pem(pem, password_of_it.map(password).as_ref()).expect("a key");
        assert_eq!(key.public().kind(), kind);
        sign(&key, &reference(), &digest)
            .expect("a signature")
            .verify(key.public(), &digest)
            .expect("verified");
    }
    let wrong = SigningKey::from_pem(ECDSA_SEALED, Some(&password("124")));
    assert!(matches!(wrong, Err(KeyError::Password)), "{wrong:?}");
    assert!(matches!(SigningKey::from_pem(GENERATED, None), Err(KeyError::PasswordNeeded)));
}

#[test]
fn our_keys_are_written_as_they_are_read() {
    for kind in [KeyKind::EcdsaP256, KeyKind::Ed25519] {
        let key = SigningKey::generate(kind).expect("a key");
        assert_ne!(key.public(), SigningKey::generate(kind).expect("a key").public());
        for given in [None, Some(password("")), Some(password("pässword"))] {
            let pem = key.to_pem(given.as_ref()).expect("PEM");
            let label = if given.is_some() { "ENCRYPTED SIGSTORE PRIVATE KEY" } else { "PRIVATE KEY" };
            assert!(pem.expose_secret().starts_with(&format!("-----BEGIN {label}-----\n")));
            let again = SigningKey::from_pem(pem.expose_secret(), given.as_ref()).expect("a key");
            assert_eq!(again.public(), key.public());
        }
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }
}

/// A sealed key whose costs are these.
fn costs(n: u64, r: u32, p: u32) -> String {
    let (_, content) = pem::read(GENERATED).expect("PEM");
    let mut json: serde_json::Value = serde_json::from_slice(&content).expect("JSON");
    json["kdf"]["params"] = serde_json::json!({"N": n, "r": r, "p": p});
    pem::write("ENCRYPTED SIGSTORE PRIVATE KEY", json.to_string().as_bytes())
}

#[test]
fn what_is_no_key_is_refused_with_the_next_step() {
    let p384 = pem::write("PUBLIC KEY", &[0x30, 0x76, 0x30, 0x10]);
    // As `openssl genpkey` begins a key on P-384, and as one on P-256 ends too early.
    let of_curve = |curve: &[u8]| {
        let start = [0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01].as_slice();
        pem::write("PRIVATE KEY", &[start, curve].concat())
    };
    let (other, halved) = (
        of_curve(&[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22]),
        of_curve(&[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]),
    );
    let sealed = |json: &str| pem::write("ENCRYPTED SIGSTORE PRIVATE KEY", json.as_bytes());
    let secret = |pem: &str| SigningKey::from_pem(pem, Some(&password("x"))).map(|_| ());
    let public = |pem: &str| PublicKey::from_pem(pem).map(|_| ());
    for (found, expected) in [
        (public(""), "no line `-----BEGIN"),
        (public("-----BEGIN PUBLIC KEY-----"), "no line `-----END"),
        (public("-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----"), "no Base64"),
        (public(&"x".repeat(100_000)), "longer"),
        (public(ECDSA), "public half"),
        (public(&pem::write("CERTIFICATE", b"")), "make a pair"),
        (public(&p384), "neither ECDSA on P-256 nor Ed25519"),
        (secret(COSIGN_KEY), "private half"),
        (secret(&pem::write("EC PRIVATE KEY", b"")), "openssl pkcs8"),
        (secret(&pem::write("ENCRYPTED PRIVATE KEY", b"")), "import-key-pair"),
        (secret(&pem::write("PRIVATE KEY", b"0")), "damaged"),
        (secret(&other), "neither ECDSA on P-256 nor Ed25519"),
        (secret(&halved), "lacks its public half"),
        (public(&[COSIGN_KEY, OTHER_KEY].concat()), "several in it"),
        (secret(&[ECDSA, ED25519].concat()), "several in it"),
        (secret(&sealed("{}")), "not read"),
        (secret(&sealed(&"[".repeat(10_000))), "not read"),
        // A file that would take memory or time without end.
        (secret(&costs(1 << 30, 8, 1)), "costs"),
        (secret(&costs(1 << 40, 8, 1)), "costs"),
        (secret(&costs(u64::MAX, 8, 1)), "costs"),
        (secret(&costs(0, 8, 1)), "costs"),
        (secret(&costs(65_535, 8, 1)), "costs"),
        (secret(&costs(65_536, 1 << 20, 1)), "costs"),
        (secret(&costs(65_536, 8, 1 << 20)), "costs"),
        (secret(&costs(65_536, 8, 0)), "costs"),
    ] {
        let error = found.expect_err(expected).to_string();
        assert!(error.contains(expected) && error.len() < 400, "{error}");
    }
}

#[test]
fn what_is_no_statement_about_a_manifest_is_refused_even_when_it_is_signed() {
    let key = SigningKey::generate(KeyKind::Ed25519).expect("a key");
    let digest = cosign().2;
    for (payload, expected) in [
        (String::new(), "no statement"),
        ("{}".to_owned(), "no statement"),
        (
            COSIGN_PAYLOAD.replace("cosign container image signature", "atomic container signature"),
            "of the type",
        ),
        (COSIGN_PAYLOAD.replace("sha256:f3", "sha512:f3"), "no statement"),
        (COSIGN_PAYLOAD.replace("null}", &format!("\"{}\"}}", "x".repeat(70_000))), "longer"),
        ("[".repeat(20_000), "no statement"),
    ] {
        let signature = key.sign(payload.as_bytes()).expect("a signature");
        let error = Signature::new(payload.into_bytes(), signature).verify(key.public(), &digest);
        let error = error.expect_err(expected).to_string();
        assert!(error.contains(expected) && error.len() < 400, "{error}");
    }
    // What a signer adds is none of our business.
    let more = COSIGN_PAYLOAD.replace("null}", r#"{"creator":"OBS","timestamp":1}}"#);
    let signature = key.sign(more.as_bytes()).expect("a signature");
    Signature::new(more.into_bytes(), signature).verify(key.public(), &digest).expect("verified");
}

proptest! {
    #[test]
    fn nothing_that_is_read_panics(text in "\\PC{0,200}", bytes in any::<Vec<u8>>(), label in "[A-Z ]{0,30}") {
        let framed = pem::write(&label, &bytes);
        prop_assert_eq!(pem::read(&framed), Ok((label.as_str(), bytes.clone())));
        for pem in [text.clone(), framed, pem::write("PUBLIC KEY", &bytes), pem::write("PRIVATE KEY", &bytes)] {
            let _ = PublicKey::from_pem(&pem);
            let _ = SigningKey::from_pem(&pem, None);
        }
        let (_, key, digest) = cosign();
        let _ = Claims::parse(text.as_bytes());
        prop_assert!(Signature::new(text.into_bytes(), bytes).verify(&key, &digest).is_err());
    }

    #[test]
    fn damaged_keys_and_payloads_do_no_harm(at in any::<prop::sample::Index>(), with in any::<u8>()) {
        for pem in [COSIGN_KEY, ECDSA, ED25519, GENERATED, COSIGN_PAYLOAD] {
            let mut damaged = pem.as_bytes().to_vec();
            let at = at.index(damaged.len());
            damaged[at] = with;
            let damaged = String::from_utf8_lossy(&damaged);
            let _ = PublicKey::from_pem(&damaged);
            let _ = SigningKey::from_pem(&damaged, None);
            let _ = Claims::parse(damaged.as_bytes());
        }
    }
}

/// A bundle as `cosign sign` writes it since version 3, without what a log or a certificate would add.
fn bundle(key: &SigningKey, statement: &serde_json::Value) -> serde_json::Value {
    let payload = statement.to_string();
    let signature = key.sign(&statement::encode(payload.as_bytes())).expect("a signature");
    serde_json::json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": "x"}, "timestampVerificationData": null},
        "dsseEnvelope": {
            "payload": BASE64_STANDARD.encode(payload),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"sig": BASE64_STANDARD.encode(signature), "keyid": ""}],
        },
    })
}

fn statement(digest: &Digest) -> serde_json::Value {
    serde_json::json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": digest.hex()}, "annotations": {}}],
        "predicateType": "https://sigstore.dev/cosign/sign/v1",
        "predicate": {},
    })
}

#[test]
fn a_signature_in_a_bundle_is_one_and_an_attestation_is_not() {
    let key = SigningKey::generate(KeyKind::EcdsaP256).expect("a key");
    let digest = Digest::of(b"it");
    let judge = |bundle: &serde_json::Value| -> Result<Claims, String> {
        let signature =
            Signature::from_bundle(bundle.to_string().as_bytes()).map_err(|error| error.to_string())?;
        let json = serde_json::to_string(&signature).expect("JSON");
        assert_eq!(serde_json::from_str::<Signature>(&json).expect("a signature"), signature);
        signature.verify(key.public(), &digest).map_err(|error| error.to_string())
    };
    let good = bundle(&key, &statement(&digest));
    assert_eq!(judge(&good).expect("verified").digest, digest);
    let changed = |pointer: &str, value: serde_json::Value| {
        let mut statement = statement(&digest);
        *statement.pointer_mut(pointer).expect(pointer) = value;
        bundle(&key, &statement)
    };
    let spoilt = |pointer: &str, value: serde_json::Value| {
        let mut bundle = good.clone();
        *bundle.pointer_mut(pointer).expect(pointer) = value;
        bundle
    };
    let provenance = "https://slsa.dev/provenance/v1";
    let other = Digest::of(b"another");
    let payload = BASE64_STANDARD.encode(statement(&other).to_string());
    for (bundle, expected) in [
        (changed("/predicateType", provenance.into()), "of the type `https://slsa.dev"),
        (changed("/subject/0/digest/sha256", other.hex().into()), "is for sha256:"),
        (changed("/subject", serde_json::json!([])), "not about one manifest"),
        (changed("/subject/0/digest/sha256", "00".into()), "no digest"),
        (spoilt("/dsseEnvelope/payload", payload.into()), "not made by the key"),
        (spoilt("/dsseEnvelope/payloadType", "text/plain".into()), "of the type `text/plain`"),
        (spoilt("/dsseEnvelope/signatures", serde_json::json!([])), "one signature"),
        (spoilt("/dsseEnvelope/payload", "!".into()), "no Base64"),
        (serde_json::json!({}), "dsseEnvelope"),
    ] {
        let error = judge(&bundle).expect_err(expected);
        assert!(error.contains(expected), "{error}");
    }
    // A statement outside of its envelope is not what was signed.
    let bare = key.sign(statement(&digest).to_string().as_bytes()).expect("a signature");
    let bare = spoilt("/dsseEnvelope/signatures/0/sig", BASE64_STANDARD.encode(bare).into());
    assert!(judge(&bare).is_err());
}

#[test]
fn a_bundle_of_sigstore_is_accepted() {
    let bundle = include_bytes!("../../testdata/cosign/bundle.json");
    let key = PublicKey::from_pem(include_str!("../../testdata/cosign/bundle.pub")).expect("a key");
    let signature = Signature::from_bundle(bundle).expect("a signature");
    signature.verify(&key, &Digest::of(b"it")).expect("verified");
    assert_eq!(Signature::from_bundle(&statement::to_bundle(&signature)).expect("a signature"), signature);
}

#[test]
fn what_is_signed_in_an_envelope_is_as_its_specification_says() {
    let encoded = statement::encode(b"hello world");
    assert_eq!(encoded, b"DSSEv1 28 application/vnd.in-toto+json 11 hello world");
}
