use netsift_data::TableReader;

use super::*;
use crate::{Block, Look, MOST_STATIC, Made, Page};

/// Names and texts as they come from whoever wants to be run or to steer a terminal.
const HOSTILE: [&str; 3] =
    ["<script>alert(1)</script>", "\u{1b}[31mred\u{202e}", "</title><img src=x onerror=alert(1)>"];

fn explored(csv: &str) -> TableNumbers {
    let reader = TableReader::new().header(true).label_like(["label"]);
    let (data, read) = reader.read(csv.as_bytes()).unwrap();
    TableExplorer::new().look(&data, Some(read)).unwrap()
}

/// The page of a table; it has its bounds and nothing in it steers anything.
fn page(numbers: &TableNumbers) -> (Page, String) {
    let page = numbers.page("table", Made::default()).unwrap();
    let html = page.render(Look::Static).unwrap();
    assert!(html.len() <= MOST_STATIC, "{} bytes", html.len());
    assert!(!html.contains("<script>alert") && !html.contains("<img"));
    assert!(!html.contains(['\u{1b}', '\u{202e}']));
    (page, html)
}

fn has_section(page: &Page, title: &str) -> bool {
    page.sections().iter().any(|section| section.title() == title)
}

/// A hundred rows: one column that tells the label, one that tells nothing, one that is constant, texts, and far cells.
fn ordinary() -> String {
    let mut csv = "telling,nothing,same,proto,Src IP,label\n".to_owned();
    for row in 0..100 {
        let class = if row % 4 == 0 { "scan" } else { "benign" };
        let telling = if row % 4 == 0 { 9 } else { row % 5 };
        let nothing = if row == 50 { 1_000_000 } else { row * 7 % 13 };
        let proto = ["tcp", "udp"][row % 2];
        csv += &format!("{telling},{nothing},1,{proto},10.0.0.{row},{class}\n");
    }
    csv
}

#[test]
fn a_table_is_told_with_all_that_is_in_it() {
    let numbers = explored(&ordinary());
    assert_eq!((numbers.rows, numbers.cells.all, numbers.columns.len()), (100, 500, 5));
    let label = numbers.label.as_ref().unwrap();
    assert_eq!((label.column.as_deref(), label.count), (Some("label"), 2));
    assert_eq!((label.classes[0].rows, label.smallest.as_ref().unwrap().rows), (75, 25));
    assert_eq!(numbers.constant, ["same"]);
    let informations: Vec<f64> = numbers.columns.iter().filter_map(|it| it.information).collect();
    assert!(informations[0] > 0.9 * label.entropy && informations[2] == 0.0, "{informations:?}");
    let strange = &numbers.outliers.strangest[0];
    assert_eq!((strange.number, strange.class.as_deref()), (51, Some("benign")));
    let telling: Vec<_> = numbers.leakage.telltales.iter().map(|it| it.column.as_str()).collect();
    assert_eq!(telling, ["telling"]);
    assert_eq!(numbers.leakage.identities[0].column, "Src IP");

    let (page, html) = page(&numbers);
    let titles: Vec<_> = page.sections().iter().map(crate::Section::title).collect();
    let expected = [
        "Overview",
        "Classes",
        "What tells the label",
        "Columns",
        "How columns are spread",
        "Correlations",
        "Outliers",
        "Leakage",
        "Constant columns",
    ];
    assert_eq!(titles, expected);
    for said in [
        "The largest class, benign, has 75 % of the rows",
        "1 column nearly give",
        "nothing 1,000,000 (",
        "by its name",
    ] {
        assert!(html.contains(said), "{said}");
    }
}

#[test]
fn without_labels_all_is_told_that_needs_none() {
    let numbers = explored(&ordinary().replace("label", "other"));
    assert!(numbers.label.is_none() && numbers.columns.iter().all(|it| it.information.is_none()));
    assert_eq!((numbers.equal.over_classes, numbers.leakage.test_rows), (None, 0));
    assert_eq!(numbers.leakage.identities.len(), 1);
    let (page, html) = page(&numbers);
    assert!(!has_section(&page, "Classes") && has_section(&page, "Correlations"));
    assert!(html.contains("No column of labels is known"));
    assert!(html.contains("How many cells are how large."), "histograms of all rows");
}

#[test]
fn rows_that_are_equal_and_their_classes_are_counted() {
    let csv = "a,b,label\n1,x,ok\n1,x,ok\n1,x,scan\n2,y,ok\n2,y,ok\n3,z,ok\n";
    let numbers = explored(csv);
    assert_eq!(numbers.equal, EqualNumbers { repeated: 3, over_classes: Some(3) });
    let (_, html) = page(&numbers);
    assert!(html.contains("3 rows have an equal one of another class"));
}

#[test]
fn columns_that_identify_rows_do_not_hide_that_they_are_equal() {
    let rows = |row: usize| format!("{row},{},{}\n", row % 3, ["a", "b", "c", "c"][row % 4]);
    let numbers = explored(&("uid,b,label\n".to_owned() + &(0..12).map(rows).collect::<String>()));
    assert_eq!(numbers.equal, EqualNumbers { repeated: 0, over_classes: Some(0) });
    let features = EqualNumbers { repeated: 9, over_classes: Some(12) };
    assert_eq!(numbers.equal_features, Some(features));
    let (page, html) = page(&numbers);
    assert!(html.contains("9 rows repeat another, but for columns that seem to say who or when."));
    assert!(html.contains("12 rows have an equal one of another class, but for"));
    let charts: Vec<_> = page.charts().iter().map(|chart| chart.title().to_owned()).collect();
    assert!(
        charts.iter().any(|it| it == "b") && !charts.iter().any(|it| it == "uid"),
        "{charts:?}"
    );
}

#[test]
fn what_was_left_out_is_told() {
    let (_, html) = page(&explored("a,label\n1,x\n2\n3,y\nInfinity,x\n"));
    assert!(html.contains("1 of 4 rows could not be kept"), "{html}");
    assert!(html.contains("too-short") && html.contains("infinite"));
}

#[test]
fn tables_of_next_to_nothing_have_a_page() {
    let missing = "a,b,label\n,,x\n,,y\n,,x\n";
    for (csv, said) in [
        ("a,b,label\n", "There are no rows."),
        ("a,b,label\n1,2,x\n", "All rows are of one class: x."),
        ("label\nx\ny\n", "There are no columns beside the label."),
        (missing, "nothing: all cells are missing"),
    ] {
        let numbers = explored(csv);
        let (page, html) = page(&numbers);
        assert!(html.contains(said), "{said}: {html}");
        assert!(!has_section(&page, "Correlations"), "{csv}");
        assert!(serde_json::to_string(&numbers).is_ok());
        assert!(page.text(80).starts_with("table\n"));
    }
}

#[test]
fn what_is_hostile_is_text_and_bounded() {
    // A row of three of them is not too long to be read.
    let long = "x".repeat(300_000);
    let [script, ansi, image] = HOSTILE;
    let mut csv = format!("{script},{ansi},{image},label\n");
    for row in 0..40 {
        csv +=
            &format!("{row},{script}{row},{ansi},{image}\n{row},{ansi},{script},{script}{row}\n");
    }
    csv += &format!("1,{long},{long},{long}\n");
    let numbers = explored(&csv);
    assert_eq!(numbers.rows, 81);
    let (page, html) = page(&numbers);
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    let json = serde_json::to_string(&numbers).unwrap();
    assert!(json.len() < 250_000, "{} bytes of JSON", json.len());
    assert!(!page.text(100).contains('\u{1b}'));
}

#[test]
fn thousands_of_columns_and_classes_are_bounded() {
    let names: Vec<String> = (0..5_000).map(|at| format!("column {at}")).collect();
    let mut csv = names.join(",") + ",label\n";
    for row in 0..12_u64 {
        let cells = (0..5_000_u64).map(|at| ((row * 7_919 + at * 31) % (at + 5)).to_string());
        csv += &(cells.collect::<Vec<_>>().join(",") + if row % 2 == 0 { ",a\n" } else { ",b\n" });
    }
    let numbers = explored(&csv);
    let correlations = numbers.correlations.as_ref().unwrap();
    assert!(correlations.columns.len() <= 200 && correlations.left_out > 4_000);
    let told = numbers.columns.iter().filter(|it| it.distribution.is_some()).count();
    assert_eq!((numbers.columns.len(), told), (5_000, MOST_SPREAD));
    let (_, html) = page(&numbers);
    assert!(html.contains("5,000 rows</small>"), "how many columns there are");

    let classes: String = (0..10_000).map(|row| format!("{row},{},c{row}\n", row % 7)).collect();
    let numbers = explored(&format!("a,b,label\n{classes}"));
    let label = numbers.label.as_ref().unwrap();
    assert_eq!((label.count, label.classes.len()), (10_000, MOST_CLASSES));
    page(&numbers);
}

#[test]
fn outliers_are_a_table_of_their_own() {
    let numbers = explored(&ordinary());
    let csv = String::from_utf8(numbers.outliers_to_csv(Vec::new()).unwrap()).unwrap();
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("Row,Class,Outliers,Furthest"));
    assert!(lines.next().unwrap().starts_with("51,benign,1,\"nothing 1,000,000 ("), "{csv}");
    assert_eq!(lines.next(), None);
}

#[test]
fn charts_are_few_and_settings_are_checked() {
    let numbers = explored(&ordinary());
    let page = numbers.page("t", Made::default()).unwrap();
    let of = |title: &str| {
        let section = page.sections().iter().find(|section| section.title() == title).unwrap();
        section.blocks().iter().filter(|block| matches!(block, Block::Chart(_))).count()
    };
    assert_eq!((of("How columns are spread"), of("Correlations"), of("Classes")), (3, 1, 1));
    assert!(TableExplorer::new().top(0).is_err() && TableExplorer::new().top(7).is_ok());
}
