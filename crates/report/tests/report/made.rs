//! Charts and pages for tests: every kind, with names that nobody friendly chose.

use netsift_data::TableReader;
use netsift_report::{
    Axis, Bars, Block, Boxes, Cell, Chart, Column, Heat, Histogram, Input, Kind, Lines, Made, Page,
    Quantiles, Row, Scatter, Section, Series, Span, Swarm, Table, TableExplorer, Unit,
};

/// Names as they stand in captures of who wants to be run.
pub(crate) const HOSTILE: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</script><!--<script>",
    "<a href='javascript:alert(1)'>%{x}</a>",
    "]]></style><svg onload=alert(1)>",
    "\u{202e}evil\u{2028}\u{0}\u{1b}[31m",
];

/// 2017-07-07, 14:00 UTC.
pub(crate) const START: f64 = 1_499_436_000.0;

/// A chart of every kind, each with its name.
pub(crate) fn charts() -> Vec<Chart> {
    let chart = |title: &str, shows: &str, kind: Kind| Chart::new(title, shows, kind).unwrap();
    vec![
        chart("Packets over time", "Packets in each second, by transport.", over_time().into())
            .x(Axis::new("", Unit::Time))
            .y(Axis::new("packets per second", Unit::PerSecond)),
        chart("Busiest sources", "Bytes that each host sent.", busiest().into())
            .x(Axis::new("bytes", Unit::Bytes)),
        chart("Packet sizes", "How many packets are how long.", sizes().into())
            .x(Axis::new("bytes", Unit::Bytes))
            .y(Axis::new("packets", Unit::Count)),
        chart("ROC", "How many attacks are found for how many false alarms.", roc().into())
            .x(Axis::new("false positive rate", Unit::Share).range(0.0, 1.0))
            .y(Axis::new("true positive rate", Unit::Share).range(0.0, 1.0)),
        chart(
            "Calibration",
            "What is said to be likely, and how often it is so.",
            calibration().into(),
        )
        .x(Axis::new("said", Unit::Share).range(0.0, 1.0))
        .y(Axis::new("is so", Unit::Share).range(0.0, 1.0)),
        chart("Confusion", "What is taken for what.", confusion().into())
            .x(Axis::new("predicted", Unit::Count))
            .y(Axis::new("true", Unit::Count)),
        chart("Conversations", "Bytes between the busiest hosts.", conversations().into()),
        chart("Metrics by class", "Precision, recall and F1 of each class.", by_class().into())
            .x(Axis::new("", Unit::Share).range(0.0, 1.0)),
        chart("Models", "F1 of each model, with its interval of 95 %.", models().into())
            .x(Axis::new("F1", Unit::Share).range(0.0, 1.0)),
        chart("TCP ends", "How connections end, by service.", ends().into())
            .x(Axis::new("flows", Unit::Count)),
        chart(
            "Contributions",
            "What each column adds to the score of each row.",
            beeswarm().into(),
        )
        .x(Axis::new("contribution", Unit::Plain)),
        chart("Flow durations", "Durations by service.", durations().into()).x(Axis::new(
            "duration",
            Unit::Seconds,
        )
        .log()),
        chart("Flows", "Bytes and packets of flows.", flows().into())
            .x(Axis::new("packets", Unit::Count).log())
            .y(Axis::new("bytes", Unit::Bytes).log()),
    ]
}

/// A page with all of them, and everything else that a page can hold.
pub(crate) fn page() -> Page {
    let made = Made {
        program: "netsift 0.1.0".into(),
        command: format!("netsift explore {} -o report.html", HOSTILE[0]),
        at: Some("2017-07-08 09:00:00 UTC".into()),
        inputs: vec![Input::of("office.pcap", &b"abc"[..]).unwrap()],
    };
    let mut page = Page::new("office.pcap", made);
    page.push(overview());
    for (title, range) in [("Traffic", 0..3), ("Evaluation", 3..10), ("Rows", 10..13)] {
        let section = Section::new(title).sentence("Each chart has its numbers below it.");
        let charts = charts().into_iter().skip(range.start).take(range.len());
        page.push(charts.fold(section, Section::with));
    }
    let hostile = HOSTILE.iter().fold(Section::new(HOSTILE[0]), |section, text| {
        section.sentence(*text).warning(*text).figure(*text, 1.0, Unit::Count)
    });
    page.push(hostile.with(talkers(HOSTILE[2])));
    page
}

/// The page of a table of three classes, whose names and columns nobody friendly chose.
pub(crate) fn table_page() -> Page {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let classes = [HOSTILE[0], "benign", HOSTILE[3]].map(quoted);
    let mut csv = "bytes in,bytes out,packets,rate,flags,proto,same,".to_owned();
    csv += &format!("{},{},label\n", quoted(HOSTILE[1]), quoted(HOSTILE[2]));
    for row in 0..300_usize {
        let class = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2][row % 10];
        let bytes = (class + 1) * 1_000 + row;
        let out = if row == 100 { 9_000_000 } else { bytes * (2 + row % 3) };
        let rate = if row % 50 == 7 { String::new() } else { (row % 97).to_string() };
        let text = quoted(HOSTILE[row % HOSTILE.len()]);
        csv += &format!("{bytes},{out},{},{rate},{},", row % 23, row % 2);
        csv += &format!("{},1,{text},{},{}\n", ["tcp", "udp"][row % 2], row % 7, classes[class]);
    }
    let (data, read) = TableReader::new().label("label").read(csv.as_bytes()).unwrap();
    let numbers = TableExplorer::new().look(&data, Some(read)).unwrap();
    let made = Made { program: "netsift 0.1.0".into(), ..Made::default() };
    numbers.page(HOSTILE[0], made).unwrap()
}

fn overview() -> Section {
    let details = vec![Block::Sentence("Counted in the order of the file.".into())];
    Section::new("Overview")
        .sentence(
            "23 hosts exchanged 48.3 MB in 10 minutes; one of them sent more than half of it.",
        )
        .warning("12 packets are cut short: what they held is not known.")
        .figure("Packets", 83_123.0, Unit::Count)
        .figure("Bytes", 48_300_417.0, Unit::Bytes)
        .figure("Duration", 600.0, Unit::Seconds)
        .figure("Flows", 1_204.0, Unit::Count)
        .figure("Hosts", 23.0, Unit::Count)
        .figure("Anomalies", 0.021, Unit::Share)
        .with(talkers("Busiest hosts"))
        .with(Block::Details("What is counted".into(), details))
}

fn talkers(title: &str) -> Table {
    let columns = vec![
        Column::text("Address"),
        Column::text("Name"),
        Column::number("Packets", Unit::Count),
        Column::number("Bytes", Unit::Bytes).with_bars(),
        Column::number("Share", Unit::Share),
        Column::number("First seen", Unit::Time),
    ];
    let mut table = Table::new(title, columns);
    for at in 0..20_u32 {
        let bytes = f64::from(26_000_000 / (at + 1).pow(2));
        let name = HOSTILE.get(at as usize).copied().unwrap_or("host.example.org");
        table
            .push(vec![
                format!("192.0.2.{at}").into(),
                name.into(),
                (bytes / 540.0).round().into(),
                bytes.into(),
                (bytes / 48_300_417.0).into(),
                if at == 7 { Cell::Absent } else { (START + f64::from(at * 13)).into() },
            ])
            .unwrap();
    }
    table.of_total(1_234)
}

/// A wave that is the same in every run.
fn wave(at: usize, size: f64) -> f64 {
    let at = at as f64;
    size * (1.5 + (at / 17.0).sin() + 0.5 * (at * 1.3).sin().abs())
}

fn over_time() -> Lines {
    let series = |name: &str, size: f64| {
        let point = |at: usize| (START + at as f64, wave(at, size).round());
        Series::new(name, (0..600).map(point).collect()).in_steps()
    };
    Lines::of(vec![series("TCP", 120.0), series("UDP", 40.0), series(HOSTILE[3], 5.0)])
}

fn names(count: usize) -> Vec<String> {
    let name =
        |at: usize| HOSTILE.get(at).map_or(format!("host-{at}.example.org"), ToString::to_string);
    (0..count).map(name).collect()
}

fn classes() -> Vec<String> {
    ["benign", "brute force", "DoS", "port scan", "web attack"].map(str::to_owned).to_vec()
}

fn busiest() -> Bars {
    Bars::of(names(12), (1..=12).map(|at| 26e6 / f64::from(at * at)).collect())
}

fn sizes() -> Histogram {
    let count = |at: usize| if at == 36 { 30_000.0 } else { wave(at, 9_000.0 / (1.0 + at as f64)) };
    Histogram::of((0..=37).map(|at| f64::from(at * 41)).collect(), (0..37).map(count).collect())
}

fn roc() -> Lines {
    let curve = |name: &str, power: f64| {
        let point = |at: i32| (f64::from(at) / 100.0, (f64::from(at) / 100.0).powf(power));
        Series::new(name, (0..=100).map(point).collect())
    };
    let curves =
        vec![curve("forest, 0.94", 0.07), curve("kNN, 0.88", 0.14), curve("SVM, 0.81", 0.24)];
    Lines::of(curves).with_reference((0.0, 0.0), (1.0, 1.0))
}

fn calibration() -> Lines {
    let said: Vec<f64> = (0..10).map(|at| f64::from(at) / 10.0 + 0.05).collect();
    let is_so: Vec<f64> = said.iter().map(|said| said.powf(1.3)).collect();
    let points = said.iter().copied().zip(is_so.iter().copied()).collect();
    let band = |by: f64| is_so.iter().map(|is_so| (is_so + by).clamp(0.0, 1.0)).collect();
    let series = Series::new("forest", points).with_band(band(-0.06), band(0.06));
    Lines::of(vec![series]).with_reference((0.0, 0.0), (1.0, 1.0))
}

fn confusion() -> Heat {
    let cell = |row: usize, column: usize| match row == column {
        true => 4_000.0 / (row + 1) as f64,
        false => ((row * 7 + column * 3) % 5 * 11) as f64,
    };
    let row = |row| (0..5).map(|column| cell(row, column)).collect();
    Heat::of(classes(), classes(), (0..5).map(row).collect())
}

fn conversations() -> Heat {
    let cell = |row: usize, column: usize| match (row * 5 + column * 3) % 7 {
        0 if row != column => 10_f64.powi((row + column) as i32 % 7),
        _ => 0.0,
    };
    let row = |row| (0..20).map(|column| cell(row, column)).collect();
    Heat::of(names(20), names(20), (0..20).map(row).collect()).in_unit(Unit::Bytes).log()
}

fn by_class() -> Bars {
    let of = |name: &str, less: f64| {
        (name.to_owned(), (0..5).map(|at| 0.99 - less * f64::from(at)).collect())
    };
    Bars::grouped(classes(), vec![of("precision", 0.02), of("recall", 0.07), of("F1", 0.045)])
}

fn models() -> Bars {
    let values = [0.97, 0.95, 0.83, 0.61];
    let names = ["forest", "boosting", "kNN", "baseline"].map(str::to_owned).to_vec();
    let span = |value: f64| Span { low: value - 0.03, high: (value + 0.02).min(1.0) };
    Bars::of(names, values.to_vec()).with_spans(values.map(span).to_vec())
}

fn ends() -> Bars {
    let names = ["https", "ssh", "smtp"].map(str::to_owned).to_vec();
    let series =
        [("closed", [300.0, 40.0, 12.0]), ("reset", [80.0, 9.0, 0.0]), ("open", [12.0, 20.0, 1.0])];
    Bars::stacked(names, series.map(|(name, values)| (name.to_owned(), values.to_vec())).to_vec())
}

fn beeswarm() -> Swarm {
    let row = |at: usize| {
        let dot = |nth: usize| {
            let shade = (nth * 37 % 101) as f64 / 100.0;
            ((shade - 0.45) / (at + 1) as f64 + 0.05 * (nth as f64).sin(), shade)
        };
        Row::new(names(8)[at].as_str(), (0..400).map(dot).collect())
    };
    Swarm::of((0..8).map(row).collect())
}

fn durations() -> Boxes {
    let of = |name: &str, by: f64| {
        let all: Vec<f64> = (1..200).map(|at| by * f64::from(at).powi(3) / 1e4).collect();
        (name.to_owned(), Quantiles::of(&all).unwrap())
    };
    Boxes::of(vec![of("dns", 0.01), of("https", 4.0), of("ssh", 60.0), of(HOSTILE[1], 1.0)])
}

fn flows() -> Scatter {
    let dots = |from: usize, size: f64| {
        let dot = |at: usize| {
            let packets = 1.0 + (at * at % 997) as f64;
            (packets, packets * size * (1.0 + (at as f64).sin().abs()))
        };
        (from..from + 300).map(dot).collect()
    };
    Scatter::of(vec![("normal".into(), dots(0, 700.0)), ("anomalous".into(), dots(500, 40.0))])
}
