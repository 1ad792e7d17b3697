//! Histograms, a column each (Goldstein and Dengel, 2012).

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::explain::Terms;
use crate::linear::{bounded, in_parts};
use crate::settings::{Said, name_of, named, setting};
use crate::{Checked, Detector, ModelError, Observer, Parameter, Sample, Settings};

/// More bins than any column of flows has use for.
const MOST_BINS: usize = 1 << 16;

/// How rare each cell of a row is in its column, the columns added up as if they knew nothing of each other.
///
/// It takes columns of any sizes, and is quick to learn and to ask. Bins are as high as they are full beside the fullest of
/// their column, as in the paper: so all columns count alike. pyod takes densities, which differ from column to column by
/// what its cells are counted in; [`Heights::Density`] is its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hbos {
    bins: BinCount,
    heights: Heights,
    alpha: f64,
    tolerance: f64,
}

/// What a bin's height is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Heights {
    /// Its cells, as a share of those of the fullest bin: from 0 to 1, whatever a column is counted in.
    Peak,
    /// Its cells, as a share of all for each unit of its width, as pyod has it. Beside what is added, a column of bytes or
    /// microseconds is flat then, and counts nothing, while one whose cells are below 1 counts more than others.
    Density,
}

const HEIGHTS: [(&str, Heights); 2] = [("peak", Heights::Peak), ("density", Heights::Density)];

/// Into how many bins a column is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum BinCount {
    /// As many as its cells speak for, fewer than the root of their number (by Birgé and Rozenholc's rule).
    Auto,
    /// This many.
    Given(usize),
}

impl Hbos {
    /// Into how many bins of equal width each column is cut. Default: 10, as elsewhere.
    #[must_use]
    pub fn bins(self, bins: BinCount) -> Self {
        Self { bins, ..self }
    }

    /// What a bin's height is. Default: its cells beside those of the fullest bin, so that all columns count alike.
    #[must_use]
    pub fn heights(self, heights: Heights) -> Self {
        Self { heights, ..self }
    }

    /// What is added to heights, so that empty bins are not endlessly strange. Default: 0.1, as elsewhere; an empty bin counts as
    /// one of a tenth of the fullest.
    #[must_use]
    pub fn alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    /// How far outside of the outermost bins cells still count as inside, as a share of a bin. Default: 0.5; beyond, they
    /// are as strange as the emptiest bin.
    #[must_use]
    pub fn tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }
}

impl Default for Hbos {
    fn default() -> Self {
        Self { bins: BinCount::Given(10), heights: Heights::Peak, alpha: 0.1, tolerance: 0.5 }
    }
}

impl Settings for Hbos {
    const NAME: &'static str = "hbos";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("bins", bins, "Into how many bins each column is cut: auto, or a number."),
        setting!(
            "heights",
            heights,
            "What bins are held against: peak (the fullest of a column), or density (as pyod)."
        ),
        setting!(
            "alpha",
            alpha,
            "What is added to heights, so that empty bins are not endlessly strange."
        ),
        setting!("tolerance", tolerance, "How far outside of bins still counts as inside."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        let is_count =
            !matches!(self.bins, BinCount::Given(bins) if !(2..=MOST_BINS).contains(&bins));
        ModelError::rule(is_count, "bins", self.bins.text(), "auto, or from 2 to 65536")?;
        let is_alpha = self.alpha > 0.0 && self.alpha <= 1.0;
        ModelError::rule(is_alpha, "alpha", self.alpha, "above 0, and 1 at most")?;
        let is_share = (0.0..=1.0).contains(&self.tolerance);
        ModelError::rule(is_share, "tolerance", self.tolerance, "from 0 to 1")
    }
}

impl Said for BinCount {
    const RULE: &'static str = "auto, or a number";

    fn said(text: &str) -> Option<Self> {
        if text == "auto" { Some(Self::Auto) } else { usize::said(text).map(Self::Given) }
    }

    fn text(&self) -> String {
        match self {
            Self::Auto => "auto".into(),
            Self::Given(bins) => bins.text(),
        }
    }
}

impl Said for Heights {
    const RULE: &'static str = "peak or density";

    fn said(text: &str) -> Option<Self> {
        named(&HEIGHTS, text)
    }

    fn text(&self) -> String {
        name_of(&HEIGHTS, self)
    }
}

impl Observer for Hbos {
    type Detector = HbosModel;

    fn fit(&self, sample: &Sample<'_>) -> Result<HbosModel, ModelError> {
        self.check()?;
        let columns = sample.columns(Self::NAME)?;
        let of = sample.width();
        let histogram = |place: usize| {
            sample.progress(place, of)?;
            Ok(Histogram::of(columns.row(place), self))
        };
        let histograms = in_parts(sample.thread_count(), of, histogram)?;
        sample.progress(of, of)?;
        Ok(HbosModel { settings: self.clone(), histograms })
    }
}

/// A histogram for each column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HbosModel {
    settings: Hbos,
    histograms: Vec<Histogram>,
}

/// How strange it is to be in which bin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Histogram {
    /// Where bins begin, and where the last one ends.
    edges: Vec<f64>,
    /// One for each bin: the logarithm of its height, turned round.
    strange: Vec<f64>,
    /// That of the strangest bin.
    strangest: f64,
}

impl Histogram {
    fn of(cells: ArrayView1<'_, f64>, settings: &Hbos) -> Self {
        let mut sorted = cells.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let bins = match settings.bins {
            BinCount::Given(bins) => bins,
            BinCount::Auto => likeliest_bins(&sorted),
        };
        let edges = edges(&sorted, bins);
        let heights = settings.heights.of(&counts(&sorted, &edges), &edges);
        let strange = |height: f64| -(height + settings.alpha).log2();
        let strange: Vec<f64> = heights.into_iter().map(strange).collect();
        let strangest = strange.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { edges, strange, strangest }
    }

    /// A cell at an edge is in the bin below, though it was counted in the one above: so it is defined elsewhere, too.
    fn score(&self, cell: f64, tolerance: f64) -> f64 {
        let strange = |bin: usize| self.strange.get(bin).copied().unwrap_or(self.strangest);
        let width = |bin: usize| match self.edges.get(bin..bin + 2) {
            Some(&[from, to]) => to - from,
            _ => 0.0,
        };
        let last = self.strange.len().saturating_sub(1);
        let end = |bin: usize, outside: f64| {
            if outside <= width(bin) * tolerance { strange(bin) } else { self.strangest }
        };
        match self.edges.partition_point(|&edge| edge < cell) {
            0 => end(0, self.edges.first().map_or(0.0, |first| first - cell)),
            bin if bin > last + 1 => end(last, self.edges.last().map_or(0.0, |end| cell - end)),
            bin => strange(bin - 1),
        }
    }

    /// How strange the cells learned are on average: how many of them a bin holds follows from how strange it is.
    fn mean(&self, alpha: f64) -> f64 {
        let (mut cells, mut sum) = (0.0, 0.0);
        for (&strange, edges) in self.strange.iter().zip(self.edges.windows(2)) {
            let &[from, to] = edges else { continue };
            let density = ((-strange).exp2().min(f64::MAX) - alpha).max(0.0);
            let held = density * (to - from);
            cells += held;
            sum += held * strange;
        }
        // Where densities are lost beside alpha, all bins are as strange.
        if cells > 0.0 { sum / cells } else { self.strangest }
    }

    fn check(&self) -> Result<(), ModelError> {
        let count = self.strange.len();
        sound((1..=MOST_BINS).contains(&count), "a bounded number of bins")?;
        sound(self.edges.len() == count + 1, "bins lie between edges")?;
        sound(self.edges.iter().all(|edge| edge.abs() <= 1e151), "edges are finite")?;
        sound(self.edges.is_sorted_by(|one, next| one < next), "edges rise")?;
        // Logarithms to the base of 2 of any density.
        let is_known = |strange: &f64| strange.abs() <= 2048.0;
        let all = self.strange.iter().chain([&self.strangest]);
        sound(all.into_iter().all(is_known), "strangeness is a logarithm")
    }
}

impl Heights {
    fn of(self, counts: &[usize], edges: &[f64]) -> Vec<f64> {
        let all: usize = counts.iter().sum();
        let fullest = counts.iter().copied().max().unwrap_or(0).max(1);
        let height = |(&count, edges): (&usize, &[f64])| match (self, edges) {
            (Self::Peak, _) => count as f64 / fullest as f64,
            // Bins may be so narrow that a density would be beyond all numbers.
            (Self::Density, &[from, to]) => (count as f64 / (to - from) / all as f64).min(f64::MAX),
            (Self::Density, _) => 0.0,
        };
        counts.iter().zip(edges.windows(2)).map(height).collect()
    }
}

/// Edges of bins of equal width over sorted cells. Where there is no room for as many, they lie around the cells as around
/// a single number: half to each side.
fn edges(sorted: &[f64], bins: usize) -> Vec<f64> {
    let (Some(&first), Some(&last)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    let between = |first: f64, last: f64| -> Vec<f64> {
        let step = (last - first) / bins as f64;
        let inner = (0..bins).map(|edge| first + edge as f64 * step);
        inner.chain([last]).collect()
    };
    let rise = |edges: &Vec<f64>| edges.is_sorted_by(|one, next| one < next);
    let wider = |reach: f64| Some(between(first - reach, last + reach)).filter(rise);
    // Beside large numbers a half is nothing: then as much as makes a difference.
    let reaches =
        [0.0, 0.5].into_iter().chain((0..).map(|power| first.abs() * 1e-9 * 4_f64.powi(power)));
    reaches.take(64).find_map(wider).unwrap_or_default()
}

/// How many of the sorted cells are in each bin: each begins with its edge, and the last has its end, too.
fn counts(sorted: &[f64], edges: &[f64]) -> Vec<usize> {
    let bins = edges.len().saturating_sub(1);
    let before = edges.iter().take(bins).map(|edge| sorted.partition_point(|cell| cell < edge));
    let starts: Vec<usize> = before.chain([sorted.len()]).collect();
    starts.windows(2).map(|ends| ends.last().unwrap_or(&0) - ends.first().unwrap_or(&0)).collect()
}

/// The number of bins at which cells are likeliest, less what each bin costs. The cost is counted once a bin, as pyod does:
/// it prefers fewer bins than Birgé and Rozenholc would.
fn likeliest_bins(sorted: &[f64]) -> usize {
    let count = sorted.len() as f64;
    let most = (count.sqrt() as usize).clamp(2, MOST_BINS);
    let likelihood = |bins: usize| {
        let cost = bins as f64 - 1.0 + (bins as f64).ln().powf(2.5);
        let likely = |within: usize| {
            let within = within as f64;
            within * (bins as f64 * within / count + 1.0).ln() - cost
        };
        counts(sorted, &edges(sorted, bins)).into_iter().map(likely).sum::<f64>()
    };
    let best = (1..most).map(|bins| (bins, likelihood(bins)));
    best.reduce(|best, next| if next.1 > best.1 { next } else { best }).map_or(1, |best| best.0)
}

impl Detector for HbosModel {
    fn width(&self) -> usize {
        self.histograms.len()
    }

    fn scores(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<f64>, ModelError> {
        let rows = bounded(rows, self.width(), Hbos::NAME)?;
        let score = |row: ArrayView1<'_, f64>| {
            let cells = row.into_iter().zip(&self.histograms);
            cells.map(|(&cell, column)| column.score(cell, self.settings.tolerance)).sum()
        };
        Ok(rows.axis_iter(Axis(0)).map(score).collect())
    }
}

impl Terms for HbosModel {
    fn terms(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        let mut terms = bounded(rows, self.width(), Hbos::NAME)?.into_owned();
        for (mut cells, column) in terms.columns_mut().into_iter().zip(&self.histograms) {
            cells.mapv_inplace(|cell| column.score(cell, self.settings.tolerance));
        }
        Ok(terms)
    }

    fn means(&self) -> Vec<f64> {
        self.histograms.iter().map(|column| column.mean(self.settings.alpha)).collect()
    }
}

impl Checked for HbosModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        self.histograms.iter().try_for_each(Histogram::check)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn fitted(rows: &Array2<f64>, settings: &Hbos) -> HbosModel {
        let model = settings.fit(&Sample::new(rows.view()).unwrap()).unwrap();
        model.check().unwrap();
        model
    }

    #[test]
    fn cells_are_as_strange_as_their_bin_is_empty() {
        // Bins of width 2 with 3, 0, 0, 1 cells: densities 3/8, 0, 0, 1/8.
        let rows = array![[0.0], [0.5], [1.0], [8.0]];
        let asked = array![[2.0], [2.1], [7.0], [-1.0], [-1.1], [9.0], [9.1], [1e300]];
        let of = |height: f64| -(height + 0.1).log2();
        for (heights, full, few) in
            [(Heights::Peak, 1.0, 1.0 / 3.0), (Heights::Density, 0.375, 0.125)]
        {
            let settings = Hbos::default().bins(BinCount::Given(4)).heights(heights);
            let told = fitted(&rows, &settings).scores(asked.view()).unwrap();
            let (dense, empty, thin) = (of(full), of(0.0), of(few));
            assert_eq!(told.to_vec(), [dense, empty, thin, dense, empty, thin, empty, empty]);
        }
    }

    #[test]
    fn columns_count_alike_whatever_they_are_counted_in() {
        let rows = array![[0.0], [0.5], [1.0], [8.0]];
        let wide = &rows * 1e9;
        let told = |rows: &Array2<f64>, heights| {
            let settings = Hbos::default().heights(heights);
            fitted(rows, &settings).scores(rows.view()).unwrap().to_vec()
        };
        assert_eq!(told(&wide, Heights::Peak), told(&rows, Heights::Peak));
        // In pyod's way all cells of a wide column are as strange: it counts nothing.
        let flat = told(&wide, Heights::Density);
        assert!(flat.iter().all(|score| (score - flat[0]).abs() < 1e-6), "{flat:?}");
    }

    #[test]
    fn columns_add_up() {
        let rows = array![[0.0, 5.0], [1.0, 5.0], [1.0, 9.0]];
        let both = fitted(&rows, &Hbos::default()).scores(rows.view()).unwrap();
        let one = |column: usize| {
            let column = rows.select(Axis(1), &[column]);
            fitted(&column, &Hbos::default()).scores(column.view()).unwrap()
        };
        assert_eq!(both, one(0) + one(1));
    }

    #[test]
    fn terms_are_each_columns_own_and_their_means_those_of_the_rows_learned() {
        let rows = Array2::from_shape_fn((60, 3), |(row, column)| {
            ((row * [7, 11, 5][column]) % 31) as f64 * [0.3, 1e6, 1.0][column] + 0.1
        });
        for bins in [BinCount::Given(7), BinCount::Auto] {
            let model = fitted(&rows, &Hbos::default().bins(bins));
            let terms = model.terms(rows.view()).unwrap();
            let apart = terms.sum_axis(Axis(1)) - model.scores(rows.view()).unwrap();
            assert!(apart.iter().all(|apart| apart.abs() < 1e-12), "{apart}");
            let means = terms.mean_axis(Axis(0)).unwrap();
            for (mean, expected) in model.means().iter().zip(&means) {
                assert!((mean - expected).abs() < 1e-6, "{bins:?}: {mean} {expected}");
            }
        }
    }

    #[test]
    fn many_bins_are_for_many_cells_that_differ() {
        let even = (0..400).map(f64::from).collect::<Vec<_>>();
        assert_eq!(likeliest_bins(&even), 1);
        let apart = [vec![0.0; 2000], vec![100.0; 2000]].concat();
        assert!(likeliest_bins(&apart) > 1);
        assert_eq!(
            [likeliest_bins(&[]), likeliest_bins(&[3.0]), likeliest_bins(&[1.0, 9.0])],
            [1; 3]
        );
    }

    #[test]
    fn narrow_and_wide_columns_have_bins() {
        let ends = [
            [0.0, 0.0],
            [1e15, 1e15 + 0.25],
            [0.0, 5e-324],
            [1.0, 1.0 + f64::EPSILON],
            [1e300, 1e300],
            [f64::MIN, f64::MAX],
            [1e-320, 2e-310],
        ];
        for ends in ends {
            let rows = Array2::from_shape_vec((2, 1), ends.to_vec()).unwrap();
            for bins in [BinCount::Given(2), BinCount::Given(1000), BinCount::Auto] {
                let model = fitted(&rows, &Hbos::default().bins(bins));
                let told = model.scores(rows.view()).unwrap();
                assert!(told.iter().all(|score| score.is_finite()), "{ends:?} {told}");
            }
        }
        let bare = Array2::zeros((2, 0));
        assert_eq!(fitted(&bare, &Hbos::default()).scores(bare.view()).unwrap(), array![0.0, 0.0]);
    }

    #[test]
    fn settings_are_what_texts_say() {
        let mut settings = Hbos::default();
        settings.set("bins", "auto").unwrap();
        settings.set("heights", "density").unwrap();
        assert_eq!(settings, Hbos::default().bins(BinCount::Auto).heights(Heights::Density));
        for (name, value) in [
            ("bins", "1"),
            ("bins", "70000"),
            ("heights", "tall"),
            ("alpha", "0"),
            ("tolerance", "2"),
        ] {
            assert!(settings.set(name, value).is_err(), "{name} {value}");
        }
    }

    #[test]
    fn forged_models_are_unsound() {
        let model = fitted(&array![[0.0], [1.0]], &Hbos::default().bins(BinCount::Given(2)));
        let is_refused = |change: fn(&mut Histogram)| {
            let mut model = model.clone();
            change(&mut model.histograms[0]);
            model.check().is_err()
        };
        assert!(!is_refused(|_| ()));
        assert!(is_refused(|one| one.edges.truncate(2)));
        assert!(is_refused(|one| one.edges.swap(0, 1)));
        assert!(is_refused(|one| one.edges[2] = f64::INFINITY));
        assert!(is_refused(|one| one.strange[0] = f64::NAN));
        assert!(is_refused(|one| one.strangest = 1e300));
        assert!(is_refused(|one| (one.edges, one.strange) = (vec![0.0], vec![])));
    }
}
