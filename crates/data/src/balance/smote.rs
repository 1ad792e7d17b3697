//! Small classes get rows made of their own.

use serde::{Deserialize, Serialize};

use super::finding::{Answer, Cause, Finding};
use super::made::{Ends, Made, Maker, refuse_endless};
use super::{Balance, Balanced, Target, rows_of_classes};
use crate::chance::Chance;
use crate::measure::all_cores;
use crate::nearest::{Metric, Nearest, Neighbour};
use crate::{DataError, Dataset, Labels};

/// Adds rows that lie between a row and one of its neighbours, behind the rows that are there (Chawla and others, 2002;
/// on the borderline: Han and others, 2005).
///
/// Distances are those of the numbers as they are: columns are scaled before. Columns of texts are refused, and have to
/// be encoded before; of what was encoded, made rows have numbers in between. Missing and infinite cells are refused.
/// Made rows belong to no group and no time: if any are made, what comes out has neither.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Smote {
    seed: u64,
    target: Target,
    kind: SmoteKind,
    neighbours: usize,
    surroundings: usize,
    few: Few,
}

/// Which rows others are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SmoteKind {
    /// All rows of the class; the other end is a neighbour of the class.
    #[default]
    Plain,
    /// Rows in danger alone: half or more of their neighbours are of other classes, but not all of them. The other end
    /// is a neighbour of the class.
    Borderline1,
    /// Rows in danger alone. The other end is, with equal chance, a neighbour of the class or one of another class, in
    /// which case the made row lies in the half nearer to its own.
    Borderline2,
}

/// What happens to a class with fewer rows than neighbours are asked for and one more, or, on the borderline, without a
/// row in danger. Whatever it is, unless it is an error, is among the [`findings`](Balanced::findings).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Few {
    /// Too few rows are an error. A class without a row in danger stays as it is: there is no borderline to make rows on.
    #[default]
    Refuse,
    /// As many neighbours as there are; a class of one row gets copies of it. Without a row in danger, all rows serve.
    FewerNeighbours,
    /// Copies of its rows, in either case.
    Copies,
}

/// Neighbours, and surroundings that tell danger, of the papers.
const NEIGHBOURS: usize = 5;
const SURROUNDINGS: usize = 10;
/// More are no neighbours, and each costs a place in a list for every row.
const MAX_NEIGHBOURS: usize = 1 << 10;

impl Smote {
    /// Up to the largest class, of all rows, with 5 neighbours.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            target: Target::Equal,
            kind: SmoteKind::Plain,
            neighbours: NEIGHBOURS,
            surroundings: SURROUNDINGS,
            few: Few::Refuse,
        }
    }

    /// Up to what. Default: the largest class.
    #[must_use]
    pub fn to(self, target: Target) -> Self {
        Self { target, ..self }
    }

    /// Which rows others are made of. Default: all.
    #[must_use]
    pub fn kind(self, kind: SmoteKind) -> Self {
        Self { kind, ..self }
    }

    /// Among how many nearest neighbours the other end is drawn. Default: 5, as in the paper.
    #[must_use]
    pub fn neighbours(self, neighbours: usize) -> Self {
        Self { neighbours, ..self }
    }

    /// How many nearest rows of any class tell whether one is in danger. Default: 10.
    #[must_use]
    pub fn surroundings(self, surroundings: usize) -> Self {
        Self { surroundings, ..self }
    }

    /// What happens to classes with too few rows, and on the borderline to those without a row in danger. Default: too few
    /// are an error, and classes without a row in danger stay as they are.
    #[must_use]
    pub fn few(self, few: Few) -> Self {
        Self { few, ..self }
    }

    /// The rows of a class in danger of being taken for another: of their [`surroundings`](Self::surroundings), half or
    /// more are of other classes, but not all.
    ///
    /// # Errors
    /// As [`balance`](Balance::balance); [`DataError::UnknownLabel`] if there is no such class.
    pub fn in_danger(&self, data: &Dataset, class: &str) -> Result<Vec<usize>, DataError> {
        self.check(data)?;
        let labels = data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
        let number = labels.classes().number(class);
        let Some(number) = number else {
            return Err(DataError::UnknownLabel { name: class.into() });
        };
        let rows = rows_of_classes(data)?.swap_remove(number as usize);
        self.endangered(&Class { data, labels, number, rows })
    }

    fn check(&self, data: &Dataset) -> Result<(), DataError> {
        for (what, count) in [
            ("the number of neighbours", self.neighbours),
            ("the number of surrounding rows", self.surroundings),
        ] {
            if !(1..=MAX_NEIGHBOURS).contains(&count) {
                return Err(DataError::setting(what, count, "from 1 to 1024"));
            }
        }
        for (field, column) in data.columns() {
            let name = || field.name.as_str().into();
            if field.texts().is_some() {
                return Err(DataError::WrongKind {
                    name: name(),
                    expected: "numbers",
                    found: "texts",
                });
            }
            if let Some(row) = column.iter().position(|cell| !cell.is_finite()) {
                return Err(DataError::MissingCell { row, name: name() });
            }
        }
        Ok(())
    }
}

impl Balance for Smote {
    fn balanced(&self, data: &Dataset) -> Result<Balanced, DataError> {
        self.check(data)?;
        let labels = data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
        let target = self.target.added(labels)?;
        let (mut chance, mut made) = (Chance::seeded(self.seed), Made::default());
        let mut findings = Vec::new();
        for ((number, rows), target) in (0..).zip(rows_of_classes(data)?).zip(target) {
            let count = target.saturating_sub(rows.len());
            let class = Class { data, labels, number, rows };
            if count > 0 {
                let plan = self.plan(&class)?;
                let maker = self.maker(&class, &plan, count, &mut chance)?;
                maker.make(data, number, &mut chance, &mut made);
                findings.extend(plan.findings);
            }
        }
        let data = if made.is_empty() { data.clone() } else { made.behind(data, labels)? };
        Ok(Balanced { data, findings })
    }
}

/// A class that is to get rows.
struct Class<'a> {
    data: &'a Dataset,
    labels: &'a Labels,
    number: u32,
    rows: Vec<usize>,
}

/// What its rows are made of.
struct Plan {
    /// None, if the class stays as it is.
    bases: Vec<usize>,
    /// None for copies.
    neighbours: usize,
    findings: Vec<Finding>,
}

impl Smote {
    fn plan(&self, class: &Class<'_>) -> Result<Plan, DataError> {
        let mut plan = self.with_neighbours(class)?;
        if self.kind == SmoteKind::Plain || plan.neighbours == 0 {
            return Ok(plan);
        }
        let endangered = self.endangered(class)?;
        if !endangered.is_empty() {
            plan.bases = endangered;
            return Ok(plan);
        }
        let answer = match self.few {
            Few::Refuse => Answer::LeftAsItIs,
            Few::FewerNeighbours => Answer::AllRows,
            Few::Copies => Answer::Copies,
        };
        match answer {
            Answer::LeftAsItIs => plan.bases.clear(),
            Answer::Copies => plan.neighbours = 0,
            _ => {}
        }
        plan.findings.push(Finding { class: class.name(), cause: Cause::NoDanger, answer });
        Ok(plan)
    }

    /// Of all rows, with as many neighbours as there are.
    fn with_neighbours(&self, class: &Class<'_>) -> Result<Plan, DataError> {
        let (found, needed) = (class.rows.len(), self.neighbours + 1);
        let bases = class.rows.clone();
        if found >= needed {
            return Ok(Plan { bases, neighbours: self.neighbours, findings: Vec::new() });
        }
        let neighbours = match self.few {
            Few::Refuse => {
                let name = class.name().into();
                return Err(DataError::TooFewRows { what: "class", name, found, needed });
            }
            Few::FewerNeighbours => found.saturating_sub(1),
            Few::Copies => 0,
        };
        let answer = match neighbours {
            0 => Answer::Copies,
            count => Answer::FewerNeighbours { count },
        };
        let cause = Cause::FewRows { found, needed };
        let findings = vec![Finding { class: class.name(), cause, answer }];
        Ok(Plan { bases, neighbours, findings })
    }

    /// Of their surroundings half or more are of other classes, but not all.
    fn endangered(&self, class: &Class<'_>) -> Result<Vec<usize>, DataError> {
        let all = Nearest::of(class.data.matrix(), Metric::Euclidean)?;
        refuse_endless(&all, class.rows.len())?;
        let around = all.neighbours_of_rows(&class.rows, self.surroundings, all_cores())?;
        let is_endangered = |around: &[Neighbour]| {
            let others = around.iter().filter(|near| !class.has(near.row)).count();
            2 * others >= around.len() && others < around.len()
        };
        let rows = class.rows.iter().zip(around.iter());
        Ok(rows.filter(|(_, around)| is_endangered(around)).map(|(&row, _)| row).collect())
    }

    /// Bases are drawn first, so that neighbours are looked for of those alone.
    fn maker(
        &self,
        class: &Class<'_>,
        plan: &Plan,
        count: usize,
        chance: &mut Chance,
    ) -> Result<Maker, DataError> {
        let (drawn, bases) = drawn(&plan.bases, count, chance);
        let others = match self.kind {
            SmoteKind::Borderline2 if plan.neighbours > 0 => {
                let others = (0..class.data.rows()).filter(|&row| !class.has(row)).collect();
                Some(Ends::elsewhere(class.data, others, &bases, self.neighbours)?)
            }
            _ => None,
        };
        let own = Ends::among(class.data, class.rows.clone(), &bases, plan.neighbours)?;
        Ok(Maker { drawn, bases, own, others })
    }
}

impl Class<'_> {
    fn name(&self) -> String {
        self.labels.classes().name(self.number).unwrap_or_default().to_owned()
    }

    fn has(&self, row: usize) -> bool {
        self.labels.numbers().get(row) == Some(&self.number)
    }
}

/// Draws rows with equal chance. Answers the drawn ones, each once and in rising order, and of every draw its place
/// among those.
fn drawn(rows: &[usize], count: usize, chance: &mut Chance) -> (Vec<usize>, Vec<usize>) {
    let draws: Vec<usize> = (0..count).filter_map(|_| chance.pick(rows)).collect();
    let mut bases = draws.clone();
    bases.sort_unstable();
    bases.dedup();
    (draws.iter().map(|row| bases.partition_point(|base| base < row)).collect(), bases)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ndarray::Array2;

    use super::*;
    use crate::{Classes, Field, Schema};

    /// Points of the classes "few" and "many".
    fn points(few: &[[f64; 2]], many: &[[f64; 2]]) -> Dataset {
        let rows = [few, many].concat();
        let matrix = Array2::from_shape_fn((rows.len(), 2), |(row, column)| rows[row][column]);
        let labels: Vec<&str> =
            (0..rows.len()).map(|row| if row < few.len() { "few" } else { "many" }).collect();
        let data = Dataset::new(Schema::numbers(["x", "y"]).unwrap(), matrix).unwrap();
        data.with_labels(Labels::of(labels)).unwrap()
    }

    fn up_to(count: usize) -> Target {
        Target::Counts(BTreeMap::from([("few".to_owned(), count)]))
    }

    /// Four rows of "few" on a square, far from all of "many".
    fn square() -> Dataset {
        points(&[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [5.0, 5.0]], &[[90.0, 90.0]; 9])
    }

    #[test]
    fn made_rows_lie_between_a_row_and_one_of_its_nearest() {
        let data = square();
        let made = Smote::new(1).neighbours(2).to(up_to(504)).balance(&data).unwrap();
        assert_eq!(made.slice(0..13).matrix(), data.matrix());
        assert_eq!(made.labels().unwrap().counts(), [504, 9]);
        let mut on = [0; 5];
        for row in made.slice(13..513).matrix().rows() {
            let (x, y) = (row[0], row[1]);
            let is = |what: bool| {
                usize::from(what && (0.0..=5.0).contains(&x) && (0.0..=5.0).contains(&y))
            };
            // The segments between the first three, and from the last to its two nearest, (1, 0) and (0, 1).
            on[0] += is(y == 0.0);
            on[1] += is(x == 0.0);
            on[2] += is((x + y - 1.0).abs() < 1e-12);
            on[3] += is((5.0 * (x - 1.0) - 4.0 * y).abs() < 1e-12);
            on[4] += is((5.0 * (y - 1.0) - 4.0 * x).abs() < 1e-12);
        }
        assert!(on.iter().sum::<usize>() >= 500 && on.iter().all(|&count| count > 30), "{on:?}");
    }

    #[test]
    fn the_same_seed_makes_the_same_rows_and_none_has_a_group_or_a_time() {
        let data =
            square().with_times(vec![0; 13]).unwrap().with_groups(Labels::of(["g"; 13])).unwrap();
        let smote = |seed| Smote::new(seed).neighbours(2).balance(&data).unwrap();
        assert_eq!(smote(1), smote(1));
        assert_ne!(smote(1), smote(2));
        assert!(smote(1).times().is_none() && smote(1).groups().is_none());
        let enough = Smote::new(1).neighbours(2).to(Target::Ratio(0.1)).balance(&data).unwrap();
        assert_eq!(enough, data, "nothing is made, nothing is lost");
    }

    #[test]
    fn classes_with_few_rows_are_refused_or_get_what_was_chosen() {
        let data = square();
        let error = Smote::new(1).balance(&data).unwrap_err();
        assert_eq!(error.to_string(), r#"class "few" has too few rows: 4, but 6 are needed"#);
        let made =
            |few| Smote::new(1).few(few).to(up_to(100)).balance(&data).unwrap().slice(13..109);
        let is_old = |row: ndarray::ArrayView1<'_, f64>| {
            data.matrix().rows().into_iter().any(|old| old == row)
        };
        assert!(made(Few::Copies).matrix().rows().into_iter().all(is_old));
        assert!(
            made(Few::FewerNeighbours)
                .matrix()
                .rows()
                .into_iter()
                .filter(|row| is_old(*row))
                .count()
                < 5
        );
        let told = |few| Smote::new(1).few(few).balanced(&data).unwrap().findings;
        let [few, copies] = [Few::FewerNeighbours, Few::Copies].map(|few| told(few).remove(0));
        assert_eq!(
            few.to_string(),
            r#"class "few" has 4 rows of 6: made rows lie among 3 neighbours"#
        );
        assert_eq!(copies.to_string(), r#"class "few" has 4 rows of 6: its rows are copied"#);
        assert!(Smote::new(1).neighbours(3).balanced(&data).unwrap().findings.is_empty());
        let alone = points(&[[1.0, 2.0]], &[[9.0, 9.0]; 7]);
        let copied = Smote::new(1).few(Few::FewerNeighbours).balance(&alone).unwrap();
        assert_eq!(copied.column(1).unwrap().iter().filter(|&&cell| cell == 2.0).count(), 7);
    }

    /// "few" at 0, 1, 2 and 10 on a line, "many" at 3, 3.5 and 11: of three neighbours, two of those of 2 are of
    /// the other class, one of those of 0 and of 1, and all of those of 10.
    fn line() -> Dataset {
        let at = |places: &[f64]| places.iter().map(|&x| [x, 0.0]).collect::<Vec<_>>();
        points(&at(&[0.0, 1.0, 2.0, 10.0]), &at(&[3.0, 3.5, 11.0, 12.0, 12.5]))
    }

    #[test]
    fn rows_in_danger_have_half_or_more_of_others_around_but_not_all() {
        let smote = Smote::new(1).surroundings(3).neighbours(2);
        assert_eq!(smote.in_danger(&line(), "few").unwrap(), [2]);
        assert_eq!(smote.surroundings(2).in_danger(&line(), "few").unwrap(), [2]);
        assert!(matches!(
            Smote::new(1).in_danger(&line(), "none"),
            Err(DataError::UnknownLabel { .. })
        ));
    }

    #[test]
    fn on_the_borderline_rows_begin_in_danger() {
        let smote = Smote::new(1).surroundings(3).neighbours(2).to(up_to(304));
        let column = |kind| {
            smote
                .clone()
                .kind(kind)
                .balance(&line())
                .unwrap()
                .slice(9..309)
                .column(0)
                .unwrap()
                .to_vec()
        };
        let first = column(SmoteKind::Borderline1);
        assert!(first.iter().all(|x| (0.0..=2.0).contains(x)));
        let second = column(SmoteKind::Borderline2);
        // Half of the way from 2 to 3 or 3.5 at most, for about half of the rows.
        assert!(second.iter().all(|x| (0.0..=2.75).contains(x)));
        let beyond = second.iter().filter(|&&x| x > 2.0).count();
        assert!((110..190).contains(&beyond), "{beyond}");
        let safe = square();
        let none = Smote::new(1).neighbours(2).surroundings(3).kind(SmoteKind::Borderline1);
        let balanced = |few| none.clone().few(few).balanced(&safe).unwrap();
        assert_eq!(balanced(Few::Refuse).data, safe);
        let told = |few| balanced(few).findings.iter().map(Finding::to_string).collect::<Vec<_>>();
        let no_danger = r#"no row of class "few" is in danger of being taken for another"#;
        assert_eq!(told(Few::Refuse), [format!("{no_danger}: it is left as it is")]);
        assert_eq!(
            told(Few::FewerNeighbours),
            [format!("{no_danger}: rows are made of all of its rows")]
        );
        assert_eq!(told(Few::Copies), [format!("{no_danger}: its rows are copied")]);
        for few in [Few::FewerNeighbours, Few::Copies] {
            assert_eq!(balanced(few).data.labels().unwrap().counts(), [9, 9]);
        }
    }

    #[test]
    fn what_has_no_distance_is_refused() {
        let missing = points(&[[f64::NAN, 0.0]], &[[1.0, 1.0]; 3]);
        assert!(matches!(
            Smote::new(1).balance(&missing),
            Err(DataError::MissingCell { row: 0, .. })
        ));
        let texts = Field::text("y", Classes::new(["a", "b"]).unwrap());
        let schema = Schema::new([Field::number("x"), texts]).unwrap();
        let data = points(&[[0.0, 0.0]], &[[1.0, 1.0]; 3]).with_schema(schema).unwrap();
        assert!(matches!(Smote::new(1).balance(&data), Err(DataError::WrongKind { .. })));
        assert!(matches!(
            Smote::new(1).neighbours(0).balance(&square()),
            Err(DataError::Setting { .. })
        ));
    }
}
