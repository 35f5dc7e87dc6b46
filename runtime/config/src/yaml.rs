//! YAML text to [`Node`] trees, with budgets.
//!
//! Depth, number of values and what aliases multiply are bounded before anything is built, so that a hostile
//! file costs no more than an honest one. Nothing in a file is executed: tags other than the core ones are
//! refused.

mod merge;
mod scalar;

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Parser, Span as Range, StrInput, options};

use crate::node::{Entry, Map, Node, Value};
use crate::origin::{Origin, Place, Span};
use crate::problem::{Problem, Problems};
use crate::source::Source;

/// Deepest nesting of lists and maps.
pub const DEPTH_MAX: usize = 64;
/// Most values in one file, those that aliases repeat included.
pub const VALUES_MAX: usize = 100_000;
/// Most bytes of text that aliases may repeat.
const ALIAS_BYTES_MAX: usize = 4 << 20;

/// Reads all documents of a source; empty documents are left out unless there is no other.
///
/// # Errors
/// All duplicate keys and wrong tags of the file, or the first syntax error or exceeded budget.
pub fn parse(source: &Arc<Source>) -> Result<Vec<Node>, Problems> {
    let options = options! { emit_comments: false, block_nesting_limit: 250, flow_nesting_limit: 250 };
    let mut builder = Builder {
        source,
        parser: Parser::new_from_str_with_options(source.text(), options),
        anchors: HashMap::new(),
        values: 0,
        alias_bytes: 0,
        problems: Problems::new(),
    };
    let mut documents = match builder.stream() {
        Ok(documents) => documents,
        Err(stop) => {
            builder.problems.push(*stop);
            Vec::new()
        }
    };
    builder.problems.into_result()?;
    if documents.len() > 1 {
        documents.retain(|document| document.value != Value::Null);
    }
    if documents.is_empty() {
        documents.push(Node::new(Value::Null, at(source, Range::default())));
    }
    Ok(documents)
}

struct Builder<'s> {
    source: &'s Arc<Source>,
    parser: Parser<'s, StrInput<'s>>,
    anchors: HashMap<usize, Anchored>,
    values: usize,
    alias_bytes: usize,
    problems: Problems,
}

/// A value that aliases may repeat, and what each repetition costs.
struct Anchored {
    node: Node,
    values: usize,
    bytes: usize,
}

/// A problem after which the rest of the file cannot be read.
type Stop = Box<Problem>;

impl<'s> Builder<'s> {
    fn stream(&mut self) -> Result<Vec<Node>, Stop> {
        let mut documents = Vec::new();
        while let Some((event, range)) = self.next()? {
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) => self.anchors.clear(),
                Event::StreamEnd => break,
                node => documents.push(self.node(node, range, 0)?),
            }
        }
        Ok(documents)
    }

    fn next(&mut self) -> Result<Option<(Event<'s>, Range)>, Stop> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok(next)) => Ok(Some(next)),
            Some(Err(error)) => {
                let origin = at(self.source, Range::empty(*error.marker()));
                if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
                    return Err(stop(origin, too_deep()));
                }
                let info = error.info();
                let message = format!("not valid YAML: {info}");
                Err(Box::new(Problem::new(origin, "", message).with_hint(hint(&info))))
            }
        }
    }

    fn node(&mut self, event: Event<'s>, range: Range, depth: usize) -> Result<Node, Stop> {
        let origin = at(self.source, range);
        self.values += 1;
        if self.values > VALUES_MAX {
            return Err(stop(origin, format!("the file has more than {VALUES_MAX} values")));
        }
        if depth >= DEPTH_MAX {
            return Err(stop(origin, too_deep()));
        }
        let (before, anchor) = (self.values, event.anchor_id());
        if let Some(tag) = event.tag()
            && !matches!(tag.core_suffix(), Some("str" | "int" | "float" | "bool" | "null" | "seq" | "map"))
        {
            self.problems.push(
                Problem::new(
                    range.tag_span().map_or_else(|| origin.clone(), |tag| at(self.source, tag)),
                    "",
                    format!("the tag `{}` is not supported", tag.original()),
                )
                .with_hint("write the value without a tag"),
            );
        }
        let node = match event {
            Event::Alias(id) => return self.alias(id, origin, depth),
            Event::Scalar(text, style, _, tag) => {
                let tag = tag.as_ref().and_then(|tag| tag.core_suffix().map(str::to_owned));
                match scalar::resolve(&text, style, tag.as_deref()) {
                    Ok(value) => Node::new(value, origin),
                    Err(message) => {
                        self.problems.push(Problem::new(origin.clone(), "", message));
                        Node::new(Value::Null, origin)
                    }
                }
            }
            Event::SequenceStart(..) => self.list(origin, depth)?,
            Event::MappingStart(..) => self.map(origin, depth)?,
            _ => return Err(stop(origin, "not valid YAML: a value is missing here".to_owned())),
        };
        if let Some(id) = anchor.filter(|id| *id > 0) {
            let values = self.values - before + 1;
            let bytes = text_bytes(&node);
            self.anchors.insert(id, Anchored { node: node.clone(), values, bytes });
        }
        Ok(node)
    }

    fn list(&mut self, origin: Origin, depth: usize) -> Result<Node, Stop> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Some((Event::SequenceEnd, _)) | None => break,
                Some((event, range)) => items.push(self.node(event, range, depth + 1)?),
            }
        }
        Ok(Node::new(Value::List(items), origin))
    }

    fn map(&mut self, origin: Origin, depth: usize) -> Result<Node, Stop> {
        let mut map = Map::new();
        let mut merged = Vec::new();
        loop {
            let (event, range) = match self.next()? {
                Some((Event::MappingEnd, _)) | None => break,
                Some(next) => next,
            };
            let key_origin = at(self.source, range);
            let key = match event {
                Event::Scalar(text, style, ..) => Some((text.into_owned(), scalar::is_plain(style))),
                other => {
                    self.node(other, range, depth + 1)?;
                    self.problems.push(
                        Problem::new(key_origin.clone(), "", "a key must be text")
                            .with_hint("quote it, for instance a value that begins with `*` or `{`"),
                    );
                    None
                }
            };
            let Some((event, range)) = self.next()? else { break };
            let node = self.node(event, range, depth + 1)?;
            match key {
                Some((key, true)) if key == "<<" => merged.push(Entry { key: key_origin, node }),
                Some((key, _)) => self.insert(&mut map, key, Entry { key: key_origin, node }),
                None => {}
            }
        }
        merge::merge_keys(&mut map, merged, &mut self.problems);
        Ok(Node::new(Value::Map(map), origin))
    }

    fn insert(&mut self, map: &mut Map, key: String, entry: Entry) {
        if let Some(first) = map.get(&key) {
            let message = format!("the key `{key}` is given twice; first at {}", first.key);
            let problem = Problem::new(entry.key, key, message).with_hint("keep one of the two");
            self.problems.push(problem);
        } else {
            map.insert(key, entry);
        }
    }

    fn alias(&mut self, id: usize, origin: Origin, depth: usize) -> Result<Node, Stop> {
        let Some(anchored) = self.anchors.get(&id) else {
            return Err(stop(origin, "this alias refers to a value that contains it".to_owned()));
        };
        self.values = self.values.saturating_add(anchored.values);
        self.alias_bytes = self.alias_bytes.saturating_add(anchored.bytes);
        if self.values > VALUES_MAX || self.alias_bytes > ALIAS_BYTES_MAX {
            let message = format!("aliases repeat more than {VALUES_MAX} values or 4MiB of text");
            return Err(stop(origin, message));
        }
        if depth + nesting(&anchored.node) > DEPTH_MAX {
            return Err(stop(origin, too_deep()));
        }
        Ok(anchored.node.clone())
    }
}

fn at(source: &Arc<Source>, range: Range) -> Origin {
    let start = range.start.byte_offset().unwrap_or_default();
    let end = range.end.byte_offset().unwrap_or(start);
    let text = source.text();
    // The parser ends some ranges behind white space; the mark should end with the text.
    let end = text.get(start..end).map_or(end, |written| start + written.trim_end().len());
    let span =
        Span { start, end: end.max(start), line: range.start.line().max(1), column: range.start.col() + 1 };
    Origin::File(Place { source: Arc::clone(source), span })
}

fn too_deep() -> String {
    format!("nested deeper than {DEPTH_MAX} levels")
}

/// The next step for what people get wrong most often; the parser's words are for people who know YAML.
fn hint(info: &str) -> &'static str {
    if info.contains("tab") {
        "indent with spaces"
    } else if info.contains("unknown anchor") {
        "`*name` needs a `&name` before it; put quotes around text that begins with `*`"
    } else if info.contains("mapping values") {
        "put quotes around text that contains `: `"
    } else {
        "check indentation, quotes and brackets here and in the lines above"
    }
}

fn stop(origin: Origin, message: String) -> Stop {
    Box::new(Problem::new(origin, "", message))
}

fn text_bytes(node: &Node) -> usize {
    match &node.value {
        Value::Text(text) => text.len(),
        Value::List(items) => items.iter().map(text_bytes).sum(),
        Value::Map(map) => map.iter().map(|(key, entry)| key.len() + text_bytes(&entry.node)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

fn nesting(node: &Node) -> usize {
    match &node.value {
        Value::List(items) => 1 + items.iter().map(nesting).max().unwrap_or(0),
        Value::Map(map) => 1 + map.values().map(|entry| nesting(&entry.node)).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => 1,
    }
}

#[cfg(test)]
mod tests;
