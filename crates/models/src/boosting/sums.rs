//! Gradients and hessians as whole numbers that are added up exactly.

/// How fine sums are: each is a whole number of these steps.
///
/// A gradient and a hessian share 64 bits, so that one addition counts both, and sums do not depend on their order: the
/// same on any number of threads, and equal for equal sets of rows, however they were found. Steps are powers of two,
/// and as fine as the rows' sums allow (some 2^-31 of them), so what is rounded off is far below what is learned from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Steps {
    /// Steps in a gradient of 1.
    pub(super) gradient: f64,
    /// Steps in a hessian of 1.
    pub(super) hessian: f64,
}

/// More rows could add up to more than a sum holds: rounding gives each half a step.
pub(super) const MOST_ROWS: usize = 1 << 30;

/// What a sum of absolute gradients has room for, rounding left out; hessians have twice as much.
const ROOM: f64 = (1_u64 << 31) as f64;

/// Added to a number below 2^51, it leaves the rounded number in the lowest bits of a double.
const ROUNDER: f64 = 1.5 * (1_u64 << 52) as f64;

/// A gradient (upper half) and a hessian (lower half), in steps: of a row, or of many together.
pub(super) type Sum = i64;

impl Steps {
    /// As fine as possible for these rows, gradient and hessian of each, with so many roundings in them.
    pub(super) fn of(pairs: &[[f64; 2]], roundings: usize) -> Self {
        let all = pairs.iter().fold([0.0; 2], |[gradients, hessians], &[gradient, hessian]| {
            [gradients + gradient.abs(), hessians + hessian]
        });
        let room = ROOM - 1.0 - roundings as f64 / 2.0;
        Self { gradient: power_of_two(room / all[0]), hessian: power_of_two(2.0 * room / all[1]) }
    }

    /// Of a row that stands for so many equal ones: rounded as one of them, so that the sum is that of all.
    pub(super) fn repeated(self, pair: [f64; 2], times: u32) -> Sum {
        let times = f64::from(times);
        self.sum(pair.map(|slope| slope / times)).wrapping_mul(times as Sum)
    }

    /// In steps, rounded.
    pub(super) fn sum(self, [gradient, hessian]: [f64; 2]) -> Sum {
        let gradient = (gradient * self.gradient + ROUNDER).to_bits() as i64;
        let hessian = (hessian * self.hessian + ROUNDER).to_bits() as i64;
        (gradient << 32).wrapping_add(hessian & 0xffff_ffff)
    }
}

/// The gradient in a sum, in steps.
#[inline]
pub(super) fn gradient(sum: Sum) -> f64 {
    f64::from((sum >> 32) as i32)
}

/// The hessian in a sum, in steps.
#[inline]
pub(super) fn hessian(sum: Sum) -> f64 {
    f64::from(sum as u32)
}

/// The highest power of two up to a positive number; 1 if it is out of all bounds, as it is for sums of nothing.
fn power_of_two(number: f64) -> f64 {
    let exponent = number.to_bits() & f64::INFINITY.to_bits();
    let power = f64::from_bits(exponent);
    if power.is_finite() && (1e-150..1e150).contains(&power) { power } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use netsift_data::Chance;

    use super::*;

    #[test]
    fn sums_are_exact_whatever_their_order() {
        let mut chance = Chance::seeded(4);
        let mut pairs: Vec<[f64; 2]> =
            (0..5000).map(|_| [chance.unit() - 0.7, chance.unit()]).collect();
        let steps = Steps::of(&pairs, pairs.len());
        let add = |pairs: &[[f64; 2]]| pairs.iter().map(|&pair| steps.sum(pair)).sum::<i64>();
        let (sum, gradients) = (add(&pairs), pairs.iter().map(|pair| pair[0]).sum::<f64>());
        let hessians = pairs.iter().map(|pair| pair[1]).sum::<f64>();
        assert!((gradient(sum) / steps.gradient / gradients - 1.0).abs() < 1e-6);
        assert!((hessian(sum) / steps.hessian / hessians - 1.0).abs() < 1e-6);
        chance.shuffle(&mut pairs);
        assert_eq!(add(&pairs), sum);
    }

    #[test]
    fn a_row_of_weight_three_is_three_rows() {
        let pairs = [[0.3, 0.7], [-0.1, 0.2], [2.0 / 3.0, 1.0 / 3.0]];
        let heavy = pairs.map(|pair| pair.map(|slope| 3.0 * slope));
        let steps = Steps::of(&heavy, 9);
        assert!(
            pairs
                .iter()
                .any(|&pair| steps.sum(pair.map(|slope| 3.0 * slope)) != 3 * steps.sum(pair))
        );
        for (pair, heavy) in pairs.into_iter().zip(heavy) {
            assert_eq!(steps.repeated(heavy, 3), 3 * steps.sum(pair));
        }
    }

    #[test]
    fn halves_do_not_run_over() {
        for pair in [[1.0, 1.0], [-1.0, 1.0], [-1e9, 0.0], [1e-9, 1e12]] {
            let pairs = vec![pair; 1000];
            let steps = Steps::of(&pairs, pairs.len());
            let sum = pairs.iter().map(|&pair| steps.sum(pair)).sum::<i64>();
            assert!((gradient(sum) / steps.gradient - pair[0] * 1e3).abs() <= pair[0].abs() * 1e-3);
            assert!((hessian(sum) / steps.hessian - pair[1] * 1e3).abs() <= pair[1] * 1e-3);
        }
    }

    #[test]
    fn nothing_and_far_too_much_have_steps_too() {
        for pair in [[0.0, 0.0], [1e-300, 1e-300], [f64::MAX, f64::MAX]] {
            let steps = Steps::of(&[pair; 3], 3);
            assert!(steps.gradient > 0.0 && steps.hessian > 0.0, "{steps:?}");
        }
    }
}
