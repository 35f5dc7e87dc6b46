//! Whether a schema is small and simple enough that checking a value with it takes little time and memory.
//!
//! A schema comes with a connector that nobody vouched for. Few lines can mean endless work: references that double
//! with every step, expressions that backtrack for years, chains that use up the stack. Who knows how often a schema
//! has a value looked at, before anything is compiled, can refuse them all with one sentence.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// Values that a schema document consists of.
const VALUES_MAX: usize = 20_000;
/// Regular expressions in it, and bytes of them all together.
const PATTERNS_MAX: usize = 200;
const PATTERN_BYTES_MAX: usize = 16 << 10;
/// Schemas, each within the one before or referred to by it, from the first to the last.
const LEVELS_MAX: usize = 128;
/// How often schemas are applied along the path to one value.
const WORK_MAX: u64 = 100_000;
/// Nesting of values for which that is known when the schema is loaded.
pub(crate) const DEPTH: usize = 8;

/// Keywords whose schemas apply to the value itself.
const IN_PLACE: [&str; 9] =
    ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies"];
/// Keywords whose schemas apply to what is in the value.
const BELOW: [&str; 10] = [
    "items",
    "prefixItems",
    "additionalItems",
    "contains",
    "unevaluatedItems",
    "additionalProperties",
    "unevaluatedProperties",
    "patternProperties",
    "propertyNames",
    "contentSchema",
];
/// Of both, those with a map of schemas; the others have one schema or a list.
const MAPS: [&str; 3] = ["dependentSchemas", "dependencies", "patternProperties"];
/// Keywords that change what references mean.
const OTHER_BASES: [&str; 7] =
    ["$id", "id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef", "$recursiveAnchor"];

/// Says what is too much in a schema for values that are nested so deep.
pub(crate) fn check(root: &Value, depth: usize) -> Result<(), String> {
    let mut size = Size::default();
    size.add(root)?;
    let mut visit = Visit { root, known: HashMap::new() };
    visit.work(root, depth, 0).map(drop)
}

/// How deep a value is nested.
pub(crate) fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[derive(Default)]
struct Size {
    values: usize,
    patterns: usize,
    pattern_bytes: usize,
}

impl Size {
    fn add(&mut self, value: &Value) -> Result<(), String> {
        self.values += 1;
        if self.values > VALUES_MAX {
            return Err(format!("it consists of more than {VALUES_MAX} values"));
        }
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.add(item)),
            Value::Object(map) => map.iter().try_for_each(|(key, value)| {
                match value {
                    Value::String(pattern) if key == "pattern" => self.pattern(pattern)?,
                    Value::Object(patterns) if key == "patternProperties" => {
                        patterns.keys().try_for_each(|pattern| self.pattern(pattern))?;
                    }
                    _ => {}
                }
                self.add(value)
            }),
            _ => Ok(()),
        }
    }

    fn pattern(&mut self, pattern: &str) -> Result<(), String> {
        self.patterns += 1;
        self.pattern_bytes += pattern.len();
        if self.patterns > PATTERNS_MAX || self.pattern_bytes > PATTERN_BYTES_MAX {
            return Err(format!(
                "it has more than {PATTERNS_MAX} regular expressions or {PATTERN_BYTES_MAX} bytes of them"
            ));
        }
        Ok(())
    }
}

/// Counts how often schemas are applied, each schema once for each depth.
struct Visit<'a> {
    root: &'a Value,
    /// By the place of the schema in memory, which the document does not leave; none while it is being counted.
    known: HashMap<(*const Value, usize), Option<u64>>,
}

impl<'a> Visit<'a> {
    fn work(&mut self, schema: &'a Value, depth: usize, level: usize) -> Result<u64, String> {
        let Value::Object(map) = schema else { return Ok(1) };
        if level > LEVELS_MAX {
            return Err(format!("its schemas lie in or refer to each other more than {LEVELS_MAX} deep"));
        }
        let key = (std::ptr::from_ref(schema), depth);
        match self.known.get(&key) {
            Some(Some(work)) => return Ok(*work),
            Some(None) => {
                return Err("a schema in it refers to itself for the same value, without end".into());
            }
            None => drop(self.known.insert(key, None)),
        }
        let is_root = std::ptr::eq(schema, self.root);
        if let Some(word) = OTHER_BASES.iter().find(|word| map.get(**word).is_some_and(Value::is_string))
            && !(is_root && *word == "$id")
        {
            return Err(format!("it uses `{word}`; only references like `#/$defs/name` are followed"));
        }
        let mut work: u64 = 1;
        if let Some(target) = map.get("$ref") {
            work += self.work(self.target(target)?, depth, level + 1)?;
        }
        work += self.all(map, &IN_PLACE, depth, level)?;
        if depth > 0 {
            work += self.all(map, &BELOW, depth - 1, level)?;
            // A key has one schema here: what counts is the one that costs most.
            let mut most = 0;
            for schema in map.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::values) {
                most = most.max(self.work(schema, depth - 1, level + 1)?);
            }
            work += most;
        }
        if work > WORK_MAX {
            return Err(format!("a value would be looked at more than {WORK_MAX} times"));
        }
        self.known.insert(key, Some(work));
        Ok(work)
    }

    fn all(
        &mut self,
        map: &'a Map<String, Value>,
        keywords: &[&str],
        depth: usize,
        level: usize,
    ) -> Result<u64, String> {
        let mut work = 0;
        for keyword in keywords {
            let schemas: Vec<&'a Value> = match map.get(*keyword) {
                Some(Value::Array(schemas)) => schemas.iter().collect(),
                Some(Value::Object(schemas)) if MAPS.contains(keyword) => schemas.values().collect(),
                Some(schema) => vec![schema],
                None => continue,
            };
            for schema in schemas {
                work += self.work(schema, depth, level + 1)?;
            }
        }
        Ok(work)
    }

    fn target(&self, reference: &Value) -> Result<&'a Value, String> {
        let text = reference.as_str().unwrap_or_default();
        let pointer = text.strip_prefix('#').filter(|pointer| !pointer.contains('%'));
        pointer
            .and_then(|pointer| self.root.pointer(pointer))
            .ok_or_else(|| format!("its reference `{text}` leads nowhere; write it like `#/$defs/name`"))
    }
}

#[cfg(test)]
mod tests;
