//! The extended isolation forest, held against isotree's. `make_planes.py` froze its planes and answers, and says of which
//! version they are, in `planes.json`.

use ndarray::{Array2, Axis, concatenate};
use netsift_models::{
    Checked, Detector, ExtendedIsolationForest, ExtendedIsolationForestModel, Observer, Sample,
};
use serde_json::{Value, json};

use crate::detectors::drawn;

fn expected(part: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("planes.json")).unwrap();
    all[part].as_array().unwrap().clone()
}

fn numbers(of: &Value) -> Vec<f64> {
    serde_json::from_value(of.clone()).unwrap()
}

/// A forest as files hold it, of isotree's trees; leaves hold its paths, in which harmonic numbers are not taken for
/// logarithms.
fn forest_of(trees: &Value, width: usize, sampled: usize) -> ExtendedIsolationForestModel {
    const LEAF: u64 = 1 << 30;
    let (mut nodes, mut roots, mut paths, mut weights) = (vec![], vec![], vec![], vec![]);
    for tree in trees.as_array().unwrap() {
        roots.push(nodes.len());
        nodes.push(json!({}));
        let mut open = vec![(0, nodes.len() - 1)];
        while let Some((node, place)) = open.pop() {
            let told = &tree[node];
            if told.get("path").is_some() {
                nodes[place] = json!({"column": LEAF, "left": paths.len(), "threshold": 0.0});
                paths.push(told["path"].clone());
                continue;
            }
            let (plane, below) = (weights.len() / width, nodes.len());
            weights.extend(numbers(&told["weights"]));
            nodes[place] = json!({"column": plane, "left": below, "threshold": told["cut"]});
            nodes.extend([json!({}), json!({})]);
            let child = |side: &str| told[side].as_u64().unwrap() as usize;
            open.extend([(child("left"), below), (child("right"), below + 1)]);
        }
    }
    let settings = ExtendedIsolationForest::default().trees(roots.len()).sample(sampled);
    let forest = json!({
        "settings": settings, "sampled": sampled,
        "planes": {"width": width, "terms": width, "columns": [], "weights": weights},
        "trees": {"nodes": nodes, "roots": roots, "leaves": paths, "outputs": 1, "covers": []},
    });
    let forest: ExtendedIsolationForestModel = serde_json::from_value(forest).unwrap();
    forest.check().unwrap();
    forest
}

#[test]
fn the_same_planes_lead_to_isotrees_leaves() {
    for (case, expected) in expected("planes").iter().enumerate() {
        let (mut draw, train, asked) = drawn(13_000 + case as u64, 5);
        let sample = 8 + draw.below(24);
        let forest = forest_of(&expected["trees"], train.ncols(), sample);
        let rows: Vec<usize> = serde_json::from_value(expected["rows"].clone()).unwrap();
        let rows = concatenate![Axis(0), train, asked].select(Axis(0), &rows);
        let paths = forest.path_lengths(rows.view()).unwrap();
        for (row, (found, expected)) in paths.iter().zip(numbers(&expected["paths"])).enumerate() {
            // Paths of leaves are told with six digits behind the point.
            assert!((found - expected).abs() < 2e-6, "case {case}, row {row}: {found} {expected}");
        }
        let scores = forest.scores(rows.view()).unwrap();
        for (found, expected) in scores.iter().zip(numbers(&expected["scores"])) {
            // What is usual is a logarithm here, and a harmonic number there: 4 % less for 8 rows.
            assert!((found - expected).abs() < 0.02, "case {case}: {found} {expected}");
        }
    }
}

#[test]
fn many_trees_of_planes_score_as_many_of_isotrees() {
    for (case, expected) in expected("many").iter().enumerate() {
        let (mut draw, mut train, mut asked) = drawn(14_000 + case as u64, 6);
        for rows in [&mut train, &mut asked] {
            for (place, mut column) in rows.columns_mut().into_iter().enumerate() {
                column.mapv_inplace(|cell| cell * (1.0 + 2.0 * place as f64));
            }
        }
        let settings = ExtendedIsolationForest::default().trees(2000).seed(case as u64);
        let settings = settings.sample(16 + draw.below(48));
        let forest = settings.fit(&Sample::new(train.view()).unwrap().threads(2)).unwrap();
        let near = |rows: &Array2<f64>, expected: &Value| {
            let scores = forest.scores(rows.view()).unwrap();
            let apart = scores.iter().zip(numbers(expected)).map(|(one, other)| one - other);
            apart.fold((0.0_f64, 0.0), |(most, sum), apart| (most.max(apart.abs()), sum + apart))
        };
        for (rows, part) in [(&train, "own"), (&asked, "asked")] {
            let (most, sum) = near(rows, &expected[part]);
            let mean = sum / rows.nrows() as f64;
            assert!(most < 0.02 && mean.abs() < 0.01, "case {case}, {part}: {most} {mean}");
        }
    }
}
