//! One answer out of many: what all connectors said about metrics, components, the state and the measurement.

use std::fmt;
use std::sync::Arc;

use servo_types::{Component, Description, Measurement, Metric, Reading};

use crate::{Outcomes, Reply};

/// A metric with those that offer it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The metric, with the unit of the first that offers it.
    pub metric: Metric,
    /// In the order of registration.
    pub connectors: Vec<Arc<str>>,
}

/// All metrics on offer, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// In the order in which they were first offered.
    pub offers: Vec<Offer>,
    /// Connectors that disagree about a unit; worth a notice.
    pub conflicts: Vec<UnitConflict>,
}

/// Two connectors offer one metric in different units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitConflict {
    /// The metric, with the unit that counts.
    pub metric: Metric,
    /// Who offered it first.
    pub first: Arc<str>,
    /// Who offers it in another unit.
    pub connector: Arc<str>,
    /// Which.
    pub unit: String,
}

impl fmt::Display for UnitConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { metric, first, connector, unit } = self;
        write!(
            f,
            "`{connector}` offers metric `{}` in `{unit}`, `{first}` in `{}`, which counts; rename one of them",
            metric.name, metric.unit
        )
    }
}

/// Connectors that answered one measurement with readings of different types.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{series}` answered with time series and `{scalars}` with scalars: all readings must be of the same type; measure \
     with one of them at a time"
)]
pub struct MixedAnswers {
    /// The first that answered with time series.
    pub series: Arc<str>,
    /// The first that answered with scalars.
    pub scalars: Arc<str>,
}

impl Outcomes {
    /// The metrics of all answers by name: the first unit counts, another one is a conflict.
    pub fn offers(&self) -> Offers {
        let mut all = Offers::default();
        for (connector, reply) in self.replies() {
            let Reply::Metrics(metrics) = reply else { continue };
            for metric in metrics {
                let Some(known) = all.offers.iter_mut().find(|offer| offer.metric.name == metric.name) else {
                    all.offers
                        .push(Offer { metric: metric.clone(), connectors: vec![Arc::clone(connector)] });
                    continue;
                };
                if known.metric.unit != metric.unit {
                    all.conflicts.push(UnitConflict {
                        metric: known.metric.clone(),
                        first: Arc::clone(&known.connectors[0]),
                        connector: Arc::clone(connector),
                        unit: metric.unit.clone(),
                    });
                }
                if !known.connectors.contains(connector) {
                    known.connectors.push(Arc::clone(connector));
                }
            }
        }
        all
    }

    /// The components of all answers with the connectors that answered.
    pub fn components(&self) -> impl Iterator<Item = (&Arc<str>, &Component)> {
        self.replies()
            .filter_map(|(connector, reply)| match reply {
                Reply::Components(components) => Some((connector, components)),
                _ => None,
            })
            .flat_map(|(connector, components)| {
                components.iter().map(move |component| (connector, component))
            })
    }

    /// The descriptions of all answers in one; the later connector wins, setting by setting.
    pub fn into_description(self) -> Description {
        let mut all = Description::default();
        for answer in self.answers {
            if let Ok(Reply::Description(description)) = answer.result {
                all.merge(description);
            }
        }
        all
    }

    /// The measurements of all answers in one.
    ///
    /// # Errors
    /// If some readings are time series and others scalars.
    pub fn into_measurement(self) -> Result<Measurement, MixedAnswers> {
        let mut all = Measurement::default();
        let (mut series, mut scalars) = (None, None);
        for answer in self.answers {
            let Ok(Reply::Measurement(measurement)) = answer.result else { continue };
            for reading in &measurement.readings {
                let kind = match reading {
                    Reading::Series(_) => &mut series,
                    Reading::Scalar(_) => &mut scalars,
                };
                kind.get_or_insert_with(|| Arc::clone(&answer.connector));
            }
            all.merge(measurement);
        }
        match (series, scalars) {
            (Some(series), Some(scalars)) => Err(MixedAnswers { series, scalars }),
            _ => Ok(all),
        }
    }
}

#[cfg(test)]
mod tests;
