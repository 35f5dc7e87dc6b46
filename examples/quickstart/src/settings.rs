//! The settings: their values, ranges and meaning, and how a change is checked.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// The settings in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Settings {
    /// Threads that render and compress reports.
    pub(crate) workers: u32,
    /// Effort of the compression, 1 (quick) to 9 (small).
    pub(crate) compression_level: u32,
    /// How many compressed reports are kept.
    pub(crate) cache_entries: u32,
    /// Which report leaves a full cache.
    pub(crate) eviction: Eviction,
    /// How many waiting requests one worker takes at once.
    pub(crate) batch_size: u32,
}

/// Which report leaves a full cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Eviction {
    /// The one that was stored first.
    Fifo,
    /// The one that was not asked for longest.
    Lru,
}

/// One thing that is wrong with a change.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// Where, as a JSON pointer into the change.
    pub(crate) pointer: String,
    /// What is wrong and what would be right.
    pub(crate) text: String,
}

impl Default for Settings {
    /// A careful start: one thread, small answers, no memory spent.
    fn default() -> Settings {
        Settings {
            workers: 1,
            compression_level: 9,
            cache_entries: 0,
            eviction: Eviction::Fifo,
            batch_size: 1,
        }
    }
}

impl Settings {
    /// These settings with the ones that `change`, a JSON object, names replaced; or everything that is wrong with it.
    pub(crate) fn changed(&self, change: &[u8]) -> Result<Settings, Vec<Problem>> {
        let change: Map<String, Value> = serde_json::from_slice(change).map_err(|error| {
            vec![Problem {
                pointer: String::new(),
                text: format!("the change is not a JSON object like {{\"workers\": 2}}: {error}"),
            }]
        })?;
        let mut settings = self.clone();
        let problems: Vec<Problem> =
            change.iter().filter_map(|(name, value)| settings.set(name, value).err()).collect();
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }

    /// A JSON Schema of the settings, with the default and the unit of each.
    pub(crate) fn schema() -> Value {
        let properties: Map<String, Value> =
            FIELDS.iter().map(|field| (field.name.to_owned(), field.schema())).collect();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Settings of the quickstart application",
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        })
    }

    /// The name and value of every setting that is a number.
    pub(crate) fn numbers(&self) -> [(&'static str, u32); 4] {
        [
            ("workers", self.workers),
            ("compression_level", self.compression_level),
            ("cache_entries", self.cache_entries),
            ("batch_size", self.batch_size),
        ]
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), Problem> {
        let problem =
            |text| Problem { pointer: format!("/{}", name.replace('~', "~0").replace('/', "~1")), text };
        let Some(field) = FIELDS.iter().find(|field| field.name == name) else {
            let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
            return Err(problem(format!("there is no such setting; there are {}", names.join(", "))));
        };
        match field.kind {
            Kind::Whole { min, max, unit, place } => {
                let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
                let number = number.filter(|number| (min..=max).contains(number)).ok_or_else(|| {
                    problem(format!("{value} is not a whole number from {min} to {max} ({unit})"))
                })?;
                *place(self) = number;
            }
            Kind::Eviction => {
                self.eviction = match value.as_str() {
                    Some("fifo") => Eviction::Fifo,
                    Some("lru") => Eviction::Lru,
                    _ => return Err(problem(format!("{value} is neither \"fifo\" nor \"lru\""))),
                };
            }
        }
        Ok(())
    }
}

struct Field {
    name: &'static str,
    about: &'static str,
    kind: Kind,
}

enum Kind {
    Whole { min: u32, max: u32, unit: &'static str, place: fn(&mut Settings) -> &mut u32 },
    Eviction,
}

const FIELDS: [Field; 5] = [
    Field {
        name: "workers",
        about: "Threads that render and compress reports; more than there are cores get in each other's way.",
        kind: Kind::Whole { min: 1, max: 16, unit: "threads", place: |settings| &mut settings.workers },
    },
    Field {
        name: "compression_level",
        about: "Effort of the compression: a high level makes answers smaller and takes more time for each.",
        kind: Kind::Whole {
            min: 1,
            max: 9,
            unit: "level",
            place: |settings| &mut settings.compression_level,
        },
    },
    Field {
        name: "cache_entries",
        about: "How many compressed reports are kept; each takes 6 to 9 kB of memory, all of them at most 128 MiB.",
        kind: Kind::Whole {
            min: 0,
            max: 20_000,
            unit: "entries",
            place: |settings| &mut settings.cache_entries,
        },
    },
    Field {
        name: "eviction",
        about: "Which report leaves a full cache: the one stored first (fifo) or the one not asked for longest (lru).",
        kind: Kind::Eviction,
    },
    Field {
        name: "batch_size",
        about: "How many waiting requests one worker takes at once: equal ones are answered by one rendering, but \
                other workers may run out of work meanwhile.",
        kind: Kind::Whole { min: 1, max: 64, unit: "requests", place: |settings| &mut settings.batch_size },
    },
];

impl Field {
    fn schema(&self) -> Value {
        let defaults = json!(Settings::default());
        let mut schema = match self.kind {
            Kind::Whole { min, max, unit, .. } => {
                json!({"type": "integer", "minimum": min, "maximum": max, "x-unit": unit})
            }
            Kind::Eviction => json!({"type": "string", "enum": ["fifo", "lru"]}),
        };
        schema["default"] = defaults[self.name].clone();
        schema["description"] = json!(self.about);
        schema
    }
}

#[cfg(test)]
mod tests;
