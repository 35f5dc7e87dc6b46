//! Several settings that are one text for the application: options of a Java virtual machine, flags of a program. What
//! else stands in the text stays in it.

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
    parts: Vec<Part>,
}

/// What a text says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Decoded {
    /// The settings that are in it, by name.
    pub(super) values: BTreeMap<String, t::Value>,
    /// What else is in it, in its order.
    pub(super) rest: Vec<String>,
}

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
        Ok(Encoder { component, setting, parts })
    }

    /// Puts the settings in the place of the text.
    ///
    /// # Errors
    /// The text is not there, or a setting has the name of another one.
    pub(super) fn describe(&self, state: &mut State) -> Result<(), String> {
        let Decoded { values, .. } = self.decode(&self.text(state)?);
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
        let mut decoded = self.decode(&self.text(state)?);
        for wanted in adjustments.iter() {
            let Some(part) = part(wanted) else { continue };
            if !part.takes(&wanted.value) {
                return Err(format!("{wanted} is none of its values"));
            }
            decoded.values.insert(part.name.clone(), wanted.value.clone());
        }
        adjustments.retain(|wanted| part(wanted).is_none());
        adjustments.push(t::Adjustment {
            component: self.component.clone(),
            setting: self.setting.clone(),
            value: t::Value::Text(self.encode(&decoded)),
        });
        Ok(())
    }

    /// What a text says. What is said twice counts as it is said last.
    pub(super) fn decode(&self, text: &str) -> Decoded {
        let mut decoded = Decoded::default();
        for word in words(text) {
            // `-Xmx{}m` knows more of a word than `-X{}` does.
            let known = self.parts.iter().filter_map(|part| part.read(word));
            match known.max_by_key(|(_, _, certain)| *certain) {
                Some((name, value, _)) => drop(decoded.values.insert(name.to_owned(), value)),
                None => decoded.rest.push(word.to_owned()),
            }
        }
        decoded
    }

    /// The text that says this.
    pub(super) fn encode(&self, decoded: &Decoded) -> String {
        let own = self.parts.iter().filter_map(|part| Some(part.write(decoded.values.get(&part.name)?)));
        decoded.rest.iter().cloned().chain(own).collect::<Vec<_>>().join(" ")
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
        Ok(Part { name: name.to_owned(), shape, values, described })
    }

    fn takes(&self, value: &t::Value) -> bool {
        match (&self.values, value) {
            (Some(values), value) => values.iter().any(|one| one.same(value)),
            (None, t::Value::Number(number)) => number.is_finite(),
            (None, t::Value::Text(_)) => false,
        }
    }

    /// The value that a word gives it, and how many characters of the word are the setting's own.
    fn read(&self, word: &str) -> Option<(&str, t::Value, usize)> {
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
        Some((&self.name, value, own))
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
