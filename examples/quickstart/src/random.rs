//! Repeatable random numbers and the popularity of documents.

use std::sync::atomic::{AtomicU64, Ordering};

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A source of random numbers that many threads share without a lock: SplitMix64 (Steele, Lea, Flood 2014), whose
/// state is a plain counter.
#[derive(Debug)]
pub(crate) struct Random {
    state: AtomicU64,
}

impl Random {
    /// The sequence that belongs to `seed`.
    pub(crate) fn new(seed: u64) -> Random {
        Random { state: AtomicU64::new(mix(seed)) }
    }

    /// The next 64 random bits.
    pub(crate) fn next(&self) -> u64 {
        mix(self.state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP))
    }

    /// The next whole number in `0..bound`; 0 when `bound` is 0.
    pub(crate) fn below(&self, bound: u32) -> u32 {
        // The high half of a 32 x 32 bit product is below `bound`.
        (((self.next() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// The next number in `0.0..1.0`.
    pub(crate) fn unit(&self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Zipf's law over the ranks `0..n`: rank `r` is picked with a probability proportional to `1 / (r + 1)^exponent`.
#[derive(Debug)]
pub(crate) struct Zipf {
    cumulative: Vec<f64>,
}

impl Zipf {
    /// The law for `n` ranks.
    pub(crate) fn new(n: u32, exponent: f64) -> Zipf {
        let mut sum = 0.0;
        let mut cumulative: Vec<f64> = (1..=n)
            .map(|rank| {
                sum += f64::from(rank).powf(-exponent);
                sum
            })
            .collect();
        for share in &mut cumulative {
            *share /= sum;
        }
        Zipf { cumulative }
    }

    /// The rank that belongs to `unit`, a number in `0.0..1.0`.
    pub(crate) fn rank(&self, unit: f64) -> u32 {
        let rank = self.cumulative.partition_point(|&share| share <= unit);
        rank.min(self.cumulative.len().saturating_sub(1)) as u32
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests;
