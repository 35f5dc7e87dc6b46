//! Which components have to be signed by whom, and what that means for one of them.
//!
//! Pure: keys, signatures and digests come in, a verdict comes out. The first rule whose pattern matches decides, later
//! ones are not asked; what is revoked is refused before any rule is asked.

mod pattern;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::reference::Reference;
use crate::signature::{PublicKey, Signature};

pub use pattern::{Pattern, PatternError};

/// More signatures of one artifact than this are not looked at.
pub const SIGNATURES_MAX: usize = 64;

/// Which components have to be signed by whom.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// `None` when nobody said anything about trust.
    rules: Option<Vec<Rule>>,
    revoked: Vec<Revoked>,
    /// What relative places in advice are relative to.
    folder: PathBuf,
}

/// What components at some places need.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The places.
    pub pattern: Pattern,
    /// What is needed there.
    pub needs: Needs,
    /// Where the rule is written, for example `servo.yaml:12:3`.
    pub place: String,
}

/// What a rule asks for.
#[derive(Clone, Debug)]
pub enum Needs {
    /// A signature by one of these keys.
    Signature(Vec<NamedKey>),
    /// Nothing.
    Nothing,
}

/// A key and what the operator calls it, for example `keys/connectors.pub`.
#[derive(Clone, Debug)]
pub struct NamedKey {
    /// What it is called.
    pub name: String,
    /// The key.
    pub key: PublicKey,
}

/// What is not trusted any more, whatever the rules say.
#[derive(Clone, Debug)]
pub enum Revoked {
    /// A key. What only it signed is refused, also where a rule asks for no signature.
    Key(NamedKey),
    /// The id of a key, or the digest of a manifest or of a component. A key that is known only by its id cannot be
    /// recognised in a signature: it is taken out of the rules, no more.
    Digest(Digest),
}

/// What is to be judged.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// An artifact from this registry, also when it lies in the store or came out of a bundle.
    Registry(&'a Reference),
    /// A file: absolute, or relative to what the patterns' folder is relative to.
    File(&'a Path),
}

/// What a policy says of one component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody said anything about trust: it may run.
    NoPolicy,
    /// It may run, because it is signed.
    Signed {
        /// The keys of the rule that signed it, at least one.
        by: Vec<Signer>,
        /// Where the rule is.
        rule: String,
    },
    /// It may run, because a rule asks for no signature.
    Unsigned {
        /// Where the rule is.
        rule: String,
    },
    /// It may run, and the operator should know that no rule speaks about it.
    Warned {
        /// What is missing.
        why: String,
        /// What to do about it.
        hint: String,
    },
    /// It must not run, nor be compiled.
    Refused {
        /// What is wrong.
        why: String,
        /// What to do about it.
        hint: String,
    },
}

/// Who signed something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// What the operator calls the key.
    pub name: String,
    /// The id of the key.
    pub id: Digest,
}

impl Policy {
    /// A policy of these rules. Without any rule, all registries are refused; [`Policy::default`] refuses nothing.
    pub fn new(rules: Vec<Rule>, revoked: Vec<Revoked>) -> Self {
        Self { rules: Some(rules), revoked, folder: PathBuf::new() }
    }

    /// The same, of a configuration in this folder: what it advises is to be written there.
    #[must_use]
    pub fn written_in(self, folder: &Path) -> Self {
        Self { folder: folder.to_owned(), ..self }
    }

    /// The rules that are never asked, each after the one that always decides before it.
    pub fn unreachable(&self) -> Vec<(&Rule, &Rule)> {
        let rules = self.rules.as_deref().unwrap_or_default();
        let covered = |(at, rule): (usize, &'_ Rule)| {
            // Two spellings of one rule have one place.
            let mut earlier = rules[..at].iter().filter(|one| one.place != rule.place);
            earlier.position(|one| one.pattern.covers(&rule.pattern)).map(|found| (found, at))
        };
        let pairs = rules.iter().enumerate().filter_map(covered);
        pairs.map(|(first, second)| (&rules[first], &rules[second])).collect()
    }

    /// Whether signatures can change the verdict on this one, so that it is worth fetching them.
    pub fn asks_for_signatures(&self, subject: Subject<'_>) -> bool {
        match self.rule_for(subject).map(|rule| &rule.needs) {
            Some(Needs::Signature(_)) => true,
            Some(Needs::Nothing) => self.revoked.iter().any(|one| matches!(one, Revoked::Key(_))),
            None => false,
        }
    }

    /// Judges a component by the digest of its manifest, or of the file when it is one, and by its signatures.
    pub fn judge(&self, subject: Subject<'_>, digest: &Digest, signatures: &[Signature]) -> Verdict {
        if self.rules.is_none() {
            return Verdict::NoPolicy;
        }
        if self.is_revoked(digest) {
            return Verdict::Refused {
                why: format!("{digest} is revoked under `trust`"),
                hint: "use another version of it".to_owned(),
            };
        }
        let Some(rule) = self.rule_for(subject) else { return self.without_rule(subject) };
        let signatures = &signatures[..signatures.len().min(SIGNATURES_MAX)];
        match (&rule.needs, self.signed_by_revoked(digest, signatures)) {
            (Needs::Signature(keys), revoked) => {
                let by = self.signers(keys, digest, signatures);
                match revoked {
                    _ if !by.is_empty() => Verdict::Signed { by, rule: rule.place.clone() },
                    Some(key) => refused_for_revoked(subject, &key),
                    None => refused_for_missing(subject, rule, keys, digest, signatures.len()),
                }
            }
            (Needs::Nothing, Some(key)) => refused_for_revoked(subject, &key),
            (Needs::Nothing, None) => Verdict::Unsigned { rule: rule.place.clone() },
        }
    }

    /// Whether this digest of a manifest or component, or this id of a key, is revoked.
    pub fn is_revoked(&self, digest: &Digest) -> bool {
        self.revoked.iter().any(|one| match one {
            Revoked::Key(key) => key.key.id() == *digest,
            Revoked::Digest(revoked) => revoked == digest,
        })
    }

    fn without_rule(&self, subject: Subject<'_>) -> Verdict {
        let why = format!("no rule under `trust` speaks about {subject}");
        match subject {
            Subject::Registry(reference) => {
                let place = format!("oci://{}/{}", reference.registry(), reference.repository());
                Verdict::Refused {
                    why,
                    hint: format!("add `- match: {place}` with `keys: [FILE.pub]` to `trust`"),
                }
            }
            Subject::File(path) => {
                let folder = path.parent().unwrap_or(path);
                let place = match folder.strip_prefix(&self.folder) {
                    Ok(inside) if !self.folder.as_os_str().is_empty() => {
                        Path::new(".").join(inside).join("*")
                    }
                    _ => folder.join("*"),
                };
                let hint = format!("add `- match: {}` with `allow: unsigned` to `trust`", place.display());
                Verdict::Warned { why, hint }
            }
        }
    }

    fn rule_for(&self, subject: Subject<'_>) -> Option<&Rule> {
        self.rules.iter().flatten().find(|rule| rule.pattern.matches(subject))
    }

    /// The keys in force that signed it.
    fn signers(&self, keys: &[NamedKey], digest: &Digest, signatures: &[Signature]) -> Vec<Signer> {
        let valid = keys.iter().filter(|key| !self.is_revoked(&key.key.id()));
        let signed = valid.filter(|key| signatures.iter().any(|one| one.verify(&key.key, digest).is_ok()));
        signed.map(|key| Signer { name: key.name.clone(), id: key.key.id() }).collect()
    }

    /// The name of the revoked key that signed it, if one did.
    fn signed_by_revoked(&self, digest: &Digest, signatures: &[Signature]) -> Option<String> {
        let in_rules = self.rules.iter().flatten().flat_map(|rule| match &rule.needs {
            Needs::Signature(keys) => keys.as_slice(),
            Needs::Nothing => &[],
        });
        let revoked = self.revoked.iter().filter_map(|one| match one {
            Revoked::Key(key) => Some(key),
            Revoked::Digest(_) => None,
        });
        let mut keys = revoked.chain(in_rules.filter(|key| self.is_revoked(&key.key.id())));
        let signed = |key: &&NamedKey| signatures.iter().any(|one| one.verify(&key.key, digest).is_ok());
        keys.find(signed).map(|key| key.name.clone())
    }
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Registry(reference) => reference.fmt(f),
            Subject::File(path) => path.display().fmt(f),
        }
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.id)
    }
}

fn refused_for_missing(
    subject: Subject<'_>,
    rule: &Rule,
    keys: &[NamedKey],
    digest: &Digest,
    signatures: usize,
) -> Verdict {
    let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
    let (names, place) = (names.join(", "), &rule.place);
    match (subject, signatures) {
        (Subject::File(_), _) => Verdict::Refused {
            why: format!(
                "{subject} is a file, and files carry no signatures; the rule at {place} asks for {names}"
            ),
            hint: "push it to a registry and sign it there, or write `allow: unsigned` for files".to_owned(),
        },
        (Subject::Registry(reference), 0) => Verdict::Refused {
            why: format!("{subject} is not signed; the rule at {place} asks for {names}"),
            hint: format!("have it signed: `servo sign --key KEY {}`", reference.at(*digest)),
        },
        (Subject::Registry(_), count) => Verdict::Refused {
            why: format!(
                "{subject} has {count} signature{}, and none for {digest} by {names}, which the rule at {place} asks for",
                if count == 1 { "" } else { "s" },
            ),
            hint: "ask who publishes it which key they sign with; `servo verify` says more".to_owned(),
        },
    }
}

fn refused_for_revoked(subject: Subject<'_>, key: &str) -> Verdict {
    Verdict::Refused {
        why: format!(
            "{subject} is signed by {key}, which is revoked under `trust`, and by no other key that counts"
        ),
        hint: "use a version that is signed by a key in force".to_owned(),
    }
}

#[cfg(test)]
mod tests;
