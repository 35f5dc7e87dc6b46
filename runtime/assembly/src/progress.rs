//! How far an operation is, out of what its connectors say.

use servo_events::Latest;

/// The connector that is furthest.
#[derive(Clone, Debug, PartialEq)]
pub struct Furthest {
    /// 0 to 100, where it is known.
    pub percent: Option<f32>,
    /// Which connector, and what it said.
    pub message: String,
}

/// Out of what every connector said last, the one that is furthest.
pub fn furthest(all: &[Latest]) -> Option<Furthest> {
    let share = |latest: &Latest| latest.update.percent.unwrap_or(-1.0);
    let latest = all.iter().max_by(|a, b| share(a).total_cmp(&share(b)))?;
    let message = format!("{}: {}", latest.connector, latest.update.message);
    Some(Furthest { percent: latest.update.percent, message })
}
