//! Sizes of parts and folds, and of classes in them.

use netsift_data::balance::ClassWeights;
use netsift_data::split::{Shares, Split};
use netsift_data::{Dataset, Labels};

use crate::draw::{Draw, table};
use crate::{counts, expected, is_near, numbers};

const CLASSES: [&str; 4] = ["0", "1", "2", "3"];

fn of_classes(data: &Dataset, rows: &[usize]) -> Vec<usize> {
    let labels = data.select(rows).unwrap().labels().unwrap().clone();
    let of =
        |class| labels.classes().number(class).map_or(0, |number| labels.counts()[number as usize]);
    CLASSES.map(of).to_vec()
}

#[test]
fn parts_and_folds_have_the_sizes_of_scikit_learn() {
    let (mut stratified_folds, mut stratified) = (0, 0);
    for (seed, case) in (0..).zip(expected("splits")) {
        let mut draw = Draw(4000 + seed);
        let (rows, share, count) =
            (20 + draw.below(200), (1 + draw.below(60)) as f64 / 100.0, 2 + draw.below(8) as usize);
        let labels: Vec<&str> =
            (0..rows).map(|_| CLASSES[draw.below(4).min(draw.below(4)) as usize]).collect();
        let data = table(vec![vec![0.0; rows as usize]]).with_labels(Labels::of(labels)).unwrap();
        let parts = Split::plain(seed).parts(&data, Shares::test(share).unwrap()).unwrap();
        assert_eq!(
            [parts.train.len(), parts.test.len()].to_vec(),
            counts(&case["sizes"]),
            "{seed}"
        );
        let folds = Split::plain(seed).folds(&data, count).unwrap();
        assert_eq!(
            folds.iter().map(|fold| fold.test.len()).collect::<Vec<_>>(),
            counts(&case["folds"])
        );
        if let Some(expected) = case.get("stratified_folds") {
            let folds = Split::stratified(seed).folds(&data, count).unwrap();
            let found: Vec<_> = folds.iter().map(|fold| of_classes(&data, &fold.test)).collect();
            assert_eq!(
                found,
                expected.as_array().unwrap().iter().map(counts).collect::<Vec<_>>(),
                "{seed}"
            );
            stratified_folds += 1;
        }
        if let Some(expected) = case.get("stratified").filter(|expected| !expected.is_null()) {
            let parts = Split::stratified(seed).parts(&data, Shares::test(share).unwrap()).unwrap();
            let (found, expected) = (of_classes(&data, &parts.test), counts(expected));
            // Which classes get the rows that are left over is drawn there.
            let is_near =
                found.iter().zip(&expected).all(|(found, expected)| found.abs_diff(*expected) <= 1);
            assert!(
                is_near && found.iter().sum::<usize>() == expected.iter().sum::<usize>(),
                "{found:?} {expected:?}"
            );
            stratified += 1;
        }
        let weights = ClassWeights::balanced(data.labels().unwrap());
        let expected = numbers(&case["weights"]);
        assert!(
            weights
                .of_classes()
                .iter()
                .zip(&expected)
                .all(|(&found, &expected)| is_near(found, expected))
        );
    }
    assert!(stratified_folds > 100 && stratified > 80, "{stratified_folds} {stratified}");
}
