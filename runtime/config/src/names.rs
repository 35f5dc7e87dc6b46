//! Names: of servo's own keys, of aliases, of connector classes, of environment variables.

use crate::origin::Origin;
use crate::problem::Problem;
use crate::suggest::nearest;

/// Top-level keys that this version reads.
pub const OWN_KEYS: [&str; 12] = [
    "name",
    "description",
    "servo_uid",
    "optimizer",
    "connectors",
    "no_diagnostics",
    "settings",
    "checks",
    "sandbox",
    "objective",
    "liveness",
    "trust",
];

/// Top-level keys that belong to servo and come with a later version.
pub const LATER_KEYS: [&str; 2] = ["proxy", "cluster"];

/// Words that ServoX reserves besides its own keys.
const RESERVED_WORDS: [&str; 5] = ["servo", "control", "measure", "adjust", "optimization"];

/// Variables that the command line reads for itself.
pub(crate) const CLI_VARIABLES: [&str; 16] = [
    "SERVO_CONFIG_FILE",
    "SERVO_LOG_LEVEL",
    "SERVO_LOG_FORMAT",
    "SERVO_NO_COLOR",
    "SERVO_RUN_CHECK",
    "SERVO_RUN_DEBUG",
    "SERVO_STATE_DIR",
    "SERVO_CACHE_DIR",
    "SERVO_SEED",
    "SERVO_REGISTRY_CREDS",
    "SERVO_REGISTRY_CA_FILE",
    "SERVO_REGISTRY_PLAIN_HTTP",
    // What the commands of `scripts` and `exec` are told, for a servo that one of them runs.
    "SERVO_EVENT",
    "SERVO_MOMENT",
    "SERVO_CONNECTOR",
    "SERVO_CALLER",
];

/// Whether a top-level key belongs to servo and can be no alias.
pub fn is_reserved(name: &str) -> bool {
    OWN_KEYS.contains(&name) || LATER_KEYS.contains(&name) || RESERVED_WORDS.contains(&name)
}

/// Checks an alias: 3 to 128 characters out of letters, digits, `-`, `_`, `/` and `.`, and not reserved.
///
/// # Errors
/// A problem at `origin` that says which rule is broken.
pub fn check_alias(alias: &str, origin: &Origin) -> Result<(), Problem> {
    let problem = |message: String, hint: String| {
        Err(Problem::new(origin.clone(), "connectors", message).with_hint(hint))
    };
    if is_reserved(alias) {
        let all: Vec<&str> = OWN_KEYS.iter().chain(&LATER_KEYS).chain(&RESERVED_WORDS).copied().collect();
        return problem(
            format!("`{alias}` is a key of servo itself and cannot name a connector"),
            format!("these names are taken: {}", all.join(", ")),
        );
    }
    let length = alias.chars().count();
    if !(3..=128).contains(&length) {
        return problem(
            format!(
                "the connector name `{alias}` has {length} character{}; it needs 3 to 128",
                if length == 1 { "" } else { "s" }
            ),
            "choose a longer name, for instance the connector's name and a number".to_owned(),
        );
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.');
    match alias.chars().find(|c| !allowed(*c)) {
        Some(wrong) => problem(
            format!("the connector name `{alias}` contains `{wrong}`"),
            "use letters, digits, `-`, `_`, `/` and `.`".to_owned(),
        ),
        None => Ok(()),
    }
}

/// The class part of a dotted path: `servo.connectors.vegeta.VegetaConnector` is `VegetaConnector`.
pub fn last_part(identifier: &str) -> &str {
    identifier.rsplit('.').next().unwrap_or(identifier)
}

/// The environment variable of a setting: `SERVO_` and the keys in capitals, other characters as `_`.
pub fn variable<'a>(path: impl IntoIterator<Item = &'a str>) -> String {
    let mut name = "SERVO".to_owned();
    for step in path {
        name.push('_');
        name.extend(
            step.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }),
        );
    }
    name
}

/// A path as people read it: `prom.metrics[2].unit`.
pub(crate) fn display_path<'a>(path: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for step in path {
        let index = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
        if index && !text.is_empty() {
            text.push_str(&format!("[{step}]"));
        } else {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(step);
        }
    }
    text
}

/// A hint for an unknown name: the nearest known one, or all of them when they are few.
pub(crate) fn suggest(name: &str, known: &[&str]) -> Option<String> {
    if let Some(near) = nearest(name, known.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    match known.len() {
        0 => None,
        1..=16 => Some(format!("known here: {}", known.join(", "))),
        more => Some(format!("known here: {} and {} more", known[..16].join(", "), more - 16)),
    }
}

#[cfg(test)]
mod tests;
