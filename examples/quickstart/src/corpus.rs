//! The documents: order books over a catalogue of items, made from a seed, and how one becomes a JSON report.
//! Only item numbers and quantities are kept (1.2 kB each); names, prices and sums are put together when a report is asked
//! for, which is the work the settings make cheap or dear.

use std::io;

use serde::Serialize;
use serde::ser::Serializer;

use crate::random::Random;

const ROWS: usize = 300;
const ITEMS: u32 = 2_000;
const KINDS: [&str; 12] = [
    "bracket", "bearing", "valve", "hinge", "washer", "coupling", "flange", "spindle", "gasket", "pulley",
    "clamp", "bolt",
];
const MATERIALS: [&str; 8] =
    ["galvanized steel", "brass", "stainless steel", "aluminium", "nylon", "bronze", "oak", "cast iron"];
const STATUS: [&str; 4] = ["ordered", "packed", "shipped", "delivered"];
const TOWNS: [&str; 6] = ["Rotterdam", "Gdansk", "Porto", "Trieste", "Malmo", "Galway"];

/// All documents and the catalogue they refer to.
#[derive(Debug)]
pub(crate) struct Corpus {
    items: Vec<Item>,
    lines: Vec<Line>,
}

impl Corpus {
    /// The first `documents` documents that belong to `seed`; they are numbered from 0.
    pub(crate) fn generate(seed: u64, documents: u32) -> Corpus {
        let random = Random::new(seed);
        let items = (0..ITEMS).map(|_| Item::generate(&random)).collect();
        let lines = (0..documents as usize * ROWS)
            .map(|_| {
                let bits = random.next();
                Line {
                    item: (bits % u64::from(ITEMS)) as u16,
                    quantity: (bits >> 32) as u8 % 100 + 1,
                    status: (bits >> 40) as u8 % STATUS.len() as u8,
                }
            })
            .collect();
        Corpus { items, lines }
    }

    /// How many documents there are.
    pub(crate) fn len(&self) -> u32 {
        (self.lines.len() / ROWS) as u32
    }

    /// Writes document `id` as a JSON report, or says `false` when there is no such document.
    pub(crate) fn render(&self, id: u32, out: &mut Vec<u8>) -> io::Result<bool> {
        let start = id as usize * ROWS;
        let Some(lines) = self.lines.get(start..start + ROWS) else {
            return Ok(false);
        };
        let rows = Rows { items: &self.items, lines };
        let total = rows.iter().map(|row| row.amount).sum();
        serde_json::to_writer(out, &Report { document: id, rows, total: Cents(total) })?;
        Ok(true)
    }
}

#[derive(Debug)]
struct Item {
    name: String,
    warehouse: &'static str,
    cents: u32,
}

impl Item {
    fn generate(random: &Random) -> Item {
        let one_of = |words: &[&'static str]| words[random.below(words.len() as u32) as usize];
        let (material, kind, millimetres) = (one_of(&MATERIALS), one_of(&KINDS), 4 + random.below(200));
        Item {
            name: format!("{material} {kind}, {millimetres} mm"),
            warehouse: one_of(&TOWNS),
            cents: 95 + 100 * random.below(400),
        }
    }
}

/// One row of a document: small, because there are millions of them.
#[derive(Debug, Clone, Copy)]
struct Line {
    item: u16,
    quantity: u8,
    status: u8,
}

#[derive(Serialize)]
struct Report<'a> {
    document: u32,
    rows: Rows<'a>,
    total: Cents,
}

struct Rows<'a> {
    items: &'a [Item],
    lines: &'a [Line],
}

impl Rows<'_> {
    fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.lines.iter().zip(1..).filter_map(|(line, number)| {
            let item = self.items.get(usize::from(line.item))?;
            let amount = u64::from(item.cents) * u64::from(line.quantity);
            Some(Row { number, item, line: *line, amount })
        })
    }
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

struct Row<'a> {
    number: u32,
    item: &'a Item,
    line: Line,
    amount: u64,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut row = serializer.serialize_struct("Row", 7)?;
        row.serialize_field("row", &self.number)?;
        row.serialize_field("item", &self.item.name)?;
        row.serialize_field("warehouse", self.item.warehouse)?;
        row.serialize_field("quantity", &self.line.quantity)?;
        row.serialize_field("unit_price", &Cents(u64::from(self.item.cents)))?;
        row.serialize_field("amount", &Cents(self.amount))?;
        row.serialize_field("status", STATUS.get(usize::from(self.line.status)).unwrap_or(&STATUS[0]))?;
        row.end()
    }
}

/// An amount of money, written as text so that no reader rounds it.
struct Cents(u64);

impl Serialize for Cents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}.{:02}", self.0 / 100, self.0 % 100))
    }
}

#[cfg(test)]
mod tests;
