//! Reads `.env`: `NAME=value`, `export NAME="value"`, comments, values over several lines in quotes.
//!
//! Not `dotenvy`: that one tells no line numbers, repeats the text of a wrong line (a token, likely) in its
//! error, and fills `$name` from the environment of the process behind the caller's back.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Variable;
use crate::origin::{DotEnvPlace, Origin};
use crate::problem::{Problem, Problems};
use crate::source::Source;

type Variables = BTreeMap<String, Variable>;

/// All variables of the file; a later line wins over an earlier one.
pub(super) fn parse(source: &Source, outer: &Variables) -> Result<Variables, Problems> {
    let mut reader = Reader { rest: source.text(), line: 1 };
    let mut variables = Variables::new();
    let mut problems = Problems::new();
    while let Some(result) = reader.assignment() {
        let place = |line, name: &str| {
            Origin::DotEnv(Arc::new(DotEnvPlace {
                file: source.name().to_owned(),
                line,
                name: name.to_owned(),
            }))
        };
        match result {
            Ok(Assignment { name, text, line, literal }) => {
                let text = if literal { text } else { expand(&text, outer, &variables) };
                variables.insert(name.to_owned(), Variable { text, origin: place(line, name) });
            }
            Err((line, message)) => problems.push(
                Problem::new(place(line, "this line"), "", message)
                    .with_hint("write NAME=value, or NAME='value' when it contains spaces, # or quotes"),
            ),
        }
    }
    problems.into_result()?;
    Ok(variables)
}

struct Assignment<'a> {
    name: &'a str,
    text: String,
    line: usize,
    literal: bool,
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    /// The next assignment; the error carries its line.
    fn assignment(&mut self) -> Option<Result<Assignment<'a>, (usize, &'static str)>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let (line_text, after) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
            let trimmed = line_text.trim();
            if !trimmed.is_empty() && !trimmed.starts_with('#') {
                break;
            }
            self.rest = after;
            self.line += 1;
        }
        let line = self.line;
        let result = self.read().map_err(|message| (line, message));
        Some(result.map(|(name, text, literal)| Assignment { name, text, line, literal }))
    }

    fn read(&mut self) -> Result<(&'a str, String, bool), &'static str> {
        let (line, _) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        let start = line.trim_start();
        let start = start.strip_prefix("export ").unwrap_or(start).trim_start();
        let name = start.split('=').next().unwrap_or_default().trim_end();
        let valid = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        if !valid || !start.contains('=') {
            self.skip_line();
            return Err("this line is not an assignment");
        }
        let at = self.rest.find('=').map_or(self.rest.len(), |at| at + 1);
        let value = self.rest[at..].trim_start_matches([' ', '\t']);
        match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let inner = &value[1..];
                let Some(end) = closing(inner, quote) else {
                    self.skip_line();
                    return Err("a quote is not closed");
                };
                self.line += inner[..end].matches('\n').count();
                self.rest = &inner[end + 1..];
                let tail = self.skip_line().trim();
                if !tail.is_empty() && !tail.starts_with('#') {
                    return Err("something follows the closing quote");
                }
                let text = &inner[..end];
                Ok((name, if quote == '"' { unescape(text) } else { text.to_owned() }, quote == '\''))
            }
            _ => {
                self.rest = value;
                let text = self.skip_line();
                // A `#` starts a comment only behind white space, so that tokens may contain it.
                let end = text.find(" #").or_else(|| text.find("\t#")).unwrap_or(text.len());
                let text = if text.starts_with('#') { "" } else { text[..end].trim() };
                Ok((name, text.to_owned(), false))
            }
        }
    }

    fn skip_line(&mut self) -> &'a str {
        let (line, after) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = after;
        self.line += 1;
        line
    }
}

fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some(other)) => out.push(other),
            _ => out.push(c),
        }
    }
    out
}

fn expand(text: &str, outer: &Variables, earlier: &Variables) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        if let Some(variable) = outer.get(name).or_else(|| earlier.get(name)) {
            out.push_str(&variable.text);
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}
