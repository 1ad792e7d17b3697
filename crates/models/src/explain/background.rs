//! Rows of what is usual, where the rows of a training are not kept.

use ndarray::{Array2, ShapeBuilder as _};
use netsift_data::{Chance, Classes, Dataset, Field, Schema};

use crate::quantile::Quantile;
use crate::{Bundle, ColumnFacts, ModelError};

/// So many rows whose columns are spread as those of a bundle's training, each by itself: what columns have to do with
/// each other is not kept. Texts that were rare, and all texts of a bundle of version 1, are missing.
pub(super) fn usual(bundle: &Bundle, rows: usize, seed: u64) -> Result<Dataset, ModelError> {
    let trained = bundle.facts().split.train_rows as f64;
    let mut matrix = Array2::zeros((rows, bundle.facts().columns.len()).f());
    let mut fields = Vec::new();
    let columns = bundle.facts().columns.iter().zip(matrix.columns_mut());
    for (place, (facts, mut cells)) in columns.enumerate() {
        // A column has chances of its own, whatever columns stand beside it.
        let mut chance = Chance::seeded(seed.wrapping_add((place as u64) << 32));
        let texts = bundle.reference().map(|it| it.texts(place)).unwrap_or_default();
        let missing = facts.missing as f64 / trained;
        for (cell, share) in cells.iter_mut().zip(spread(rows, &mut chance)) {
            *cell = match facts.is_text {
                true => text(&texts, share).map_or(f64::NAN, |text| text as f64),
                // Which cells are missing goes by the share, too: as many as were.
                false if share < missing => f64::NAN,
                false => number(&facts.usual, (share - missing) / (1.0 - missing)),
            };
        }
        fields.push(field(facts, &texts)?);
    }
    Ok(Dataset::new(Schema::new(fields)?, matrix)?)
}

fn field(facts: &ColumnFacts, texts: &[(Option<&str>, u64)]) -> Result<Field, ModelError> {
    if !facts.is_text {
        return Ok(Field::number(&facts.name));
    }
    let known = texts.iter().filter_map(|(text, _)| *text);
    Ok(Field::text(&facts.name, Classes::new(known)?))
}

/// Shares that are as far apart as so many can be, in any order: one in each of so many equal parts.
fn spread(count: usize, chance: &mut Chance) -> Vec<f64> {
    let mut shares: Vec<f64> =
        (0..count).map(|part| (part as f64 + chance.unit()) / count as f64).collect();
    chance.shuffle(&mut shares);
    shares
}

/// The number below which this share is, straight between those that are known.
fn number(quantiles: &[Quantile], share: f64) -> f64 {
    let behind = quantiles.partition_point(|quantile| quantile.share <= share);
    let before = behind.checked_sub(1).and_then(|place| quantiles.get(place));
    match (before, quantiles.get(behind)) {
        (Some(low), Some(high)) => {
            let part = (share - low.share) / (high.share - low.share);
            // Of two that are far apart, the difference may be beyond all numbers.
            low.below * (1.0 - part) + high.below * part
        }
        (one, other) => one.or(other).map_or(f64::NAN, |only| only.below),
    }
}

/// The number of the text up to which this share is, those that are known first; nothing where it is another.
fn text(texts: &[(Option<&str>, u64)], share: f64) -> Option<usize> {
    let all: f64 = texts.iter().map(|(_, count)| *count as f64).sum();
    let mut sum = 0.0;
    let found = texts.iter().position(|(_, count)| {
        sum += *count as f64;
        share * all < sum
    })?;
    texts.get(found).and_then(|(text, _)| text.map(|_| found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lie_between_quantiles() {
        let quantiles: Vec<Quantile> = [(0.0, -1.0), (0.5, 1.0), (1.0, 5.0)]
            .map(|(share, below)| Quantile { share, below })
            .to_vec();
        let numbers = [0.0, 0.25, 0.5, 0.75, 0.999].map(|share| number(&quantiles, share));
        assert_eq!(numbers, [-1.0, 0.0, 1.0, 3.0, 4.992]);
        assert_eq!((number(&quantiles[..1], 0.7), number(&quantiles[1..], 0.1)), (-1.0, 1.0));
        assert!(number(&[], 0.5).is_nan());
        let wide = [(0.0, -1e308), (1.0, 1e308)].map(|(share, below)| Quantile { share, below });
        assert_eq!(number(&wide, 0.5), 0.0);
    }

    #[test]
    fn texts_come_as_often_as_they_stood() {
        let texts = [(Some("tcp"), 6), (Some("udp"), 3), (None, 1)];
        let drawn = spread(10, &mut Chance::seeded(3)).into_iter().map(|share| text(&texts, share));
        let drawn: Vec<Option<usize>> = drawn.collect();
        let count = |which| drawn.iter().filter(|text| **text == which).count();
        assert_eq!([count(Some(0)), count(Some(1)), count(None)], [6, 3, 1]);
        assert_eq!(text(&[], 0.5), None);
    }
}
