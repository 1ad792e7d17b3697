//! Which columns are correlated, over which rows, and which pairs are told.

use netsift_data::explore::{CorrelationMatrices, Explore};
use netsift_data::{Chance, DataError, Dataset};

use super::numbers::{ColumnNumbers, CorrelationNumbers, PairNumbers};
use super::{SEED, ranked};

/// Columns that are correlated: each with each other.
const MOST_COLUMNS: usize = 200;
/// Products of two cells that are summed up, about: half a million rows of ninety columns. Of more rows some are drawn.
const MOST_PRODUCTS: usize = 1 << 32;

/// Of the columns that vary, those that tell most; nothing of fewer than two.
pub(super) fn correlations(
    data: &Dataset,
    columns: &[ColumnNumbers],
    top: usize,
) -> Result<Option<CorrelationNumbers>, DataError> {
    let varies = |it: &&ColumnNumbers| {
        let summary = &it.summary;
        !summary.is_text && summary.min.zip(summary.max).is_some_and(|(min, max)| min < max)
    };
    let varying: Vec<&str> =
        ranked(columns).into_iter().filter(varies).map(|it| it.summary.name.as_str()).collect();
    if varying.len() < 2 {
        return Ok(None);
    }
    let chosen = &varying[..varying.len().min(MOST_COLUMNS)];
    let most = MOST_PRODUCTS / (chosen.len() * chosen.len());
    let rows = drawn(data.bare().pick(chosen.iter().copied())?, most)?;
    let Some(matrices) = Explore::new().correlations(true).look(&rows)?.correlations else {
        return Ok(None);
    };
    let strongest = strongest(&matrices, top);
    let CorrelationMatrices { columns, pearson, spearman, .. } = matrices;
    Ok(Some(CorrelationNumbers {
        rows: rows.rows() as u64,
        left_out: (varying.len() - chosen.len()) as u64,
        columns,
        pearson,
        spearman,
        strongest,
    }))
}

/// So many rows by chance, in their order; all, if there are no more.
fn drawn(data: Dataset, most: usize) -> Result<Dataset, DataError> {
    if data.rows() <= most {
        return Ok(data);
    }
    let mut rows: Vec<usize> = (0..data.rows()).collect();
    Chance::seeded(SEED).shuffle(&mut rows);
    rows.truncate(most);
    rows.sort_unstable();
    data.select(&rows)
}

fn strongest(of: &CorrelationMatrices, most: usize) -> Vec<PairNumbers> {
    let at = |matrix: &[Vec<Option<f64>>], one: usize, other: usize| -> Option<f64> {
        *matrix.get(one)?.get(other)?
    };
    let width = of.columns.len();
    let pairs = (0..width).flat_map(|one| (one + 1..width).map(move |other| (one, other)));
    let told = pairs.map(|(one, other)| {
        let pair = [at(&of.pearson, one, other), at(&of.spearman, one, other)];
        let strength = pair.iter().flatten().fold(0.0_f64, |most, it| most.max(it.abs()));
        (strength, one, other, pair)
    });
    let mut told: Vec<(f64, usize, usize, [Option<f64>; 2])> =
        told.filter(|(strength, ..)| *strength > 0.0).collect();
    told.sort_by(|one, other| other.0.total_cmp(&one.0));
    told.truncate(most);
    let name = |place: usize| of.columns.get(place).cloned().unwrap_or_default();
    let pairs = told.into_iter().map(|(_, one, other, [pearson, spearman])| PairNumbers {
        one: name(one),
        other: name(other),
        pearson,
        spearman,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use netsift_data::TableReader;

    use super::*;

    #[test]
    fn rows_are_drawn_in_their_order_and_always_the_same() {
        let csv: String = (0..1_000).fold("a\n".to_owned(), |csv, row| csv + &format!("{row}\n"));
        let (data, _) = TableReader::new().read(csv.as_bytes()).unwrap();
        let some = drawn(data.clone(), 100).unwrap().column(0).unwrap().to_vec();
        assert_eq!(some.len(), 100);
        assert!(some.is_sorted() && some[0] < 100.0 && some[99] > 900.0, "{some:?}");
        assert_eq!(some, drawn(data.clone(), 100).unwrap().column(0).unwrap().to_vec());
        assert_eq!(drawn(data, 1_000).unwrap().rows(), 1_000);
    }
}
