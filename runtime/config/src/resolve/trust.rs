//! The `trust` stanza: typed, and with what no schema can say.

use std::path::PathBuf;

use super::own::section;
use super::typed;
use crate::catalogue::Language;
use crate::config::{RawTrust, Trust, TrustKey, TrustNeeds, TrustRevoked, TrustRule, folder_of};
use crate::load::Loaded;
use crate::names::display_path;
use crate::node::{Node, Value};
use crate::origin::Origin;
use crate::own::{OWN, RawOwn};
use crate::problem::{Problem, Problems};
use crate::raw::RawServo;

/// What a digest begins with.
const DIGEST: &str = "sha256:";
/// How a rule looks.
const EXAMPLE: &str =
    "write for example `- {match: oci://registry.example.com/*, keys: [keys/registry.pub]}`";

/// The stanza, when a document has one; what is wrong is reported.
pub(crate) fn resolve(
    loaded: &Loaded,
    language: Option<&Language>,
    problems: &mut Problems,
) -> Option<Trust> {
    let mut found: Option<Trust> = None;
    let mut first: Option<Origin> = None;
    for raw in &loaded.servos {
        let Some(entry) = raw.own.entry(&["trust"]) else { continue };
        if let Some(first) = &first {
            // One process runs all of them: what one document trusts, the others would run as well.
            let message = format!("`trust` speaks for all servos of the file, and {first} has it already");
            problems.push(
                Problem::new(entry.key.clone(), "trust", message)
                    .with_hint("put all rules into one document"),
            );
            continue;
        }
        first = Some(entry.key.clone());
        found = stanza(raw, language, problems);
    }
    found
}

fn stanza(raw: &RawServo, language: Option<&Language>, problems: &mut Problems) -> Option<Trust> {
    let entry = raw.own.entry(&["trust"])?;
    let mut node = entry.node.clone();
    if node.value == Value::Null {
        // `trust:` with nothing below it is a list without rules, and refuses all registries.
        node.value = Value::List(Vec::new());
    }
    let before = problems.len();
    let read: RawOwn = typed(&OWN.servo, &section(node.clone(), "trust", &entry.key), &[], problems)?;
    let mut trust = Trust { rules: Vec::new(), revoked: Vec::new(), origin: entry.key.clone() };
    let mut reader = Reader { node: &node, key: &entry.key, language, problems };
    for (at, raw) in read.trust.unwrap_or_default().into_iter().enumerate() {
        reader.item(&at.to_string(), raw, &mut trust);
    }
    (problems.len() == before).then_some(trust)
}

struct Reader<'a> {
    /// The list.
    node: &'a Node,
    /// Where it begins.
    key: &'a Origin,
    language: Option<&'a Language>,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn item(&mut self, at: &str, raw: RawTrust, trust: &mut Trust) {
        if let Some(revoked) = raw.revoked {
            let rule = [
                ("match", raw.places.is_some()),
                ("keys", raw.keys.is_some()),
                ("allow", raw.allow.is_some()),
            ];
            if let Some((key, _)) = rule.iter().find(|(_, given)| *given) {
                let message = "`revoked` belongs to no rule: it counts against all of them";
                self.problem(&[at, key], message, "make it an item of its own: `- revoked: [keys/old.pub]`");
            }
            self.revoked(at, revoked, trust);
            return;
        }
        let Some(places) = raw.places else {
            self.problem(&[at], "this rule does not say which components it is about", EXAMPLE);
            return;
        };
        if let Some(message) = self.language.and_then(|language| (language.places)(&places)) {
            self.problem(
                &[at, "match"],
                message,
                "write for example oci://registry.example.com/connectors/* or ./*",
            );
        }
        if let Some(other) = trust.rules.iter().find(|rule| rule.places == places) {
            let message =
                format!("the rule at {} is about the same, and the first one decides", other.origin);
            self.problem(&[at, "match"], message, "put the keys of both into one");
        }
        let needs = match (raw.keys, raw.allow) {
            (Some(_), Some(_)) => {
                let message = "`keys` asks for a signature and `allow: unsigned` for none";
                self.problem(&[at, "allow"], message, "keep one of the two");
                return;
            }
            (None, None) => {
                let message = format!("the rule for `{places}` says neither `keys` nor `allow: unsigned`");
                self.problem(&[at], message, EXAMPLE);
                return;
            }
            (None, Some(_)) => TrustNeeds::Nothing,
            (Some(keys), None) => TrustNeeds::Signature(self.keys(at, keys)),
        };
        let origin = self.origin(&[at]);
        trust.rules.push(TrustRule { places, folder: folder_of(&origin).to_owned(), needs, origin });
    }

    fn keys(&mut self, at: &str, files: Vec<PathBuf>) -> Vec<TrustKey> {
        if files.is_empty() {
            let message = "a rule without keys can be met by nobody";
            self.problem(
                &[at, "keys"],
                message,
                "name at least one file with a public key, or write `allow: unsigned`",
            );
        }
        let mut keys: Vec<TrustKey> = Vec::new();
        for (index, file) in files.into_iter().enumerate() {
            let index = index.to_string();
            keys.extend(self.key_file(&[at, "keys", &index], &file.display().to_string()));
        }
        keys
    }

    fn revoked(&mut self, at: &str, texts: Vec<String>, trust: &mut Trust) {
        for (index, text) in texts.iter().enumerate() {
            let index = index.to_string();
            let path = [at, "revoked", index.as_str()];
            let Some(digits) = text.strip_prefix(DIGEST) else {
                trust.revoked.extend(self.key_file(&path, text).map(TrustRevoked::Key));
                continue;
            };
            let is_one =
                digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if is_one {
                trust.revoked.push(TrustRevoked::Digest { digest: text.clone(), origin: self.origin(&path) });
            } else {
                let message = format!("`{text}` is neither the id of a key nor a digest");
                self.problem(
                    &path,
                    message,
                    "write `sha256:` and 64 hexadecimal digits in lower case, or a file",
                );
            }
        }
    }

    fn key_file(&mut self, path: &[&str], name: &str) -> Option<TrustKey> {
        if name.is_empty() {
            self.problem(
                path,
                "an empty text names no file with a public key",
                "write for example keys/connectors.pub",
            );
            return None;
        }
        if name.contains("-----BEGIN") {
            self.problem(path, "this is a key, and the name of a file is wanted", "write the key to a file");
            return None;
        }
        let origin = self.origin(path);
        Some(TrustKey { name: name.to_owned(), file: folder_of(&origin).join(name), origin })
    }

    fn origin(&self, path: &[&str]) -> Origin {
        let longest = (0..=path.len()).rev().find_map(|length| self.node.get(path[..length].iter().copied()));
        longest.map_or(self.key, |node| &node.origin).clone()
    }

    fn problem(&mut self, path: &[&str], message: impl Into<String>, hint: &str) {
        let origin = self.origin(path);
        let path = display_path(std::iter::once("trust").chain(path.iter().copied()));
        self.problems.push(Problem::new(origin, path, message).with_hint(hint));
    }
}
