//! `trust`: which components have to be signed by whom before they may run.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::origin::Origin;

/// Which components have to be signed by whom; it speaks for all servos of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// The rules in the order of the file; the first that matches decides.
    pub rules: Vec<TrustRule>,
    /// What is trusted no more, whatever the rules say.
    pub revoked: Vec<TrustRevoked>,
    /// Where the stanza is.
    pub origin: Origin,
}

/// What components at some places need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustRule {
    /// The places: `oci://HOST/REPOSITORY` or a path, with `*` for any text.
    pub places: String,
    /// The folder that a relative path is taken from.
    pub folder: PathBuf,
    /// What is needed there.
    pub needs: TrustNeeds,
    /// Where the rule is.
    pub origin: Origin,
}

/// What a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustNeeds {
    /// A signature by one of these keys, of which there is at least one.
    Signature(Vec<TrustKey>),
    /// Nothing.
    Nothing,
}

/// A file with a public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustKey {
    /// As it is written.
    pub name: String,
    /// The file; relative names are taken from the folder of the configuration file.
    pub file: PathBuf,
    /// Where it is written.
    pub origin: Origin,
}

/// What is trusted no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustRevoked {
    /// The key in a file.
    Key(TrustKey),
    /// The id of a key, or the digest of an artifact or component: `sha256:` and 64 hexadecimal digits.
    Digest {
        /// The text.
        digest: String,
        /// Where it is written.
        origin: Origin,
    },
}

/// A rule, or what is trusted no more.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Trust")]
pub(crate) struct RawTrust {
    /// The components that the rule is about: `oci://HOST/REPOSITORY` or a path that begins with `./`, `../` or `/`.
    /// `*` is any text, also with `/` in it. The first rule that matches decides.
    #[serde(rename = "match")]
    #[schemars(extend("examples" = ["oci://registry.example.com/connectors/*", "./*"]))]
    pub(crate) places: Option<String>,
    /// Files with public keys, as cosign writes them; a signature by one of them is needed.
    #[schemars(extend("examples" = [["keys/connectors.pub"]]))]
    pub(crate) keys: Option<Vec<PathBuf>>,
    /// Says that no signature is needed.
    pub(crate) allow: Option<RawAllow>,
    /// Files with public keys, ids of keys and digests of artifacts that are trusted no more, whatever the rules say.
    #[schemars(extend("examples" = [["keys/old.pub"]]))]
    pub(crate) revoked: Option<Vec<String>>,
}

/// What is allowed.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum RawAllow {
    /// Components without a signature.
    Unsigned,
}
