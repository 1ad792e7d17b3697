//! A column cut into a few intervals.

use super::Sorted;

/// Intervals of the numbers of a column, and one more for missing cells. A column of few distinct numbers has one for
/// each; of others, each interval has about as many cells.
pub(crate) struct Bins {
    /// The largest number of each interval but the last, in their order.
    ends: Vec<f64>,
}

impl Bins {
    /// At most so many intervals.
    pub(crate) fn of(sorted: &Sorted, most: usize) -> Self {
        let mut ends: Vec<f64> = sorted.runs().map(|(number, _)| number).take(most + 1).collect();
        if ends.len() > most {
            ends = (1..most).filter_map(|number| sorted.at(number * sorted.len() / most)).collect();
            ends.dedup();
            // A last end that is the largest number would leave nothing behind it.
            if ends.last().copied() == sorted.at(sorted.len().saturating_sub(1)) {
                ends.pop();
            }
        } else {
            ends.pop();
        }
        Self { ends }
    }

    /// How many there are, with the one for missing cells, which is the last.
    pub(crate) fn len(&self) -> usize {
        self.ends.len() + 2
    }

    /// The interval of a cell.
    pub(crate) fn of_cell(&self, cell: f64) -> usize {
        if cell.is_nan() {
            self.ends.len() + 1
        } else {
            self.ends.partition_point(|&end| end < cell)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_numbers_have_an_interval_each() {
        let bins = Bins::of(&Sorted::of(&[5.0, 1.0, f64::NAN, 5.0, 9.0]), 3);
        assert_eq!([1.0, 5.0, 9.0, f64::NAN].map(|cell| bins.of_cell(cell)), [0, 1, 2, 3]);
        assert_eq!(bins.len(), 4);
        assert_eq!(Bins::of(&Sorted::of(&[]), 3).len(), 2);
    }

    #[test]
    fn many_numbers_are_shared_out_evenly() {
        let cells: Vec<f64> = (0..1000).map(f64::from).collect();
        let bins = Bins::of(&Sorted::of(&cells), 4);
        let mut counts = vec![0; bins.len()];
        cells.iter().for_each(|&cell| counts[bins.of_cell(cell)] += 1);
        assert_eq!(counts, [251, 250, 250, 249, 0]);
    }

    #[test]
    fn one_number_that_is_most_of_a_column_is_one_interval() {
        let mut cells = vec![7.0; 1000];
        cells.extend((0..100).map(f64::from));
        let bins = Bins::of(&Sorted::of(&cells), 8);
        assert!(bins.len() <= 5 && bins.of_cell(7.0) != bins.of_cell(8.0));
    }
}
