//! Detectors of anomalies, held against what scikit-learn and pyod answer. `make_detectors.py` froze their answers, and
//! says of which versions they are, in `detectors.json`.

use ndarray::{Array1, Array2, ArrayView1, Axis, concatenate};
use netsift_data::nearest::Metric;
use netsift_models::{
    BinCount, Checked, Detector, Ecod, Gamma, Hbos, Heights, IsolationForest, IsolationForestModel,
    Kept, Kernel, KnnDistance, Lof, Observer, OneClassSvm, Pca, Reach, Sample,
};
use serde_json::{Value, json};

use crate::draw::Draw;

const METRICS: [Metric; 2] = [Metric::Euclidean, Metric::Manhattan];

fn expected(part: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("detectors.json")).unwrap();
    all[part].as_array().unwrap().clone()
}

/// Rows to learn from, some of them several times, and rows to ask about, some of them far away.
pub(crate) fn drawn(seed: u64, most_columns: u64) -> (Draw, Array2<f64>, Array2<f64>) {
    let mut draw = Draw(seed);
    let (rows, columns) = (40 + draw.below(160), 2 + draw.below(most_columns));
    let (train, _) = draw.clouds(rows, columns, 3);
    let (mut asked, _) = draw.clouds(20, columns, 3);
    let repeats = draw.below(4);
    let parts: Vec<_> =
        (1..=repeats).map(|repeat| train.slice_axis(Axis(0), (..5 * repeat).into())).collect();
    let parts = [vec![train.view()], parts].concat();
    let train = concatenate(Axis(0), &parts).unwrap();
    asked.slice_axis_mut(Axis(0), (10..).into()).mapv_inplace(|cell| cell * 3.0);
    asked.row_mut(0).assign(&train.row(0));
    (draw, train, asked)
}

/// Columns of different sizes, one of which never changes, and one of few numbers.
fn uneven(train: &mut Array2<f64>, asked: &mut Array2<f64>) {
    for rows in [&mut *train, &mut *asked] {
        for (place, mut column) in rows.columns_mut().into_iter().enumerate() {
            column.mapv_inplace(|cell| cell * 10_f64.powi(place as i32 - 4));
        }
        rows.column_mut(0).mapv_inplace(|cell| (cell * 1e5).round());
    }
    train.column_mut(1).fill(7.0);
    asked.column_mut(1).iter_mut().take(5).for_each(|cell| *cell = 7.0);
}

#[track_caller]
fn assert_near(found: ArrayView1<'_, f64>, expected: &Value, most: f64, case: usize) {
    let expected: Vec<f64> = serde_json::from_value(expected.clone()).unwrap();
    assert_eq!(found.len(), expected.len());
    for (row, (one, other)) in found.iter().zip(&expected).enumerate() {
        let is_near = (one - other).abs() <= most * other.abs().max(1.0);
        assert!(is_near, "case {case}, row {row}: {one} {other}");
    }
}

#[track_caller]
fn judge<O: Observer>(
    observer: &O,
    rows: [&Array2<f64>; 2],
    expected: &Value,
    most: f64,
    case: usize,
) -> O::Detector {
    let [train, asked] = rows;
    let sample = Sample::new(train.view()).unwrap().threads(1 + case % 3);
    let (detector, own): (_, Array1<f64>) = observer.fit_scored(&sample).unwrap();
    assert_near(own.view(), &expected["own"], most, case);
    let told = detector.scores(asked.view()).unwrap();
    assert_near(told.view(), &expected["asked"], most, case);
    detector
}

#[test]
fn local_outlier_factors_are_scikit_learns() {
    for (case, expected) in expected("lof").iter().enumerate() {
        let (mut draw, train, asked) = drawn(5000 + case as u64, 24);
        let lof = Lof::default().distance(METRICS[case % 2]).neighbours(1 + draw.below(30));
        judge(&lof, [&train, &asked], expected, 1e-9, case);
    }
}

#[test]
fn distances_are_pyods() {
    for (case, expected) in expected("knn-distance").iter().enumerate() {
        let (mut draw, train, asked) = drawn(6000 + case as u64, 24);
        let near = KnnDistance::default()
            .distance(METRICS[case / 3 % 2])
            .reach([Reach::Largest, Reach::Mean, Reach::Median][case % 3])
            .neighbours(1 + draw.below(9));
        judge(&near, [&train, &asked], expected, 1e-9, case);
    }
}

#[test]
fn histograms_are_pyods() {
    for (case, expected) in expected("hbos").iter().enumerate() {
        let (mut draw, mut train, mut asked) = drawn(7000 + case as u64, 10);
        uneven(&mut train, &mut asked);
        let bins = BinCount::Given(3 + draw.below(30));
        let hbos = Hbos::default()
            .bins([bins, BinCount::Auto][case % 2])
            .heights(Heights::Density)
            .alpha(0.05 + 0.5 * draw.unit())
            .tolerance(0.9 * draw.unit() + 0.05);
        judge(&hbos, [&train, &asked], expected, 1e-9, case);
    }
}

#[test]
fn tails_are_pyods() {
    for (case, expected) in expected("ecod").iter().enumerate() {
        let (_, mut train, mut asked) = drawn(8000 + case as u64, 10);
        uneven(&mut train, &mut asked);
        judge(&Ecod::default(), [&train, &asked], expected, 1e-9, case);
    }
}

#[test]
fn errors_of_components_are_scikit_learns() {
    for (case, expected) in expected("pca").iter().enumerate() {
        let (mut draw, train, asked) = drawn(9000 + case as u64, 24);
        let kept = if case % 2 == 1 {
            Kept::Components(1 + draw.below(train.ncols() as u64 - 1))
        } else {
            Kept::Share(0.2 + 0.6 * draw.unit())
        };
        let model = judge(&Pca::default().kept(kept), [&train, &asked], expected, 1e-9, case);
        assert_eq!(model.kept() as u64, expected["kept"].as_u64().unwrap(), "case {case}");
    }
}

#[test]
fn borders_of_one_class_are_scikit_learns() {
    for (case, expected) in expected("one-class-svm").iter().enumerate() {
        let (mut draw, train, asked) = drawn(10_000 + case as u64, 24);
        let kernels = [Kernel::Rbf, Kernel::Polynomial, Kernel::Sigmoid, Kernel::Linear];
        let (kernel, nu) = (kernels[case % 4], 0.05 + 0.5 * draw.unit());
        // Of other sigmoids there may be several borders, each of which is one.
        let (part, offset) = if kernel == Kernel::Sigmoid { (20.0, -0.5) } else { (1.0, 0.5) };
        let svm = OneClassSvm::default()
            .kernel(kernel)
            .nu(nu)
            .gamma(Gamma::Given((0.05 + draw.unit()) / part))
            .degree(2)
            .offset(offset)
            .tolerance(1e-6);
        judge(&svm, [&train, &asked], expected, 1e-4, case);
    }
}

/// scikit-learn takes no more digits.
fn narrow(rows: &Array2<f64>) -> Array2<f64> {
    rows.mapv(|cell| f64::from(cell as f32))
}

/// A forest as files hold it, of scikit-learn's trees.
fn forest_of(trees: &Value, width: usize, sampled: usize) -> IsolationForestModel {
    const LEAF: u64 = 1 << 30;
    let (mut nodes, mut covers, mut roots, mut paths) = (vec![], vec![], vec![], vec![]);
    for tree in trees.as_array().unwrap() {
        let number = |of: &str, node: usize| tree[of][node].as_i64().unwrap();
        roots.push(nodes.len());
        nodes.push(json!({}));
        let mut open = vec![(0, nodes.len() - 1, 0)];
        while let Some((node, place, depth)) = open.pop() {
            let (left, right) = (number("left", node), number("right", node));
            covers.resize(nodes.len(), 0);
            covers[place] = number("rows", node);
            if left < 0 {
                nodes[place] = json!({"column": LEAF, "left": paths.len(), "threshold": 0.0});
                // By the paper's formula, 2 H(n - 1) - 2 (n - 1) / n.
                let rows = number("rows", node) as f64;
                let harmonic = (rows - 1.0).ln() + 0.577_215_664_901_532_9;
                let usual = 2.0 * harmonic - 2.0 * (rows - 1.0) / rows;
                let further = if rows > 2.0 { usual } else { rows - 1.0 };
                paths.push(f64::from(depth) + further);
                continue;
            }
            let (column, threshold) = (number("column", node), &tree["threshold"][node]);
            let below = nodes.len();
            nodes[place] = json!({"column": column, "left": below, "threshold": threshold});
            nodes.extend([json!({}), json!({})]);
            open.extend([
                (left as usize, below, depth + 1),
                (right as usize, below + 1, depth + 1),
            ]);
        }
    }
    let settings = IsolationForest::default().trees(roots.len()).sample(sampled);
    let forest = json!({
        "settings": settings, "width": width, "sampled": sampled,
        "trees": {"nodes": nodes, "roots": roots, "leaves": paths, "outputs": 1, "covers": covers},
    });
    let forest: IsolationForestModel = serde_json::from_value(forest).unwrap();
    forest.check().unwrap();
    forest
}

#[test]
fn the_same_trees_score_as_scikit_learns() {
    for (case, expected) in expected("isolation-forest").iter().enumerate() {
        let (mut draw, train, asked) = drawn(11_000 + case as u64, 10);
        let [train, asked] = [train, asked].map(|rows| narrow(&rows));
        let forest = forest_of(&expected["trees"], train.ncols(), 2 + draw.below(38));
        let scores = |rows: &Array2<f64>| forest.scores(rows.view()).unwrap();
        assert_near(scores(&train).view(), &expected["own"], 1e-12, case);
        assert_near(scores(&asked).view(), &expected["asked"], 1e-12, case);
    }
}

#[test]
fn many_trees_score_as_many_of_scikit_learns() {
    for (case, expected) in expected("many-trees").iter().enumerate() {
        let (mut draw, mut train, mut asked) = drawn(12_000 + case as u64, 6);
        if case % 2 == 1 {
            let gaps = draw.below(7);
            train.column_mut(0).iter_mut().skip(gaps).step_by(7).for_each(|cell| *cell = f64::NAN);
        }
        for rows in [&mut train, &mut asked] {
            rows.column_mut(1).fill(7.0);
            rows.column_mut(0).mapv_inplace(|cell| cell.powi(3) * 1e4);
        }
        let [train, asked] = [train, asked].map(|rows| narrow(&rows));
        let sample = if case % 2 == 1 { train.nrows() } else { 16 + draw.below(48) };
        let forest = IsolationForest::default().trees(2000).sample(sample).seed(case as u64);
        // Means of so many trees are off by less than 0.003, as deviations go, on either side. Where a column has gaps and
        // only one number, scikit-learn ends every second tree, and ours asks about the gaps.
        let most = if case % 2 == 1 { 0.025 } else { 0.012 };
        judge(&forest, [&train, &asked], expected, most, case);
    }
}
