//! The settings that can move, as coordinates: ranges and numeric enums on 0..1, other enums as an index.

use super::{Domain, Setting, Settings, Space, Value};
use crate::gp::Metric;
use crate::random::Random;

/// Coordinates closer than this are the same value.
const SAME: f64 = 1e-9;

/// The movable settings of a space, and the others with the values they keep.
#[derive(Debug, Clone)]
pub(crate) struct Axes {
    axes: Vec<Axis>,
    baseline: Settings,
}

#[derive(Debug, Clone)]
pub(crate) struct Axis {
    pub(crate) id: String,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    /// `unit` is the smallest meaningful difference, `stepped` whether values lie on `min + k × unit`.
    Range { min: f64, max: f64, unit: f64, stepped: bool, integer: bool, log: bool },
    /// All values are numbers: sorted, placed by rank.
    Ranked(Vec<Value>),
    /// Unordered values; the coordinate is the index.
    Category(Vec<Value>),
}

impl Axes {
    pub(crate) fn new(space: &Space) -> Self {
        let axes = space.settings().iter().filter_map(Axis::new).collect();
        Self { axes, baseline: space.baseline() }
    }

    pub(crate) fn len(&self) -> usize {
        self.axes.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Axis> {
        self.axes.iter()
    }

    pub(crate) fn metrics(&self) -> Vec<Metric> {
        self.axes.iter().map(Axis::metric).collect()
    }

    /// The coordinates of `settings`; none when a movable setting is missing or outside its domain.
    pub(crate) fn encode(&self, settings: &Settings) -> Option<Vec<f64>> {
        self.axes.iter().map(|axis| axis.encode(settings.get(&axis.id)?)).collect()
    }

    /// Full settings at `point`: the nearest allowed value per axis, unmoved settings at their baseline.
    pub(crate) fn decode(&self, point: &[f64]) -> Settings {
        let mut settings = self.baseline.clone();
        for (axis, coordinate) in self.axes.iter().zip(point) {
            settings.insert(axis.id.clone(), axis.decode(*coordinate));
        }
        settings
    }

    /// A uniformly random allowed point.
    pub(crate) fn random(&self, random: &mut Random) -> Vec<f64> {
        self.axes.iter().map(|axis| axis.at_share(random.unit())).collect()
    }
}

/// Whether two points are the same setting values.
pub(crate) fn same_point(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < SAME)
}

/// The smallest difference worth telling apart.
pub(super) fn resolution(min: f64, max: f64, step: Option<f64>, integer: bool) -> f64 {
    let fallback = if integer { 1.0 } else { 10f64.powf(((max - min).log10() - 3.0).ceil()) };
    step.unwrap_or(if fallback > 0.0 { fallback } else { 1.0 })
}

impl Axis {
    fn new(setting: &Setting) -> Option<Self> {
        if setting.pinned {
            return None;
        }
        let kind = match &setting.domain {
            Domain::Range { min, max, .. } if min == max => return None,
            Domain::Range { min, max, step, integer, log } => Kind::Range {
                min: *min,
                max: *max,
                unit: resolution(*min, *max, *step, *integer),
                stepped: *integer || step.is_some(),
                integer: *integer,
                log: *log,
            },
            Domain::Enum(values) if values.len() < 2 => return None,
            Domain::Enum(values) if values.iter().all(|v| v.as_number().is_some()) => {
                let mut sorted = values.clone();
                sorted.sort_by(|a, b| a.as_number().unwrap_or(0.0).total_cmp(&b.as_number().unwrap_or(0.0)));
                Kind::Ranked(sorted)
            }
            Domain::Enum(values) => Kind::Category(values.clone()),
        };
        Some(Self { id: setting.id(), kind })
    }

    fn metric(&self) -> Metric {
        match self.kind {
            Kind::Category(_) => Metric::Category,
            Kind::Range { .. } | Kind::Ranked(_) => Metric::Ordered,
        }
    }

    pub(crate) fn is_category(&self) -> bool {
        matches!(self.kind, Kind::Category(_))
    }

    /// The number of values, or none when there are too many to list.
    pub(crate) fn levels(&self) -> Option<usize> {
        match &self.kind {
            Kind::Ranked(values) | Kind::Category(values) => Some(values.len()),
            Kind::Range { min, max, unit, stepped, .. } => {
                let count = ((max - min) / unit + SAME).floor() + 1.0;
                (*stepped && count <= 64.0).then_some(count as usize)
            }
        }
    }

    /// Coordinates to try when this axis alone is moved.
    pub(crate) fn trials(&self) -> Vec<f64> {
        let count = self.levels().unwrap_or(17).min(17);
        (0..count).map(|i| self.at_share((i as f64 + 0.5) / count as f64)).collect()
    }

    /// The allowed coordinate at a share of the axis, equal shares for equal pieces (0 ≤ share < 1).
    pub(crate) fn at_share(&self, share: f64) -> f64 {
        match &self.kind {
            Kind::Category(values) => (share * values.len() as f64).floor().min(values.len() as f64 - 1.0),
            Kind::Ranked(values) => {
                let last = values.len() as f64 - 1.0;
                (share * values.len() as f64).floor().min(last) / last
            }
            Kind::Range { log: false, .. } if self.levels().is_some() => {
                let count = self.levels().unwrap_or(2) as f64;
                self.snap((share * count).floor() / (count - 1.0).max(1.0))
            }
            Kind::Range { .. } => self.snap(share),
        }
    }

    /// A nearby allowed coordinate, always another one: `reach` is a share of the axis.
    pub(crate) fn nudge(&self, coordinate: f64, reach: f64, random: &mut Random) -> f64 {
        if let Kind::Category(values) = &self.kind {
            let step = 1 + random.below(values.len() - 1);
            return ((coordinate as usize + step) % values.len()) as f64;
        }
        for widen in 0..8 {
            let moved = coordinate + reach * f64::from(1 << widen) * random.normal();
            let snapped = self.snap(moved.clamp(0.0, 1.0));
            if (snapped - coordinate).abs() > SAME {
                return snapped;
            }
        }
        // At an end of a coarse range most moves lead back: take the far half.
        self.snap(if coordinate > 0.5 { 0.0 } else { 1.0 })
    }

    pub(crate) fn snap(&self, coordinate: f64) -> f64 {
        self.encode(&self.decode(coordinate)).unwrap_or(coordinate)
    }

    fn encode(&self, value: &Value) -> Option<f64> {
        match &self.kind {
            Kind::Category(values) => values.iter().position(|v| v.same(value)).map(|i| i as f64),
            Kind::Ranked(values) => {
                let last = values.len() as f64 - 1.0;
                values.iter().position(|v| v.same(value)).map(|i| i as f64 / last)
            }
            Kind::Range { min, max, unit, log, .. } => {
                let number = value.as_number()?;
                if number < *min || number > *max {
                    return None;
                }
                if *log {
                    let offset = log_offset(*min, *unit);
                    return Some(
                        ((number + offset) / (min + offset)).ln() / ((max + offset) / (min + offset)).ln(),
                    );
                }
                Some((number - min) / (max - min))
            }
        }
    }

    pub(crate) fn decode(&self, coordinate: f64) -> Value {
        match &self.kind {
            Kind::Category(values) => values[(coordinate.max(0.0) as usize).min(values.len() - 1)].clone(),
            Kind::Ranked(values) => {
                let rank = (coordinate.clamp(0.0, 1.0) * (values.len() as f64 - 1.0)).round();
                values[rank as usize].clone()
            }
            Kind::Range { min, max, unit, stepped, integer, log } => {
                let share = coordinate.clamp(0.0, 1.0);
                let raw = if *log {
                    let offset = log_offset(*min, *unit);
                    (min + offset) * (((max + offset) / (min + offset)).ln() * share).exp() - offset
                } else {
                    min + share * (max - min)
                };
                let number = round_to_grid(raw, (*min, *max), *unit, *stepped, *log);
                if *integer { Value::Integer(number as i64) } else { Value::Number(number) }
            }
        }
    }
}

/// What is added before the logarithm so that a range may start at 0.
fn log_offset(min: f64, unit: f64) -> f64 {
    if min > 0.0 { 0.0 } else { unit }
}

fn round_to_grid(raw: f64, (min, max): (f64, f64), unit: f64, stepped: bool, log: bool) -> f64 {
    if stepped {
        let steps = ((max - min) / unit + SAME).floor();
        let k = ((raw - min) / unit).round().clamp(0.0, steps);
        return tidy(min + k * unit);
    }
    // A real range on a logarithmic axis keeps three significant digits, a linear one its resolution.
    let grain = if log && raw > 0.0 { 10f64.powf(raw.log10().floor() - 2.0) } else { unit };
    tidy((raw / grain).round() * grain).clamp(min, max)
}

/// Drops the last bits, so that 0.1 + 0.2 is written 0.3.
fn tidy(number: f64) -> f64 {
    format!("{number:.12e}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests;
