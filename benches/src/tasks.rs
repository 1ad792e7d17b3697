//! Real tables to judge models on: how each is read, and what is left out because it would give the label away.

use std::path::Path;

use ndarray::Array2;
use netsift_data::prepare::{Fill, Finite, Impute, LabelMap, OneHot, Otherwise, Scale};
use netsift_data::split::{Shares, Split};
use netsift_data::{
    Chance, DataError, Dataset, Description, Labels, Plan, Preparation, Schema, TableReader,
};

/// A table, and how its rows are shared out.
pub struct Task {
    /// Its name.
    pub name: &'static str,
    tables: &'static [&'static str],
    reader: fn() -> TableReader,
    /// Whether one day is judged by what the others taught, instead of rows by other rows.
    by_day: bool,
}

/// Rows to learn from and to be judged by, as they are and scaled by what was learned of the first.
pub struct Round {
    /// As they are, but for cells that are no finite number: 0.
    pub raw: [Dataset; 2],
    /// The same with a mean of 0 and a deviation of 1.
    pub scaled: [Dataset; 2],
}

/// Monday, 3 July 2017, in nanoseconds since the epoch: the first of five days.
const MONDAY: i64 = 1_499_040_000_000_000_000;
const DAY: i64 = 86_400_000_000_000;
const DAYS: u64 = 5;

const TRAFFIC: [&str; 20] = [
    "Flow ID",
    "Src IP",
    "Src Port",
    "Dst IP",
    "Dst Port",
    "Protocol",
    "Timestamp",
    "Fwd Byts/b Avg",
    "Fwd Pkts/b Avg",
    "Fwd Blk Rate Avg",
    "Bwd Byts/b Avg",
    "FIN Flag Cnt",
    "SYN Flag Cnt",
    "RST Flag Cnt",
    "URG Flag Cnt",
    "CWE Flag Count",
    "ECE Flag Cnt",
    "Fwd PSH Flags",
    "Bwd PSH Flags",
    "Fwd URG Flags",
];

/// All of them.
pub const TASKS: &[Task] = &[
    Task {
        name: "firewall",
        tables: &["firewall/log2.csv.zst"],
        reader: || TableReader::new().description(Description::uci_firewall()),
        by_day: false,
    },
    Task {
        name: "nettrafficanalyzerml",
        tables: &["nettrafficanalyzerml/Final_Dataset.csv"],
        reader: || TableReader::new().label("Label").drop(TRAFFIC).drop(["Bwd URG Flags"]),
        by_day: false,
    },
    Task {
        name: "iscxvpn A1-15s",
        tables: &["iscxvpn2016/A1-15s-VPN-vs-NonVPN.arff.zst"],
        reader: || TableReader::new().label("class1"),
        by_day: false,
    },
    Task {
        name: "iscxvpn A2-15s",
        tables: &["iscxvpn2016/A2-15s-NO-VPN.arff.zst", "iscxvpn2016/A2-15s-VPN.arff.zst"],
        reader: || TableReader::new().label("class1"),
        by_day: false,
    },
    Task {
        name: "isctor B-10s",
        tables: &["isctor2016/B-10s-Layer2.csv.zst"],
        reader: || {
            let addresses = ["Source IP", "Source Port", "Destination IP", "Destination Port"];
            TableReader::new().label("label").drop(addresses)
        },
        by_day: false,
    },
    Task { name: "cicids 16 classes", tables: CICIDS, reader: statistics, by_day: false },
    Task { name: "cicids by day", tables: CICIDS, reader: statistics, by_day: true },
    Task {
        name: "nsl_kdd",
        tables: &["nsl_kdd/KDDTrain+_20Percent.txt.zst"],
        reader: || TableReader::new().description(Description::nsl_kdd()),
        by_day: false,
    },
];

const CICIDS: &[&str] = &[
    "cicids2017_improved/BENIGN_5000.csv.zst",
    "cicids2017_improved/Botnet_736.csv.zst",
    "cicids2017_improved/DDoS_5000.csv.zst",
    "cicids2017_improved/DoS_GoldenEye_5000.csv.zst",
    "cicids2017_improved/DoS_Hulk_5000.csv.zst",
    "cicids2017_improved/DoS_Slowhttptest_1740.csv.zst",
    "cicids2017_improved/DoS_Slowloris_3859.csv.zst",
    "cicids2017_improved/FTP-Patator_3972.csv.zst",
    "cicids2017_improved/Heartbleed_11.csv.zst",
    "cicids2017_improved/Infiltration_-_Portscan_5000.csv.zst",
    "cicids2017_improved/Infiltration_36.csv.zst",
    "cicids2017_improved/Portscan_5000.csv.zst",
    "cicids2017_improved/SSH-Patator_2961.csv.zst",
    "cicids2017_improved/Web_Attack_-_Brute_Force_73.csv.zst",
    "cicids2017_improved/Web_Attack_-_SQL_Injection_13.csv.zst",
    "cicids2017_improved/Web_Attack_-_XSS_18.csv.zst",
];

/// What the flows are like, not whose they are.
fn statistics() -> TableReader {
    let whose = [
        "id",
        "Flow ID",
        "Src IP",
        "Src Port",
        "Dst IP",
        "Dst Port",
        "Protocol",
        "Attempted Category",
    ];
    TableReader::new().label("Label").time("Timestamp").drop(whose)
}

impl Task {
    /// All its rows, as numbers.
    ///
    /// # Errors
    /// What reading says.
    pub fn rows(&self, data: &Path) -> Result<Dataset, DataError> {
        let paths: Vec<_> = self.tables.iter().map(|table| data.join(table)).collect();
        let (rows, _) = (self.reader)().read_paths(&paths)?;
        let plans: Vec<Plan> = if self.by_day {
            vec![LabelMap::new(Otherwise::Become("attack".into())).rule("BENIGN", "benign").into()]
        } else {
            Vec::new()
        };
        Ok(Preparation::fit(&plans, &rows)?.1)
    }

    /// Three quarters to learn from and one to be judged by; or four days and one, which is another for each of five seeds.
    ///
    /// # Errors
    /// What splitting or preparing says.
    pub fn round(&self, rows: &Dataset, seed: u64) -> Result<Round, DataError> {
        let [training, judged] = if self.by_day {
            let held = (seed % DAYS) as i64;
            let is_held = |row: &usize| {
                rows.times().is_some_and(|times| (times[*row] - MONDAY).div_euclid(DAY) == held)
            };
            let (held, others): (Vec<_>, Vec<_>) = (0..rows.rows()).partition(is_held);
            [rows.select(&others)?, rows.select(&held)?]
        } else {
            let split = Split::stratified(seed).allow_rare(true);
            let [training, _, judged] = split.parts(rows, Shares::test(0.25)?)?.datasets(rows)?;
            [training, judged]
        };
        let clean: [Plan; 3] =
            [Finite::new().into(), Impute::new(Fill::Number(0.0)).into(), OneHot::new().into()];
        let (cleaned, raw) = Preparation::fit(&clean, &training)?;
        let raw = [raw, cleaned.apply(judged)?];
        let (scaling, scaled) = Preparation::fit(&[Scale::standard().into()], &raw[0])?;
        let scaled = [scaled, scaling.apply(raw[1].clone())?];
        Ok(Round { raw, scaled })
    }
}

/// 75,000 rows of 77 columns to learn from and 25,000 to be judged by, of two classes that a third of the columns tell
/// of, each a little and some only together.
///
/// # Errors
/// Never, but for memory.
pub fn synthetic(seed: u64) -> Result<Round, DataError> {
    const ROWS: usize = 100_000;
    const COLUMNS: usize = 77;
    let mut chance = Chance::seeded(seed);
    let mut names = Vec::with_capacity(ROWS);
    let mut cells = Vec::with_capacity(ROWS * COLUMNS);
    for _ in 0..ROWS {
        let is_attack = chance.unit() < 0.5;
        let turned = chance.unit() < 0.5;
        names.push(if is_attack { "attack" } else { "benign" });
        for column in 0..COLUMNS {
            // Near to a normal distribution, and cheap.
            let noise = (0..4).map(|_| chance.unit()).sum::<f64>() - 2.0;
            let told = match column % 3 {
                0 if column % 2 == 0 => f64::from(u8::from(is_attack)) * 0.1,
                0 => f64::from(u8::from(is_attack != turned)) * 0.4,
                1 if column < 9 => f64::from(u8::from(turned)),
                _ => 0.0,
            };
            cells.push(told + noise);
        }
    }
    let matrix = Array2::from_shape_vec((ROWS, COLUMNS), cells).unwrap_or_default();
    let schema = Schema::numbers((0..COLUMNS).map(|column| format!("feature {column}")))?;
    let rows = Dataset::new(schema, matrix)?.with_labels(Labels::of(names))?;
    let (training, judged) = (rows.slice(0..75_000), rows.slice(75_000..ROWS));
    let (scaling, scaled) = Preparation::fit(&[Scale::standard().into()], &training)?;
    let scaled = [scaled, scaling.apply(judged.clone())?];
    Ok(Round { raw: [training, judged], scaled })
}
