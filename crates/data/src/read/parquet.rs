//! Parquet: columns of values in groups of rows. Of each group one thread makes a chunk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{ConvertedType as Old, LogicalType, TimeUnit, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use super::chunk::{Chunk, Filler};
use super::description::CellKind;
use super::head::{Head, HeadColumn};
use super::plan::Slot;
use super::sink::Sink;
use crate::{DataError, Limits};

/// How many rows of all columns are decoded at a time.
const BATCH_ROWS: usize = 1_024;
/// Nanoseconds.
const SECOND: i64 = 1_000_000_000;

/// The groups of rows that are left.
pub(crate) struct Groups {
    file: Arc<SerializedFileReader<Bytes>>,
    next: usize,
}

/// A group of rows.
pub(crate) struct Group {
    file: Arc<SerializedFileReader<Bytes>>,
    number: usize,
}

/// The columns of a file. Texts are columns of bytes; values within others are named by the way to them.
pub(crate) fn open(
    table: &str,
    bytes: Vec<u8>,
    limits: &Limits,
) -> Result<(Groups, Head), DataError> {
    let file = guarded(table, || SerializedFileReader::new(Bytes::from(bytes)))?;
    let schema = file.metadata().file_metadata().schema_descr();
    if schema.num_columns() > limits.columns {
        let limit = limits.columns as u64;
        return Err(DataError::Limit { table: table.into(), what: "columns", limit });
    }
    let columns: Vec<HeadColumn> =
        schema.columns().iter().map(|column| head_column(column)).collect();
    if columns.is_empty() {
        return Err(DataError::EmptyTable { table: table.into() });
    }
    Ok((Groups { file: Arc::new(file), next: 0 }, Head::new(columns, 0)))
}

fn head_column(column: &ColumnDescriptor) -> HeadColumn {
    let kind = match column.physical_type() {
        Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => CellKind::Text,
        _ => CellKind::Number,
    };
    HeadColumn::of_kind(column.path().string().as_bytes(), kind)
}

/// The decoder panics on some broken files: that is an error like its others.
fn guarded<T>(
    table: &str,
    decode: impl FnOnce() -> Result<T, ParquetError>,
) -> Result<T, DataError> {
    let decoded = catch_unwind(AssertUnwindSafe(decode));
    let decoded =
        decoded.unwrap_or_else(|_| Err(ParquetError::General("the decoder gave up".to_owned())));
    decoded.map_err(|source| DataError::Parquet { table: table.into(), source: Box::new(source) })
}

impl Iterator for Groups {
    type Item = Group;

    fn next(&mut self) -> Option<Group> {
        let number = self.next;
        self.next += 1;
        (number < self.file.num_row_groups())
            .then(|| Group { file: Arc::clone(&self.file), number })
    }
}

impl Group {
    pub(crate) fn fill(
        &self,
        table: &str,
        slots: &Arc<[Slot]>,
        filler: &mut Filler<'_>,
    ) -> Result<Chunk, DataError> {
        self.refuse_unreadable(table, slots)?;
        let mut decoded = Ok(());
        let chunk = filler.fill_by(slots, |filler| {
            decoded = guarded(table, || self.rows(slots, filler));
        });
        decoded.map(|()| chunk)
    }

    fn schema(&self) -> &SchemaDescriptor {
        self.file.metadata().file_metadata().schema_descr()
    }

    /// What is asked for must have one value a row, of a kind that is known.
    fn refuse_unreadable(&self, table: &str, slots: &[Slot]) -> Result<(), DataError> {
        let columns = self.schema().columns();
        let asked = columns.iter().zip(slots).filter(|(_, slot)| **slot != Slot::Skip);
        for (column, _) in asked {
            let kind = match column.physical_type() {
                _ if column.max_rep_level() > 0 => "lists",
                Physical::INT96 => "times of 96 bits",
                Physical::FIXED_LEN_BYTE_ARRAY => "bytes of a fixed length",
                _ => continue,
            };
            let name = column.path().string().into();
            return Err(DataError::Unreadable { table: table.into(), name, kind: kind.into() });
        }
        Ok(())
    }

    fn rows(&self, slots: &[Slot], filler: &mut Filler<'_>) -> Result<(), ParquetError> {
        let group = self.file.get_row_group(self.number)?;
        let mut columns = self.columns(&*group, slots)?;
        let expected = usize::try_from(group.metadata().num_rows()).unwrap_or(usize::MAX);
        let mut left = expected;
        while left > 0 && !filler.is_full() {
            let wanted = left.min(BATCH_ROWS);
            for column in columns.iter_mut().flatten() {
                column.read(wanted)?;
            }
            for row in 0..wanted {
                for (place, column) in columns.iter_mut().enumerate() {
                    column.iter_mut().for_each(|column| column.give(place, row, filler));
                }
                filler.end_row(slots.len());
                filler.pass_lines(1);
            }
            left -= wanted;
        }
        Ok(())
    }

    /// The columns that are asked for.
    fn columns(
        &self,
        group: &dyn RowGroupReader,
        slots: &[Slot],
    ) -> Result<Vec<Option<Column>>, ParquetError> {
        let descriptors = self.schema().columns().iter().zip(slots).enumerate();
        let column = |(place, (descriptor, slot)): (usize, (&Arc<ColumnDescriptor>, &Slot))| {
            if *slot == Slot::Skip {
                return Ok(None);
            }
            let reader = group.get_column_reader(place)?;
            Column::new(reader, descriptor).map(Some)
        };
        descriptors.map(column).collect()
    }
}

/// A column under way.
struct Column {
    decoder: Decoder,
    meaning: Meaning,
    /// Whether each cell of the batch has a value, if it may have none.
    levels: Vec<i16>,
    present: i16,
    /// The values of the batch, and which comes next.
    values: Vec<Value>,
    next: usize,
}

/// What a whole number stands for.
#[derive(Clone, Copy)]
enum Meaning {
    Signed,
    /// Of which so many bits count.
    Unsigned(u64),
    /// So many digits behind the point.
    Decimal(i32),
    /// So many nanoseconds each, since the epoch.
    Time(i64),
}

enum Value {
    Whole(i64),
    Real(f64),
    Bytes(ByteArray),
}

/// Reads so many values into the column.
type Decoder = Box<dyn FnMut(usize, &mut Vec<i16>, &mut Vec<Value>) -> Result<usize, ParquetError>>;

impl Column {
    fn new(reader: ColumnReader, descriptor: &ColumnDescriptor) -> Result<Self, ParquetError> {
        let decoder = match reader {
            ColumnReader::BoolColumnReader(reader) => decoder(reader, |v| Value::Whole(v.into())),
            ColumnReader::Int32ColumnReader(reader) => decoder(reader, |v| Value::Whole(v.into())),
            ColumnReader::Int64ColumnReader(reader) => decoder(reader, Value::Whole),
            ColumnReader::FloatColumnReader(reader) => decoder(reader, |v| Value::Real(v.into())),
            ColumnReader::DoubleColumnReader(reader) => decoder(reader, Value::Real),
            ColumnReader::ByteArrayColumnReader(reader) => decoder(reader, Value::Bytes),
            _ => return Err(ParquetError::General("a type that is not read".to_owned())),
        };
        let meaning = Meaning::of(descriptor);
        let present = descriptor.max_def_level();
        Ok(Self { decoder, meaning, levels: Vec::new(), present, values: Vec::new(), next: 0 })
    }

    fn read(&mut self, rows: usize) -> Result<(), ParquetError> {
        self.levels.clear();
        self.values.clear();
        self.next = 0;
        let read = (self.decoder)(rows, &mut self.levels, &mut self.values)?;
        if read == rows { Ok(()) } else { Err(ParquetError::EOF("a column is cut".to_owned())) }
    }

    /// Gives the cell of a row, of which each comes once and in order.
    fn give(&mut self, place: usize, row: usize, filler: &mut Filler<'_>) {
        let is_present = self.present == 0 || self.levels.get(row) == Some(&self.present);
        let value = if is_present { self.values.get(self.next) } else { None };
        self.next += usize::from(is_present);
        match value {
            None => filler.absent(place),
            Some(Value::Whole(value)) => self.meaning.give(*value, place, filler),
            Some(Value::Real(value)) => filler.real(place, *value),
            Some(Value::Bytes(bytes)) => filler.cell(place, bytes.data(), true),
        }
    }
}

fn decoder<T: DataType + 'static>(
    mut reader: ColumnReaderImpl<T>,
    value: impl Fn(T::T) -> Value + 'static,
) -> Decoder {
    let mut decoded: Vec<T::T> = Vec::new();
    Box::new(move |rows, levels, values| {
        let mut read = 0;
        // A page may end before.
        while read < rows {
            let more = reader.read_records(rows - read, Some(levels), None, &mut decoded)?.0;
            if more == 0 {
                break;
            }
            read += more;
        }
        values.extend(decoded.drain(..).map(&value));
        Ok(read)
    })
}

impl Meaning {
    /// Older files say the same in other words.
    fn of(descriptor: &ColumnDescriptor) -> Self {
        let bits = match descriptor.physical_type() {
            Physical::INT32 => u32::MAX.into(),
            _ => u64::MAX,
        };
        match (descriptor.logical_type_ref(), descriptor.converted_type()) {
            (Some(LogicalType::Integer(integer)), _) if !integer.is_signed => Self::Unsigned(bits),
            (Some(LogicalType::Timestamp(timestamp)), _) => Self::Time(match timestamp.unit {
                TimeUnit::MILLIS => 1_000_000,
                TimeUnit::MICROS => 1_000,
                TimeUnit::NANOS => 1,
            }),
            (_, Old::UINT_8 | Old::UINT_16 | Old::UINT_32 | Old::UINT_64) => Self::Unsigned(bits),
            (_, Old::TIMESTAMP_MILLIS) => Self::Time(1_000_000),
            (_, Old::TIMESTAMP_MICROS) => Self::Time(1_000),
            (_, Old::DECIMAL) => Self::Decimal(descriptor.type_scale()),
            (_, Old::DATE) => Self::Time(86_400 * SECOND),
            _ => Self::Signed,
        }
    }

    fn give(self, value: i64, place: usize, filler: &mut Filler<'_>) {
        match self {
            Self::Signed => filler.whole(place, value as f64, &value),
            Self::Unsigned(bits) => {
                let value = value as u64 & bits;
                filler.whole(place, value as f64, &value);
            }
            // The text is what the number nearest to it is made of.
            Self::Decimal(scale) => {
                filler.cell(place, format!("{value}e{}", -i64::from(scale)).as_bytes(), false);
            }
            Self::Time(nanos) => filler.time_of(place, value, value.checked_mul(nanos)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::data_type::{
        BoolType, ByteArrayType, DoubleType, FloatType, Int32Type, Int64Type,
    };
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;
    use crate::{
        Column as WrittenColumn, Defect, Format, Policy, Rows, Table, TableReader, TableWriter,
    };

    /// Two rows of each type, the second without a value where it may have none.
    fn file(schema: &str, groups: usize) -> Vec<u8> {
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
        for _ in 0..groups {
            let mut group = writer.next_row_group().unwrap();
            while let Some(mut column) = group.next_column().unwrap() {
                let levels: Option<&[i16]> = Some(&[1, 0]);
                use ::parquet::column::writer::ColumnWriter as Any;
                match column.untyped() {
                    Any::BoolColumnWriter(_) => {
                        column.typed::<BoolType>().write_batch(&[true], levels, None)
                    }
                    Any::Int32ColumnWriter(_) => {
                        column.typed::<Int32Type>().write_batch(&[-1], levels, None)
                    }
                    Any::Int64ColumnWriter(_) => {
                        column.typed::<Int64Type>().write_batch(&[1_500, -1], None, None)
                    }
                    Any::FloatColumnWriter(_) => {
                        column.typed::<FloatType>().write_batch(&[0.5], levels, None)
                    }
                    Any::DoubleColumnWriter(_) => {
                        column.typed::<DoubleType>().write_batch(&[f64::INFINITY], levels, None)
                    }
                    _ => column.typed::<ByteArrayType>().write_batch(&["x".into()], levels, None),
                }
                .unwrap();
                column.close().unwrap();
            }
            group.close().unwrap();
        }
        writer.into_inner().unwrap()
    }

    #[test]
    fn every_type_is_read_and_what_is_null_is_missing() {
        let bytes = file(
            "message m { optional boolean b; optional int32 i; optional int32 u (UINT_32); required int64 l;
              required int64 t (TIMESTAMP(MILLIS,true)); optional float f; optional double d;
              optional binary s (STRING); required int64 dec (DECIMAL(10,2)); }",
            2,
        );
        let (dataset, report) = TableReader::new().time("t").read(&bytes[..]).unwrap();
        let row = |row| format!("{:?}", dataset.matrix().row(row).to_vec());
        assert_eq!(row(0), "[1.0, -1.0, 4294967295.0, 1500.0, 0.5, NaN, 0.0, 15.0]");
        assert_eq!(row(1), "[NaN, NaN, NaN, -1.0, NaN, NaN, NaN, -0.01]");
        assert_eq!(row(2), row(0));
        assert_eq!(dataset.times().unwrap().to_vec()[..2], [1_500_000_000, -1_000_000]);
        assert_eq!((report.count(Defect::Absent), report.count(Defect::Infinite)), (12, 2));
        assert_eq!((report.rows_found, report.tables[0].format), (4, "Parquet"));
    }

    #[test]
    fn what_our_writer_wrote_reads_back_bit_for_bit() {
        let columns =
            [WrittenColumn::text("t"), WrittenColumn::integer("i"), WrittenColumn::real("r")];
        let table = Table::new(columns).unwrap().format(Format::Parquet);
        let mut writer = TableWriter::new(Vec::new(), &table).unwrap();
        let mut rows = Rows::new(&table);
        for row in 0..3_000_i64 {
            rows.text(&format!("={}", row % 7));
            rows.integer(row * 1_000_003);
            rows.real(row as f64 / 7.0);
            rows.end_row().unwrap();
        }
        writer.write(&mut rows).unwrap();
        let bytes = writer.finish().unwrap();
        let (dataset, report) = TableReader::new().read(&bytes[..]).unwrap();
        assert_eq!((dataset.rows(), report.defects.len()), (3_000, 0));
        for (row, cells) in dataset.matrix().rows().into_iter().enumerate() {
            let text = dataset.schema().fields()[0].texts().unwrap().name(cells[0] as u32);
            assert_eq!(text, Some(&*format!("={}", row % 7)));
            assert_eq!((cells[1], cells[2]), (row as f64 * 1_000_003.0, row as f64 / 7.0));
        }
    }

    #[test]
    fn lists_are_refused_unless_they_are_left_out() {
        let schema = "message m { required int64 l; repeated int32 r; }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&[1], None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int32Type>().write_batch(&[1, 2], Some(&[1, 1]), Some(&[0, 1])).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        let bytes = writer.into_inner().unwrap();
        let refused = TableReader::new().read(&bytes[..]).unwrap_err();
        assert!(matches!(refused, DataError::Unreadable { .. }), "{refused}");
        let (dataset, _) = TableReader::new().drop(["r"]).read(&bytes[..]).unwrap();
        assert_eq!(dataset.matrix().to_owned(), ndarray::array![[1.0]]);
    }

    #[test]
    fn broken_files_are_errors() {
        let bytes = file("message m { required int64 l; optional binary s (STRING); }", 1);
        for len in [4, 8, bytes.len() / 2, bytes.len() - 1] {
            assert!(TableReader::new().read(&bytes[..len]).is_err());
        }
        let reader = TableReader::new().threads(1).on(Defect::Absent, Policy::Drop);
        for place in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[place] ^= 0x55;
            // Whatever comes of it, it comes to an end without a panic.
            drop(reader.read(&bent[..]));
        }
    }
}
