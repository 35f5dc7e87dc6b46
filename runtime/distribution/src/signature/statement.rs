//! What is signed in the bundles that cosign writes since version 3: an in-toto statement in a DSSE envelope.
//!
//! Read, and not made: every version of cosign reads the older form, which needs no second document. Sources: cosign
//! `specs/BUNDLE_SPEC.md`, DSSE `protocol.md`, in-toto Statement v1, Sigstore's `sigstore_bundle.proto`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::payload::{Claims, PayloadError};
use super::{Form, Signature};

/// The type of what the envelope has in it.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// What the statement says of its subject: that it is signed. Attestations, which say other things, are no signatures.
const SIGNED: &str = "https://sigstore.dev/cosign/sign/v1";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    dsse_envelope: Envelope,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Deserialize)]
struct EnvelopeSignature {
    sig: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    subject: Vec<Subject>,
    predicate_type: String,
}

#[derive(Deserialize)]
struct Subject {
    #[serde(default)]
    name: String,
    digest: Digests,
}

#[derive(Deserialize)]
struct Digests {
    sha256: String,
}

/// The signature in a bundle.
pub(super) fn from_bundle(bundle: &[u8]) -> Result<Signature, PayloadError> {
    let form = |text: &str| PayloadError::Form(text.to_owned());
    let bundle: Bundle =
        serde_json::from_slice(bundle).map_err(|error| PayloadError::Form(error.to_string()))?;
    let envelope = bundle.dsse_envelope;
    if envelope.payload_type != PAYLOAD_TYPE {
        return Err(PayloadError::Kind(envelope.payload_type.chars().take(100).collect()));
    }
    let [signature] = &envelope.signatures[..] else {
        return Err(form("a bundle has one signature, and this one another number of them"));
    };
    let decode =
        |text: &str| BASE64_STANDARD.decode(text).map_err(|_| form("a part of the bundle is no Base64"));
    let (payload, signature) = (decode(&envelope.payload)?, decode(&signature.sig)?);
    Ok(Signature { payload, signature, form: Form::Statement })
}

/// A bundle with this signature and what belongs to it; what else stood in the one that it came in is not known.
pub(super) fn to_bundle(signature: &Signature) -> Vec<u8> {
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": ""}},
        "dsseEnvelope": {
            "payload": BASE64_STANDARD.encode(&signature.payload),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": BASE64_STANDARD.encode(&signature.signature)}],
        },
    });
    bundle.to_string().into_bytes()
}

/// The bytes that are signed (DSSE's "pre-authentication encoding").
pub(super) fn encode(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

pub(super) fn claims(payload: &[u8]) -> Result<Claims, PayloadError> {
    let form = |error: &dyn std::fmt::Display| PayloadError::Form(error.to_string());
    let statement: Statement = serde_json::from_slice(payload).map_err(|error| form(&error))?;
    if statement.predicate_type != SIGNED {
        return Err(PayloadError::Kind(statement.predicate_type.chars().take(100).collect()));
    }
    let [subject] = &statement.subject[..] else {
        return Err(form(&"it is not about one manifest"));
    };
    let digest = format!("sha256:{}", subject.digest.sha256).parse().map_err(|error| form(&error))?;
    Ok(Claims { digest, repository: subject.name.clone() })
}
