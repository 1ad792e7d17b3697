//! How alike two rows are, in the four ways that machines commonly ask.

use ndarray::{ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::ModelError;
use crate::check::sound;
use crate::settings::{Said, name_of, named};

/// How alike rows are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Kernel {
    /// By how near they are: e^(-gamma times the square of their distance).
    #[default]
    Rbf,
    /// By their product: (gamma times it, and an offset) to some power.
    Polynomial,
    /// By the hyperbolic tangent of gamma times their product, and an offset.
    Sigmoid,
    /// By their product.
    Linear,
}

impl Kernel {
    const NAMES: [(&'static str, Self); 4] = [
        ("rbf", Self::Rbf),
        ("poly", Self::Polynomial),
        ("sigmoid", Self::Sigmoid),
        ("linear", Self::Linear),
    ];
}

impl Said for Kernel {
    const RULE: &'static str = "rbf, poly, sigmoid or linear";

    fn said(text: &str) -> Option<Self> {
        named(&Self::NAMES, text)
    }

    fn text(&self) -> String {
        name_of(&Self::NAMES, self)
    }
}

/// By what distances or products are multiplied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Gamma {
    /// One over the number of columns and the variance of all cells: what is usual then comes out near 1.
    #[default]
    Scale,
    /// One over the number of columns.
    Auto,
    /// This.
    Given(f64),
}

impl Gamma {
    /// The number for these rows, of so much weight each.
    pub(crate) fn of(self, rows: ArrayView2<'_, f64>, weights: &[f64]) -> f64 {
        let width = rows.ncols().max(1) as f64;
        match self {
            Self::Auto => width.recip(),
            Self::Given(gamma) => gamma,
            Self::Scale => {
                let gamma = (width * variance(rows, weights)).recip();
                if gamma.is_finite() { gamma } else { 1.0 }
            }
        }
    }
}

/// The variance of all cells.
fn variance(rows: ArrayView2<'_, f64>, weights: &[f64]) -> f64 {
    let share = (weights.iter().sum::<f64>() * rows.ncols() as f64).recip();
    let sum = |of: &dyn Fn(f64) -> f64| -> f64 {
        let rows = rows.outer_iter().zip(weights);
        rows.map(|(row, weight)| weight * share * row.iter().map(|&cell| of(cell)).sum::<f64>())
            .sum()
    };
    let mean = sum(&|cell| cell);
    sum(&|cell| (cell - mean) * (cell - mean))
}

impl Said for Gamma {
    const RULE: &'static str = "scale, auto or a number";

    fn said(text: &str) -> Option<Self> {
        match text {
            "scale" => Some(Self::Scale),
            "auto" => Some(Self::Auto),
            _ => f64::said(text).map(Self::Given),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Scale => "scale".into(),
            Self::Auto => "auto".into(),
            Self::Given(gamma) => gamma.text(),
        }
    }
}

/// A kernel with all its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Likeness {
    pub(crate) kernel: Kernel,
    pub(crate) gamma: f64,
    pub(crate) degree: u32,
    pub(crate) offset: f64,
}

/// The highest power: beyond, products leave the range of numbers.
pub(crate) const MOST_DEGREE: usize = 64;
/// No likeness is larger: sums of as many as there may be rows are finite.
const LARGEST: f64 = 1e30;
/// Rows asked about at once: their likenesses to all rows at the border stay near.
const ROWS_AT_ONCE: usize = 32;

impl Likeness {
    /// How alike rows with this product are, and with these products with themselves.
    pub(super) fn of(&self, product: f64, own: f64, other: f64) -> f64 {
        let likeness = match self.kernel {
            Kernel::Rbf => {
                let distance = (own + other - 2.0 * product).max(0.0);
                (-self.gamma * distance).exp()
            }
            Kernel::Polynomial => {
                let exponent = i32::try_from(self.degree).unwrap_or(i32::MAX);
                (self.gamma * product + self.offset).powi(exponent)
            }
            Kernel::Sigmoid => (self.gamma * product + self.offset).tanh(),
            Kernel::Linear => product,
        };
        // What has left the range of numbers tells nothing.
        if likeness.is_nan() { 0.0 } else { likeness.clamp(-LARGEST, LARGEST) }
    }

    /// Shows, row after row, how alike each is to these others.
    pub(crate) fn each(
        &self,
        rows: ArrayView2<'_, f64>,
        others: ArrayView2<'_, f64>,
        mut show: impl FnMut(&[f64]),
    ) {
        let squared = squares(others);
        let mut alike = vec![0.0; squared.len()];
        for rows in rows.axis_chunks_iter(Axis(0), ROWS_AT_ONCE) {
            let products = rows.dot(&others.t());
            for (products, square) in products.outer_iter().zip(squares(rows)) {
                let facts = alike.iter_mut().zip(products.iter().zip(&squared));
                facts.for_each(|(alike, (&product, &other))| {
                    *alike = self.of(product, square, other);
                });
                show(&alike);
            }
        }
    }

    /// Looks at the numbers of a loaded one.
    pub(crate) fn check(&self) -> Result<(), ModelError> {
        let Self { gamma, degree, offset, .. } = self;
        sound(gamma.is_finite() && offset.is_finite(), "a kernel is of finite numbers")?;
        sound(*degree as usize <= MOST_DEGREE, "a kernel's power is not too high")
    }
}

/// The products of rows with themselves.
pub(super) fn squares(rows: ArrayView2<'_, f64>) -> Vec<f64> {
    rows.outer_iter().map(|row| row.dot(&row)).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::Labels;

    use super::*;
    use crate::Training;
    use crate::linear::Present;

    #[test]
    fn rows_are_as_alike_as_the_kernel_says() {
        let likeness = |kernel| Likeness { kernel, gamma: 0.5, degree: 3, offset: 1.0 };
        // Of (1, 2) and (3, -1).
        let of = |kernel| likeness(kernel).of(1.0, 5.0, 10.0);
        assert_eq!(of(Kernel::Rbf), (-6.5f64).exp());
        assert_eq!(of(Kernel::Polynomial), 3.375);
        assert_eq!(of(Kernel::Sigmoid), 1.5f64.tanh());
        assert_eq!(of(Kernel::Linear), 1.0);
        assert_eq!(likeness(Kernel::Polynomial).of(1e300, 0.0, 0.0), LARGEST);
        assert_eq!(likeness(Kernel::Rbf).of(f64::INFINITY, f64::INFINITY, 0.0), 1.0);
    }

    #[test]
    fn gamma_follows_the_cells() {
        let rows = array![[1.0, 3.0], [1.0, 3.0], [9.0, 9.0]];
        let labels = Labels::of(["a", "b", "b"]);
        let training = Training::new(rows.view(), &labels).unwrap();
        let training = training.weights(vec![1.0, 1.0, 0.0]).unwrap();
        let present = Present::of(&training, "x").unwrap();
        let of = |gamma: Gamma| gamma.of(present.rows.view(), &present.weights);
        assert_eq!(of(Gamma::Scale), 0.5);
        assert_eq!(of(Gamma::Auto), 0.5);
        assert_eq!(of(Gamma::Given(3.0)), 3.0);
        for (text, gamma) in [("auto", Gamma::Auto), ("0.25", Gamma::Given(0.25))] {
            assert_eq!(Gamma::said(text), Some(gamma));
            assert_eq!(gamma.text(), text);
        }
        assert_eq!(Gamma::said("wide"), None);
    }
}
