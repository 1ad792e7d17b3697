//! Along which directions rows vary: the eigenvectors of a symmetric matrix.
//!
//! Reflections bring it to three diagonals, and rotations those to one (the implicit QR method with Wilkinson's shift; Golub
//! and Van Loan, chapter 8).

use ndarray::{Array1, Array2, ArrayViewMut1, Axis, Slice};

/// Steps for each eigenvalue; two or three are enough. A direction that is not found by then is as near as it has come:
/// directions stand upright on each other after any number of steps.
const MOST_STEPS: usize = 60;

/// The eigenvalues of a symmetric matrix of finite numbers, descending, and a row for the direction of each.
pub(super) fn directions(mut matrix: Array2<f64>) -> (Vec<f64>, Array2<f64>) {
    let width = matrix.nrows();
    // Of about 1, so that no square is beyond numbers.
    let largest = matrix.iter().fold(0.0, |most: f64, cell| most.max(cell.abs()));
    let scale = if largest > 0.0 { largest } else { 1.0 };
    matrix.mapv_inplace(|cell| cell / scale);
    let mut tridiagonal = Tridiagonal::of(matrix);
    tridiagonal.diagonalise();
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|&one, &other| tridiagonal.main[other].total_cmp(&tridiagonal.main[one]));
    let values = order.iter().map(|&place| tridiagonal.main[place] * scale).collect();
    (values, tridiagonal.basis.select(Axis(0), &order))
}

/// A symmetric matrix of three diagonals, and the basis in which it is what it was made of.
struct Tridiagonal {
    main: Vec<f64>,
    /// Beside the main one.
    beside: Vec<f64>,
    /// A vector a row.
    basis: Array2<f64>,
}

impl Tridiagonal {
    fn of(mut matrix: Array2<f64>) -> Self {
        let width = matrix.nrows();
        let mut beside = Vec::with_capacity(width.saturating_sub(1));
        let mut mirrors = Vec::with_capacity(beside.capacity());
        for column in 0..width.saturating_sub(1) {
            let below = Slice::from(column + 1..);
            let (length, mirror) =
                mirror(matrix.column(column).slice_axis(Axis(0), below).to_owned());
            beside.push(length);
            let mut rest = matrix.slice_axis_mut(Axis(0), below);
            let mut rest = rest.slice_axis_mut(Axis(1), below);
            let product = rest.dot(&mirror) * 2.0;
            let twist = &product - &(&mirror * mirror.dot(&product));
            for (place, mut row) in rest.axis_iter_mut(Axis(0)).enumerate() {
                row.scaled_add(-mirror[place], &twist);
                row.scaled_add(-twist[place], &mirror);
            }
            mirrors.push(mirror);
        }
        let mut basis = Array2::eye(width);
        for (column, mirror) in mirrors.iter().enumerate().rev() {
            let below = Slice::from(column + 1..);
            let mut rest = basis.slice_axis_mut(Axis(0), below);
            let mut rest = rest.slice_axis_mut(Axis(1), below);
            let product = rest.dot(mirror) * 2.0;
            for (mut row, part) in rest.axis_iter_mut(Axis(0)).zip(product) {
                row.scaled_add(-part, mirror);
            }
        }
        Self { main: matrix.diag().to_vec(), beside, basis }
    }

    /// Brings what is beside the main diagonal to nothing, from the end on.
    fn diagonalise(&mut self) {
        for end in (1..self.main.len()).rev() {
            for _ in 0..MOST_STEPS {
                let start = self.start(end);
                if start == end {
                    break;
                }
                self.step(start, end);
            }
        }
    }

    /// From where on places up to this one hang together.
    fn start(&self, end: usize) -> usize {
        let is_cut = |place: usize| {
            let near = self.main[place - 1].abs() + self.main[place].abs();
            self.beside[place - 1].abs() <= f64::EPSILON * near
        };
        (1..=end).rev().find(|&place| is_cut(place)).unwrap_or(0)
    }

    /// A shifted QR step on the places from `start` to `end`: a rotation at the start, and others that chase what it has
    /// pushed out of the three diagonals to the end.
    fn step(&mut self, start: usize, end: usize) {
        let (mut kept, mut pushed) = (self.main[start] - self.shift(end), self.beside[start]);
        for place in start..end {
            let length = kept.hypot(pushed);
            let (cos, sin) =
                if length == 0.0 { (1.0, 0.0) } else { (kept / length, pushed / length) };
            if place > start {
                self.beside[place - 1] = length;
            }
            let (first, second) = (self.main[place], self.main[place + 1]);
            let beside = self.beside[place];
            let cross = 2.0 * cos * sin * beside;
            self.main[place] = cos * cos * first + sin * sin * second + cross;
            self.main[place + 1] = sin * sin * first + cos * cos * second - cross;
            self.beside[place] = cos * sin * (second - first) + (cos * cos - sin * sin) * beside;
            if place + 1 < end {
                kept = self.beside[place];
                pushed = sin * self.beside[place + 1];
                self.beside[place + 1] *= cos;
            }
            let (mut above, mut below) = self.basis.view_mut().split_at(Axis(0), place + 1);
            rotate(above.row_mut(place), below.row_mut(0), cos, sin);
        }
    }

    /// The eigenvalue of the last two places that is nearer to the last one.
    fn shift(&self, end: usize) -> f64 {
        let (last, beside) = (self.main[end], self.beside[end - 1]);
        let half = (self.main[end - 1] - last) / 2.0;
        let length = half.hypot(beside);
        if length == 0.0 { last } else { last - beside * (beside / (half + length.copysign(half))) }
    }
}

/// The mirror, a vector of length 1, that turns a column into its first place, and what is there then.
fn mirror(mut column: Array1<f64>) -> (f64, Array1<f64>) {
    let length = column.dot(&column).sqrt();
    let Some(first) = column.first_mut() else { return (0.0, column) };
    // Away from where the column points: no digits cancel.
    let turned = -length.copysign(*first);
    *first -= turned;
    let long = column.dot(&column).sqrt();
    if long > 0.0 {
        column /= long;
    }
    (turned, column)
}

fn rotate(one: ArrayViewMut1<'_, f64>, other: ArrayViewMut1<'_, f64>, cos: f64, sin: f64) {
    for (one, other) in one.into_iter().zip(other) {
        (*one, *other) = (cos * *one + sin * *other, cos * *other - sin * *one);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;

    /// How far the directions are from making the matrix again, and from standing upright on each other.
    fn errors(matrix: &Array2<f64>) -> (f64, f64) {
        let (values, basis) = directions(matrix.clone());
        assert!(values.is_sorted_by(|one, next| one >= next), "{values:?}");
        let made = basis.t().dot(&Array2::from_diag(&Array1::from(values))).dot(&basis);
        let most =
            |matrix: Array2<f64>| matrix.iter().fold(0.0, |most: f64, cell| most.max(cell.abs()));
        let size = most(matrix.clone()).max(f64::MIN_POSITIVE);
        let upright = basis.dot(&basis.t()) - Array2::<f64>::eye(matrix.nrows());
        (most(made - matrix) / size, most(upright))
    }

    #[test]
    fn known_directions_are_found() {
        let (values, basis) = directions(array![[2.0, 1.0], [1.0, 2.0]]);
        assert!((values[0] - 3.0).abs() < 1e-15 && (values[1] - 1.0).abs() < 1e-15);
        assert!((basis[[0, 0]] - basis[[0, 1]]).abs() < 1e-15, "{basis}");
        let (values, basis) = directions(array![[1.0, 0.0, 0.0], [0.0, 5.0, 0.0], [0.0, 0.0, 3.0]]);
        assert_eq!(values, [5.0, 3.0, 1.0]);
        assert_eq!(basis.mapv(f64::abs), array![[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
    }

    #[test]
    fn difficult_matrices_have_directions() {
        let hilbert =
            Array2::from_shape_fn((30, 30), |(row, column)| 1.0 / (row + column + 1) as f64);
        let grade =
            Array2::from_shape_fn((40, 40), |(row, column)| 10_f64.powi(-(row.max(column) as i32)));
        for matrix in
            [hilbert, grade, Array2::ones((50, 50)), Array2::zeros((3, 3)), Array2::zeros((0, 0))]
        {
            for scale in [1.0, 1e300, 1e-300] {
                let (made, upright) = errors(&(&matrix * scale));
                assert!(made < 1e-13 && upright < 1e-13, "{made} {upright}");
            }
        }
    }

    proptest! {
        #[test]
        fn directions_make_the_matrix_again(
            width in 1_usize..12,
            cells in prop::collection::vec(prop_oneof![Just(0.0), -1.0..1.0, -1e6..1e6], 144),
        ) {
            let matrix = Array2::from_shape_fn((width, width), |(row, column)| {
                cells[row.min(column) * 12 + row.max(column)]
            });
            let (made, upright) = errors(&matrix);
            prop_assert!(made < 1e-13 && upright < 1e-13, "{} {}", made, upright);
        }
    }
}
