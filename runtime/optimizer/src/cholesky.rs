//! Cholesky factorisation of small dense matrices and the solves that go with it.

/// The lower factor L of a symmetric positive definite matrix A = L Lᵀ.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    n: usize,
    /// Row-major, the upper triangle is zero.
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors the row-major `n`×`n` matrix; none when it is not positive definite.
    pub(crate) fn new(matrix: &[f64], n: usize) -> Option<Self> {
        let mut lower = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let dot: f64 = (0..j).map(|k| lower[i * n + k] * lower[j * n + k]).sum();
                let rest = matrix[i * n + j] - dot;
                lower[i * n + j] = if i == j {
                    if rest.is_nan() || rest <= 0.0 {
                        return None;
                    }
                    rest.sqrt()
                } else {
                    rest / lower[j * n + j]
                };
            }
        }
        Some(Self { n, lower })
    }

    /// Solves L z = b.
    pub(crate) fn solve_lower(&self, b: &[f64]) -> Vec<f64> {
        let n = self.n;
        let mut z = vec![0.0; n];
        for i in 0..n {
            let row = &self.lower[i * n..i * n + i];
            let dot: f64 = row.iter().zip(&z).map(|(l, z)| l * z).sum();
            z[i] = (b[i] - dot) / self.lower[i * n + i];
        }
        z
    }

    /// Solves A x = b.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let n = self.n;
        let mut x = self.solve_lower(b);
        for i in (0..n).rev() {
            let value = x[i] / self.lower[i * n + i];
            x[i] = value;
            for (x, l) in x[..i].iter_mut().zip(&self.lower[i * n..]) {
                *x -= l * value;
            }
        }
        x
    }

    /// A⁻¹, row-major.
    pub(crate) fn inverse(&self) -> Vec<f64> {
        let n = self.n;
        let mut out = vec![0.0; n * n];
        let mut unit = vec![0.0; n];
        for j in 0..n {
            unit[j] = 1.0;
            for (i, value) in self.solve(&unit).into_iter().enumerate() {
                out[i * n + j] = value;
            }
            unit[j] = 0.0;
        }
        out
    }
}

#[cfg(test)]
mod tests;
