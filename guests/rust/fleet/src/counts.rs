//! How many services are in which state.

use servo_sdk::liveness::{Service, State};

/// Up, down, suspect: as many numbers as [`Counts::NAMES`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts(pub(crate) [f64; 3]);

impl Counts {
    /// The states that are counted.
    pub(crate) const NAMES: [&str; 3] = ["up", "down", "suspect"];

    /// Counts; nothing when servo does not know how the services are.
    pub(crate) fn of(services: &[Service]) -> Option<Counts> {
        let mut counts = Counts::default();
        let Counts([up, down, suspect]) = &mut counts;
        for service in services {
            match service.state {
                State::Up => *up += 1.0,
                State::Down(_) => *down += 1.0,
                State::Suspect => *suspect += 1.0,
                State::Unknown => return None,
            }
        }
        Some(counts)
    }
}
