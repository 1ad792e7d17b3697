//! Mean and variance of the known cells of a column, and what surrounds them.

/// Sums run side by side: faster, and rounding errors grow with a part of the cells only.
const LANES: usize = 8;
/// Cells whose sums are added up before they join the others, which keeps rounding errors near those of pairwise sums.
const BLOCK: usize = 1 << 10;

/// Of the cells that are numbers. Infinite ones count as known; `mean` and `variance` are no numbers then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moments {
    /// Cells that are numbers.
    pub(crate) known: usize,
    /// Cells that are none.
    pub(crate) missing: usize,
    /// The smallest; positive infinity of none.
    pub(crate) min: f64,
    /// The largest; negative infinity of none.
    pub(crate) max: f64,
    /// Not a number of none.
    pub(crate) mean: f64,
    /// Of the cells themselves (the sum of squares over their number); not a number of none.
    pub(crate) variance: f64,
}

impl Moments {
    pub(crate) fn of(cells: &[f64]) -> Self {
        let missing = total(cells, |cell| if cell.is_nan() { 1.0 } else { 0.0 }) as usize;
        let known = cells.len() - missing;
        let (min, max) = extremes(cells);
        if min == max {
            // Sums of many equal numbers are rounded; these are exact.
            return Self { known, missing, min, max, mean: min, variance: min - max };
        }
        let mean = mean(cells, known);
        // The second sum takes back what rounding the mean has cost.
        let deviation = |cell: f64| if cell.is_nan() { 0.0 } else { cell - mean };
        let squares = total(cells, |cell| deviation(cell) * deviation(cell));
        let rest = total(cells, deviation);
        let count = known as f64;
        let variance = ((squares - rest * rest / count) / count).max(0.0);
        let variance = if squares.is_nan() || known == 0 { f64::NAN } else { variance };
        Self { known, missing, min, max, mean, variance }
    }

    /// Of the cells themselves.
    pub(crate) fn deviation(&self) -> f64 {
        self.variance.sqrt()
    }
}

/// The mean of the known cells; halves of halves are summed where the sum of the wholes is too large.
fn mean(cells: &[f64], known: usize) -> f64 {
    let known = known as f64;
    let sum = total(cells, |cell| if cell.is_nan() { 0.0 } else { cell });
    if sum.is_finite() {
        return sum / known;
    }
    total(cells, |cell| if cell.is_nan() { 0.0 } else { cell / known })
}

fn extremes(cells: &[f64]) -> (f64, f64) {
    // `min` and `max` of the standard library leave out what is not a number, but slowly.
    cells.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), &cell| {
        (if cell < min { cell } else { min }, if cell > max { cell } else { max })
    })
}

fn total(cells: &[f64], part: impl Fn(f64) -> f64) -> f64 {
    cells.chunks(BLOCK).map(|block| block_total(block, &part)).sum()
}

fn block_total(block: &[f64], part: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let (chunks, rest) = block.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &cell) in lanes.iter_mut().zip(chunk) {
            *lane += part(cell);
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|&cell| part(cell)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_cells_count_for_nothing() {
        let moments = Moments::of(&[2.0, f64::NAN, 4.0, 9.0, f64::NAN]);
        assert_eq!((moments.known, moments.missing), (3, 2));
        assert_eq!((moments.min, moments.max, moments.mean), (2.0, 9.0, 5.0));
        assert!((moments.variance - 26.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn nothing_has_no_mean() {
        for cells in [&[][..], &[f64::NAN; 3]] {
            let moments = Moments::of(cells);
            assert_eq!((moments.known, moments.missing), (0, cells.len()));
            assert!(moments.mean.is_nan() && moments.variance.is_nan());
        }
    }

    #[test]
    fn large_numbers_far_apart_from_zero_keep_their_variance() {
        let cells: Vec<f64> = (0..10_000).map(|number| 1e9 + f64::from(number % 2)).collect();
        assert_eq!(Moments::of(&cells).variance, 0.25);
        let moments = Moments::of(&[1.5e308, 1.5e308, 0.0]);
        assert!((moments.mean / 1e308 - 1.0).abs() < 1e-15);
    }

    #[test]
    fn infinite_cells_are_seen() {
        let moments = Moments::of(&[1.0, f64::INFINITY]);
        assert_eq!((moments.known, moments.max), (2, f64::INFINITY));
        assert!(!moments.mean.is_finite() && !moments.variance.is_finite());
    }
}
