//! `50/1s`, `3000/m`, or a number per second.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::Duration;

/// So many in so much time. A plain number is per second; 0 and `infinity` mean as fast as possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many; 0 for no limit.
    pub count: u32,
    /// In how long; never zero.
    pub per: Duration,
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Rate, String> {
        let wrong = |why: String| format!("`{text}` is not a rate: {why}; write it like `50/1s`");
        if text.trim() == "infinity" {
            return Ok(Rate { count: 0, per: Duration::from_secs(1) });
        }
        let (count, per) = text.split_once('/').unwrap_or((text, "1s"));
        let (count, per) = (count.trim(), per.trim());
        let digits = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
        let count = count
            .parse()
            .ok()
            .filter(|_| digits)
            .ok_or_else(|| wrong(format!("`{count}` is not a whole number up to {}", u32::MAX)))?;
        let bare_unit = !per.is_empty() && per.chars().all(char::is_alphabetic);
        let written = if bare_unit { format!("1{per}") } else { per.to_owned() };
        let per: Duration = written.parse().map_err(|_| wrong(format!("`{per}` is not a duration")))?;
        if per.millis() == 0 {
            return Err(wrong("the time is shorter than a millisecond".to_owned()));
        }
        Ok(Rate { count, per })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}/{}", self.count, self.per)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Rate, D::Error> {
        from.deserialize_any(Reader)
    }
}

impl JsonSchema for Rate {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer"],
            "format": "rate",
            "pattern": "^\\s*(infinity|[0-9]+\\s*(/\\s*[0-9a-zµμ. ]+)?)\\s*$",
            "minimum": 0,
            "examples": ["50/1s", "3000/1m"],
        })
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Rate;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a rate such as `50/1s`, or a whole number per second")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Rate, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, count: u64) -> Result<Rate, E> {
        count.to_string().parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests;
