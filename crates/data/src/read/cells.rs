//! What becomes of cells: numbers, texts, labels and times, and what is wrong with them.

use super::chunk::Filler;
use super::number::Number;
use super::plan::is_no_label;
use super::time::{DateOrder, is_ambiguous};
use crate::{Defect, Policy};

impl Filler<'_> {
    pub(super) fn slow_number(&mut self, target: usize, column: usize, cell: &[u8]) {
        let text = cell.trim_ascii();
        if !self.plan.markers.is_empty() && self.plan.is_marker(text) {
            return self.flawed_number(Defect::Absent, target, column, cell, f64::NAN);
        }
        match Number::of(text) {
            Number::Finite(value) => self.put(target, value),
            Number::Empty => self.flawed_number(Defect::Empty, target, column, cell, f64::NAN),
            Number::Nan => {
                self.flawed_number(Defect::NotANumber, target, column, cell, f64::NAN);
            }
            Number::Infinite(value) => {
                self.flawed_number(Defect::Infinite, target, column, cell, value);
            }
            Number::Overflow(value) => {
                self.flawed_number(Defect::Overflow, target, column, cell, value);
            }
            Number::Text => {
                let is_marker = self.plan.is_marker_of_numbers(text);
                let defect = if is_marker { Defect::Absent } else { Defect::WrongKind };
                self.flawed_number(defect, target, column, cell, f64::NAN);
            }
        }
    }

    #[cold]
    fn flawed_number(
        &mut self,
        defect: Defect,
        target: usize,
        column: usize,
        cell: &[u8],
        is: f64,
    ) {
        match self.find(defect, Some(column), cell) {
            Policy::Keep => self.put(target, is),
            Policy::Value(value) => self.put(target, value),
            _ => self.put(target, f64::NAN),
        }
    }

    pub(super) fn text(
        &mut self,
        target: usize,
        column: usize,
        dictionary: usize,
        cell: &[u8],
        quoted: bool,
    ) {
        let settings = self.plan.settings;
        let cell = if settings.trims() { cell.trim_ascii() } else { cell };
        let cell = if settings.as_written && quoted { armed(cell) } else { cell };
        if self.plan.is_marker(cell) {
            self.find(Defect::Absent, Some(column), cell);
            return self.put(target, f64::NAN);
        }
        let is_empty = cell.is_empty() && !(settings.as_written && quoted);
        if is_empty && self.find(Defect::Empty, Some(column), cell) != Policy::Keep {
            return self.put(target, f64::NAN);
        }
        _ = self.named(target, column, dictionary, cell);
    }

    /// A label; without one the row's end finds nothing.
    pub(super) fn label(&mut self, target: usize, column: usize, dictionary: usize, cell: &[u8]) {
        let cell = if self.plan.settings.trims() { cell.trim_ascii() } else { cell };
        if cell.trim_ascii().is_empty() || is_no_label(cell) || self.plan.is_marker(cell) {
            return self.put(target, f64::NAN);
        }
        // One that is wrong is not none: its row goes for what is wrong, and is given no other label.
        let lost = self.named(target, column, dictionary, cell);
        self.fate = self.fate.or(lost);
    }

    /// Puts the number of a text, or tells why there is none.
    fn named(
        &mut self,
        target: usize,
        column: usize,
        dictionary: usize,
        cell: &[u8],
    ) -> Option<Defect> {
        let texts = self.chunk.texts.get_mut(dictionary)?;
        let (number, is_new) = texts.number(cell);
        if is_new {
            let listed = self.listed.get(dictionary).and_then(Option::as_ref);
            let is_unlisted = listed.is_some_and(|listed| !listed.contains(cell));
            let defect = match str::from_utf8(cell) {
                Err(_) => Some(Defect::NotUtf8),
                Ok(_) => is_unlisted.then_some(Defect::Unlisted),
            };
            defect.into_iter().for_each(|defect| {
                self.bad.insert((dictionary, number), defect);
            });
        }
        let bad = if self.bad.is_empty() { None } else { self.bad.get(&(dictionary, number)) };
        let lost =
            bad.copied().filter(|defect| self.find(*defect, Some(column), cell) != Policy::Keep);
        self.put(target, if lost.is_none() { number.into() } else { f64::NAN });
        lost
    }

    /// A time, of whose dates the order is known or the day is taken to come first.
    pub(super) fn time(&mut self, column: usize, order: Option<DateOrder>, cell: &[u8]) {
        let form = self.plan.settings.times();
        self.time = form.nanos(cell, order.unwrap_or(DateOrder::DayFirst));
        if order.is_none() && self.time.is_some() && is_ambiguous(cell) {
            self.find(Defect::AmbiguousDate, Some(column), cell);
        }
    }
}

/// A text before which our writer put an apostrophe, so that no spreadsheet calculates it.
fn armed(cell: &[u8]) -> &[u8] {
    let formula = cell.strip_prefix(b"'").filter(|text| {
        let wide = ["＝", "＋", "－", "＠"];
        matches!(text.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n'))
            || wide.iter().any(|start| text.starts_with(start.as_bytes()))
    });
    formula.unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use crate::{CellKind, Dataset, Defect, Policy, ReadReport, TableReader, TimeForm};

    fn read(csv: &[u8], reader: TableReader) -> (Dataset, ReadReport) {
        reader.read(csv).unwrap()
    }

    fn column(dataset: &Dataset, place: usize) -> Vec<f64> {
        dataset.column(place).unwrap().to_vec()
    }

    /// A column of numbers, one cell of which is not as it should be, under each policy.
    #[test]
    fn flawed_numbers_become_what_their_policy_says() {
        let infinite = f64::INFINITY;
        for (cell, defect, kept) in [
            ("", Defect::Empty, Some(f64::NAN)),
            ("  ", Defect::Empty, Some(f64::NAN)),
            ("NA", Defect::Absent, None),
            ("?", Defect::Absent, None),
            ("NaN", Defect::NotANumber, Some(f64::NAN)),
            ("nan", Defect::NotANumber, Some(f64::NAN)),
            ("Infinity", Defect::Infinite, Some(infinite)),
            ("-inf", Defect::Infinite, Some(-infinite)),
            ("1e400", Defect::Overflow, Some(infinite)),
            ("abc", Defect::WrongKind, None),
            ("\"x,y\"", Defect::WrongKind, None),
        ] {
            let csv = format!("n,m\n1,1\n{cell},2\n3,3\n");
            let reader = TableReader::new().kind("n", CellKind::Number);
            let with = |policy| read(csv.as_bytes(), reader.clone().on(defect, policy));
            let (missing, report) = with(Policy::Missing);
            assert!(column(&missing, 0)[1].is_nan(), "{cell}");
            assert_eq!((report.count(defect), report.defects.len()), (1, 1), "{cell}");
            let place = &report.defects[0].places[0];
            assert_eq!((place.line, place.column.as_deref()), (3, Some("n")));
            assert_eq!(report.columns[0].defects[&defect], 1);
            assert_eq!(column(&with(Policy::Value(-7.0)).0, 0), [1.0, -7.0, 3.0]);
            let (dropped, report) = with(Policy::Drop);
            assert_eq!(column(&dropped, 1), [1.0, 3.0]);
            assert_eq!((report.dropped(defect), report.rows_found), (1, 3));
            let refused = reader.clone().on(defect, Policy::Refuse).read(csv.as_bytes());
            let message = refused.unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("the table, line 3, column \"n\": {defect}")),
                "{message}"
            );
            match kept {
                Some(kept) => assert_eq!(
                    format!("{:?}", column(&with(Policy::Keep).0, 0)[1]),
                    format!("{kept:?}")
                ),
                None => {
                    assert!(reader.clone().on(defect, Policy::Keep).read(csv.as_bytes()).is_err());
                }
            }
        }
    }

    #[test]
    fn texts_keep_what_is_theirs() {
        let csv = b"t,n\n a ,1\n,2\nNA,3\n\xff\xfe,4\na,5\n";
        let (dataset, report) = read(csv, TableReader::new());
        let names = |dataset: &Dataset| -> Vec<String> {
            dataset.schema().fields()[0].texts().unwrap().names().map(str::to_owned).collect()
        };
        assert_eq!(names(&dataset), [" a ", "NA", r"\xFF\xFE", "a"]);
        assert!(column(&dataset, 0)[1].is_nan());
        assert_eq!((report.count(Defect::NotUtf8), report.count(Defect::Empty)), (1, 1));
        let reader = TableReader::new().trim(true).missing(["NA"]).on(Defect::Empty, Policy::Keep);
        let (dataset, report) = read(csv, reader.on(Defect::NotUtf8, Policy::Missing));
        assert_eq!(names(&dataset), ["", "a"]);
        assert_eq!(report.count(Defect::Absent), 1);
        assert_eq!(format!("{:?}", column(&dataset, 0)), "[1.0, 0.0, NaN, NaN, 1.0]");
        let refused = TableReader::new().on(Defect::NotUtf8, Policy::Refuse).read(&csv[..]);
        assert!(refused.is_err());
    }

    #[test]
    fn different_bytes_are_different_texts() {
        let csv = b"t,\xffn\n\xff,1\n\xfe,2\n\xffa\\,3\n\xff,4\n";
        let (dataset, report) = read(csv, TableReader::new().label("t"));
        let classes: Vec<&str> = dataset.labels().unwrap().classes().names().collect();
        assert_eq!(classes, [r"\xFE", r"\xFF", r"\xFFa\\"]);
        assert_eq!(dataset.schema().names().next(), Some(r"\xFFn"));
        // One of them is a name.
        assert_eq!(report.count(Defect::NotUtf8), 5);
    }

    #[test]
    fn markers_that_are_numbers_are_no_numbers() {
        let (dataset, report) = read(b"a\n-1\n1\n-1.0\n", TableReader::new().missing(["-1"]));
        assert_eq!(format!("{:?}", column(&dataset, 0)), "[NaN, 1.0, -1.0]");
        assert_eq!(report.count(Defect::Absent), 1);
    }

    /// One that is no text is not an empty one: it gets no other label, and its row goes for what is wrong with it.
    #[test]
    fn labels_that_are_wrong_are_not_empty() {
        let csv = b"n,l\n1,x\n2,\xff\n3,\n";
        let reader = TableReader::new().label("l").on(Defect::NotUtf8, Policy::Missing);
        let (dataset, report) = read(csv, reader.empty_label("Normal"));
        assert_eq!(column(&dataset, 0), [1.0, 3.0]);
        assert_eq!((report.dropped(Defect::NotUtf8), report.count(Defect::EmptyLabel)), (1, 0));
    }

    #[test]
    fn dates_are_in_the_order_that_the_first_rows_tell_or_it_is_said() {
        const DAY: i64 = 86_400 * 1_000_000_000;
        let days = |dates: &[&str], reader: &TableReader| {
            let csv = format!("t\n{}\n", dates.join("\n"));
            let (dataset, report) = read(csv.as_bytes(), reader.clone().time("t"));
            let days: Vec<i64> =
                dataset.times().unwrap().iter().map(|time| time.div_euclid(DAY)).collect();
            (days, report.count(Defect::AmbiguousDate), report.count(Defect::BadTime))
        };
        let plain = TableReader::new();
        // 5 July and 13 July 2017, and 7 May.
        let (july5, july13, may7) = (17_352, 17_360, 17_293);
        assert_eq!(days(&["05/07/2017", "7/7/2017"], &plain), (vec![july5, july5 + 2], 1, 0));
        assert_eq!(days(&["05/07/2017", "13/07/2017"], &plain), (vec![july5, july13], 0, 0));
        assert_eq!(days(&["05/07/2017", "07/13/2017"], &plain), (vec![may7, july13], 0, 0));
        // Dates that contradict each other tell nothing.
        assert_eq!(
            days(&["5/7/2017", "7/13/2017", "13/7/2017"], &plain),
            (vec![july5, july13], 1, 1)
        );
        for (form, day) in [(TimeForm::DayFirst, july5), (TimeForm::MonthFirst, may7)] {
            assert_eq!(days(&["05/07/2017"], &plain.clone().time_form(form)), (vec![day], 0, 0));
        }
        let dropped = plain.clone().on(Defect::AmbiguousDate, Policy::Drop);
        assert_eq!(days(&["05/07/2017 1:00 AM", "2017-07-05"], &dropped), (vec![july5], 1, 0));
        // A table's own dates count, then those of others.
        let tables = [("one", &b"t\n5/7/2017\n"[..]), ("two", &b"t\n5/7/2017\n7/13/2017\n"[..])];
        let (dataset, report) = TableReader::new().time("t").read_all(tables).unwrap();
        let days: Vec<i64> = dataset.times().unwrap().iter().map(|time| time / DAY).collect();
        assert_eq!(days, [may7, may7, july13]);
        assert_eq!(report.count(Defect::AmbiguousDate), 0);
        let tables = [("one", &b"t\n13/7/2017\n"[..]), ("two", &b"t\n5/7/2017\n7/13/2017\n"[..])];
        let (dataset, _) = TableReader::new().time("t").read_all(tables).unwrap();
        let days: Vec<i64> = dataset.times().unwrap().iter().map(|time| time / DAY).collect();
        assert_eq!(days, [july13, may7, july13]);
    }

    #[test]
    fn what_our_writer_disarmed_is_read_as_it_was() {
        use crate::{Column, Rows, Table, TableWriter};
        let table = Table::new([Column::text("t"), Column::real("n")]).unwrap();
        let mut writer = TableWriter::new(Vec::new(), &table).unwrap();
        let mut rows = Rows::new(&table);
        let numbers = [0.1, -0.0, 1e300, f64::INFINITY, f64::MIN_POSITIVE, 123_456_789.125];
        let texts = ["=1+1", "", "a,\"b\"\n", " x ", "＝1", "'q"];
        for (text, number) in texts.iter().zip(numbers) {
            rows.text(text);
            rows.real(number);
            rows.end_row().unwrap();
        }
        rows.empty();
        rows.empty();
        rows.end_row().unwrap();
        writer.write(&mut rows).unwrap();
        let csv = writer.finish().unwrap();
        let reader = TableReader::new().as_written(true).on(Defect::Infinite, Policy::Keep);
        let (dataset, report) = read(&csv, reader);
        let classes = dataset.schema().fields()[0].texts().unwrap();
        let read: Vec<&str> =
            column(&dataset, 0)[..6].iter().map(|c| classes.name(*c as u32).unwrap()).collect();
        assert_eq!(read, texts);
        let bits = |numbers: &[f64]| numbers.iter().map(|n| n.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&column(&dataset, 1)[..6]), bits(&numbers));
        assert!(column(&dataset, 0)[6].is_nan() && column(&dataset, 1)[6].is_nan());
        assert_eq!(report.count(Defect::Empty), 2);
    }
}
