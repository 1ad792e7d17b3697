//! Where rows go.

use std::fmt;
use std::io::Write;

use super::csv::Csv;
#[cfg(feature = "parquet")]
use super::parquet::RowGroups;
use super::rows::Encoded;
use crate::{DataError, Format, Rows, Table};

/// Writes a table: its header, then rows, whole ones only.
///
/// Text goes straight to the output, which needs no buffer if the rows handed over are many. Parquet collects
/// them until a row group is full. [`finish`](Self::finish) is how a table ends: a Parquet file is none
/// without its last part.
pub struct TableWriter<W: Write + Send> {
    table: Table,
    output: Output<W>,
    rows: u64,
    failed: bool,
}

enum Output<W: Write + Send> {
    Text {
        out: W,
        bytes: u64,
    },
    /// Large, and few are made.
    #[cfg(feature = "parquet")]
    Parquet(Box<RowGroups<W>>),
}

impl<W: Write + Send> TableWriter<W> {
    /// Begins a table; CSV gets its header.
    ///
    /// # Errors
    /// If writing fails, or the form cannot hold the columns.
    pub fn new(out: W, table: &Table) -> Result<Self, DataError> {
        table.check()?;
        let output = match table.form().0 {
            Format::Csv => Output::text(out, &Csv::header(table))?,
            Format::JsonLines => Output::text(out, &[])?,
            #[cfg(feature = "parquet")]
            Format::Parquet => Output::Parquet(Box::new(RowGroups::new(out, table)?)),
        };
        Ok(Self { table: table.clone(), output, rows: 0, failed: false })
    }

    /// Writes rows and empties them.
    ///
    /// # Errors
    /// If writing fails, after which nothing more is written, since the output may end inside a row. With
    /// nothing written, and the rows as they were, if they belong to another table or end inside a row.
    pub fn write(&mut self, rows: &mut Rows) -> Result<(), DataError> {
        rows.check(&self.table)?;
        if self.failed {
            return Err(DataError::FailedBefore { rows: self.rows });
        }
        let written = self.output.write(rows, self.rows);
        self.failed = written.is_err();
        written?;
        self.rows += rows.rows() as u64;
        rows.clear();
        Ok(())
    }

    /// How many rows it has taken.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// How many bytes were written, the header included.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match &self.output {
            Output::Text { bytes, .. } => *bytes,
            #[cfg(feature = "parquet")]
            Output::Parquet(groups) => groups.bytes(),
        }
    }

    /// Writes what is left, flushes the output and gives it back.
    ///
    /// # Errors
    /// If writing fails or has failed before.
    pub fn finish(self) -> Result<W, DataError> {
        let rows = self.rows;
        if self.failed {
            return Err(DataError::FailedBefore { rows });
        }
        match self.output {
            Output::Text { mut out, .. } => {
                out.flush().map_err(|source| DataError::Write { rows, source })?;
                Ok(out)
            }
            #[cfg(feature = "parquet")]
            Output::Parquet(groups) => groups.finish(rows),
        }
    }
}

impl<W: Write + Send> Output<W> {
    fn text(mut out: W, header: &[u8]) -> Result<Self, DataError> {
        out.write_all(header).map_err(|source| DataError::Write { rows: 0, source })?;
        Ok(Self::Text { out, bytes: header.len() as u64 })
    }

    /// `before` is how many rows stand there already.
    fn write(&mut self, rows: &mut Rows, before: u64) -> Result<(), DataError> {
        match (self, &mut rows.encoded) {
            (Self::Text { out, bytes }, Encoded::Csv(csv)) => {
                put(out, bytes, csv.buffer.written(), before)
            }
            (Self::Text { out, bytes }, Encoded::Json(json)) => {
                put(out, bytes, json.buffer.written(), before)
            }
            #[cfg(feature = "parquet")]
            (Self::Parquet(groups), Encoded::Parquet(columns)) => groups.take(columns, before),
            // The same table has the same form.
            #[cfg(feature = "parquet")]
            _ => Err(DataError::OtherTable),
        }
    }
}

fn put(out: &mut impl Write, count: &mut u64, bytes: &[u8], rows: u64) -> Result<(), DataError> {
    out.write_all(bytes).map_err(|source| DataError::Write { rows, source })?;
    *count += bytes.len() as u64;
    Ok(())
}

impl<W: Write + Send> fmt::Debug for TableWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableWriter")
            .field("table", &self.table)
            .field("rows", &self.rows)
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use super::*;
    use crate::Column;

    fn table() -> Table {
        Table::new([Column::integer("thread"), Column::real("number")]).unwrap()
    }

    fn push(rows: &mut Rows, thread: i64, number: f64) {
        rows.integer(thread);
        rows.real(number);
        rows.end_row().unwrap();
    }

    #[test]
    fn threads_share_a_writer_and_rows_stay_whole() {
        let table = table();
        let writer = Mutex::new(TableWriter::new(Vec::new(), &table).unwrap());
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (writer, table) = (&writer, &table);
                scope.spawn(move || {
                    let mut rows = Rows::new(table);
                    for number in 0..1_000 {
                        push(&mut rows, thread, number.into());
                        if rows.len_bytes() > 500 {
                            writer.lock().unwrap().write(&mut rows).unwrap();
                            assert!(rows.is_empty() && rows.len_bytes() == 0);
                        }
                    }
                    writer.lock().unwrap().write(&mut rows).unwrap();
                });
            }
        });
        let writer = writer.into_inner().unwrap();
        assert_eq!(writer.rows(), 4_000);
        let bytes = writer.bytes();
        let csv = writer.finish().unwrap();
        assert_eq!(csv.len() as u64, bytes);
        let mut lines: Vec<&str> = str::from_utf8(&csv).unwrap().lines().collect();
        assert_eq!(lines.remove(0), "thread,number");
        lines.sort_unstable();
        let rows = (0..4).flat_map(|thread| (0..1_000).map(move |n| format!("{thread},{n}")));
        let mut expected: Vec<String> = rows.collect();
        expected.sort_unstable();
        assert_eq!(lines, expected);
    }

    #[test]
    fn half_rows_and_rows_of_others_are_refused_and_kept() {
        let table = table();
        let mut writer = TableWriter::new(Vec::new(), &table).unwrap();
        let mut rows = Rows::new(&table);
        push(&mut rows, 1, 0.5);
        rows.integer(2);
        let refused = writer.write(&mut rows);
        assert!(matches!(refused, Err(DataError::UnfinishedRow { expected: 2, found: 1 })));
        rows.real(1.5);
        rows.end_row().unwrap();
        let mut others = Rows::new(&table.clone().format(Format::JsonLines));
        assert!(matches!(writer.write(&mut others), Err(DataError::OtherTable)));
        writer.write(&mut rows).unwrap();
        assert_eq!(writer.finish().unwrap(), b"thread,number\n1,0.5\n2,1.5\n");
    }

    /// Takes so many bytes, then has no room.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nothing_is_written_behind_half_a_row() {
        let table = table();
        assert!(TableWriter::new(Full(3), &table).is_err());
        let mut writer = TableWriter::new(Full(17), &table).unwrap();
        let mut rows = Rows::new(&table);
        push(&mut rows, 1, 0.5);
        match writer.write(&mut rows).unwrap_err() {
            DataError::Write { rows: 0, source } => {
                assert_eq!(source.kind(), io::ErrorKind::StorageFull);
            }
            other => panic!("{other}"),
        }
        assert!(matches!(writer.write(&mut rows), Err(DataError::FailedBefore { rows: 0 })));
        assert!(matches!(writer.finish(), Err(DataError::FailedBefore { rows: 0 })));
    }

    #[test]
    fn rows_and_writers_go_to_other_threads() {
        const fn sent<T: Send>() {}
        const { sent::<Rows>() };
        const { sent::<TableWriter<Vec<u8>>>() };
    }
}
