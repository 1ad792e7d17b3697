//! Cells as Parquet: columns of values, collected until a row group is worth its overhead.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{
    SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter,
};
use parquet::schema::types::Type;

use crate::{Column, ColumnKind, DataError, Table};

/// How much is collected for a row group, before encoding: some 80,000 rows of 100 numbers. Readers skip and
/// share work by row groups, and each column of each costs a header and a dictionary.
const ROW_GROUP_BYTES: usize = 64 * 1024 * 1024;

/// What a cell takes beside a text's bytes.
const CELL_BYTES: usize = 8;
/// Definition levels of an optional column at the top: there is a value, or there is none.
const PRESENT: i16 = 1;
const ABSENT: i16 = 0;

/// Rows as columns of values.
#[derive(Debug)]
pub(crate) struct Columns {
    columns: Box<[Cells]>,
    rows: usize,
    len_bytes: usize,
    /// How many bytes there were before the row begun.
    len_before: usize,
}

/// The cells of a column.
#[derive(Debug)]
struct Cells {
    values: Values,
    /// Whether each cell has a value. None at all as long as every cell has.
    levels: Vec<i16>,
}

#[derive(Debug)]
enum Values {
    Text { bytes: Vec<u8>, ends: Vec<usize> },
    Integers(Vec<i64>),
    Reals(Vec<f64>),
}

impl Columns {
    pub(crate) fn new(table: &Table) -> Self {
        let cells = table.columns().iter().map(|column| Cells::new(column.kind));
        Self { columns: cells.collect(), rows: 0, len_bytes: 0, len_before: 0 }
    }

    pub(crate) fn text(&mut self, column: usize, text: &str) {
        if let Some(Cells { values: Values::Text { bytes, ends }, levels }) =
            self.columns.get_mut(column)
        {
            bytes.extend_from_slice(text.as_bytes());
            ends.push(bytes.len());
            push_present(levels);
            self.len_bytes += CELL_BYTES + text.len();
        }
    }

    #[inline]
    pub(crate) fn integer(&mut self, column: usize, value: i64) {
        if let Some(Cells { values: Values::Integers(integers), levels }) =
            self.columns.get_mut(column)
        {
            integers.push(value);
            push_present(levels);
            self.len_bytes += CELL_BYTES;
        }
    }

    #[inline]
    pub(crate) fn reals(&mut self, column: usize, values: &[f64]) {
        for (cells, value) in self.columns.iter_mut().skip(column).zip(values) {
            if let Values::Reals(reals) = &mut cells.values {
                reals.push(*value);
                push_present(&mut cells.levels);
            }
        }
        self.len_bytes += CELL_BYTES * values.len();
    }

    pub(crate) fn empty(&mut self, column: usize) {
        if let Some(cells) = self.columns.get_mut(column) {
            // Of the rows before, every one had a value.
            if cells.levels.is_empty() {
                cells.levels.resize(self.rows, PRESENT);
            }
            cells.levels.push(ABSENT);
            self.len_bytes += CELL_BYTES;
        }
    }

    #[inline]
    pub(crate) fn end_row(&mut self) {
        self.rows += 1;
        self.len_before = self.len_bytes;
    }

    pub(crate) fn undo_row(&mut self) {
        self.columns.iter_mut().for_each(|cells| cells.truncate(self.rows));
        self.len_bytes = self.len_before;
    }

    pub(crate) const fn len_bytes(&self) -> usize {
        self.len_bytes
    }

    pub(crate) fn clear(&mut self) {
        self.columns.iter_mut().for_each(Cells::clear);
        (self.rows, self.len_bytes, self.len_before) = (0, 0, 0);
    }

    fn append(&mut self, more: &Self) {
        for (cells, others) in self.columns.iter_mut().zip(&more.columns) {
            cells.append(others, self.rows, more.rows);
        }
        self.rows += more.rows;
        self.len_bytes += more.len_bytes;
        self.len_before = self.len_bytes;
    }
}

/// Where levels are kept, since a cell before was empty, this one has a value.
#[inline]
fn push_present(levels: &mut Vec<i16>) {
    if !levels.is_empty() {
        levels.push(PRESENT);
    }
}

impl Cells {
    fn new(kind: ColumnKind) -> Self {
        let values = match kind {
            ColumnKind::Text => Values::Text { bytes: Vec::new(), ends: Vec::new() },
            ColumnKind::Integer => Values::Integers(Vec::new()),
            ColumnKind::Real => Values::Reals(Vec::new()),
        };
        Self { values, levels: Vec::new() }
    }

    /// Leaves the first `rows` cells.
    fn truncate(&mut self, rows: usize) {
        let absent = self.levels.iter().take(rows).filter(|level| **level == ABSENT).count();
        self.levels.truncate(rows);
        if absent == 0 {
            self.levels.clear();
        }
        let values = rows - absent;
        match &mut self.values {
            Values::Text { bytes, ends } => {
                ends.truncate(values);
                bytes.truncate(ends.last().copied().unwrap_or(0));
            }
            Values::Integers(integers) => integers.truncate(values),
            Values::Reals(reals) => reals.truncate(values),
        }
    }

    fn clear(&mut self) {
        self.truncate(0);
    }

    /// Takes `more` cells of `others` behind the `rows` there are.
    fn append(&mut self, others: &Self, rows: usize, more: usize) {
        if !(self.levels.is_empty() && others.levels.is_empty()) {
            self.levels.resize(rows, PRESENT);
            self.levels.extend_from_slice(&others.levels);
            self.levels.resize(rows + more, PRESENT);
        }
        match (&mut self.values, &others.values) {
            (Values::Text { bytes, ends }, Values::Text { bytes: added, ends: added_ends }) => {
                let start = bytes.len();
                bytes.extend_from_slice(added);
                ends.extend(added_ends.iter().map(|end| start + end));
            }
            (Values::Integers(integers), Values::Integers(added)) => {
                integers.extend_from_slice(added);
            }
            (Values::Reals(reals), Values::Reals(added)) => reals.extend_from_slice(added),
            // Columns of one table have the same kinds.
            _ => {}
        }
    }

    /// `all_present` are levels for as many cells as there are.
    fn write(
        &mut self,
        writer: &mut SerializedColumnWriter<'_>,
        all_present: &[i16],
    ) -> Result<(), ParquetError> {
        let levels = if self.levels.is_empty() { all_present } else { &self.levels };
        match &mut self.values {
            Values::Text { bytes, ends } => {
                let texts = texts(std::mem::take(bytes), ends);
                writer.typed::<ByteArrayType>().write_batch(&texts, Some(levels), None)?
            }
            Values::Integers(integers) => {
                writer.typed::<Int64Type>().write_batch(integers, Some(levels), None)?
            }
            Values::Reals(reals) => {
                writer.typed::<DoubleType>().write_batch(reals, Some(levels), None)?
            }
        };
        Ok(())
    }
}

/// Texts that share their bytes.
fn texts(bytes: Vec<u8>, ends: &[usize]) -> Vec<ByteArray> {
    let bytes = ByteArray::from(bytes);
    let starts = std::iter::once(&0).chain(ends);
    starts.zip(ends).map(|(start, end)| bytes.slice(*start, end - start)).collect()
}

/// A Parquet file in the making.
pub(crate) struct RowGroups<W: Write + Send> {
    writer: SerializedFileWriter<Lent<W>>,
    /// What the next row group has so far.
    pending: Columns,
    row_group_bytes: usize,
}

impl<W: Write + Send> RowGroups<W> {
    pub(crate) fn new(out: W, table: &Table) -> Result<Self, DataError> {
        Self::of_bytes(out, table, ROW_GROUP_BYTES)
    }

    fn of_bytes(out: W, table: &Table, row_group_bytes: usize) -> Result<Self, DataError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let writer = schema(table.columns())
            .and_then(|schema| {
                SerializedFileWriter::new(Lent(Some(out)), schema, Arc::new(properties))
            })
            .map_err(|error| told(error, 0))?;
        Ok(Self { writer, pending: Columns::new(table), row_group_bytes })
    }

    /// Takes rows; writes a row group once there are enough of them.
    pub(crate) fn take(&mut self, columns: &Columns, before: u64) -> Result<(), DataError> {
        self.pending.append(columns);
        if self.pending.len_bytes >= self.row_group_bytes {
            self.write_group().map_err(|error| told(error, before))?;
        }
        Ok(())
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.writer.bytes_written() as u64
    }

    pub(crate) fn finish(self, rows: u64) -> Result<W, DataError> {
        self.written().map_err(|error| told(error, rows))
    }

    fn written(mut self) -> Result<W, ParquetError> {
        if self.pending.rows > 0 {
            self.write_group()?;
        }
        self.writer.finish()?;
        self.writer.inner_mut().0.take().ok_or_else(|| gone().into())
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let all_present = vec![PRESENT; self.pending.rows];
        let mut group = self.writer.next_row_group()?;
        for cells in &mut self.pending.columns {
            write_column(&mut group, cells, &all_present)?;
        }
        group.close()?;
        self.pending.clear();
        Ok(())
    }
}

/// An output that is taken back after the file's end: the file's own way to give it back turns what the
/// system said into text.
struct Lent<W>(Option<W>);

impl<W> Lent<W> {
    fn out(&mut self) -> io::Result<&mut W> {
        self.0.as_mut().ok_or_else(gone)
    }
}

fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}

impl<W: Write> Write for Lent<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out()?.flush()
    }
}

fn write_column<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    cells: &mut Cells,
    all_present: &[i16],
) -> Result<(), ParquetError> {
    // The schema has a column for each.
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    cells.write(&mut column, all_present)?;
    column.close()
}

/// Columns at the top, all of them optional: which cells are empty is not known before the last row.
fn schema(columns: &[Column]) -> Result<Arc<Type>, ParquetError> {
    let field = |column: &Column| {
        let (physical, logical) = match column.kind {
            ColumnKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            ColumnKind::Integer => (Physical::INT64, None),
            ColumnKind::Real => (Physical::DOUBLE, None),
        };
        let builder = Type::primitive_type_builder(&column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical);
        builder.build().map(Arc::new)
    };
    let fields = columns.iter().map(field).collect::<Result<_, _>>()?;
    Type::group_type_builder("table").with_fields(fields).build().map(Arc::new)
}

/// What the system said is told as such, so that a closed pipe is known as one.
fn told(error: ParquetError, rows: u64) -> DataError {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(source) => DataError::Write { rows, source: *source },
            Err(source) => DataError::Encode { rows, source },
        },
        other => DataError::Encode { rows, source: Box::new(other) },
    }
}

#[cfg(test)]
mod tests {
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::Field;
    use bytes::Bytes;

    use super::*;
    use crate::{Format, Rows, TableWriter};

    impl Columns {
        /// All that is held, for tests to compare.
        pub(crate) fn described(&self) -> String {
            format!("{:?}", self.columns)
        }
    }

    fn table() -> Table {
        let columns = [Column::text("a.b"), Column::integer("=i"), Column::real("r")];
        Table::new(columns).unwrap().format(Format::Parquet)
    }

    /// Rows in which every third cell is empty, by turns, from some row on.
    fn push(rows: &mut Rows, number: i64, empty_from: i64) {
        let empty = |column: i64| number >= empty_from && (number + column) % 3 == 0;
        match empty(0) {
            true => rows.empty(),
            false => rows.text(&format!("=\"{number}\0é")),
        }
        match empty(1) {
            true => rows.empty(),
            false => rows.integer(i64::MIN + number),
        }
        match empty(2) {
            true => rows.empty(),
            false => rows.real(number as f64 / 7.0),
        }
        rows.end_row().unwrap();
    }

    fn holds(reader: &dyn FileReader, count: i64, empty_from: i64) {
        let mut read = reader.get_row_iter(None).unwrap();
        for number in 0..count {
            let row = read.next().unwrap().unwrap();
            let empty = |column: i64| number >= empty_from && (number + column) % 3 == 0;
            let fields: Vec<&Field> = row.get_column_iter().map(|(_, field)| field).collect();
            let expected = [
                if empty(0) { Field::Null } else { Field::Str(format!("=\"{number}\0é")) },
                if empty(1) { Field::Null } else { Field::Long(i64::MIN + number) },
                if empty(2) { Field::Null } else { Field::Double(number as f64 / 7.0) },
            ];
            assert_eq!(fields, expected.each_ref(), "row {number}");
        }
        assert!(read.next().is_none());
    }

    #[test]
    fn another_reader_finds_every_cell() {
        for empty_from in [0, 5, 40, 1_000] {
            let table = table();
            let mut writer = TableWriter::new(Vec::new(), &table).unwrap();
            let mut rows = Rows::new(&table);
            for number in 0..100 {
                push(&mut rows, number, empty_from);
                if number % 7 == 0 {
                    writer.write(&mut rows).unwrap();
                }
            }
            writer.write(&mut rows).unwrap();
            assert_eq!(writer.rows(), 100);
            let reader = SerializedFileReader::new(Bytes::from(writer.finish().unwrap())).unwrap();
            assert_eq!(reader.num_row_groups(), 1);
            holds(&reader, 100, empty_from);
            let names = reader.metadata().file_metadata().schema().get_fields();
            let names: Vec<&str> = names.iter().map(|field| field.name()).collect();
            assert_eq!(names, ["a.b", "=i", "r"]);
        }
    }

    #[test]
    fn row_groups_are_as_large_as_they_should_be() {
        let table = table();
        let mut groups = RowGroups::of_bytes(Vec::new(), &table, 1_000).unwrap();
        let mut rows = Rows::new(&table);
        for number in 0..100 {
            push(&mut rows, number, 50);
            let crate::write::rows::Encoded::Parquet(columns) = &rows.encoded else { panic!() };
            groups.take(columns, 0).unwrap();
            rows.clear();
        }
        let reader = SerializedFileReader::new(Bytes::from(groups.finish(100).unwrap())).unwrap();
        // 28 to 31 bytes a row.
        assert_eq!(reader.num_row_groups(), 3);
        holds(&reader, 100, 50);
    }

    #[test]
    fn a_table_without_rows_is_a_file() {
        let writer = TableWriter::new(Vec::new(), &table()).unwrap();
        let reader = SerializedFileReader::new(Bytes::from(writer.finish().unwrap())).unwrap();
        assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
    }

    #[test]
    fn a_full_disk_is_told_as_such() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::StorageFull.into())
            }
        }
        let failed = TableWriter::new(Full, &table()).and_then(TableWriter::finish);
        match failed.err() {
            Some(DataError::Write { source, .. }) => {
                assert_eq!(source.kind(), io::ErrorKind::StorageFull);
            }
            other => panic!("{other:?}"),
        }
    }
}
