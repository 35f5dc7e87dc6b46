//! Student's t distribution and the comparison of two small samples (Welch).

use super::{bisect, mean, variance};

/// The difference of two means with its standard error and degrees of freedom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Comparison {
    /// mean(a) − mean(b).
    pub(crate) difference: f64,
    pub(crate) standard_error: f64,
    pub(crate) degrees: f64,
}

impl Comparison {
    /// The chance of a difference at least this large when there is none (one-sided).
    pub(crate) fn p_value(&self) -> f64 {
        if self.standard_error <= 0.0 {
            return if self.difference > 0.0 { 0.0 } else { 1.0 };
        }
        t_upper_tail(self.difference / self.standard_error, self.degrees)
    }

    /// Two-sided interval of the difference at `confidence` (0.95 = 95 %).
    pub(crate) fn interval(&self, confidence: f64) -> (f64, f64) {
        let half = t_quantile(0.5 + confidence / 2.0, self.degrees) * self.standard_error;
        (self.difference - half, self.difference + half)
    }
}

/// Welch's comparison, which does not assume equal spreads; none with fewer than two values a side.
pub(crate) fn compare(a: &[f64], b: &[f64]) -> Option<Comparison> {
    if a.len() < 2 || b.len() < 2 {
        return None;
    }
    let (va, vb) = (variance(a) / a.len() as f64, variance(b) / b.len() as f64);
    let total = va + vb;
    let spread = va * va / (a.len() - 1) as f64 + vb * vb / (b.len() - 1) as f64;
    let most = (a.len() + b.len() - 2) as f64;
    let degrees = if spread > 0.0 { (total * total / spread).clamp(1.0, most) } else { most };
    Some(Comparison { difference: mean(a) - mean(b), standard_error: total.sqrt(), degrees })
}

/// P(T > t) with `degrees` degrees of freedom.
pub(crate) fn t_upper_tail(t: f64, degrees: f64) -> f64 {
    let half = 0.5 * incomplete_beta(degrees / (degrees + t * t), 0.5 * degrees, 0.5);
    if t >= 0.0 { half } else { 1.0 - half }
}

/// The value below which T falls with probability `p` (bisection).
pub(crate) fn t_quantile(p: f64, degrees: f64) -> f64 {
    bisect(-1e6, 1e6, 120, |value| 1.0 - t_upper_tail(value, degrees) < p)
}

/// The regularised incomplete beta function by its continued fraction (modified Lentz).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let log_front = log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    let tiny = 1e-300;
    let guard = |v: f64| if v.abs() < tiny { tiny } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..300 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    log_front.exp() * fraction / a
}

/// ln Γ(x) for x > 0: shifted up, then Stirling's series.
fn log_gamma(x: f64) -> f64 {
    let (mut shifted, mut product) = (x, 1.0);
    while shifted < 10.0 {
        product *= shifted;
        shifted += 1.0;
    }
    let w = 1.0 / (shifted * shifted);
    let series = (1.0 / 12.0 - w * (1.0 / 360.0 - w * (1.0 / 1260.0 - w / 1680.0))) / shifted;
    (shifted - 0.5) * shifted.ln() - shifted + 0.5 * std::f64::consts::TAU.ln() + series - product.ln()
}
