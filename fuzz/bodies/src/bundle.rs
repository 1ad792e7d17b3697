//! The laws of files of trained models.

use ndarray::{Array2, Axis};
use netsift_data::{Classes, Dataset, Field, Schema};
use netsift_models::{Answer, Bundle, Drift};

use crate::container::mended;

/// A file of a stranger may be so long; seeds are a few kilobytes.
const MAX_FILE: u64 = 1 << 20;
/// Rows that are asked about: one for each of the cells below, at the least.
const ROWS: usize = 12;
/// What cells of numbers may be.
const CELLS: [f64; 11] = [
    0.0,
    1.0,
    -1.0,
    0.5,
    1e9,
    -1e-300,
    f64::MAX,
    f64::MIN_POSITIVE,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];
/// What cells of texts may be: some that seeds know, and some that nobody does.
const TEXTS: [&str; 4] = ["", "tcp", "udp", "\u{1b}[31mné"];

/// A file: as it is, and with its checksums put right.
pub(crate) fn body(input: &[u8]) {
    loads_and_answers(input);
    loads_and_answers(&mended(input));
}

fn loads_and_answers(file: &[u8]) {
    let Ok(bundle) = Bundle::load_within(file, MAX_FILE) else { return };
    let again = saved(&bundle);
    assert!(saved(&loaded(&again)) == again, "saved to other bytes");
    let rows = rows(bundle.input());
    if let Ok(answer) = bundle.score(&rows) {
        is_sound(&bundle, &answer);
        no_row_depends_on_others(&bundle, &rows, &answer);
        columns_have_no_order(&bundle, &rows, &answer);
    }
    findings_have_figures(&bundle, &rows);
    let _ = bundle.seen(&rows);
    drift_has_figures(&bundle, &rows);
    assert!(bundle.card().starts_with("# Model card: "), "a card without a title");
    assert!(bundle.to_json(std::io::sink()).is_ok(), "an export that fails");
}

/// Each row is of a class that there is, and its probabilities are shares of one.
fn is_sound(bundle: &Bundle, answer: &Answer) {
    let count = bundle.classes().len();
    assert_eq!(answer.probabilities.dim(), (ROWS, count));
    let are_classes = answer.classes.iter().all(|class| (*class as usize) < count);
    assert!(are_classes, "a class that there is not: {:?}", answer.classes);
    for row in answer.probabilities.rows() {
        // Sums are rounded, and shares are parts of sums.
        let are_shares = row.iter().all(|share| (0.0..=1.0 + 1e-9).contains(share));
        assert!(are_shares && (row.sum() - 1.0).abs() < 1e-6, "{:?}", answer.probabilities);
    }
}

/// What a detector finds is in its range, and what it answers.
fn findings_have_figures(bundle: &Bundle, rows: &Dataset) {
    let (Ok(found), Ok(answer)) = (bundle.findings(rows, 2), bundle.score(rows)) else { return };
    assert_eq!(found.len(), ROWS);
    for (finding, class) in found.iter().zip(answer.classes) {
        let is_share = (0.0..=1.0).contains(&finding.quantile);
        assert!(finding.score.is_finite() && is_share, "{finding:?}");
        assert!(finding.is_anomaly == (class == 1), "{finding:?} of class {class}");
    }
}

fn no_row_depends_on_others(bundle: &Bundle, rows: &Dataset, answer: &Answer) {
    for row in 0..ROWS {
        let Ok(alone) = bundle.score(&rows.slice(row..row + 1)) else {
            panic!("row {row} is answered among others, and not alone")
        };
        let among = answer.probabilities.index_axis(Axis(0), row);
        assert!(alone.probabilities.row(0) == among, "row {row}: {among} among others");
    }
}

fn columns_have_no_order(bundle: &Bundle, rows: &Dataset, answer: &Answer) {
    let names: Vec<&str> = bundle.input().names().collect();
    let turned = rows.pick(names.into_iter().rev());
    match turned.map(|turned| bundle.score_on(&turned, 3)) {
        Ok(Ok(turned)) => assert!(turned == *answer, "other answers in another order"),
        other => panic!("{other:?}"),
    }
}

/// Whatever a file says was usual.
fn drift_has_figures(bundle: &Bundle, rows: &Dataset) {
    let mut drift = Drift::against(bundle);
    assert!(drift.observe(rows, &[0.5; ROWS]).is_ok(), "rows that are asked about are not counted");
    let report = drift.report();
    assert!((report.rows, report.number) == (ROWS as u64, 0.0), "{report:?}");
    for column in report.columns.iter().chain(&report.score) {
        let is_share = (0.0..=1.0).contains(&column.chance);
        assert!(column.stability.is_finite() && is_share, "{column:?}");
    }
}

/// Rows of these columns.
fn rows(schema: &Schema) -> Dataset {
    let texts = Classes::new(TEXTS);
    let (Ok(texts), width) = (texts, schema.len()) else { panic!("texts that stand twice") };
    let fields = schema.fields().iter().map(|field| match field.texts() {
        Some(_) => Field::text(field.name.clone(), texts.clone()),
        None => field.clone(),
    });
    let is_text: Vec<bool> = schema.fields().iter().map(|field| field.texts().is_some()).collect();
    let cell = |(row, column): (usize, usize)| match is_text.get(column) {
        Some(true) if row == ROWS - 1 => f64::NAN,
        Some(true) => ((row + column) % TEXTS.len()) as f64,
        _ => CELLS.get((row + 3 * column) % CELLS.len()).copied().unwrap_or(f64::NAN),
    };
    let matrix = Array2::from_shape_fn((ROWS, width), cell);
    match Schema::new(fields).and_then(|schema| Dataset::new(schema, matrix)) {
        Ok(rows) => rows,
        Err(error) => panic!("columns that were loaded make no dataset: {error}"),
    }
}

fn saved(bundle: &Bundle) -> Vec<u8> {
    match bundle.save(Vec::new()) {
        Ok(file) => file,
        Err(error) => panic!("what was loaded cannot be saved: {error}"),
    }
}

fn loaded(file: &[u8]) -> Bundle {
    match Bundle::load(file) {
        Ok(bundle) => bundle,
        Err(error) => panic!("what was saved does not load: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Target;
    use crate::mutation::Mutator;

    /// The stricter loading gets, the fewer of them are asked: laws that nothing reaches hold of anything.
    #[test]
    fn enough_changed_files_are_answered() {
        let corpus = Target::named("bundle").unwrap().corpus().unwrap();
        let seeds = corpus.len() as u64;
        let mutator = Mutator::new(corpus.clone(), 1);
        let mut input = Vec::new();
        let mut answered = 0;
        for number in seeds..seeds + 2_000 {
            mutator.make(number, &mut input);
            let file = mended(&input);
            let is_new = !corpus.contains(&file);
            answered += u64::from(is_new && Bundle::load_within(&file[..], MAX_FILE).is_ok());
        }
        assert!(answered > 100, "{answered} of 2000");
    }
}
