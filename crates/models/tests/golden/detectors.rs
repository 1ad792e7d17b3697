//! Detectors of anomalies, held against what scikit-learn and pyod answer. `make_detectors.py` froze their answers, and
//! says of which versions they are, in `detectors.json`.

use ndarray::{Array1, Array2, ArrayView1, Axis, concatenate};
use netsift_data::nearest::Metric;
use netsift_models::{
    BinCount, Detector, Ecod, Gamma, Hbos, Kept, Kernel, KnnDistance, Lof, Observer, OneClassSvm,
    Pca, Reach, Sample,
};
use serde_json::Value;

use crate::draw::Draw;

const METRICS: [Metric; 2] = [Metric::Euclidean, Metric::Manhattan];

fn expected(part: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("detectors.json")).unwrap();
    all[part].as_array().unwrap().clone()
}

/// Rows to learn from, some of them several times, and rows to ask about, some of them far away.
fn drawn(seed: u64, most_columns: u64) -> (Draw, Array2<f64>, Array2<f64>) {
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
