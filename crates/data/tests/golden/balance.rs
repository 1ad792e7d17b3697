//! Rows in danger, and the moments of made rows.

use std::collections::BTreeMap;

use ndarray::{Array2, Axis};
use netsift_data::balance::{Balance as _, Smote, SmoteKind, Target};

use crate::draw::Draw;
use crate::{all, counts, expected, numbers};

#[test]
fn rows_are_in_danger_where_imbalanced_learn_says_so() {
    for (seed, case) in (0..).zip(expected("dangers")) {
        let data = Draw(7000 + seed).clouds();
        assert_eq!(Smote::new(0).in_danger(&data, "minor").unwrap(), counts(&case), "{seed}");
    }
}

#[test]
fn made_rows_have_the_moments_of_those_of_imbalanced_learn() {
    const MADE: usize = 200_000;
    let data = Draw(8000).clouds();
    let expected = &all()["made"];
    for (name, kind) in [("plain", SmoteKind::Plain), ("borderline1", SmoteKind::Borderline1)] {
        let target = Target::Counts(BTreeMap::from([("minor".to_owned(), 40 + MADE)]));
        let made =
            Smote::new(5).kind(kind).to(target).balance(&data).unwrap().slice(160..160 + MADE);
        let made = made.matrix();
        let mean = made.mean_axis(Axis(0)).unwrap();
        let apart = &made - &mean;
        let covariance: Array2<f64> = apart.t().dot(&apart) / (MADE - 1) as f64;
        let deviation = |axis: usize| covariance[[axis, axis]].sqrt();
        // Both sides draw: six deviations of the difference of two means, and about as many of two covariances.
        for (axis, expected) in numbers(&expected[name]["mean"]).into_iter().enumerate() {
            let most = 6.0 * deviation(axis) * (2.0 / MADE as f64).sqrt();
            assert!((mean[axis] - expected).abs() < most, "{name}: {mean} is not {expected}");
        }
        for (axis, row) in expected[name]["covariance"].as_array().unwrap().iter().enumerate() {
            for (other, expected) in numbers(row).into_iter().enumerate() {
                let most = 10.0 * deviation(axis) * deviation(other) * (2.0 / MADE as f64).sqrt();
                let found = covariance[[axis, other]];
                assert!((found - expected).abs() < most, "{name}: {found} is not {expected}");
            }
        }
    }
}
