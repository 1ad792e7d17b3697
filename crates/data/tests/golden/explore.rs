//! Deviations, quantiles and correlations.

use netsift_data::explore::Explore;

use crate::draw::{Draw, table};
use crate::{expected, is_near, numbers};

#[test]
fn columns_are_described_as_numpy_and_scipy_describe_them() {
    let mut varying = 0;
    for (seed, case) in (0..).zip(expected("explorations")) {
        let mut draw = Draw(6000 + seed);
        let rows = 4 + draw.below(30);
        let data = table((0..2).map(|_| draw.column(rows, false)).collect());
        let found =
            Explore::new().quantiles([0.1, 0.5, 0.77]).correlations(true).look(&data).unwrap();
        let deviations = numbers(&case["deviation"]);
        for ((column, deviation), quantiles) in
            found.columns.iter().zip(deviations).zip(case["quantiles"].as_array().unwrap())
        {
            // A column of equal cells deviates by rounding there, and by nothing here.
            assert!(
                (column.deviation.unwrap() - deviation).abs()
                    <= 1e-12 * column.max.unwrap().abs().max(1.0),
                "{seed}"
            );
            for (found, expected) in column.quantiles.iter().zip(numbers(quantiles)) {
                assert!(
                    is_near(found.below.unwrap(), expected),
                    "{seed}: {found:?} is not {expected}"
                );
            }
        }
        if found.constant.is_empty() {
            let found = found.correlations.unwrap();
            for (found, name) in [(&found.pearson, "pearson"), (&found.spearman, "spearman")] {
                let (found, expected) = (found[0][1].unwrap(), case[name].as_f64().unwrap());
                // Digits of 1e6 + x cancel in both.
                assert!(
                    (found - expected).abs() < 1e-8,
                    "{name} of {seed}: {found} is not {expected}"
                );
            }
            varying += 1;
        }
    }
    assert!(varying > 15, "{varying}");
}
