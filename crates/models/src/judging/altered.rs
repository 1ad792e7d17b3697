//! Rows made fewer or worse on purpose, to see what that does to a learner.

use ndarray::{ArrayView1, ArrayViewMut1};
use netsift_data::{Chance, DataError, Dataset, Labels};

use crate::ModelError;

/// So large a share of each class, at least a row of it. Of the same seed, a larger share holds all rows of a smaller.
pub(super) fn sampled(data: &Dataset, share: f64, seed: u64) -> Result<Dataset, ModelError> {
    if share >= 1.0 {
        return Ok(data.clone());
    }
    let mut chosen = Vec::new();
    for mut rows in rows_of_classes(data)? {
        Chance::seeded(seed).shuffle(&mut rows);
        let count = (share * rows.len() as f64).round() as usize;
        rows.truncate(count.max(1));
        chosen.append(&mut rows);
    }
    chosen.sort_unstable();
    Ok(data.select(&chosen)?)
}

/// So large a share of the rows is said to be of another class, any of those that have rows. Of the same seed, a larger
/// share has all wrong labels of a smaller.
pub(super) fn mislabelled(data: &Dataset, share: f64, seed: u64) -> Result<Dataset, ModelError> {
    let labels = labels_of(data)?;
    let counts = labels.counts().into_iter().zip(0..);
    let present: Vec<u32> =
        counts.filter(|(count, _)| *count > 0).map(|(_, class)| class).collect();
    if present.len() < 2 {
        return Err(ModelError::OneClass { learner: "label noise" });
    }
    let mut chance = Chance::seeded(seed);
    let mut order: Vec<usize> = (0..data.rows()).collect();
    chance.shuffle(&mut order);
    let mut numbers = labels.numbers().to_vec();
    let wrong = (share * order.len() as f64).round() as usize;
    for row in order.into_iter().take(wrong) {
        let Some(number) = numbers.get_mut(row) else { continue };
        let own = present.iter().position(|class| class == number).unwrap_or(0);
        let other = chance.below(present.len() - 1);
        let other = if other >= own { other + 1 } else { other };
        *number = present.get(other).copied().unwrap_or(*number);
    }
    let labels = Labels::new(labels.classes().clone(), numbers)?;
    Ok(data.clone().with_labels(labels)?)
}

/// Normal noise of so many deviations of `train`'s columns on every number; texts, and what is no finite number, stay.
pub(super) fn shaken(
    data: &Dataset,
    train: &Dataset,
    deviations: f64,
    seed: u64,
) -> Result<Dataset, ModelError> {
    let mut chance = Chance::seeded(seed);
    let mut matrix = data.matrix().to_owned();
    for ((field, column), cells) in train.columns().zip(matrix.columns_mut()) {
        if field.texts().is_none() {
            shake(cells, deviations * deviation(column), &mut chance);
        }
    }
    Ok(data.with_matrix(data.schema().clone(), matrix)?)
}

fn shake(mut cells: ArrayViewMut1<'_, f64>, size: f64, chance: &mut Chance) {
    for cell in &mut cells {
        let moved = *cell + size * chance.normal();
        if cell.is_finite() && moved.is_finite() {
            *cell = moved;
        }
    }
}

/// The standard deviation of the finite cells; by parts of the largest, since squares of wild cells are infinite.
fn deviation(column: ArrayView1<'_, f64>) -> f64 {
    let finite = || column.iter().filter(|cell| cell.is_finite());
    let count = finite().count() as f64;
    let largest = finite().fold(0.0, |largest: f64, cell| largest.max(cell.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    let mean = finite().map(|cell| cell / largest).sum::<f64>() / count;
    let spread = finite().map(|cell| (cell / largest - mean).powi(2)).sum::<f64>() / count;
    largest * spread.sqrt()
}

fn rows_of_classes(data: &Dataset) -> Result<Vec<Vec<usize>>, ModelError> {
    let labels = labels_of(data)?;
    let mut of_class = vec![Vec::new(); labels.classes().len()];
    for (row, &number) in labels.numbers().iter().enumerate() {
        if let Some(rows) = of_class.get_mut(number as usize) {
            rows.push(row);
        }
    }
    of_class.retain(|rows| !rows.is_empty());
    Ok(of_class)
}

fn labels_of(data: &Dataset) -> Result<&Labels, ModelError> {
    Ok(data.labels().ok_or(DataError::Unlabelled { what: "labels" })?)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use netsift_data::{Classes, Field, Schema};

    use super::*;

    fn rows() -> Dataset {
        let texts = Classes::new(["tcp", "udp"]).unwrap();
        let schema = Schema::new([Field::number("x"), Field::text("p", texts)]).unwrap();
        let cells = Array2::from_shape_fn((200, 2), |(row, column)| match (row, column) {
            (7, 0) => f64::NAN,
            (8, 0) => f64::INFINITY,
            (_, 0) => row as f64,
            _ => (row % 2) as f64,
        });
        let class = |row| if row % 10 == 0 { "rare" } else { "usual" };
        let labels = Labels::of((0..200).map(class).collect::<Vec<_>>());
        Dataset::new(schema, cells).unwrap().with_labels(labels).unwrap()
    }

    fn first_cells(data: &Dataset) -> Vec<String> {
        data.column(0).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn samples_keep_shares_of_classes_and_grow() {
        let data = rows();
        let small = sampled(&data, 0.1, 5).unwrap();
        assert_eq!(small.labels().unwrap().counts(), [2, 18]);
        let large = sampled(&data, 0.5, 5).unwrap();
        assert_eq!(large.labels().unwrap().counts(), [10, 90]);
        let held = first_cells(&large);
        assert!(first_cells(&small).iter().all(|cell| held.contains(cell)));
        assert_ne!(first_cells(&sampled(&data, 0.1, 6).unwrap()), first_cells(&small));
        assert_eq!(sampled(&data, 1e-9, 5).unwrap().rows(), 2);
        assert!(sampled(&data.bare(), 0.5, 5).is_err());
    }

    #[test]
    fn so_many_labels_are_wrong() {
        let data = rows();
        let truth = data.labels().unwrap().numbers().to_vec();
        let wrong = |share| {
            let noisy = mislabelled(&data, share, 9).unwrap();
            let labels = noisy.labels().unwrap().numbers().to_vec();
            (0..200).filter(|&row| labels[row] != truth[row]).collect::<Vec<_>>()
        };
        assert_eq!([0.0, 0.1, 1.0].map(|share| wrong(share).len()), [0, 20, 200]);
        let more = wrong(0.3);
        assert!(wrong(0.1).iter().all(|row| more.contains(row)));
        let one = data.with_labels(Labels::of(vec!["b"; 200])).unwrap();
        assert!(matches!(mislabelled(&one, 0.1, 9), Err(ModelError::OneClass { .. })));
    }

    #[test]
    fn numbers_are_shaken_by_their_deviation_and_nothing_else_is() {
        let data = rows();
        let shaken = shaken(&data, &data, 0.5, 3).unwrap();
        assert_eq!(shaken.column(1), data.column(1));
        let (before, after) = (data.column(0).unwrap(), shaken.column(0).unwrap());
        assert!(after[7].is_nan() && after[8] == f64::INFINITY);
        let moves = before.iter().zip(after).filter(|(cell, _)| cell.is_finite());
        let moves: Vec<f64> = moves.map(|(one, other)| other - one).collect();
        let size = (moves.iter().map(|by| by * by).sum::<f64>() / moves.len() as f64).sqrt();
        // Half of the deviation of 0 to 199, by 198 draws.
        assert!((size / 28.9 - 1.0).abs() < 0.2, "{size}");
    }

    #[test]
    fn deviations_of_wild_cells_are_finite() {
        let of = |cells: &[f64]| deviation(ArrayView1::from(cells));
        assert_eq!(of(&[1.0, 3.0, f64::NAN]), 1.0);
        assert!((of(&[1e308, -1e308]) / 1e308 - 1.0).abs() < 1e-12);
        assert_eq!((of(&[]), of(&[0.0, 0.0]), of(&[f64::INFINITY])), (0.0, 0.0, 0.0));
    }
}
