//! Inputs as `make_near.py` draws them: splitmix64, integers by remainder, fractions of its upper 53 bits.

use ndarray::Array2;

pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> usize {
        (self.next() % limit) as usize
    }

    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 * 2_f64.powi(-53)
    }

    /// Classes around places of their own; nothing is equally far from anything.
    pub(crate) fn clouds(
        &mut self,
        rows: usize,
        columns: usize,
        classes: usize,
    ) -> (Array2<f64>, Vec<u32>) {
        let mut labels: Vec<u32> = (0..rows).map(|_| self.below(classes as u64) as u32).collect();
        labels.iter_mut().zip(0..classes as u32).for_each(|(label, class)| *label = class);
        let cells = Array2::from_shape_fn((rows, columns), |(row, column)| {
            f64::from(labels[row]) * 0.3 * (column % 3) as f64 + self.unit() - 0.5
        });
        (cells, labels)
    }

    /// Points that are repeated, and many that are exactly as far from each other.
    pub(crate) fn grid(&mut self, rows: usize, columns: usize, side: u64) -> Array2<f64> {
        Array2::from_shape_simple_fn((rows, columns), || self.below(side) as f64 * 0.25)
    }
}
