//! Means over time of what is only known when it changes.

use crate::counts::Counts;

/// What was seen so far, and the means of the steps that are over.
#[derive(Debug)]
pub(crate) struct Averages {
    /// The end of each step in seconds, and the means over it. A step in which nothing was known has none.
    pub(crate) points: Vec<(f64, [f64; 3])>,
    /// When something was seen last, and what.
    at: f64,
    seen: Option<Counts>,
    /// The integral over the present step, and the time of it in which something was known.
    sums: [f64; 3],
    known: f64,
}

impl Averages {
    /// Nothing is known yet.
    pub(crate) fn new(at: f64) -> Averages {
        Averages { points: Vec::new(), at, seen: None, sums: [0.0; 3], known: 0.0 }
    }

    /// From now on it is so.
    pub(crate) fn see(&mut self, at: f64, counts: Option<Counts>) {
        if let Some(Counts(counts)) = self.seen {
            let time = (at - self.at).max(0.0);
            self.known += time;
            for (sum, count) in self.sums.iter_mut().zip(counts) {
                *sum += count * time;
            }
        }
        (self.at, self.seen) = (at, counts);
    }

    /// The step is over.
    pub(crate) fn cut(&mut self, at: f64) {
        self.see(at, self.seen);
        if self.known > 0.0 {
            self.points.push((at, self.sums.map(|sum| sum / self.known)));
        }
        (self.sums, self.known) = ([0.0; 3], 0.0);
    }
}

#[cfg(test)]
mod tests;
