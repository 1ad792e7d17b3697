//! Tables in numbers, as a page: from what there is, over what tells the label, to what is not to be trusted.

use netsift_data::explore::{ColumnOutliers, IdentityColumn, IdentityReason, Leakage, Outliers};
use netsift_data::{DefectFacts, ReadReport};

use super::captures::with_table;
use super::columns;
use crate::shown::first_of;
use crate::tables::{ClassNumbers, CorrelationNumbers, LabelNumbers, TableNumbers, furthest};
use crate::{
    Axis, Bars, Cell, Chart, Column, Heat, MOST_NAME, Made, Page, ReportError, Section, Unit, shown,
};

/// So many columns are in the heat map.
const MOST_HEAT: usize = 24;
/// So many columns have a bar.
const MOST_BARS: usize = 20;
/// So many notes of the reader's stand in sentences.
const MOST_NOTES: usize = 10;

/// Said of rows that are compared without the columns by which all of them differ.
const APART: &str = ", but for columns that seem to say who or when";

impl TableNumbers {
    /// The page that people read.
    ///
    /// # Errors
    /// None that is known: these numbers have charts and tables that fit them.
    pub fn page(&self, title: impl Into<String>, made: Made) -> Result<Page, ReportError> {
        let mut page = Page::new(title, made);
        page.push(self.overview()?);
        if let Some(label) = &self.label {
            page.push(classes(label)?);
            page.push(columns::information(self, label)?);
        }
        page.push(columns::columns(self)?);
        page.push(columns::spreads(self)?);
        if let Some(correlations) = &self.correlations {
            page.push(together(correlations, self.rows)?);
        }
        page.push(outliers(self, &self.outliers)?);
        page.push(self.leakage()?);
        if !self.constant.is_empty() {
            page.push(columns::constant(self)?);
        }
        Ok(page)
    }

    fn overview(&self) -> Result<Section, ReportError> {
        let (cells, texts) = (self.cells, self.columns.iter().filter(|it| it.summary.is_text));
        let mut section = Section::new("Overview")
            .figure("Rows", self.rows as f64, Unit::Count)
            .figure("Columns", self.columns.len() as f64, Unit::Count)
            .figure("Columns of texts", texts.count() as f64, Unit::Count);
        if let Some(label) = &self.label {
            section = section.figure("Classes", label.count as f64, Unit::Count);
        }
        section = section
            .figure("Missing cells", cells.missing as f64, Unit::Count)
            .figure("Missing share", share(cells.missing, cells.all), Unit::Share)
            .figure("Infinite cells", cells.infinite as f64, Unit::Count)
            .figure("Repeated rows", self.equal.repeated as f64, Unit::Count)
            .figure("Rows with outliers", self.outliers.rows as f64, Unit::Count)
            .figure("Constant columns", self.constant.len() as f64, Unit::Count);
        section = section.sentence(self.about_label());
        if let Some(equal) =
            self.equal_features.filter(|equal| equal.repeated > self.equal.repeated)
        {
            let repeated = Unit::Count.exact(equal.repeated as f64);
            section = section.sentence(format!("{repeated} rows repeat another{APART}."));
        }
        match &self.read {
            Some(read) => defects(section, read),
            None => Ok(section),
        }
    }

    fn about_label(&self) -> String {
        let name = self.label.as_ref().map(|label| label.column.as_deref());
        match name {
            Some(Some(name)) => format!("The label is the column {}.", shown(name, MOST_NAME)),
            Some(None) => "Rows have labels.".to_owned(),
            None => "No column of labels is known: what is asked of one is left out.".to_owned(),
        }
    }

    fn leakage(&self) -> Result<Section, ReportError> {
        let found = &self.leakage;
        let mut section = Section::new("Leakage");
        section = match found.test_rows {
            0 => section.sentence("Columns are looked at alone: there are no labels, or too few rows."),
            held => section.sentence(format!(
                "{} rows, drawn by chance, are held against the other {}: what is known of them without learning anything \
                 makes a model look better than it is. Nothing of it is proof; all of it is to be explained.",
                count(held), count(found.train_rows)
            )),
        };
        for said in self.leaks() {
            section = section.warning(said);
        }
        if self.leaks().is_empty() {
            section = section.sentence("Nothing was found.");
        }
        let columns = vec![
            Column::text("Column"),
            Column::number("Tells rightly alone", Unit::Share).with_bars(),
            Column::number("The largest class has", Unit::Share),
        ];
        let telling = found
            .telltales
            .iter()
            .map(|it| vec![it.column.as_str().into(), it.accuracy.into(), it.majority.into()]);
        let title = "Columns that give the label away";
        let section = with_table(section, title, columns, telling.collect())?;
        let columns = vec![Column::text("Column"), Column::text("Why")];
        let rows =
            found.identities.iter().map(|it| vec![it.column.as_str().into(), why(it).into()]);
        with_table(section, "Columns that seem to say who or when", columns, rows.collect())
    }

    /// What would make a result better than it is, a sentence each.
    fn leaks(&self) -> Vec<String> {
        let Leakage { repeated, test_rows, telltales, identities, .. } = &self.leakage;
        let apart = if self.equal_features.is_some() { APART } else { "" };
        let of_rows = (repeated.count > 0).then(|| {
            let part = Unit::Share.short(repeated.count as f64 / *test_rows as f64);
            format!(
                "{} of the rows that are held back ({part}) stand among the others, too, {} of them under other labels: keep \
                 equal rows in one part.",
                count(repeated.count), count(repeated.contradicting)
            )
        });
        let over = self.equal_features.unwrap_or(self.equal).over_classes.filter(|rows| *rows > 0);
        let over = over.map(|rows| {
            let rows = Unit::Count.exact(rows as f64);
            format!("{rows} rows have an equal one of another class{apart}: no model can tell all of them rightly.")
        });
        let telling = (!telltales.is_empty()).then(|| {
            format!("{} nearly give the label away by themselves.", columns_of(telltales.len()))
        });
        let known = (!identities.is_empty()).then(|| {
            let columns = columns_of(identities.len());
            format!(
                "{columns} seem to say who or when, not what: a model would learn them by heart."
            )
        });
        [of_rows, over, telling, known].into_iter().flatten().collect()
    }
}

/// What was read, and what was wrong with it.
fn defects(section: Section, read: &ReadReport) -> Result<Section, ReportError> {
    let mut section = section;
    if read.rows_dropped() > 0 {
        let (dropped, found) = (read.rows_dropped() as f64, read.rows_found as f64);
        let (dropped, found) = (Unit::Count.exact(dropped), Unit::Count.exact(found));
        section = section
            .warning(format!("{dropped} of {found} rows could not be kept, and are in no number."));
    }
    for note in read.notes().into_iter().take(MOST_NOTES) {
        section = section.sentence(note);
    }
    let columns = vec![
        Column::text("Defect"),
        Column::number("Times", Unit::Count).with_bars(),
        Column::number("Rows left out", Unit::Count),
        Column::text("What was done"),
        Column::text("First"),
    ];
    let row = |facts: &DefectFacts| {
        let first = facts.places.first().map(ToString::to_string);
        let (times, dropped) = (facts.count.into(), facts.rows_dropped.into());
        vec![
            facts.defect.name().into(),
            times,
            dropped,
            facts.policy.to_string().into(),
            first.into(),
        ]
    };
    let rows = read.defects.iter().map(row).collect();
    let section = with_table(section, "What was wrong with the table", columns, rows)?;
    let columns =
        vec![Column::text("Table"), Column::text("Form"), Column::number("Rows", Unit::Count)];
    let rows = read.tables.iter().map(|it| {
        let form = [Some(it.format), it.compression].into_iter().flatten();
        let form = form.collect::<Vec<_>>().join(" in ");
        vec![it.name.as_str().into(), form.into(), it.rows.into()]
    });
    with_table(section, "What was read", columns, rows.collect())
}

fn classes(label: &LabelNumbers) -> Result<Section, ReportError> {
    let section = Section::new("Classes");
    let (Some(largest), Some(smallest)) = (label.classes.first(), &label.smallest) else {
        return Ok(section.sentence("There are no rows."));
    };
    let section = section.sentence(balance(label, largest, smallest));
    let names = label.classes.iter().map(|it| it.class.clone()).collect();
    let bars = Bars::of(names, label.classes.iter().map(|it| it.rows as f64).collect());
    let chart = Chart::new("Rows of each class", "Rows by class, the largest first.", bars)?;
    let columns = vec![
        Column::text("Class"),
        Column::number("Rows", Unit::Count).with_bars(),
        Column::number("Of all", Unit::Share),
    ];
    let rows = label.classes.iter();
    let rows = rows.map(|it| vec![it.class.as_str().into(), it.rows.into(), it.share.into()]);
    let section = section.with(chart.x(Axis::new("rows", Unit::Count)));
    with_table(section, "Classes", columns, rows.collect())
}

fn balance(label: &LabelNumbers, largest: &ClassNumbers, smallest: &ClassNumbers) -> String {
    let share = Unit::Share.short(largest.share);
    let rows = |of: &ClassNumbers| Unit::Count.exact(of.rows as f64);
    match label.count {
        1 => format!("All rows are of one class: {}.", largest.class),
        _ => format!(
            "The largest class, {}, has {share} of the rows: whoever always tells it is right as often. The smallest, {}, has {} \
             beside its {}.",
            largest.class,
            smallest.class,
            rows(smallest),
            rows(largest)
        ),
    }
}

fn together(of: &CorrelationNumbers, all: u64) -> Result<Section, ReportError> {
    let mut section = Section::new("Correlations").sentence(
        "1 and −1 are the strongest that there are. Pearson's coefficient asks for a straight line, Spearman's for an order: a \
         few very large cells decide the first and not the second.",
    );
    if of.left_out > 0 {
        let (left, most) = (of.left_out as f64, of.columns.len());
        let left = Unit::Count.exact(left);
        section = section.sentence(format!(
            "Of the columns, the {most} that tell most are looked at; {left} are not."
        ));
    }
    let rows = Unit::Count.exact(of.rows as f64);
    section = section.sentence(match of.rows == all {
        true => format!("Looked at over {rows} rows."),
        false => format!("Looked at over {rows} rows, drawn by chance and always the same ones."),
    });
    let shown = of.columns.len().min(MOST_HEAT);
    let names: Vec<String> = of.columns.iter().take(shown).cloned().collect();
    // Two digits find room in a square.
    let strength =
        |cell: &Option<f64>| cell.map_or(f64::NAN, |cell| (cell.abs() * 100.0).round() / 100.0);
    let values = of.spearman.iter().take(shown);
    let values = values.map(|row| row.iter().take(shown).map(strength).collect()).collect();
    let heat = Heat::of(names.clone(), names, values).in_unit(Unit::Plain);
    let shows = format!(
        "How strongly two columns go together, by Spearman's coefficient whatever its sign: 0 not at all, 1 fully.{}",
        first_of(MOST_HEAT, of.columns.len(), "columns")
    );
    section = section.with(Chart::new("Columns that go together", shows, heat)?);
    let columns = vec![
        Column::text("One"),
        Column::text("Other"),
        Column::number("Pearson", Unit::Plain),
        Column::number("Spearman", Unit::Plain),
    ];
    let rows = of.strongest.iter().map(|it| {
        let names = [&it.one, &it.other].map(|name| Cell::from(name.as_str()));
        names.into_iter().chain([it.pearson.into(), it.spearman.into()]).collect()
    });
    with_table(section, "The strongest pairs", columns, rows.collect())
}

fn outliers(numbers: &TableNumbers, of: &Outliers) -> Result<Section, ReportError> {
    let section = Section::new("Outliers")
        .figure("Outlying cells", of.cells() as f64, Unit::Count)
        .figure("Rows with outliers", of.rows as f64, Unit::Count)
        .figure("Of all rows", share(of.rows as u64, numbers.rows), Unit::Share)
        .sentence(format!(
            "An outlier is a cell more than {} boxes away from the box of its column, which reaches from the lower to the \
             upper quartile. {} without a box are not asked: half of their cells or more are one number.",
            Unit::Plain.exact(of.fences), columns_of(of.unasked.len())
        ));
    let mut most: Vec<_> = of.columns.iter().filter(|it| it.below + it.above > 0).collect();
    most.sort_by_key(|it| std::cmp::Reverse(it.below + it.above));
    if most.is_empty() {
        return Ok(section.sentence("There are none."));
    }
    // Of the cells that are there: those that are missing are no usual ones.
    let known = |name: &str| {
        let column = numbers.columns.iter().find(|it| it.summary.name == name);
        column.map_or(numbers.rows, |it| numbers.rows - it.summary.missing as u64)
    };
    let part = |it: &ColumnOutliers| share((it.below + it.above) as u64, known(&it.column));
    let (names, parts) =
        most.iter().take(MOST_BARS).map(|it| (it.column.clone(), part(it))).unzip();
    let shows = format!(
        "The columns with most outliers, and the share of their cells that are outliers.{}",
        first_of(MOST_BARS, most.len(), "columns")
    );
    let chart = Chart::new("Outliers of columns", shows, Bars::of(names, parts))?;
    let section = section.with(chart.x(Axis::new("cells", Unit::Share)));
    let columns = vec![
        Column::text("Column"),
        Column::number("Below", Unit::Count),
        Column::number("Above", Unit::Count),
        Column::number("Of its cells", Unit::Share).with_bars(),
        Column::number("Least usual", Unit::Plain),
        Column::number("Greatest usual", Unit::Plain),
    ];
    let rows = most.iter().map(|it| {
        let counts = [it.below, it.above].map(|count| Cell::from(count as u64));
        let numbers = [part(it), it.low, it.high].map(Cell::from);
        [it.column.as_str().into()].into_iter().chain(counts).chain(numbers).collect()
    });
    let section = with_table(section, "Columns with outliers", columns, rows.collect())?;
    let columns = vec![
        Column::number("Row", Unit::Count),
        Column::text("Class"),
        Column::number("Outliers", Unit::Count).with_bars(),
        Column::text("The furthest"),
    ];
    let rows = of.strangest.iter().map(|it| {
        let (number, cells) = (it.number as u64, it.cells as u64);
        vec![number.into(), it.class.clone().into(), cells.into(), furthest(it).into()]
    });
    let title = "Rows with most outliers, by their number among the rows that were kept";
    with_table(section, title, columns, rows.collect())
}

fn why(it: &IdentityColumn) -> String {
    match it.reason {
        IdentityReason::Name => "by its name".to_owned(),
        IdentityReason::Distinct { share } => {
            format!("its cells differ in {} of the rows", Unit::Share.short(share))
        }
        _ => String::new(),
    }
}

fn columns_of(count: usize) -> String {
    if count == 1 { "1 column".to_owned() } else { format!("{} columns", self::count(count)) }
}

fn count(number: usize) -> String {
    Unit::Count.exact(number as f64)
}

/// A part of a whole; of nothing, nothing.
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
