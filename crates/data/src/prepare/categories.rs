//! The texts of a column as they were learned, found again in other rows.

use serde::{Deserialize, Serialize};

use super::columns::{Columns, Holds, Named, found};
use super::limits::MAX_CATEGORIES;
use crate::measure::{cells, each};
use crate::{Classes, DataError, Dataset, Field, Schema};

/// What becomes of a text that was not there when its column was learned, or was too rare to be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Unknown {
    /// No code: zeros everywhere in one-hot codes, -1 in ordinal ones.
    #[default]
    Blank,
    /// A code of its own, shared by all of them: one more column, or the number behind the last.
    Own,
    /// An error. At fitting, so are more texts than may be kept.
    Refuse,
}

/// The texts of a column that have a code, in the order of the alphabet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Categories {
    pub(super) name: String,
    pub(super) texts: Classes,
    /// Texts of the training that have none, being too rare.
    rare: usize,
    /// Cells of the training that hold those.
    rare_cells: usize,
}

impl Categories {
    /// Those of each chosen column: the texts that its cells hold, the `most` most frequent of
    /// them; of equally frequent ones, the last of the alphabet.
    pub(super) fn learn(
        data: &Dataset,
        columns: &Columns,
        most: usize,
        unknown: Unknown,
    ) -> Result<Vec<Self>, DataError> {
        let places = columns.places(data.schema(), Holds::Texts)?;
        let learned = each(places.len(), places.len().saturating_mul(data.rows()), |number| {
            let &place = places.get(number)?;
            let field = data.schema().fields().get(place)?;
            Some(Self::of(field, &cells(data.column(place)?), most, unknown))
        });
        learned.into_iter().flatten().collect()
    }

    fn of(field: &Field, column: &[f64], most: usize, unknown: Unknown) -> Result<Self, DataError> {
        let texts = field.texts().cloned().unwrap_or_default();
        let mut counted: Vec<(usize, &str)> = counts(column, texts.len())
            .into_iter()
            .zip(texts.names())
            .filter(|&(count, _)| count > 0)
            .collect();
        if counted.len() > most && unknown == Unknown::Refuse {
            return Err(DataError::TooMany {
                what: "texts of a column",
                found: counted.len(),
                most,
            });
        }
        counted.sort_unstable_by(|one, other| other.cmp(one));
        let rare = counted.split_off(most.min(counted.len()));
        let rare_cells = rare.iter().map(|&(count, _)| count).sum();
        let (texts, _) = Classes::sorted(counted.iter().map(|&(_, text)| text));
        Ok(Self { name: field.name.clone(), texts, rare: rare.len(), rare_cells })
    }

    /// How many texts have a code, and how many cells have none for that they hold others.
    pub(super) fn told(&self) -> String {
        let (kept, Self { rare, rare_cells, .. }) = (self.texts.len(), self);
        match rare {
            0 => format!("{kept} texts"),
            _ => format!("{kept} texts kept of {}; {rare_cells} cells hold others", kept + rare),
        }
    }

    /// The code of each text of a column elsewhere, which may number its texts otherwise.
    pub(super) fn codes(&self, field: &Field) -> Vec<Option<u32>> {
        field
            .texts()
            .map(|texts| texts.names().map(|text| self.texts.number(text)).collect())
            .unwrap_or_default()
    }

    /// Refuses cells whose text has no code.
    pub(super) fn refuse_unknown(&self, field: &Field, column: &[f64]) -> Result<(), DataError> {
        let codes = self.codes(field);
        let unknown = column.iter().filter_map(|&cell| number(cell, codes.len()));
        match unknown.into_iter().find(|&number| codes.get(number) == Some(&None)) {
            None => Ok(()),
            Some(number) => {
                let text =
                    field.texts().and_then(|texts| texts.name(number as u32)).unwrap_or_default();
                Err(DataError::UnknownText { column: self.name.as_str().into(), text: text.into() })
            }
        }
    }

    /// Whether fitting can have made them.
    pub(super) fn is_sound(&self) -> bool {
        self.texts.len() <= MAX_CATEGORIES && self.rare <= self.rare_cells
    }
}

impl Named for Categories {
    fn name(&self) -> &str {
        &self.name
    }
}

/// What stands at each place of the columns of `schema`: what was learned of it, or nothing.
pub(super) fn by_place<'a, C: Named>(
    schema: &Schema,
    learned: &'a [C],
) -> Result<Vec<Option<&'a C>>, DataError> {
    let places = found(schema, learned.iter().map(C::name), Holds::Texts)?;
    let mut by_place = vec![None; schema.len()];
    for (place, column) in places.into_iter().zip(learned) {
        if let Some(entry) = by_place.get_mut(place) {
            *entry = Some(column);
        }
    }
    Ok(by_place)
}

/// The number of the text of a cell; none for a missing cell, or one that no text of the column has.
pub(super) fn number(cell: f64, texts: usize) -> Option<usize> {
    let number = cell as usize;
    (number as f64 == cell && number < texts).then_some(number)
}

/// How often each text stands.
pub(super) fn counts(column: &[f64], texts: usize) -> Vec<usize> {
    let mut counts = vec![0; texts];
    for number in column.iter().filter_map(|&cell| number(cell, texts)) {
        if let Some(count) = counts.get_mut(number) {
            *count += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field() -> Field {
        Field::text("service", Classes::new(["ssh", "dns", "http", "never"]).unwrap())
    }

    #[test]
    fn the_most_frequent_texts_are_kept_in_the_order_of_the_alphabet() {
        let column = [0.0, 1.0, 1.0, 2.0, 2.0, f64::NAN];
        let texts = |most| {
            let learned = Categories::of(&field(), &column, most, Unknown::Blank).unwrap();
            learned.texts.names().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(texts(9), ["dns", "http", "ssh"]);
        assert_eq!(texts(1), ["http"], "of two that are equally frequent, the last");
        let told = |most| Categories::of(&field(), &column, most, Unknown::Blank).unwrap().told();
        assert_eq!(
            (told(3), told(1)),
            ("3 texts".into(), "1 texts kept of 3; 3 cells hold others".into())
        );
        let refused = Categories::of(&field(), &column, 2, Unknown::Refuse);
        assert!(matches!(refused, Err(DataError::TooMany { found: 3, most: 2, .. })));
    }

    #[test]
    fn cells_that_are_no_text_have_no_number() {
        for cell in [f64::NAN, -1.0, 0.5, 4.0, 1e300, f64::INFINITY] {
            assert_eq!(number(cell, 4), None, "{cell}");
        }
        assert_eq!((number(3.0, 4), number(-0.0, 4)), (Some(3), Some(0)));
    }
}
