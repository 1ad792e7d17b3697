//! Rows shared out: to train with, to choose by, to judge by.
//!
//! A [`Split`] says how, and answers [`Parts`] of given [`Shares`], or [`Fold`]s: numbers of rows, which
//! [`datasets`](Parts::datasets) makes datasets of. The same seed gives the same rows.

mod allot;
mod fold;
mod grouped;
mod parts;
mod plain;
mod shares;
mod stratified;
mod timed;

use crate::{DataError, Dataset};

pub use fold::Fold;
pub use parts::{Part, Parts, ShareMissed};
pub use shares::Shares;

/// How rows are shared out.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    how: How,
    seed: u64,
    rare: bool,
    together: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    Plain,
    Stratified,
    ByGroup,
    StratifiedByGroup,
    ByTime { gap: u64 },
}

impl Split {
    /// Any row may go anywhere.
    #[must_use]
    pub fn plain(seed: u64) -> Self {
        Self::new(How::Plain, seed)
    }

    /// Each part gets its share of every class, to within one row.
    #[must_use]
    pub fn stratified(seed: u64) -> Self {
        Self::new(How::Stratified, seed)
    }

    /// Rows of one group stay together; sizes come as near to the shares as groups allow.
    #[must_use]
    pub fn by_group(seed: u64) -> Self {
        Self::new(How::ByGroup, seed)
    }

    /// Rows of one group stay together; of every class, each part's rows come as near to its share as groups allow
    /// that are dealt out one after the other, the largest first.
    #[must_use]
    pub fn stratified_by_group(seed: u64) -> Self {
        Self::new(How::StratifiedByGroup, seed)
    }

    /// The first to train with, the last to judge by, cut between two times: rows of one time stay together. Folds judge
    /// by a stretch of time and train with all before it.
    #[must_use]
    pub fn by_time() -> Self {
        Self::new(How::ByTime { gap: 0 }, 0)
    }

    /// Leaves out rows that are this long or less before the first of the next part, in the unit of the rows' times:
    /// long enough that no flow reaches over. Default: 0, none. Other splits than by time have none.
    #[must_use]
    pub fn gap(self, gap: u64) -> Self {
        let how =
            if matches!(self.how, How::ByTime { .. }) { How::ByTime { gap } } else { self.how };
        Self { how, ..self }
    }

    /// Whether a stratified split takes classes with fewer rows than parts or folds, some of which then have none of
    /// them. Default: no, they are an error.
    #[must_use]
    pub fn allow_rare(self, rare: bool) -> Self {
        Self { rare, ..self }
    }

    /// Whether rows that are equal in all columns stay together, and with them the groups that they are of: what is learned by
    /// heart does not look like skill then. Parts come as near to their shares as that allows. Default: no. By time rows stay
    /// apart all the same: what comes again later is what a model will meet.
    #[must_use]
    pub fn equal_together(self, together: bool) -> Self {
        Self { together, ..self }
    }

    /// How it shares out, in a few words, for people.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match (self.how, self.together) {
            (How::Plain, false) => "plain",
            (How::Plain, true) => "plain, equal rows together",
            (How::Stratified, false) => "stratified",
            (How::Stratified, true) => "stratified, equal rows together",
            (How::ByGroup, false) => "by group",
            (How::ByGroup, true) => "by group, equal rows together",
            (How::StratifiedByGroup, false) => "stratified by group",
            (How::StratifiedByGroup, true) => "stratified by group, equal rows together",
            (How::ByTime { .. }, _) => "by time",
        }
    }

    /// What decides where chance does.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Parts of these shares, or as near to them as groups and times allow: [`missed`](Parts::missed) tells where that is
    /// not near. Every part with a share gets a row at least.
    ///
    /// # Errors
    /// [`DataError::Unlabelled`] without the labels, groups or times that it goes by; [`DataError::TooFew`] or
    /// [`DataError::TooFewRows`] for fewer rows, groups, times or rows of a class than parts.
    pub fn parts(&self, data: &Dataset, shares: Shares) -> Result<Parts, DataError> {
        let of_part = match self.how {
            How::ByTime { gap } => timed::parts(data, shares, gap)?,
            _ => self.dealt(data, &shares.each())?,
        };
        Parts::new(of_part, shares, data.rows())
    }

    /// So many folds, each of which judges by other rows.
    ///
    /// # Errors
    /// As [`parts`](Self::parts); [`DataError::Setting`] for fewer than two folds.
    pub fn folds(&self, data: &Dataset, count: usize) -> Result<Vec<Fold>, DataError> {
        if !(2..=MAX_FOLDS).contains(&count) {
            return Err(DataError::setting("the number of folds", count, "from 2 to 10000"));
        }
        match self.how {
            How::ByTime { gap } => timed::folds(data, count, gap),
            How::Stratified if !self.together => {
                Ok(fold::of_bins(stratified::folds(data, count, self.seed, self.rare)?))
            }
            How::Plain if !self.together => {
                Ok(fold::of_bins(plain::folds(data.rows(), count, self.seed)?))
            }
            _ => Ok(fold::of_bins(self.dealt(data, &vec![1.0 / count as f64; count])?)),
        }
    }

    /// Bins of these shares, for every way but by time.
    fn dealt(&self, data: &Dataset, shares: &[f64]) -> Result<Vec<Vec<usize>>, DataError> {
        let sets = match (self.how, self.together) {
            (How::Stratified, false) => {
                return stratified::parts(data, shares, self.seed, self.rare);
            }
            (How::Plain, false) | (How::ByTime { .. }, _) => {
                return plain::parts(data.rows(), shares, self.seed);
            }
            (How::Plain | How::Stratified, true) => grouped::equal_rows(data),
            (How::ByGroup | How::StratifiedByGroup, false) => grouped::rows_of_groups(data)?,
            (How::ByGroup | How::StratifiedByGroup, true) => grouped::groups_of_equal_rows(data)?,
        };
        let by_class = matches!(self.how, How::Stratified | How::StratifiedByGroup);
        grouped::deal(data, sets, shares, self.seed, by_class)
    }

    fn new(how: How, seed: u64) -> Self {
        Self { how, seed, rare: false, together: false }
    }
}

/// A fold for each group, which judges by its rows and trains with all others.
///
/// # Errors
/// [`DataError::Unlabelled`] without groups, [`DataError::TooFew`] with one only, [`DataError::TooMany`] with more than
/// ten thousand: each fold tells all rows.
pub fn leave_one_group_out(data: &Dataset) -> Result<Vec<Fold>, DataError> {
    let bins = grouped::rows_of_groups(data)?;
    enough("groups", bins.len(), 2)?;
    if bins.len() > MAX_FOLDS {
        return Err(DataError::TooMany { what: "groups", found: bins.len(), most: MAX_FOLDS });
    }
    Ok(fold::of_bins(bins))
}

/// More folds are not trained by anybody, and each tells all rows.
const MAX_FOLDS: usize = 10_000;

fn enough(what: &'static str, found: usize, needed: usize) -> Result<(), DataError> {
    if found >= needed { Ok(()) } else { Err(DataError::TooFew { what, found, needed }) }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;
    use crate::{Labels, Schema};

    /// Rows with these labels, groups and times.
    fn rows(known: &[(u8, u8, i64)]) -> Dataset {
        let texts = |of: fn(&(u8, u8, i64)) -> u8| {
            known.iter().map(|row| of(row).to_string()).collect::<Vec<_>>()
        };
        let labels =
            |texts: &[String]| Labels::of(texts.iter().map(String::as_str).collect::<Vec<_>>());
        let data = Dataset::new(
            Schema::numbers(["row"]).unwrap(),
            Array2::from_shape_fn((known.len(), 1), |(row, _)| row as f64),
        )
        .unwrap();
        let data = data.with_labels(labels(&texts(|row| row.0))).unwrap();
        let data = data.with_groups(labels(&texts(|row| row.1))).unwrap();
        data.with_times(known.iter().map(|row| row.2).collect::<Vec<_>>()).unwrap()
    }

    fn shares() -> Shares {
        Shares::new(0.6, 0.2, 0.2).unwrap()
    }

    fn ways(seed: u64) -> [Split; 5] {
        [
            Split::plain(seed),
            Split::stratified(seed).allow_rare(true),
            Split::by_group(seed),
            Split::stratified_by_group(seed),
            Split::by_time(),
        ]
    }

    fn sorted(parts: [&[usize]; 3]) -> Vec<usize> {
        let mut all = parts.concat();
        all.sort_unstable();
        all
    }

    #[test]
    fn parts_are_numbers_of_rows_and_datasets() {
        let data = rows(&[(0, 0, 50), (0, 1, 40), (0, 2, 30), (0, 3, 20), (0, 4, 10)]);
        let parts = Split::by_time().parts(&data, shares()).unwrap();
        assert_eq!(
            (&parts.train[..], &parts.validate[..], &parts.test[..]),
            (&[2, 3, 4][..], &[1][..], &[0][..])
        );
        let [train, validate, test] = parts.datasets(&data).unwrap();
        assert_eq!((train.rows(), validate.rows()), (3, 1));
        assert_eq!(test.times().unwrap()[0], 50);
        assert!(parts.datasets(&data.slice(0..2)).is_err());
    }

    #[test]
    fn rows_of_one_time_stay_together_and_a_gap_is_left_out() {
        let data = rows(&[10, 20, 30, 30, 30, 40, 41, 60].map(|time| (0, 0, time)));
        let parts = Split::by_time().parts(&data, Shares::test(0.5).unwrap()).unwrap();
        assert_eq!((parts.train, parts.test), (vec![0, 1, 2, 3, 4], vec![5, 6, 7]));
        let parts = Split::by_time().gap(10).parts(&data, Shares::test(0.5).unwrap()).unwrap();
        assert_eq!((parts.train, parts.test), (vec![0, 1], vec![5, 6, 7]));
        let folds = Split::by_time().folds(&data, 2).unwrap();
        let told: Vec<_> = folds.iter().map(|fold| (fold.train.len(), fold.test.clone())).collect();
        assert_eq!(told, [(5, vec![5]), (6, vec![6, 7])]);
        let all = Split::by_time().gap(100).parts(&data, Shares::test(0.5).unwrap());
        assert!(matches!(all, Err(DataError::TooFew { .. })));
    }

    #[test]
    fn what_cannot_be_shared_out_is_refused() {
        let data = rows(&[(0, 0, 1), (0, 0, 1), (0, 0, 1), (1, 0, 1)]);
        let test = Shares::test(0.5).unwrap();
        assert!(matches!(
            Split::by_group(1).parts(&data, test),
            Err(DataError::TooFew { what: "groups", found: 1, needed: 2 })
        ));
        assert!(matches!(leave_one_group_out(&data), Err(DataError::TooFew { .. })));
        assert!(matches!(Split::by_time().parts(&data, test), Err(DataError::TooFew { .. })));
        let rare = Split::stratified(1).folds(&data, 3);
        assert!(matches!(rare, Err(DataError::TooFewRows { found: 1, needed: 3, .. })));
        assert!(Split::stratified(1).allow_rare(true).folds(&data, 3).is_ok());
        for count in [0, 1, usize::MAX] {
            assert!(matches!(Split::plain(1).folds(&data, count), Err(DataError::Setting { .. })));
        }
        for split in ways(1) {
            assert!(
                split.folds(&data, 5).is_err() && split.folds(&data.slice(0..0), 2).is_err(),
                "{split:?}"
            );
            let bare = Dataset::new(Schema::default(), Array2::zeros((9, 0))).unwrap();
            assert_eq!(split.parts(&bare, test).is_ok(), split == Split::plain(1), "{split:?}");
        }
    }

    #[test]
    fn classes_in_groups_are_shared_out_evenly() {
        let known: Vec<_> =
            (0..400).map(|row: u16| (u8::from(row % 40 < 4), (row / 4) as u8, 0)).collect();
        let data = rows(&known);
        for fold in Split::stratified_by_group(3).folds(&data, 5).unwrap() {
            let rare = fold.test.iter().filter(|&&row| known[row].0 == 1).count();
            assert_eq!((fold.test.len(), rare), (80, 8));
        }
    }

    #[test]
    fn no_part_is_left_without_a_group_however_small_its_share() {
        let known: Vec<_> = (0..12).map(|row: u8| (0, row.saturating_sub(9), 0)).collect();
        let shares = Shares::new(0.98, 0.01, 0.01).unwrap();
        let parts = Split::by_group(1).parts(&rows(&known), shares).unwrap();
        assert_eq!((parts.train.len(), parts.validate.len(), parts.test.len()), (10, 1, 1));
    }

    #[test]
    fn shares_that_groups_and_gaps_do_not_allow_are_told() {
        let known: Vec<_> = (0..100).map(|row| (0, u8::from(row >= 60), i64::from(row))).collect();
        let (data, shares) = (rows(&known), Shares::test(0.2).unwrap());
        let told = |split: Split| {
            let parts = split.parts(&data, shares).unwrap();
            parts.missed().iter().map(ShareMissed::to_string).collect::<Vec<_>>()
        };
        let expected = [
            r#"the part "train" has 60.0 % of the rows instead of 80.0 %"#,
            r#"the part "test" has 40.0 % of the rows instead of 20.0 %"#,
        ];
        assert_eq!(told(Split::by_group(1)), expected);
        let parts = Split::stratified_by_group(1).parts(&data, shares).unwrap();
        let test = parts.missed().last().unwrap();
        assert_eq!((test.part, test.asked, test.got), (Part::Test, 0.2, 0.4));
        assert_eq!(
            told(Split::by_time().gap(30))[..],
            [r#"the part "train" has 50.0 % of the rows instead of 80.0 %"#]
        );
        for split in [Split::plain(1), Split::stratified(1), Split::by_time()] {
            assert!(told(split).is_empty());
        }
        // Two of seven rows are the least that is not below a fifth.
        let few = Split::plain(1).parts(&data.slice(0..7), shares).unwrap();
        assert_eq!((few.test.len(), few.missed()), (2, &[][..]));
    }

    #[test]
    fn equal_rows_stay_together_and_take_their_groups_along() {
        // Rows 0 and 9 are equal, and so are 5 and 6: that joins the groups 0 and 4, and 2 and 3.
        let cells = [0, 1, 2, 3, 4, 5, 5, 7, 8, 0, 10, 11].map(f64::from);
        let known: Vec<_> = (0..12).map(|row: u8| (row % 2, row / 2, 0)).collect();
        let data = rows(&known);
        let matrix = Array2::from_shape_vec((12, 1), cells.to_vec()).unwrap();
        let data = data.with_matrix(data.schema().clone(), matrix).unwrap();
        let is_parted = |split: &Split, one: usize, other: usize| {
            let folds = split.folds(&data, 2).unwrap();
            folds.iter().any(|fold| fold.test.contains(&one) != fold.test.contains(&other))
        };
        let mut parted = 0;
        for seed in 0..20 {
            for split in &ways(seed)[..4] {
                parted += usize::from(is_parted(split, 0, 9)) + usize::from(is_parted(split, 5, 6));
                let together = split.clone().equal_together(true);
                assert!(!is_parted(&together, 0, 9) && !is_parted(&together, 5, 6), "{split:?}");
                let by_group = split.name().contains("group");
                let pairs = [(4, 7), (1, 8)];
                assert!(!by_group || !pairs.iter().any(|&(a, b)| is_parted(&together, a, b)));
            }
        }
        assert!(parted > 20, "{parted}");
        let by_time = Split::by_time();
        assert_eq!(by_time.clone().equal_together(true).name(), by_time.name());
    }

    #[test]
    fn each_group_is_left_out_once() {
        let data = rows(&[(0, 5, 0), (0, 6, 0), (0, 5, 0)]);
        let folds = leave_one_group_out(&data).unwrap();
        assert_eq!(
            folds.iter().map(|fold| fold.test.clone()).collect::<Vec<_>>(),
            [vec![0, 2], vec![1]]
        );
        assert_eq!(folds[0].train, [1]);
    }

    proptest! {
        #[test]
        fn parts_and_folds_are_disjoint_and_whole(
            known in prop::collection::vec((0_u8..4, 0_u8..12, 0_i64..1000), 1..120),
            seed in any::<u64>(),
            count in 2_usize..6,
        ) {
            let data = rows(&known);
            let all: Vec<usize> = (0..known.len()).collect();
            for split in ways(seed) {
                if let Ok(parts) = split.parts(&data, shares()) {
                    prop_assert_eq!(&sorted([&parts.train, &parts.validate, &parts.test]), &all);
                    prop_assert_eq!(&split.parts(&data, shares()).unwrap(), &parts);
                    prop_assert!(![&parts.train, &parts.validate, &parts.test].iter().any(|part| part.is_empty()));
                }
                let folds = split.folds(&data, count).unwrap_or_default();
                for fold in &folds {
                    let by_time = split == Split::by_time();
                    let both = sorted([&fold.train, &fold.test, &[]]);
                    prop_assert!(by_time || both == all);
                    prop_assert!(!by_time || fold.train.iter().all(|&row| fold.test.iter().all(|&later| known[row].2 < known[later].2)));
                }
                let tests: Vec<usize> = folds.iter().flat_map(|fold| fold.test.clone()).collect();
                let distinct: std::collections::HashSet<_> = tests.iter().collect();
                prop_assert_eq!(distinct.len(), tests.len());
            }
        }

        #[test]
        fn classes_are_shared_to_within_a_row_and_groups_are_never_parted(
            known in prop::collection::vec((0_u8..4, 0_u8..12, Just(0_i64)), 12..120),
            seed in any::<u64>(),
        ) {
            let data = rows(&known);
            if let Ok(parts) = Split::stratified(seed).parts(&data, shares()) {
                for class in 0..4 {
                    let of = |rows: &[usize]| rows.iter().filter(|&&row| known[row].0 == class).count() as f64;
                    let total = of(&(0..known.len()).collect::<Vec<_>>());
                    for (part, share) in [(&parts.train, 0.6), (&parts.validate, 0.2), (&parts.test, 0.2)] {
                        prop_assert!((of(part) - share * total).abs() < 1.0 + 1e-9);
                    }
                }
            }
            for split in [Split::by_group(seed), Split::stratified_by_group(seed)] {
                let folds = split.folds(&data, 3).unwrap_or_default();
                for fold in folds {
                    prop_assert!(fold.train.iter().all(|&row| fold.test.iter().all(|&other| known[row].1 != known[other].1)));
                }
            }
        }
    }
}
