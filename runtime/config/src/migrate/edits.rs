//! What is written otherwise in the new text: within its line each, so that all places stay where they are.

use crate::catalogue::Catalogue;
use crate::load::Loaded;
use crate::node::{Entry, Node, Value};
use crate::origin::{Origin, Place, Span};
use crate::problem::Notice;
use crate::raw::{RawConnectors, RawServo};

use super::{Concern, Finding};

/// One change of the text.
#[derive(Debug)]
pub(super) struct Edit {
    concern: Concern,
    place: Place,
    path: String,
    message: String,
    make: Make,
}

#[derive(Debug)]
enum Make {
    /// This in the place of what stands there.
    Write(String),
    /// A comment of the top-level entry that begins there.
    Comment,
}

impl Edit {
    /// What people are told of it.
    pub(super) fn finding(self) -> Finding {
        let Edit { concern, place, path, message, .. } = self;
        Finding { concern, notice: Notice { origin: Origin::File(place), path, message } }
    }
}

/// Everything that can be written otherwise with certainty.
pub(super) fn find(loaded: &Loaded, catalogue: &Catalogue) -> Vec<Edit> {
    let mut edits = Vec::new();
    for servo in loaded.servos() {
        for (key, entry) in servo.own.as_map().into_iter().flatten().chain(&servo.stanzas) {
            // The text of a schedule or a script is the connector's.
            scalars(&entry.node, key, &mut edits);
        }
        classes(servo, catalogue, &mut edits);
        unneeded(servo, loaded, catalogue, &mut edits);
    }
    edits.sort_by_key(|edit| edit.place.span.start);
    // A value that is commented out with its stanza needs nothing more.
    let comments: Vec<(usize, usize)> = edits
        .iter()
        .filter(|edit| matches!(edit.make, Make::Comment))
        .map(|edit| entry_lines(edit.place.source.text(), edit.place.span))
        .collect();
    edits.retain(|edit| {
        let inside = |(first, end): &(usize, usize)| (*first..*end).contains(&edit.place.span.start);
        matches!(edit.make, Make::Comment) || !comments.iter().any(inside)
    });
    edits
}

/// The text with the changes, which are in its order.
pub(super) fn apply(text: &str, edits: &[Edit]) -> String {
    let mut written = String::with_capacity(text.len());
    let mut at = 0;
    for Edit { place, make, .. } in edits {
        let Span { start, end, .. } = place.span;
        match make {
            _ if start < at || end > text.len() => {}
            Make::Write(new) => {
                written.push_str(&text[at..start]);
                written.push_str(new);
                at = end;
            }
            Make::Comment => {
                let (first, end) = entry_lines(text, place.span);
                written.push_str(&text[at..first]);
                for line in text[first..end].split_inclusive('\n') {
                    let blank = line.trim().is_empty();
                    written.push_str(if blank { "" } else { "# " });
                    written.push_str(line);
                }
                at = end;
            }
        }
    }
    written.push_str(&text[at..]);
    written
}

/// Plain scalars that YAML 1.1, which ServoX reads, takes for something else than YAML 1.2 does.
fn scalars(node: &Node, path: &str, edits: &mut Vec<Edit>) {
    match &node.value {
        Value::Map(map) => {
            for (key, entry) in map {
                scalars(&entry.node, &format!("{path}.{key}"), edits);
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                scalars(item, &format!("{path}[{index}]"), edits);
            }
        }
        Value::Null | Value::Bool(_) => {}
        Value::Number(_) | Value::Text(_) => {
            let Origin::File(place) = &node.origin else { return };
            let Some(text) = place.source.text().get(place.span.start..place.span.end) else { return };
            let Some(new) = older(text) else { return };
            let message =
                format!("`{text}` is `{new}` to ServoX, and something else in YAML 1.2: written as `{new}`");
            let (place, path) = (place.clone(), path.to_owned());
            edits.push(Edit { concern: Concern::Rewritten, place, path, message, make: Make::Write(new) });
        }
    }
}

/// What YAML 1.1 takes a plain scalar for, where that is something else.
fn older(text: &str) -> Option<String> {
    match text {
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Some("true".to_owned()),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Some("false".to_owned()),
        _ => {}
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Octal.
    if text.len() > 1 && text.starts_with('0') && digits(text) {
        return u64::from_str_radix(text, 8).ok().map(|number| number.to_string());
    }
    // Of base 60.
    let (first, rest) = text.split_once(':')?;
    if !digits(first) || first.starts_with('0') {
        return None;
    }
    let mut number: u64 = first.parse().ok()?;
    for part in rest.split(':') {
        let small = digits(part) && part.len() <= 2;
        let part: u64 = part.parse().ok().filter(|part| small && *part < 60)?;
        number = number.checked_mul(60)?.checked_add(part)?;
    }
    Some(number.to_string())
}

/// Classes of connectors, for which there are names.
fn classes(servo: &RawServo, catalogue: &Catalogue, edits: &mut Vec<Edit>) {
    let named: Vec<(&str, &Origin)> = match &servo.connectors {
        RawConnectors::Absent => Vec::new(),
        RawConnectors::List(items) => items.iter().map(|(name, origin)| (name.as_str(), origin)).collect(),
        RawConnectors::Map(all) => all.iter().map(|one| (one.component.as_str(), &one.origin)).collect(),
    };
    for (identifier, origin) in named {
        let (Some(known), Origin::File(place)) = (catalogue.find(identifier), origin) else { continue };
        let stands = place.source.text().get(place.span.start..place.span.end);
        if known.name == identifier || stands != Some(identifier) {
            continue;
        }
        let message = format!("`{identifier}` is called `{}`; both work", known.name);
        let make = Make::Write(known.name.clone());
        let (place, path) = (place.clone(), "connectors".to_owned());
        edits.push(Edit { concern: Concern::Rewritten, place, path, message, make });
    }
}

/// Entries without any use.
fn unneeded(servo: &RawServo, loaded: &Loaded, catalogue: &Catalogue, edits: &mut Vec<Edit>) {
    let mut comment = |key: &str, entry: &Entry, message: String| {
        let Origin::File(place) = &entry.key else { return };
        // Elsewhere it may share its line with others.
        if place.span.column == 1 {
            let (place, path) = (place.clone(), key.to_owned());
            let make = Make::Comment;
            edits.push(Edit { concern: Concern::Unneeded, place, path, message, make });
        }
    };
    if let Some(entry) = servo.own.entry(&["no_diagnostics"])
        && entry.node.value == Value::Bool(true)
    {
        comment("no_diagnostics", entry, "`no_diagnostics: true` is the default: made a comment".to_owned());
    }
    let names = loaded.names(catalogue);
    for (key, entry) in &servo.stanzas {
        let used = names.iter().any(|name| name.alias == *key);
        if !used && !matches!(servo.connectors, RawConnectors::Absent) && catalogue.find(key).is_some() {
            let message =
                format!("`{key}` is not listed in `connectors`, so nothing reads it: made a comment");
            comment(key, entry, message);
        }
    }
}

/// The bytes of the lines of a top-level entry: its own, and those that follow and are indented, list items or blank.
/// Blank lines and comments behind it are not its own.
fn entry_lines(text: &str, key: Span) -> (usize, usize) {
    let first = text[..key.start].rfind('\n').map_or(0, |at| at + 1);
    let (mut end, mut at) = (first, first);
    for (index, line) in text[first..].split_inclusive('\n').enumerate() {
        let belongs = line.starts_with([' ', '\t']) || line.starts_with("- ") || line.trim_end() == "-";
        at += line.len();
        let blank = line.trim().is_empty();
        if index == 0 || (belongs && !blank) {
            end = at;
        } else if !blank {
            break;
        }
    }
    (first, end)
}
