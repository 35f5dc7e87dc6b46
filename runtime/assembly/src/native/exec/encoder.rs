//! Several settings that are one text for the application: options of a Java virtual machine, flags of a program. What
//! else stands in the text stays in it.

mod options;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use servo_types as t;

use super::answer::State;

/// What an encoder is told.
#[derive(Debug, Deserialize)]
pub(super) struct Settings {
    component: String,
    setting: String,
    form: Form,
    settings: Map<String, Value>,
}

/// One text and the settings in it.
#[derive(Debug)]
pub(super) struct Encoder {
    component: String,
    setting: String,
    form: Form,
    parts: Vec<Part>,
}

/// How options are written, and where they end.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    Jvm,
    Flags,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Written {
    option: Option<String>,
    min: Option<f64>,
    max: Option<f64>,
    step: Option<f64>,
    unit: Option<String>,
    values: Option<Vec<Value>>,
    pinned: bool,
}

/// A setting within the text.
#[derive(Debug)]
struct Part {
    name: String,
    shape: Shape,
    /// Of one that is no range.
    values: Option<Vec<t::Value>>,
    /// Of one that is a range: the least and the greatest.
    range: (f64, f64),
    /// As it is described, without its value.
    described: Value,
}

#[derive(Debug)]
enum Shape {
    /// What stands before and behind the value.
    Value(String, String),
    /// What stands there for the first value, and for the second.
    Switch(String, String),
}

impl Encoder {
    /// An encoder as it was told.
    ///
    /// # Errors
    /// What cannot be read back.
    pub(super) fn new(settings: Settings) -> Result<Encoder, String> {
        let Settings { component, setting, form, settings } = settings;
        let wrong =
            |name: &str, problem: &str| format!("the encoder of {component}.{setting}: `{name}` {problem}");
        let mut parts = Vec::new();
        let mut forms = BTreeSet::new();
        for (name, written) in settings {
            let written = Written::deserialize(&written).map_err(|error| wrong(&name, &error.to_string()))?;
            let part = Part::new(&name, written, form).map_err(|problem| wrong(&name, problem))?;
            let written = match &part.shape {
                Shape::Value(before, after) => vec![format!("{before}{{}}{after}")],
                Shape::Switch(on, off) => vec![on.clone(), off.clone()],
            };
            for one in written {
                if !forms.insert(one.clone()) {
                    return Err(wrong(&name, &format!("is written as `{one}`, as another setting is")));
                }
            }
            parts.push(part);
        }
        Ok(Encoder { component, setting, form, parts })
    }

    /// Puts the settings in the place of the text.
    ///
    /// # Errors
    /// The text is not there, or a setting has the name of another one.
    pub(super) fn describe(&self, state: &mut State) -> Result<(), String> {
        let text = self.text(state)?;
        let values = self.decode(&text);
        let Some(settings) = state.settings(&self.component) else { return Ok(()) };
        settings.shift_remove(&self.setting);
        for Part { name, described, .. } in &self.parts {
            let mut described = described.clone();
            described["value"] = match values.get(name) {
                Some(t::Value::Number(number)) => json!(number),
                Some(t::Value::Text(text)) => json!(text),
                None => Value::Null,
            };
            if settings.insert(name.clone(), described).is_some() {
                let whole = format!("{}.{}", self.component, self.setting);
                return Err(format!(
                    "the encoder of {whole} has a setting `{name}`, and so has the component"
                ));
            }
        }
        Ok(())
    }

    /// Puts one change of the text in the place of changes of the settings in it; `state` is the present state.
    ///
    /// # Errors
    /// The text is not there, or a setting does not take its value.
    pub(super) fn adjust(
        &self,
        state: &mut State,
        adjustments: &mut Vec<t::Adjustment>,
    ) -> Result<(), String> {
        let part = |wanted: &t::Adjustment| {
            let own = self.parts.iter().find(|part| part.name == wanted.setting);
            own.filter(|_| wanted.component == self.component)
        };
        if !adjustments.iter().any(|wanted| part(wanted).is_some()) {
            return Ok(());
        }
        let text = self.text(state)?;
        let mut changes = BTreeMap::new();
        for wanted in adjustments.iter() {
            let Some(part) = part(wanted) else { continue };
            part.takes(&wanted.value).map_err(|problem| format!("{wanted} {problem}"))?;
            changes.insert(part.name.clone(), wanted.value.clone());
        }
        adjustments.retain(|wanted| part(wanted).is_none());
        adjustments.push(t::Adjustment {
            component: self.component.clone(),
            setting: self.setting.clone(),
            value: t::Value::Text(self.encode(&text, &changes)),
        });
        Ok(())
    }

    /// The settings that a text has, by name. What is said twice counts as it is said last.
    pub(super) fn decode(&self, text: &str) -> BTreeMap<String, t::Value> {
        let own = words(text).into_iter().filter_map(|word| self.own(word));
        own.map(|(part, value)| (part.name.clone(), value)).collect()
    }

    /// The text with these changes: every word stays where it is, and what was not there comes to the other options.
    pub(super) fn encode(&self, text: &str, changes: &BTreeMap<String, t::Value>) -> String {
        let words = words(text);
        let mut new: BTreeMap<&str, String> = BTreeMap::new();
        for part in &self.parts {
            if let Some(value) = changes.get(&part.name) {
                new.insert(&part.name, part.write(value));
            }
        }
        let end = options::end(self.form, &words);
        let mut there = BTreeSet::new();
        let mut written: Vec<String> = Vec::with_capacity(words.len() + new.len());
        for word in &words {
            let changed = self.own(word).and_then(|(part, _)| {
                there.insert(part.name.as_str());
                new.get(part.name.as_str())
            });
            written.push(changed.map_or_else(|| (*word).to_owned(), String::clone));
        }
        let added = self.parts.iter().filter(|part| !there.contains(part.name.as_str()));
        written.splice(end..end, added.filter_map(|part| new.remove(part.name.as_str())));
        written.join(" ")
    }

    /// The setting that a word is of, and the value that it gives.
    fn own(&self, word: &str) -> Option<(&Part, t::Value)> {
        let known = self.parts.iter().filter_map(|part| Some((part, part.read(word)?)));
        // `-Xmx{}m` knows more of a word than `-X{}` does.
        let (part, (value, _)) = known.max_by_key(|(_, (_, certain))| *certain)?;
        Some((part, value))
    }

    /// The text as it is now.
    fn text(&self, state: &mut State) -> Result<String, String> {
        let setting = state.settings(&self.component).and_then(|settings| settings.get(&self.setting));
        match setting.map(|setting| setting.get("value").unwrap_or(&Value::Null)) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Null) => Ok(String::new()),
            Some(other) => Err(format!("{}.{} is {other}, which is no text", self.component, self.setting)),
            None => Err(format!(
                "there is no {}.{}, which `encoders` names, in what the command printed",
                self.component, self.setting
            )),
        }
    }
}

impl Part {
    fn new(name: &str, written: Written, form: Form) -> Result<Part, &'static str> {
        let Written { option, min, max, step, unit, values, pinned } = written;
        let values = values.map(|all| all.iter().map(value).collect::<Option<Vec<_>>>());
        let values = values.map(|all| all.ok_or("has a value that is neither text nor number"));
        let values = values.transpose()?;
        let plain = |value: &t::Value| {
            let text = written_as(value);
            !text.is_empty() && !text.contains(|one: char| one.is_whitespace() || matches!(one, '"' | '\''))
        };
        if values.iter().flatten().any(|value| !plain(value)) {
            return Err("has an empty value, or one with spaces or quotes");
        }
        let described = match (&values, min, max) {
            (Some(values), None, None) if !values.is_empty() => {
                let values: Vec<Value> = values
                    .iter()
                    .map(|value| match value {
                        t::Value::Number(number) => json!(number),
                        t::Value::Text(text) => json!(text),
                    })
                    .collect();
                json!({"type": "enum", "values": values, "unit": unit, "pinned": pinned})
            }
            (None, Some(min), Some(max)) => {
                json!({"type": "range", "min": min, "max": max, "step": step, "unit": unit, "pinned": pinned})
            }
            _ => return Err("needs either `values`, or `min` and `max`"),
        };
        let switch = values.as_ref().is_some_and(|values| {
            let texts: Vec<String> = values.iter().map(written_as).collect();
            texts == ["on", "off"] || texts == ["true", "false"]
        });
        let shape = match (option, form) {
            (Some(option), _) => match option.split_once("{}") {
                Some((before, after)) => Shape::Value(before.to_owned(), after.to_owned()),
                None => return Err("has an `option` without `{}` for the value"),
            },
            (None, Form::Jvm) if switch => Shape::Switch(format!("-XX:+{name}"), format!("-XX:-{name}")),
            (None, Form::Flags) if switch => Shape::Switch(format!("--{name}"), format!("--no-{name}")),
            (None, Form::Jvm) => Shape::Value(format!("-XX:{name}="), String::new()),
            (None, Form::Flags) => Shape::Value(format!("--{name}="), String::new()),
        };
        let range = (min.unwrap_or_default(), max.unwrap_or_default());
        Ok(Part { name: name.to_owned(), shape, values, range, described })
    }

    /// Whether it may have a value.
    ///
    /// # Errors
    /// Why not.
    fn takes(&self, value: &t::Value) -> Result<(), String> {
        match (&self.values, value) {
            (Some(values), value) if values.iter().any(|one| one.same(value)) => Ok(()),
            (None, t::Value::Number(number)) if (self.range.0..=self.range.1).contains(number) => Ok(()),
            (None, t::Value::Number(_)) => Err(format!("is not from {} to {}", self.range.0, self.range.1)),
            _ => Err("is none of its values".to_owned()),
        }
    }

    /// The value that a word gives it, and how many characters of the word are the setting's own.
    fn read(&self, word: &str) -> Option<(t::Value, usize)> {
        let (value, own) = match &self.shape {
            Shape::Switch(on, off) => {
                let at = [on, off].into_iter().position(|one| one == word)?;
                (self.values.as_ref()?.get(at)?.clone(), word.len())
            }
            Shape::Value(before, after) => {
                let text = word.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?;
                let value = match &self.values {
                    Some(values) => values.iter().find(|value| written_as(value) == text)?.clone(),
                    None => t::Value::Number(text.parse().ok().filter(|number: &f64| number.is_finite())?),
                };
                (value, before.len() + after.len())
            }
        };
        Some((value, own))
    }

    fn write(&self, value: &t::Value) -> String {
        match &self.shape {
            Shape::Value(before, after) => format!("{before}{}{after}", written_as(value)),
            Shape::Switch(on, off) => {
                let first = self.values.as_ref().and_then(|values| values.first());
                if first.is_some_and(|first| first.same(value)) { on.clone() } else { off.clone() }
            }
        }
    }
}

fn value(written: &Value) -> Option<t::Value> {
    match written {
        Value::String(text) => Some(t::Value::Text(text.clone())),
        Value::Number(number) => number.as_f64().map(t::Value::Number),
        _ => None,
    }
}

fn written_as(value: &t::Value) -> String {
    match value {
        t::Value::Number(number) => number.to_string(),
        t::Value::Text(text) => text.clone(),
    }
}

/// The words of a text as a shell has them, quotes included.
fn words(text: &str) -> Vec<&str> {
    let (mut words, mut start, mut quote) = (Vec::new(), None, None);
    for (at, one) in text.char_indices() {
        match (quote, one) {
            (Some(open), _) if open == one => quote = None,
            (None, '"' | '\'') => {
                quote = Some(one);
                start.get_or_insert(at);
            }
            (None, _) if one.is_whitespace() => words.extend(start.take().map(|start| &text[start..at])),
            _ => {
                start.get_or_insert(at);
            }
        }
    }
    words.extend(start.map(|start| &text[start..]));
    words
}

#[cfg(test)]
mod tests;
