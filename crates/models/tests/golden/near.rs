//! Neighbours, clusters and votes, held against what scikit-learn answers. `make_near.py` froze its answers, and says of which
//! version they are, in `near.json`.

use ndarray::Array2;
use netsift_data::{Classes, Labels};
use netsift_models::{
    Ballot, Classifier, Dbscan, Distance, Knn, Learner, Member, Points, Training, Votes, Voting,
};
use serde_json::Value;

use crate::draw::Draw;

fn expected(part: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("near.json")).unwrap();
    all[part].as_array().unwrap().clone()
}

fn labels(numbers: Vec<u32>, classes: usize) -> Labels {
    let classes = Classes::new((0..classes).map(|class| class.to_string())).unwrap();
    Labels::new(classes, numbers).unwrap()
}

#[track_caller]
fn assert_near(found: &Array2<f64>, expected: &Value, case: usize) {
    let expected: Vec<Vec<f64>> = serde_json::from_value(expected.clone()).unwrap();
    assert_eq!(found.nrows(), expected.len());
    for (found, expected) in found.rows().into_iter().zip(expected) {
        let is_near = found.iter().zip(&expected).all(|(one, other)| (one - other).abs() < 1e-9);
        assert!(is_near && found.len() == expected.len(), "case {case}: {found} {expected:?}");
    }
}

#[test]
fn neighbours_vote_as_scikit_learns_do() {
    for (case, expected) in expected("neighbours").iter().enumerate() {
        let mut draw = Draw(1000 + case as u64);
        let (rows, columns, classes) =
            (30 + draw.below(200), 1 + draw.below(24), 2 + draw.below(4));
        let (train, numbers) = draw.clouds(rows, columns, classes);
        let (asked, _) = draw.clouds(20, columns, classes);
        let learner = Knn::new()
            .distance([Distance::Euclidean, Distance::Manhattan, Distance::Cosine][case % 3])
            .votes([Votes::Uniform, Votes::ByDistance][case / 3 % 2])
            .neighbours(1 + draw.below(9));
        let labels = labels(numbers, classes);
        let model = learner.fit(&Training::new(train.view(), &labels).unwrap()).unwrap();
        assert_near(&model.probabilities(asked.view()).unwrap(), expected, case);
    }
}

#[test]
fn clusters_are_scikit_learns() {
    for (case, expected) in expected("clusters").iter().enumerate() {
        let mut draw = Draw(2000 + case as u64);
        let (rows, columns) = (20 + draw.below(300), 1 + draw.below(4));
        let (cells, eps) = if case % 2 == 0 {
            let cells = draw.grid(rows, columns, 12);
            (cells, 0.25 * (1 + draw.below(3)) as f64)
        } else {
            let (cells, _) = draw.clouds(rows, columns, 4);
            (cells, 0.05 + 0.3 * draw.unit())
        };
        let points = Points::new(cells.view()).threads(1 + case % 3);
        let clusters = Dbscan::new(eps, 1 + draw.below(8)).fit(&points).unwrap();
        let found: Vec<i64> =
            clusters.of_rows().iter().map(|cluster| cluster.map_or(-1, i64::from)).collect();
        let labels: Vec<i64> = serde_json::from_value(expected["labels"].clone()).unwrap();
        assert_eq!(found, labels, "case {case}");
        let dense: Vec<usize> = serde_json::from_value(expected["dense"].clone()).unwrap();
        let found: Vec<usize> = (0..rows).filter(|&row| clusters.dense()[row]).collect();
        assert_eq!(found, dense, "case {case}");
    }
}

#[test]
fn members_vote_as_scikit_learns_do() {
    for (case, expected) in expected("voting").iter().enumerate() {
        let mut draw = Draw(3000 + case as u64);
        let (train, numbers) = draw.clouds(60, 3, 3);
        let (asked, _) = draw.clouds(20, 3, 3);
        let weights = vec![1.0, 1.0 + draw.below(3) as f64, draw.unit()];
        let labels = labels(numbers, 3);
        let training = Training::new(train.view(), &labels).unwrap();
        let near = |neighbours| Knn::new().neighbours(neighbours).into();
        let voting = Voting::<Member>::of([1, 4, 7].map(near).to_vec()).weights(weights);
        let soft = voting.fit(&training).unwrap().probabilities(asked.view()).unwrap();
        assert_near(&soft, &expected["soft"], case);
        let hard = voting.ballot(Ballot::Hard).fit(&training).unwrap();
        let hard = hard.predict(asked.view()).unwrap().to_vec();
        assert_eq!(hard, serde_json::from_value::<Vec<u32>>(expected["hard"].clone()).unwrap());
    }
}
