//! Tables of the shared folder: what is read of them is what pandas reads and what their README counts.

use std::path::Path;

use netsift_data::{Dataset, Defect, Description, Policy, ReadReport, TableReader};
use serde_json::Value;

use crate::shared;

/// Sums are of up to 65,532 numbers, added in another order.
const SAME_SUM: f64 = 1e-9;
const PANDAS: &str = include_str!("tables/pandas.json");

#[test]
fn every_table_is_read_as_pandas_reads_it() {
    let Some(data) = shared("data") else { return };
    let tables: Value = serde_json::from_str(PANDAS).unwrap();
    let tables = tables.as_object().unwrap();
    assert!(tables.len() > 30, "only {} tables", tables.len());
    for (name, told) in tables {
        // Infinities stay, since pandas keeps them; so do rows without a label.
        let reader = TableReader::new().on(Defect::Infinite, Policy::Keep);
        let (dataset, report) = reader.read_path(data.join(name)).unwrap();
        assert_eq!(dataset.rows() as u64, told["rows"].as_u64().unwrap(), "{name}");
        assert_eq!(report.rows_dropped(), 0, "{name}");
        assert_eq!(report.count(Defect::Duplicate), told["duplicates"].as_u64().unwrap(), "{name}");
        let columns = told["columns"].as_array().unwrap();
        assert_eq!(dataset.width(), columns.len(), "{name}");
        for (place, column) in columns.iter().enumerate() {
            same_column(name, &dataset, place, column);
        }
        same_labels(name, &data.join(name), told);
    }
}

fn same_column(name: &str, dataset: &Dataset, place: usize, told: &Value) {
    let field = &dataset.schema().fields()[place];
    let cells = dataset.column(place).unwrap();
    let at = format!("{name}: {}", field.name);
    let missing = cells.iter().filter(|cell| cell.is_nan()).count();
    assert_eq!(missing as u64, told["missing"].as_u64().unwrap(), "{at}");
    let Some(sum) = told["sum"].as_f64() else {
        assert_eq!(field.texts().unwrap().len() as u64, told["texts"].as_u64().unwrap(), "{at}");
        return;
    };
    // Of what a column holds that is empty, pandas says numbers; a log says by itself.
    assert!(field.texts().is_none() || missing == cells.len(), "{at}");
    let infinite = cells.iter().filter(|cell| cell.is_infinite()).count();
    assert_eq!(infinite as u64, told["infinite"].as_u64().unwrap(), "{at}");
    let read: f64 = cells.iter().filter(|cell| cell.is_finite()).sum();
    assert!((read - sum).abs() <= SAME_SUM * sum.abs().max(1.0), "{at}: {read} is not {sum}");
}

fn same_labels(name: &str, path: &Path, told: &Value) {
    let labels = told["labels"].as_object().unwrap();
    if labels.is_empty() {
        return;
    }
    let label = match name {
        _ if name.starts_with("nsl_kdd") => "column 42",
        _ if name.starts_with("firewall") => "action",
        _ if name.contains("arff") => "class1",
        _ => "LABEL",
    };
    let (dataset, _) = TableReader::new().label(label).read_path(path).unwrap();
    let read = dataset.labels().unwrap();
    let counts = read.classes().names().zip(read.counts()).filter(|(_, count)| *count > 0);
    let counts: Vec<(String, u64)> =
        counts.map(|(class, count)| (class.to_owned(), count as u64)).collect();
    let mut expected: Vec<(String, u64)> =
        labels.iter().map(|(class, count)| (class.clone(), count.as_u64().unwrap())).collect();
    // Listed classes keep the order of their list.
    let mut counts = counts;
    counts.sort();
    expected.sort();
    assert_eq!(counts, expected, "{name}");
}

fn read(below: &str, reader: TableReader) -> Option<(Dataset, ReadReport)> {
    let path = shared("data")?.join(below);
    Some(reader.read_path(path).unwrap())
}

fn classes(dataset: &Dataset) -> Vec<(String, usize)> {
    let labels = dataset.labels().unwrap();
    labels.classes().names().map(str::to_owned).zip(labels.counts()).collect()
}

/// The counts of the README.
#[test]
fn the_firewall_is_read_by_its_description() {
    let reader = TableReader::new().description(Description::uci_firewall());
    let Some((dataset, report)) = read("firewall/log2.csv.zst", reader) else { return };
    let expected = [("allow", 37_640), ("deny", 14_987), ("drop", 12_851), ("reset-both", 54)];
    assert_eq!(classes(&dataset), expected.map(|(class, count)| (class.to_owned(), count)));
    assert_eq!((dataset.rows(), dataset.width()), (65_532, 11));
    assert_eq!((report.count(Defect::Duplicate), report.contradictions), (8_362, 9));
}

#[test]
fn nsl_kdd_is_read_by_its_description() {
    let reader = TableReader::new().description(Description::nsl_kdd());
    let Some((dataset, report)) = read("nsl_kdd/KDDTrain+_20Percent.txt.zst", reader) else {
        return;
    };
    assert_eq!((dataset.rows(), dataset.width()), (25_192, 41));
    let defects: Vec<Defect> = report.defects.iter().map(|facts| facts.defect).collect();
    assert_eq!(defects, [Defect::Conflict]);
    assert_eq!((report.count(Defect::Conflict), report.contradictions), (1, 1));
    let classes = classes(&dataset);
    assert_eq!(classes.len(), 22);
    assert!(classes.contains(&("normal".to_owned(), 13_449)));
    assert!(classes.contains(&("neptune".to_owned(), 8_282)));
    let texts: Vec<&str> = (dataset.schema().fields().iter())
        .filter(|field| field.texts().is_some())
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(texts, ["protocol_type", "service", "flag"]);
}

#[test]
fn defects_are_those_that_are_known() {
    let reader = TableReader::new().label("label");
    let Some((dataset, report)) = read("nettrafficanalyzerml/Final_Dataset.csv", reader) else {
        return;
    };
    assert_eq!((dataset.rows(), dataset.width()), (3_000, 83));
    assert_eq!((report.count(Defect::NotANumber), report.count(Defect::Infinite)), (1, 13));
    assert_eq!((report.count(Defect::ByteOrderMark), report.count(Defect::Duplicate)), (1, 213));
    let named = TableReader::new().label("class1").on(Defect::EmptyLabel, Policy::Keep);
    let Some((dataset, _)) = read("iscxvpn2016/A1-60s-VPN-vs-NonVPN.arff.zst", named) else {
        return;
    };
    let expected = [("Non-VPN", 8_580), ("VPN", 6_935), ("", 1)];
    assert_eq!(classes(&dataset), expected.map(|(class, count)| (class.to_owned(), count)));
}

#[test]
fn sixteen_tables_are_one() {
    let Some(folder) = shared("data/cicids2017_improved") else { return };
    let mut paths: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "zst"));
    paths.sort();
    let ids =
        ["id", "Flow ID", "Src IP", "Src Port", "Dst IP", "Dst Port", "Protocol", "Timestamp"];
    let reader = TableReader::new().label("Label").drop(ids);
    let (dataset, report) = reader.read_paths(&paths).unwrap();
    assert_eq!((dataset.rows(), dataset.width(), paths.len()), (43_419, 82, 16));
    assert_eq!(classes(&dataset).len(), 16);
    assert!(classes(&dataset).contains(&("Heartbleed".to_owned(), 11)));
    assert_eq!(report.count(Defect::Duplicate), 8_610);
    let times = TableReader::new().time("Timestamp").group("Src IP").label("Label");
    let (dataset, _) = times.read_paths(&paths).unwrap();
    // From Monday, 3 July 2017, to Friday.
    let times = dataset.times().unwrap();
    let days = |nanos: &i64| nanos / 86_400_000_000_000;
    assert!(times.iter().map(days).all(|day| (17_350..=17_354).contains(&day)));
}
