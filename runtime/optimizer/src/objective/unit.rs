//! Units that numbers and metrics may have, and what one is in terms of another.

/// A unit of a known kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unit {
    kind: Kind,
    /// One of it in the base unit of its kind.
    base: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Time,
    Share,
    Bytes,
    Rate,
    Cores,
}

/// The short names, for error texts.
pub(super) const KNOWN: [&str; 16] =
    ["ns", "us", "ms", "s", "m", "h", "%", "B", "kB", "MB", "GB", "KiB", "MiB", "GiB", "rps", "rpm"];

impl Unit {
    /// A share of one: what a percentage is compared with when a metric has no unit.
    pub(super) const ONE: Self = Self { kind: Kind::Share, base: 1.0 };

    /// A unit by its short or long name.
    pub(super) fn parse(word: &str) -> Option<Self> {
        let (kind, base) = match word {
            "ns" | "nanoseconds" => (Kind::Time, 1e-9),
            "us" | "µs" | "μs" | "microseconds" => (Kind::Time, 1e-6),
            "ms" | "milliseconds" => (Kind::Time, 1e-3),
            "s" | "sec" | "seconds" => (Kind::Time, 1.0),
            "m" | "min" | "minutes" => (Kind::Time, 60.0),
            "h" | "hours" => (Kind::Time, 3600.0),
            "d" | "days" => (Kind::Time, 86_400.0),
            "%" | "percent" | "percentage" => (Kind::Share, 0.01),
            "B" | "bytes" => (Kind::Bytes, 1.0),
            "kB" | "KB" => (Kind::Bytes, 1e3),
            "MB" => (Kind::Bytes, 1e6),
            "GB" => (Kind::Bytes, 1e9),
            "TB" => (Kind::Bytes, 1e12),
            "KiB" => (Kind::Bytes, 1024.0),
            "MiB" => (Kind::Bytes, 1024.0 * 1024.0),
            "GiB" => (Kind::Bytes, 1024.0 * 1024.0 * 1024.0),
            "TiB" => (Kind::Bytes, 1024.0 * 1024.0 * 1024.0 * 1024.0),
            "rps" | "requests_per_second" => (Kind::Rate, 1.0),
            "rpm" | "requests_per_minute" => (Kind::Rate, 1.0 / 60.0),
            "cores" => (Kind::Cores, 1.0),
            "millicores" => (Kind::Cores, 1e-3),
            _ => return None,
        };
        Some(Self { kind, base })
    }

    /// How many `to` one of `self` is; none for units of different kinds.
    pub(super) fn factor(self, to: Unit) -> Option<f64> {
        // Multiples of ten divide exactly this way round; 1e-3 / 1e-6 would not.
        let direct = self.base / to.base;
        let inverse = to.base / self.base;
        let exact = if inverse.round() > 1.0 && (inverse - inverse.round()).abs() < 1e-6 {
            1.0 / inverse.round()
        } else if (direct - direct.round()).abs() < 1e-6 * direct {
            direct.round()
        } else {
            direct
        };
        (self.kind == to.kind).then_some(exact)
    }
}
