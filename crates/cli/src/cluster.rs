//! `netsift cluster`: rows without labels, grouped by what is near what.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use netsift::data::{Dataset, Labels, Layout, Preparation};
use netsift::models::smartcore::KMeans;
use netsift::models::{Dbscan, Needs, Points};

use crate::bar::Bar;
use crate::failure::{Failure, tell_table};
use crate::figures;
use crate::files::{Files, draft, interrupted};
use crate::form;
use crate::interrupt::Interrupt;
use crate::table::Table;
use crate::tables::known::threads;
use crate::tables::{Cleaning, Columns, Steps, read, told};
use crate::terminal::printable;

/// Clusters that are told one by one, the largest.
const SHOWN: usize = 20;
/// What rows are called that are in no cluster.
const NOISE: &str = "noise";
/// The heading of the column of clusters.
const CLUSTER: &str = "Cluster";

/// The cluster of each row, if it is in one.
type OfRows = Vec<Option<u32>>;

/// Group rows without labels, by what is near what
///
/// Columns are brought to one size first, unless steps say otherwise; texts become columns of zeros and ones.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Cluster {
    /// Tables, patterns of their names, or - for standard input
    #[arg(required = true, value_name = "TABLE")]
    tables: Vec<PathBuf>,

    /// Where to write the rows with their clusters [default: nowhere]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    way: Way,

    #[command(flatten)]
    columns: Columns,

    #[command(flatten)]
    steps: Steps,

    #[command(flatten)]
    cleaning: Cleaning,

    #[command(flatten)]
    form: form::Wanted,

    /// How many threads read and group [default: as many as the machine has]
    #[arg(short, long, value_name = "N")]
    threads: Option<usize>,

    /// Say nothing but what goes wrong
    #[arg(short, long)]
    quiet: bool,
}

/// How rows are grouped.
#[derive(Args)]
#[command(next_help_heading = "Method")]
struct Way {
    /// How rows are grouped
    #[arg(long, value_name = "NAME", default_value = "dbscan")]
    method: Method,

    /// Of dbscan: how near rows have to be to be neighbours [default: 0.5]
    #[arg(long, value_name = "DISTANCE")]
    eps: Option<f64>,

    /// Of dbscan: how many neighbours a row needs, itself counted, to make a cluster [default: 5]
    #[arg(long, value_name = "N")]
    min_points: Option<usize>,

    /// Of smartcore/k-means: how many clusters [default: 2]
    #[arg(long, value_name = "K")]
    clusters: Option<usize>,

    /// Of smartcore/k-means: how often centres move at most [default: 100]
    #[arg(long, value_name = "N")]
    turns: Option<usize>,

    /// Of smartcore/k-means: what decides which rows are the first centres [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    /// Rows with many others nearby, and what is near those; other rows are noise
    Dbscan,
    /// All rows, each around the nearest of so many centres
    #[value(name = "smartcore/k-means")]
    KMeans,
}

impl Way {
    /// Refuses settings of the other method.
    fn check(&self) -> Result<(), Failure> {
        let (of, others) = match self.method {
            Method::Dbscan => (
                "smartcore/k-means",
                [
                    ("--clusters", self.clusters.is_some()),
                    ("--turns", self.turns.is_some()),
                    ("--seed", self.seed.is_some()),
                ]
                .to_vec(),
            ),
            Method::KMeans => (
                "dbscan",
                [("--eps", self.eps.is_some()), ("--min-points", self.min_points.is_some())]
                    .to_vec(),
            ),
        };
        match others.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(Failure::NotOfMethod { option, of }),
            None => Ok(()),
        }
    }

    fn dbscan(&self) -> Dbscan {
        Dbscan::new(self.eps.unwrap_or(0.5), self.min_points.unwrap_or(5))
    }

    fn k_means(&self) -> KMeans {
        let usual = KMeans::new(self.clusters.unwrap_or(2)).seed(self.seed.unwrap_or(0));
        self.turns.into_iter().fold(usual, KMeans::turns)
    }
}

const EXAMPLES: &str = "\
Examples:
  netsift cluster flows.csv --keep \"Flow Duration\",\"Flow Bytes/s\" --method smartcore/k-means --clusters 4
  netsift cluster flows.csv --drop \"Flow ID\",\"Src IP\",\"Dst IP\",Timestamp --eps 0.3 -o grouped.csv
  netsift cluster flows.csv --label Label --impute median --scale robust   which classes clusters are of";

impl Cluster {
    pub(crate) fn run(self) -> Result<(), Failure> {
        self.columns.check_roles()?;
        self.way.check()?;
        let form = self.form.form(self.output.as_deref())?;
        let tables = read::found(&self.tables)?;
        let reader = self.columns.reader(&self.cleaning, self.threads)?;
        let wanted =
            self.output.as_deref().map(|path| ("--output", draft(path).packed(form.packing)));
        let files = Files::open(wanted, &tables)?;
        let interrupt = Interrupt::watch(files.last_words());
        let interrupt = interrupt.inspect_err(|_| files.discard())?;
        let done = read::read(&reader, &tables).and_then(|(data, report)| {
            if data.rows() == 0 {
                return Err(Failure::NoRows { lost: told::lost(&report) });
            }
            let clusters = self.clusters(&data, &interrupt)?;
            self.write(&data, &clusters, &files, form)?;
            Ok((data, report, clusters))
        });
        interrupt.see();
        let done = if interrupt.is_asked() { Err(interrupted()) } else { done };
        let (data, report, clusters) = done.inspect_err(|_| files.discard())?;
        files.finish()?;
        if !self.quiet {
            told::defects(&report).iter().for_each(tell_table);
            tell_table(&summary(&data, &clusters));
        }
        Ok(())
    }

    fn clusters(&self, data: &Dataset, interrupt: &Arc<Interrupt>) -> Result<OfRows, Failure> {
        let plans = Needs::Scaled.completed(&self.steps.plans());
        let (_, prepared) = Preparation::fit(&plans, data).map_err(Failure::Table)?;
        if self.way.method == Method::KMeans {
            let means = self.way.k_means().fit(prepared.matrix())?;
            return Ok(means.clusters(prepared.matrix())?.into_iter().map(Some).collect());
        }
        let bar = Bar::new(interrupt, self.quiet).saying("grouping");
        let points = Points::new(prepared.matrix()).threads(threads(self.threads)).watched(&bar);
        let clusters = self.way.dbscan().fit(&points);
        bar.clear();
        Ok(clusters?.of_rows().to_vec())
    }

    /// The rows as they were read, with their clusters behind.
    fn write(
        &self,
        data: &Dataset,
        clusters: &[Option<u32>],
        files: &Files,
        form: form::Form,
    ) -> Result<(), Failure> {
        let Some((draft, out)) = files.of("--output") else { return Ok(()) };
        let names: Vec<String> = clusters.iter().map(|cluster| name(*cluster)).collect();
        let labels = Labels::of(names.iter().map(String::as_str));
        let data = data.bare().with_labels(labels).map_err(Failure::Table)?;
        let layout = Layout::new().format(form.format).label(CLUSTER);
        layout.write(&data, out).map(drop).map_err(|error| draft.table_failure(error))
    }
}

fn name(cluster: Option<u32>) -> String {
    cluster.map_or_else(|| NOISE.to_owned(), |cluster| cluster.to_string())
}

/// The largest clusters and the noise; with labels, which class most of their rows are of.
fn summary(data: &Dataset, clusters: &[Option<u32>]) -> Table {
    let mut groups: BTreeMap<Option<u32>, Vec<usize>> = BTreeMap::new();
    for (row, cluster) in clusters.iter().enumerate() {
        groups.entry(*cluster).or_default().push(row);
    }
    let noise = groups.remove(&None).unwrap_or_default();
    let mut groups: Vec<(Option<u32>, Vec<usize>)> = groups.into_iter().collect();
    groups.sort_by_key(|(cluster, rows)| (std::cmp::Reverse(rows.len()), *cluster));
    let rest = groups.split_off(groups.len().min(SHOWN));
    let mut table = Table::new(&["Cluster", "rows", "share", "mostly"]).words(&[3]);
    let all = data.rows() as u64;
    let mut line = |name: String, rows: &[usize], mostly: String| {
        let count = rows.len() as u64;
        table.row([name, figures::grouped(count), figures::share(count, all), mostly]);
    };
    for (cluster, rows) in &groups {
        line(name(*cluster), rows, mostly(data, rows));
    }
    if !rest.is_empty() {
        let rows: Vec<usize> = rest.iter().flat_map(|(_, rows)| rows).copied().collect();
        line(format!("{} more", rest.len()), &rows, String::new());
    }
    if !noise.is_empty() {
        line(NOISE.to_owned(), &noise, mostly(data, &noise));
    }
    table
}

/// The most frequent class of these rows, and how much of them it is; nothing without labels.
fn mostly(data: &Dataset, rows: &[usize]) -> String {
    let Some(labels) = data.labels() else { return String::new() };
    let mut counts = vec![0_u64; labels.classes().len()];
    for &row in rows {
        let class = labels.numbers().get(row).copied().unwrap_or(0);
        if let Some(count) = counts.get_mut(class as usize) {
            *count += 1;
        }
    }
    let most =
        counts.iter().enumerate().max_by_key(|(class, count)| (**count, std::cmp::Reverse(*class)));
    let told = most.filter(|(_, count)| **count > 0).and_then(|(class, count)| {
        let name = printable(labels.classes().name(class as u32)?).into_owned();
        Some(format!("{name} ({})", figures::share(*count, rows.len() as u64)))
    });
    told.unwrap_or_default()
}
