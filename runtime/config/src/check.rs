//! Checks values against a JSON Schema and says what is wrong in the words of the file.

mod describe;
mod plain;

pub use plain::value_checker;

use std::sync::Arc;

use jsonschema::error::ValidationErrorKind;
use jsonschema::paths::LocationSegment;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

use crate::names::{display_path, suggest};
use crate::node::{Node, Value as Content};
use crate::origin::Origin;
use crate::problem::{Problem, Problems};
use crate::quantity::{FORMATS, check_format};
use crate::schema::{self, bounds};
use crate::secret::is_secret_name;

/// Bytes that a regular expression may take when it is compiled.
const PATTERN_SIZE_MAX: usize = 256 << 10;

/// A schema that is ready to check values.
#[derive(Debug)]
pub(crate) struct Checker {
    schema: Arc<Value>,
    validator: Validator,
}

/// A value in the file and how to get there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The value.
    pub(crate) node: &'a Node,
    /// Where its key, or whatever else stands for it, is written.
    pub(crate) key: &'a Origin,
    /// The path of the value, for instance `vegeta`.
    pub(crate) path: &'a [&'a str],
}

impl Checker {
    /// Compiles a schema; the error says what is wrong with it.
    pub(crate) fn new(schema: Arc<Value>) -> Result<Self, String> {
        bounds::check(&schema, bounds::DEPTH)?;
        let mut options = jsonschema::options().should_validate_formats(true).offline();
        // The engine that never backtracks: its time is proportional to the text, whatever the expression.
        options = options.with_pattern_options(PatternOptions::regex().size_limit(PATTERN_SIZE_MAX));
        for format in FORMATS {
            options = options.with_format(format, move |text: &str| {
                check_format(format, &Value::String(text.to_owned())).is_none_or(|result| result.is_ok())
            });
        }
        let validator = options.build(&schema).map_err(|error| error.to_string())?;
        Ok(Checker { schema, validator })
    }

    /// The schema.
    pub(crate) fn schema(&self) -> &Value {
        &self.schema
    }

    /// Reports everything that is wrong with a value; `json` is the same value without its places.
    pub(crate) fn check(&self, subject: Subject<'_>, json: &Value, problems: &mut Problems) {
        let depth = bounds::depth(json);
        if depth > bounds::DEPTH
            && let Err(why) = bounds::check(&self.schema, depth)
        {
            let path = subject.path_of(&[]);
            let message = format!("`{path}` is nested too deep for its schema: {why}");
            return problems.push(Problem::new(subject.value_origin(&[]), path, message));
        }
        if !self.validator.is_valid(json) {
            let errors: Vec<ValidationError<'_>> = self.validator.iter_errors(json).collect();
            for error in told(&errors) {
                self.report(subject, error, problems);
            }
        }
        self.check_numbers(subject, subject.node, &mut Vec::new(), problems);
    }

    /// JSON Schema applies `format` to texts only; a duration of `-5` or a size of `1.5` is wrong all the same.
    fn check_numbers(
        &self,
        subject: Subject<'_>,
        node: &Node,
        at: &mut Vec<String>,
        problems: &mut Problems,
    ) {
        match &node.value {
            Content::Number(number) => {
                let views = schema::at(&self.schema, at);
                let mut formats = views.iter().filter_map(|view| view.schema.get("format")?.as_str());
                let number = Value::Number(number.clone());
                if let Some(Err(error)) = formats.find_map(|format| check_format(format, &number)) {
                    let path = subject.path_of(at);
                    let message =
                        format!("`{path}`: `{}` is not a {}: {}", error.text, error.kind, error.reason);
                    problems.push(
                        Problem::new(node.origin.clone(), path, message)
                            .with_hint(format!("write for example `{}`", error.example)),
                    );
                }
            }
            Content::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    at.push(index.to_string());
                    self.check_numbers(subject, item, at, problems);
                    at.pop();
                }
            }
            Content::Map(map) => {
                for (key, entry) in map {
                    at.push(key.clone());
                    self.check_numbers(subject, &entry.node, at, problems);
                    at.pop();
                }
            }
            Content::Null | Content::Bool(_) | Content::Text(_) => {}
        }
    }

    fn report(&self, subject: Subject<'_>, error: &ValidationError<'_>, problems: &mut Problems) {
        let at = segments(error);
        match error.kind() {
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                self.report_best(subject, error, context, problems);
            }
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                let known = schema::keys_at(&self.schema, &at);
                for key in unexpected {
                    problems.push(subject.unknown_key(&at, key, &known));
                }
            }
            ValidationErrorKind::Required { property } => {
                let key = property.as_str().unwrap_or_default();
                problems.push(self.missing(subject, &at, key));
            }
            _ => {
                let path = subject.path_of(&at);
                let (message, hint) = describe::describe(error, &path, self.is_secret(&at));
                let mut problem = Problem::new(subject.value_origin(&at), path, message);
                problem.hint = hint.or_else(|| self.example(&at));
                problems.push(problem);
            }
        }
    }

    /// Of several alternatives, reports the one that was most likely meant.
    fn report_best(
        &self,
        subject: Subject<'_>,
        error: &ValidationError<'_>,
        context: &[Vec<ValidationError<'static>>],
        problems: &mut Problems,
    ) {
        let here = error.instance_path().as_str();
        let mismatch = |found: &ValidationError<'_>| {
            found.instance_path().as_str() == here && matches!(found.kind(), ValidationErrorKind::Type { .. })
        };
        let at = segments(error);
        let path = subject.path_of(&at);
        // Documented enums are alternatives of one word each; the list of words is what helps.
        if let Some(words) = describe::words(context, here) {
            let (message, hint) = describe::not_one_of(&path, &words, error.instance(), self.is_secret(&at));
            let mut problem = Problem::new(subject.value_origin(&at), path, message);
            problem.hint = hint.or_else(|| self.example(&at));
            problems.push(problem);
            return;
        }
        let meant = context
            .iter()
            .filter(|branch| !branch.is_empty() && !branch.iter().any(mismatch))
            .min_by_key(|branch| branch.len());
        if let Some(branch) = meant {
            for error in told(branch) {
                self.report(subject, error, problems);
            }
            return;
        }
        let (message, hint) = describe::wrong_type(error, context, &path, self.is_secret(&at));
        let mut problem = Problem::new(subject.value_origin(&at), path, message);
        problem.hint = hint.or_else(|| self.example(&at));
        problems.push(problem);
    }

    fn missing(&self, subject: Subject<'_>, at: &[String], key: &str) -> Problem {
        let mut below = at.to_vec();
        below.push(key.to_owned());
        let path = subject.path_of(&below);
        let parent = subject.path_of(at);
        let inside = if parent.is_empty() { String::new() } else { format!(" in `{parent}`") };
        let message = format!("`{key}` is required{inside}");
        let mut problem = Problem::new(subject.key_origin(at), path, message);
        problem.hint = self.example(&below);
        problem
    }

    /// Whether a value must not be repeated in a message.
    fn is_secret(&self, at: &[String]) -> bool {
        let marked = || schema::at(&self.schema, at).iter().any(|view| schema::is_secret(view.schema));
        at.iter().any(|step| is_secret_name(step)) || marked()
    }

    /// `for example rate: 50/1s`, when the schema has an example or a default.
    fn example(&self, at: &[String]) -> Option<String> {
        let key = at.iter().rev().find(|step| !step.bytes().all(|byte| byte.is_ascii_digit()))?;
        let views = schema::at(&self.schema, at);
        let example = views.iter().find_map(|view| {
            let examples =
                view.schema.get("examples").and_then(Value::as_array).and_then(|list| list.first());
            examples.or_else(|| view.schema.get("default").filter(|value| !value.is_null()))
        })?;
        let text = match example {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (text.len() <= 80).then(|| format!("for example `{key}: {text}`"))
    }
}

impl Subject<'_> {
    fn path_of(&self, at: &[String]) -> String {
        display_path(self.path.iter().copied().chain(at.iter().map(String::as_str)))
    }

    fn value_origin(&self, at: &[String]) -> Origin {
        if at.is_empty() && !matches!(self.node.origin, Origin::Env(_) | Origin::DotEnv(_)) {
            return self.key.clone();
        }
        match self.node.get(at.iter().map(String::as_str)) {
            // Nothing is written where the value should be; the key is.
            Some(node) if node.value == Content::Null => self.key_origin(at),
            Some(node) => node.origin.clone(),
            None => self.key_origin(at),
        }
    }

    /// Where the key of a value is written, for a list item the item itself.
    fn key_origin(&self, at: &[String]) -> Origin {
        let steps: Vec<&str> = at.iter().map(String::as_str).collect();
        if let Some(entry) = self.node.entry(&steps) {
            return entry.key.clone();
        }
        match self.node.get(steps.iter().copied()) {
            Some(node) if !at.is_empty() => node.origin.clone(),
            _ => self.key.clone(),
        }
    }

    fn unknown_key(&self, at: &[String], key: &str, known: &[&str]) -> Problem {
        let mut below: Vec<String> = at.to_vec();
        below.push(key.to_owned());
        let parent = self.path_of(at);
        let inside = if parent.is_empty() { String::new() } else { format!(" in `{parent}`") };
        let message = format!("unknown key `{key}`{inside}");
        let mut problem = Problem::new(self.key_origin(&below), self.path_of(&below), message);
        problem.hint = suggest(key, known);
        problem
    }
}

/// Without patterns that say of a value what its format says in better words.
fn told<'a, 'e>(errors: &'a [ValidationError<'e>]) -> impl Iterator<Item = &'a ValidationError<'e>> {
    let formatted = |path: &str| {
        let format =
            |error: &&ValidationError<'_>| matches!(error.kind(), ValidationErrorKind::Format { .. });
        errors.iter().filter(format).any(|error| error.instance_path().as_str() == path)
    };
    errors.iter().filter(move |error| {
        !matches!(error.kind(), ValidationErrorKind::Pattern { .. })
            || !formatted(error.instance_path().as_str())
    })
}

fn segments(error: &ValidationError<'_>) -> Vec<String> {
    error
        .instance_path()
        .iter()
        .map(|segment| match segment {
            LocationSegment::Property(name) => name.into_owned(),
            LocationSegment::Index(index) => index.to_string(),
        })
        .collect()
}
