//! What was measured.

use std::fmt;

/// The answer to `measure`: readings and remarks about them.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct Measurement {
    /// All series or all scalars, see [`Measurement::check`].
    pub readings: Vec<Reading>,
    /// Key and text, for example `load_profile`.
    pub annotations: Vec<(String, String)>,
}

/// One reading of one metric.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(untagged))]
pub enum Reading {
    /// Values over time.
    Series(Series),
    /// One value.
    Scalar(Scalar),
}

/// Values of one metric over time, from one source.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Series {
    /// Name of the metric.
    pub metric: String,
    /// Which of several sources this is, for example `{instance=web-1}`.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub id: Option<String>,
    /// What is known about the source.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub annotations: Vec<(String, String)>,
    /// Seconds since the epoch, one for each value.
    pub times: Vec<f64>,
    /// The values, as many as `times`.
    pub values: Vec<f64>,
}

/// One value of one metric.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Scalar {
    /// Name of the metric.
    pub metric: String,
    /// Which of several sources this is.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub id: Option<String>,
    /// When, in seconds since the epoch.
    pub at: f64,
    /// The value.
    pub value: f64,
}

/// A measurement with both series and scalars, which no optimizer can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixedReadings;

impl fmt::Display for MixedReadings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("all readings must be of the same type: either time series or scalars")
    }
}

impl std::error::Error for MixedReadings {}

impl Measurement {
    /// Checks that series and scalars are not mixed.
    pub fn check(&self) -> Result<(), MixedReadings> {
        let series = self.readings.iter().filter(|reading| matches!(reading, Reading::Series(_))).count();
        if series == 0 || series == self.readings.len() { Ok(()) } else { Err(MixedReadings) }
    }

    /// Takes over the readings and annotations of another connector.
    pub fn merge(&mut self, other: Self) {
        self.readings.extend(other.readings);
        for (key, text) in other.annotations {
            match self.annotations.iter_mut().find(|(known, _)| *known == key) {
                Some(known) => known.1 = text,
                None => self.annotations.push((key, text)),
            }
        }
    }
}

impl Reading {
    /// Name of the metric.
    pub fn metric(&self) -> &str {
        match self {
            Self::Series(series) => &series.metric,
            Self::Scalar(scalar) => &scalar.metric,
        }
    }

    /// The mean of the finite values; none when there is none.
    pub fn mean(&self) -> Option<f64> {
        let values = match self {
            Self::Series(series) => series.values.as_slice(),
            Self::Scalar(scalar) => std::slice::from_ref(&scalar.value),
        };
        mean(values.iter().copied().filter(|value| value.is_finite()))
    }
}

/// The mean of finite values, which is finite however large they are; none when there are none.
pub fn mean(values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let count = values.clone().count() as f64;
    let sum: f64 = values.clone().sum();
    // Shares are less exact, and can be summed up where the values cannot.
    let shares = || values.map(|value| value / count).sum::<f64>().clamp(f64::MIN, f64::MAX);
    (count > 0.0).then(|| if sum.is_finite() { sum / count } else { shares() })
}
