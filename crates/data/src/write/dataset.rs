//! Datasets as tables.

use std::io::Write;

use crate::{
    Column, DataError, Dataset, Field, FieldKind, Format, Labels, Rows, Table, TableWriter, Texts,
};

/// How a dataset becomes a table: its columns in their order, and behind them what is known of the rows under the
/// names that are given here.
///
/// Cells that are missing are empty, and texts are written as texts.
///
/// ```
/// use netsift_data::{Dataset, Labels, Layout, Schema};
/// use ndarray::array;
///
/// # fn main() -> Result<(), netsift_data::DataError> {
/// let schema = Schema::numbers(["packets", "mean length"])?;
/// let dataset = Dataset::new(schema, array![[12.0, 350.25], [1.0, f64::NAN]])?;
/// let dataset = dataset.with_labels(Labels::of(["benign", "scan"]))?;
/// let csv = Layout::new().label("Label").write(&dataset, Vec::new())?;
/// assert_eq!(csv, b"packets,mean length,Label\n12,350.25,benign\n1,,scan\n");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    time: Option<String>,
    group: Option<String>,
    label: Option<String>,
    format: Format,
    texts: Texts,
}

impl Layout {
    /// CSV with safe texts, and nothing but the columns.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The name of a column for times, told in seconds with as many decimals as they need: what the reader of tables
    /// takes for a time. Default: they are left out.
    #[must_use]
    pub fn time(self, name: impl Into<String>) -> Self {
        Self { time: Some(name.into()), ..self }
    }

    /// The name of a column for groups. Default: they are left out.
    #[must_use]
    pub fn group(self, name: impl Into<String>) -> Self {
        Self { group: Some(name.into()), ..self }
    }

    /// The name of a column for labels. Default: they are left out.
    #[must_use]
    pub fn label(self, name: impl Into<String>) -> Self {
        Self { label: Some(name.into()), ..self }
    }

    /// The form. Default: CSV, which everything reads.
    #[must_use]
    pub fn format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    /// How CSV writes texts. Default: safe, since nobody knows who opens it.
    #[must_use]
    pub fn texts(self, texts: Texts) -> Self {
        Self { texts, ..self }
    }

    /// Writes a dataset, and gives the output back.
    ///
    /// # Errors
    /// As [`Table::new`], for names that are also those of columns, and what writing gives.
    pub fn write<W: Write + Send>(&self, dataset: &Dataset, out: W) -> Result<W, DataError> {
        let table = self.table(dataset)?;
        let mut writer = TableWriter::new(out, &table)?;
        let mut rows = Rows::new(&table);
        let mut cells = Vec::new();
        for row in 0..dataset.rows() {
            self.row(dataset, row, &mut rows, &mut cells)?;
            if rows.are_enough() {
                writer.write(&mut rows)?;
            }
        }
        writer.write(&mut rows)?;
        writer.finish()
    }

    /// The columns that a dataset has in this layout.
    ///
    /// # Errors
    /// As [`Table::new`].
    pub fn table(&self, dataset: &Dataset) -> Result<Table, DataError> {
        let columns = dataset.schema().fields().iter().map(|field| match field.kind {
            FieldKind::Number => Column::real(&field.name),
            FieldKind::Text(_) => Column::text(&field.name),
        });
        let time = dataset.times().and(self.time.as_ref()).map(Column::text);
        let group = dataset.groups().and(self.group.as_ref()).map(Column::text);
        let label = dataset.labels().and(self.label.as_ref()).map(Column::text);
        let table = Table::new(columns.chain(time).chain(group).chain(label))?;
        Ok(table.format(self.format).texts(self.texts))
    }

    fn row(
        &self,
        dataset: &Dataset,
        row: usize,
        rows: &mut Rows,
        numbers: &mut Vec<f64>,
    ) -> Result<(), DataError> {
        let cells = dataset.matrix();
        for (field, &cell) in dataset.schema().fields().iter().zip(cells.row(row)) {
            match field.texts() {
                None if !cell.is_nan() => {
                    numbers.push(cell);
                    continue;
                }
                _ => flush(numbers, rows),
            }
            match text(field, cell) {
                Some(text) => rows.text(text),
                None => rows.empty(),
            }
        }
        flush(numbers, rows);
        if let (Some(times), Some(_)) = (dataset.times(), &self.time) {
            rows.text(&times.get(row).map_or_else(String::new, |time| seconds(*time)));
        }
        let named = [(dataset.groups(), &self.group), (dataset.labels(), &self.label)];
        for labels in named.into_iter().filter_map(|(labels, name)| name.as_ref().and(labels)) {
            rows.text(name(labels, row).unwrap_or_default());
        }
        rows.end_row()
    }
}

/// Hands over numbers that stand together, all at once.
fn flush(numbers: &mut Vec<f64>, rows: &mut Rows) {
    if !numbers.is_empty() {
        rows.reals(numbers);
        numbers.clear();
    }
}

/// The text that a cell stands for; nothing where it is missing.
fn text(field: &Field, cell: f64) -> Option<&str> {
    // What is not a number, or is none of a text, becomes one that no text has.
    let number = if cell >= 0.0 { cell as u32 } else { u32::MAX };
    field.texts()?.name(number)
}

/// Nanoseconds as seconds: `-8` is `-0.000000008`.
fn seconds(nanos: i64) -> String {
    const SECOND: u64 = 1_000_000_000;
    let sign = if nanos < 0 { "-" } else { "" };
    let (whole, rest) = (nanos.unsigned_abs() / SECOND, nanos.unsigned_abs() % SECOND);
    match rest {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{rest:09}").trim_end_matches('0').to_owned(),
    }
}

fn name(labels: &Labels, row: usize) -> Option<&str> {
    labels.classes().name(*labels.numbers().get(row)?)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::{Classes, Schema};

    fn dataset() -> Dataset {
        let texts = Classes::new(["tcp", "=udp"]).unwrap();
        let fields = [Field::number("a"), Field::text("protocol", texts), Field::number("b")];
        let matrix = array![[1.0, 1.0, f64::NAN], [f64::INFINITY, f64::NAN, -0.5], [3.0, 0.0, 4.0]];
        let dataset = Dataset::new(Schema::new(fields).unwrap(), matrix).unwrap();
        let dataset = dataset.with_labels(Labels::of(["x", "y", "x"])).unwrap();
        let dataset = dataset.with_groups(Labels::of(["h1", "h1", "h2"])).unwrap();
        dataset.with_times(vec![7_500_000_000, -8, 9_000_000_000]).unwrap()
    }

    fn written(layout: &Layout) -> String {
        String::from_utf8(layout.write(&dataset(), Vec::new()).unwrap()).unwrap()
    }

    #[test]
    fn what_is_named_stands_behind_the_columns() {
        let plain = written(&Layout::new());
        assert_eq!(plain, "a,protocol,b\n1,\"'=udp\",\nInfinity,,-0.5\n3,tcp,4\n");
        let layout = Layout::new().label("class").group("host").time("at").texts(Texts::Exact);
        let expected = "a,protocol,b,at,host,class\n1,=udp,,7.5,h1,x\nInfinity,,-0.5,-0.000000008,h1,y\n3,tcp,4,9,h2,x\n";
        assert_eq!(written(&layout), expected);
    }

    #[test]
    fn json_has_nothing_where_nothing_is_known() {
        let lines = written(&Layout::new().format(Format::JsonLines));
        let first = lines.lines().next().unwrap();
        assert_eq!(first, r#"{"a":1,"protocol":"=udp","b":null}"#);
    }

    #[test]
    fn a_name_that_a_column_has_is_refused() {
        let error = Layout::new().label("a").write(&dataset(), Vec::new()).unwrap_err();
        assert!(matches!(error, DataError::DuplicateColumn { first: 0, second: 3, .. }));
    }

    #[test]
    fn rows_without_columns_are_no_table() {
        let bare = Dataset::new(Schema::default(), ndarray::Array2::zeros((2, 0))).unwrap();
        assert!(matches!(Layout::new().write(&bare, Vec::new()), Err(DataError::NoColumns)));
    }
}
