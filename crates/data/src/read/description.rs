//! What is known of a data set before it is read: its columns, and what each is good for.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::names::normal;
use crate::{Aliases, DataError, TimeForm};

/// The columns of a data set, and how it is written. It can stand in a file of JSON: every field is one of its keys.
///
/// ```
/// use netsift_data::Description;
///
/// let description: Description = serde_json::from_str(r#"{
///     "name": "my meter",
///     "columns": [
///         {"name": "host", "kind": "text", "role": "identity"},
///         {"name": "Duration", "kind": "number", "spellings": ["dur"]},
///         {"name": "class", "kind": "text", "role": "label"}
///     ]
/// }"#)?;
/// assert_eq!(description.columns.len(), 3);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Description {
    /// What the data set is called.
    pub name: String,
    /// Its columns, in their order: their names, where a file has no header.
    pub columns: Vec<DescribedColumn>,
    /// Whether files have a line of names. Default: told by the file.
    pub header: Option<bool>,
    /// What stands between cells of CSV. Default: told by the file.
    pub separator: Option<char>,
    /// Texts that say that nothing is known. Default: those of [`TableReader`](crate::TableReader).
    pub missing: Vec<String>,
    /// What an empty label means: in some data sets, the absence of an attack. Default: a defect.
    pub empty_label: Option<String>,
    /// How times are written.
    pub times: TimeForm,
    /// Whether blanks around texts and labels mean nothing. Default: they may.
    pub trim: bool,
}

/// A column of a data set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DescribedColumn {
    /// Its name in the dataset.
    pub name: String,
    /// What its cells hold. Default: told by the first rows.
    pub kind: Option<CellKind>,
    /// What it is good for.
    pub role: Role,
    /// Other names that it has in files, beyond differences of case, spaces and punctuation.
    pub spellings: Vec<String>,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellKind {
    /// Numbers.
    Number,
    /// Texts.
    Text,
}

/// What a column is good for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// To learn from.
    #[default]
    Feature,
    /// The label.
    Label,
    /// What rows belong together: a host, a day.
    Group,
    /// When it was.
    Time,
    /// It tells who it was: an address, a number of the row. Never to be learnt from, and left out.
    Identity,
    /// It gives the label away: another label, a score of how hard the row is. Left out as well.
    Verdict,
}

impl Description {
    /// Whether names are there and differ, and no role but those of features and of what is left out stands twice.
    ///
    /// # Errors
    /// [`DataError::Description`].
    pub fn check(&self) -> Result<(), DataError> {
        let refused = |what: String| Err(DataError::Description { what: what.into() });
        let mut names = HashSet::new();
        for DescribedColumn { name, .. } in &self.columns {
            if name.trim().is_empty() || !names.insert(normal(name)) {
                return refused(format!("no column, or several, can be named {name:?}"));
            }
        }
        for role in [Role::Label, Role::Group, Role::Time] {
            if self.of_role(role).count() > 1 {
                return refused(format!("several columns are the {role:?}").to_lowercase());
            }
        }
        match self.separator {
            Some(separator) if !separator.is_ascii() => {
                refused(format!("the separator {separator:?} is not ASCII"))
            }
            _ => Ok(()),
        }
    }

    /// Whether a file without a header may have so many columns: all of them, or fewer if those at the end that are
    /// missing are no features and no labels.
    pub(crate) fn has_width(&self, columns: usize) -> bool {
        let is_needed =
            |column: &DescribedColumn| !matches!(column.role, Role::Identity | Role::Verdict);
        let least = self.columns.iter().rposition(is_needed).map_or(0, |last| last + 1);
        self.columns.is_empty() || (least..=self.columns.len()).contains(&columns)
    }

    /// All spellings of its columns.
    #[must_use]
    pub fn aliases(&self) -> Aliases {
        let spell = |aliases: Aliases, column: &DescribedColumn| {
            aliases.spell(column.name.as_str(), &column.spellings)
        };
        self.columns.iter().fold(Aliases::new(), spell)
    }

    /// The column of that name in the dataset.
    pub(crate) fn column(&self, name: &str) -> Option<&DescribedColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The names of the columns of that role.
    pub(crate) fn of_role(&self, role: Role) -> impl Iterator<Item = &str> {
        let columns = self.columns.iter().filter(move |column| column.role == role);
        columns.map(|column| column.name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(json: &str) -> Result<Description, DataError> {
        let description: Description = serde_json::from_str(json).unwrap();
        description.check().map(|()| description)
    }

    #[test]
    fn a_description_is_read_from_json() {
        let json = r#"{"columns": [{"name": "a b", "spellings": ["x"]},
            {"name": "c", "kind": "text", "role": "label"}], "separator": ";", "times": "millis"}"#;
        let description = described(json).unwrap();
        assert_eq!(description.aliases().name("X"), Some("a b"));
        assert_eq!(description.of_role(Role::Label).collect::<Vec<_>>(), ["c"]);
        assert_eq!((description.separator, description.times), (Some(';'), TimeForm::Millis));
        assert!(serde_json::from_str::<Description>(r#"{"colums": []}"#).is_err());
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for json in [
            r#"{"columns": [{"name": "a b"}, {"name": "A_B"}]}"#,
            r#"{"columns": [{"name": " "}]}"#,
            r#"{"columns": [{"name": "a", "role": "label"}, {"name": "b", "role": "label"}]}"#,
            r#"{"separator": "–"}"#,
        ] {
            assert!(matches!(described(json), Err(DataError::Description { .. })), "{json}");
        }
    }
}
