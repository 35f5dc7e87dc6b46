//! Processor cores in Kubernetes notation: `250m`, `0.5`, `2`.

use serde_json::Number;

use super::scan::{Decimal, take_unit};
use super::{Quantity, QuantityError, refused};

/// A number of cores, counted in billionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Cores {
    /// Billionths of a core.
    pub nanos: u64,
}

const CORE: u128 = 1_000_000_000;

impl Cores {
    /// The value in cores.
    pub fn as_f64(self) -> f64 {
        self.nanos as f64 / CORE as f64
    }
}

impl Quantity for Cores {
    const FORMAT: &'static str = "cores";
    const EXAMPLES: &'static [&'static str] = &["250m", "0.5", "2"];

    fn from_text(text: &str) -> Result<Self, QuantityError> {
        let Some((number, after)) = Decimal::take(text.trim()) else {
            return Err(refused::<Self>(text, "it does not start with a number"));
        };
        let (unit, rest) = take_unit(after.trim_start());
        let factor = match (unit, rest) {
            ("", "") => CORE,
            ("m", "") => CORE / 1_000,
            ("u" | "µ" | "μ", "") => CORE / 1_000_000,
            ("n", "") => 1,
            _ => {
                let reason = format!("`{}` is not a unit of cores (m, u, n or none)", after.trim());
                return Err(refused::<Self>(text, reason));
            }
        };
        number
            .times(factor)
            .and_then(|nanos| u64::try_from(nanos).ok())
            .map(|nanos| Cores { nanos })
            .ok_or_else(|| refused::<Self>(text, "it is too large"))
    }

    fn from_number(number: &Number) -> Result<Self, QuantityError> {
        let nanos = number.as_f64().unwrap_or(f64::NAN) * CORE as f64;
        if !(0.0..1e18).contains(&nanos) {
            return Err(refused::<Self>(number, "a plain number is cores, not negative and not too large"));
        }
        Ok(Cores { nanos: nanos.round() as u64 })
    }

    fn to_text(&self) -> String {
        let nanos = self.nanos;
        match nanos {
            0 => "0".to_owned(),
            1..1_000 => format!("{nanos}n"),
            1_000..1_000_000 => scaled(nanos, 1_000, "u"),
            1_000_000..1_000_000_000 => scaled(nanos, 1_000_000, "m"),
            _ => scaled(nanos, 1_000_000_000, ""),
        }
    }
}

fn scaled(nanos: u64, unit: u64, suffix: &str) -> String {
    let width = unit.ilog10() as usize;
    let fraction = format!("{:0width$}", nanos % unit);
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{}{dot}{fraction}{suffix}", nanos / unit)
}
