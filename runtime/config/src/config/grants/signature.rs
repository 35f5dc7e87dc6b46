//! The signature that the host puts on requests.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// Which header the host adds, and the key.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Signature")]
pub(super) struct RawHmac {
    /// File with the key; white space around it is ignored.
    pub(super) key_file: PathBuf,
    /// The header, whose value is `sha256=` and the HMAC-SHA-256 of the body in hexadecimal digits.
    #[serde(default = "signature_header")]
    pub(super) header: String,
}

/// What ServoX calls it.
fn signature_header() -> String {
    "X-Servo-Signature".to_owned()
}
