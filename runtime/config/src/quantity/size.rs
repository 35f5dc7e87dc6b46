//! Sizes: `128MiB`, `1Gi`, `64k`, or a number of bytes.

use serde_json::Number;

use super::scan::{Decimal, take_unit};
use super::{Quantity, QuantityError, refused};

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Size(pub u64);

const UNITS: [(&str, u128); 21] = [
    ("B", 1),
    ("Ki", 1 << 10),
    ("KiB", 1 << 10),
    ("Mi", 1 << 20),
    ("MiB", 1 << 20),
    ("Gi", 1 << 30),
    ("GiB", 1 << 30),
    ("Ti", 1 << 40),
    ("TiB", 1 << 40),
    ("Pi", 1 << 50),
    ("PiB", 1 << 50),
    ("k", 1_000),
    ("kB", 1_000),
    ("KB", 1_000),
    ("M", 1_000_000),
    ("MB", 1_000_000),
    ("G", 1_000_000_000),
    ("GB", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("TB", 1_000_000_000_000),
    ("P", 1_000_000_000_000_000),
];

/// Reads a size in bytes; binary units are Ki, Mi, Gi, Ti, Pi (with or without `B`), decimal ones k, M, G, T, P.
///
/// # Errors
/// When there is no unit (ServoX read `"1.5"` as GiB and `2` as bytes, so servo asks), the unit is unknown,
/// or the value does not fit 64 bits.
pub fn parse_size(text: &str) -> Result<u64, QuantityError> {
    Size::from_text(text).map(|size| size.0)
}

/// Writes a size in the largest binary unit that divides it: `128MiB`, `1536KiB`, `1000B`.
pub fn format_size(bytes: u64) -> String {
    Size(bytes).to_text()
}

impl Quantity for Size {
    const FORMAT: &'static str = "size";
    const EXAMPLES: &'static [&'static str] = &["128MiB", "1Gi", "64KiB"];

    fn from_text(text: &str) -> Result<Self, QuantityError> {
        let trimmed = text.trim();
        if trimmed == "0" {
            return Ok(Size(0));
        }
        let Some((number, after)) = Decimal::take(trimmed) else {
            return Err(refused::<Self>(text, "it does not start with a number"));
        };
        let (unit, rest) = take_unit(after.trim_start());
        if unit.is_empty() && rest.is_empty() {
            let mut error = refused::<Self>(text, "it has no unit");
            error.example = format!("{trimmed}{}", if number.is_whole() { "B" } else { "GiB" });
            return Err(error);
        }
        let Some(&(_, factor)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(refused::<Self>(
                text,
                format!("`{}` is not a unit of size (B, KiB, MiB, GiB, TiB, kB, MB, GB)", after.trim()),
            ));
        };
        if !rest.is_empty() {
            return Err(refused::<Self>(text, format!("`{rest}` follows the unit")));
        }
        number
            .times(factor)
            .and_then(|bytes| u64::try_from(bytes).ok())
            .map(Size)
            .ok_or_else(|| refused::<Self>(text, "it is too large"))
    }

    fn from_number(number: &Number) -> Result<Self, QuantityError> {
        number.as_u64().map(Size).ok_or_else(|| {
            refused::<Self>(number, "a plain number is bytes and must be whole and not negative")
        })
    }

    fn to_text(&self) -> String {
        let bytes = self.0;
        for (name, shift) in [("PiB", 50), ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)] {
            let unit = 1_u64 << shift;
            if bytes >= unit && bytes.is_multiple_of(unit) {
                return format!("{}{name}", bytes / unit);
            }
        }
        format!("{bytes}B")
    }
}
