//! Shares of rows as whole numbers.

/// How many of the rows each part gets: its share, to within one row. What is left over by rounding down goes to the
/// last part first, so that the part to test with is never smaller than its share.
pub(super) fn sizes(rows: usize, shares: &[f64]) -> Vec<usize> {
    let (mut sizes, has_rest) = floors(rows, shares);
    let mut left = rows.saturating_sub(sizes.iter().sum());
    for (size, has_rest) in sizes.iter_mut().zip(has_rest).rev() {
        if has_rest && left > 0 {
            *size += 1;
            left -= 1;
        }
    }
    // Shares that are rounded badly may leave a row that no part has a rest for.
    if let Some(first) = sizes.first_mut() {
        *first += left;
    }
    sizes
}

/// How many rows of each class (a row of the answer) each part gets: its share of the class, to within one row, and of
/// all classes together as many as [`sizes`] says.
pub(super) fn table(of_class: &[usize], shares: &[f64]) -> Vec<Vec<usize>> {
    let mut table: Vec<Vec<usize>> =
        of_class.iter().map(|&count| floors(count, shares).0).collect();
    let mut needed = sizes(of_class.iter().sum(), shares);
    for row in &table {
        needed
            .iter_mut()
            .zip(row)
            .for_each(|(needed, given)| *needed = needed.saturating_sub(*given));
    }
    // Classes with the most rows left over go first, each to the parts that need most: such a greedy choice finds a
    // table whenever there is one, and shares say that there is.
    let left = |row: &[usize], count: usize| count.saturating_sub(row.iter().sum());
    let mut order: Vec<usize> = (0..table.len()).collect();
    let left_of = |class: &usize| Some(left(table.get(*class)?, *of_class.get(*class)?));
    order.sort_by_key(|class| std::cmp::Reverse(left_of(class)));
    for class in order {
        let (Some(row), Some(&count)) = (table.get_mut(class), of_class.get(class)) else {
            continue;
        };
        let mut parts: Vec<usize> =
            (0..shares.len()).filter(|&part| shares.get(part) > Some(&0.0)).collect();
        parts.sort_by_key(|&part| std::cmp::Reverse((needed.get(part).copied(), part)));
        for part in parts.into_iter().cycle().take(left(row, count)) {
            if let (Some(given), Some(needed)) = (row.get_mut(part), needed.get_mut(part)) {
                *given += 1;
                *needed = needed.saturating_sub(1);
            }
        }
    }
    table
}

/// The whole rows of each share, and whether a part of a row is left of it.
fn floors(rows: usize, shares: &[f64]) -> (Vec<usize>, Vec<bool>) {
    let quota = |share: &f64| {
        let quota = share * rows as f64;
        // A share such as 0.3 of ten rows is three, whatever the last bit says.
        if (quota - quota.round()).abs() < 1e-6 { quota.round() } else { quota }
    };
    let quotas: Vec<f64> = shares.iter().map(quota).collect();
    (
        quotas.iter().map(|quota| *quota as usize).collect(),
        quotas.iter().map(|quota| quota.fract() > 0.0).collect(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_part_is_rounded_up() {
        assert_eq!(sizes(10, &[0.75, 0.0, 0.25]), [7, 0, 3]);
        assert_eq!(sizes(10, &[0.7, 0.0, 0.3]), [7, 0, 3]);
        assert_eq!(sizes(10, &[0.65, 0.15, 0.2]), [6, 2, 2]);
        assert_eq!(sizes(0, &[0.5, 0.5]), [0, 0]);
    }

    proptest! {
        #[test]
        fn every_cell_is_within_one_row_of_its_share_and_sums_are_whole(
            of_class in prop::collection::vec(0_usize..60, 1..9),
            cuts in prop::array::uniform2(1_u32..100),
        ) {
            let (low, high) = (cuts[0].min(cuts[1]), cuts[0].max(cuts[1]));
            let shares = [f64::from(low) / 100.0, f64::from(high - low) / 100.0, f64::from(100 - high) / 100.0];
            let table = table(&of_class, &shares);
            for (row, &count) in table.iter().zip(&of_class) {
                prop_assert_eq!(row.iter().sum::<usize>(), count);
                for (&cell, share) in row.iter().zip(shares) {
                    prop_assert!((cell as f64 - share * count as f64).abs() < 1.0 + 1e-6, "{:?}", row);
                }
            }
            let totals: Vec<usize> = (0..3).map(|part| table.iter().map(|row| row[part]).sum()).collect();
            prop_assert_eq!(totals, sizes(of_class.iter().sum(), &shares));
        }
    }
}
