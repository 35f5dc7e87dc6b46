//! The files of a new connector, made of templates.
//!
//! `{{name}}` stands for its name, `{{name_}}` and `{{Name}}` for the same as an identifier and as the name of a type,
//! `{{events}}` for its events with commas. A line with `{{#measure}}` begins lines that are only for connectors with
//! that event (`{{#adjust|describe}}`: with one of them), a line with `{{/}}` ends them. `dot-` in front of the name
//! of a file is a dot.

use std::path::PathBuf;

/// What templates are filled with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Template<'a> {
    /// The name of the connector.
    pub(super) name: &'a str,
    /// The interfaces of its events.
    pub(super) events: &'a [String],
}

impl Template<'_> {
    /// Where a file of the template goes.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        let part = |part: &str| match part.strip_prefix("dot-") {
            Some(name) => format!(".{name}"),
            None => self.fill(part),
        };
        path.split('/').map(part).collect()
    }

    /// The text of a file.
    pub(super) fn text(&self, template: &str) -> String {
        let mut text = String::new();
        let mut open: Vec<bool> = Vec::new();
        for line in template.lines() {
            if let Some((_, rest)) = line.split_once("{{#") {
                let wanted = rest.split("}}").next().unwrap_or_default();
                open.push(wanted.split('|').any(|event| self.events.iter().any(|one| one == event)));
            } else if line.contains("{{/}}") {
                open.pop();
            } else if open.iter().all(|shown| *shown) {
                text += &self.fill(line);
                text.push('\n');
            }
        }
        text
    }

    fn fill(&self, text: &str) -> String {
        let identifier = self.name.replace('-', "_");
        let parts = self.name.split(['-', '_']);
        let type_name: String = parts.map(capital).collect();
        text.replace("{{name}}", self.name)
            .replace("{{name_}}", &identifier)
            .replace("{{Name}}", &type_name)
            .replace("{{events}}", &self.events.join(", "))
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests;
