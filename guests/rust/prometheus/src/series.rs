//! From the rows of an answer to the series of a measurement.

use std::collections::{BTreeMap, BTreeSet};

use servo_sdk::prelude::Series;

use crate::api::Row;
use crate::options::Query;

type Labels = BTreeMap<String, String>;

/// One series for each row that has values. Its id names instance and job; where that does not tell the rows of the
/// query apart, all labels.
pub(crate) fn from_rows(query: &Query, rows: Vec<Row>) -> Vec<Series> {
    let rows: Vec<Row> = rows.into_iter().filter(|row| !row.values.is_empty()).collect();
    let short: BTreeSet<Option<String>> = rows.iter().map(|row| id(&row.labels, is_source)).collect();
    let distinct = short.len() == rows.len();
    rows.into_iter()
        .map(|Row { labels, values }| {
            let short = if distinct { id(&labels, is_source) } else { None };
            let (times, values) = values.into_iter().unzip();
            Series {
                metric: query.name.clone(),
                id: short.or_else(|| id(&labels, |_| true)),
                annotations: labels.into_iter().collect(),
                times,
                values,
            }
        })
        .collect()
}

/// The mean of the means of the series; `None` without any.
pub(crate) fn mean(series: &[Series]) -> Option<f64> {
    let means: Vec<f64> = series.iter().filter_map(|series| average(&series.values)).collect();
    average(&means)
}

fn average(values: &[f64]) -> Option<f64> {
    if values.is_empty() { None } else { Some(values.iter().sum::<f64>() / values.len() as f64) }
}

fn is_source(label: &str) -> bool {
    matches!(label, "instance" | "job")
}

/// `{instance=web-1,job=web}`: the chosen labels in the order of their names.
fn id(labels: &Labels, choose: impl Fn(&str) -> bool) -> Option<String> {
    let chosen: Vec<String> = labels
        .iter()
        .filter(|(name, _)| choose(name) && *name != "__name__")
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if chosen.is_empty() { None } else { Some(format!("{{{}}}", chosen.join(","))) }
}

#[cfg(test)]
mod tests;
