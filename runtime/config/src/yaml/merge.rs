//! YAML merge keys: `<<: *base`.

use crate::node::{Entry, Map, Value};
use crate::problem::{Problem, Problems};

/// Adds the entries of merged maps behind the map's own; own keys win, then earlier maps.
pub(super) fn merge_keys(map: &mut Map, merged: Vec<Entry>, problems: &mut Problems) {
    for entry in merged {
        let bases = match entry.node.value {
            Value::List(items) => items,
            _ => vec![entry.node],
        };
        for base in bases {
            let Value::Map(base) = base.value else {
                problems.push(
                    Problem::new(base.origin, "<<", "`<<` takes a map or a list of maps")
                        .with_hint("write for example `<<: *name` where `&name` stands before a map"),
                );
                continue;
            };
            for (key, entry) in base {
                map.entry(key).or_insert(entry);
            }
        }
    }
}
