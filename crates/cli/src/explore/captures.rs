//! Captures read once for their numbers, and once more for what is strange in them.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use netsift::data::DataError;
use netsift::detect::lists::{ListOptions, Lists, Talkers};
use netsift::flow::{PacketColumns, Packets};
use netsift::report::{
    Anomalies, AnomalyJudge, AnomalySearch, CaptureNumbers, Explorer, Made, PACKET_TABLE, Page,
    Sums,
};
use netsift::table::{self, SharedTable};
use serde::Serialize;

use super::written::{ANOMALIES, Found, MOST_ROWS, SHOWN, Written, tell_most};
use super::{Explore, OfCaptures};
use crate::failure::{Failure, tell};
use crate::files::interrupted;
use crate::interrupt::Interrupt;
use crate::output::{STREAM, Whole};
use crate::page::Outputs;
use crate::reading::{Reading, named};
use crate::terminal::printable;

const PACKETS: &str = "--packets-csv";
/// So many of the strangest are told on a page.
const MOST_TOLD: usize = 1_000;

/// Reads, tells, and gives every file its name.
pub(super) fn run(asked: &Explore) -> Result<(), Failure> {
    let explorer = asked.explorer()?;
    let tables = [(ANOMALIES, &asked.anomalies_csv), (PACKETS, &asked.of_captures.packets_csv)];
    let inputs = named(&asked.inputs)?;
    let outputs = Outputs::open(&asked.told, &tables, &inputs)?;
    outputs.through(|outputs, interrupt| Look { asked, outputs, interrupt }.explored(explorer))
}

/// Explores for somebody.
struct Look<'a> {
    asked: &'a Explore,
    outputs: &'a Outputs,
    interrupt: &'a Interrupt,
}

/// What is in captures.
struct Explored {
    numbers: CaptureNumbers,
    strange: Option<Anomalies>,
    source: String,
}

/// All numbers.
#[derive(Serialize)]
struct Numbers<'a> {
    #[serde(flatten)]
    captures: &'a CaptureNumbers,
    anomalies: Option<&'a Anomalies>,
}

struct PacketRows {
    packets: Packets,
    rows: table::PacketRows<Whole>,
    table: SharedTable<Whole>,
}

impl Look<'_> {
    /// What was wrong with the captures, if they could not be read to their end.
    fn explored(&self, explorer: Explorer) -> Result<Option<Failure>, Failure> {
        let of_captures = &self.asked.of_captures;
        let lists = lists(&of_captures.lists)?;
        let explorer = explorer.lists(lists.clone());
        let mut exploration = match self.asked.search()? {
            Some(search) => explorer.clone().anomalies(search.lists(lists.clone())),
            None => explorer.clone(),
        }
        .start()?;
        let mut packets = self.packets()?;
        let sums = Sums::default();
        let mut reading = self.reading()?;
        if self.outputs.has_page() {
            reading = reading.summed(sums.clone());
        }
        let broken = self.read(&mut reading, |frame| {
            exploration.push(frame);
            packets.iter_mut().for_each(|rows| rows.push(frame));
            Ok(())
        })?;
        packets.map_or(Ok(()), |rows| rows.end(self.outputs))?;
        let (mut numbers, strange) = exploration.finish_first_look();
        if let Some(most) = of_captures.busiest {
            numbers = self.with_busiest(numbers, explorer, lists, most)?;
        }
        let strange = match strange {
            Some(rows) => self.judged(rows.learn()?)?,
            None => None,
        };
        let found = Explored { numbers, strange, source: reading.source() };
        let inputs = [reading.set().files(), &of_captures.lists].concat();
        Written { found, inputs: &inputs, sums: &sums }.to(self.outputs)?;
        Ok(broken)
    }

    fn packets(&self) -> Result<Option<PacketRows>, Failure> {
        let Some((draft, out)) = self.outputs.of(PACKETS) else { return Ok(None) };
        PacketRows::begun(out).map(Some).map_err(|error| draft.table_failure(error))
    }

    fn reading(&self) -> Result<Reading, Failure> {
        let targets: Vec<_> = self.outputs.targets().collect();
        let selection = self.asked.of_captures.asked.selection()?;
        Reading::open(&self.asked.inputs, selection, &targets)
    }

    /// Hands every frame to `visit`: what has broken.
    fn read(
        &self,
        reading: &mut Reading,
        mut visit: impl FnMut(netsift::packet::Frame<'_>) -> Result<(), Failure>,
    ) -> Result<Option<Failure>, Failure> {
        let progress = reading.progress();
        let read = reading.each(&progress, |_, frame| {
            if self.interrupt.is_asked() { Err(interrupted()) } else { visit(frame) }
        });
        progress.clear();
        reading.losses().iter().for_each(|line| tell(line));
        match read {
            Ok(()) => Ok(None),
            Err(broken @ Failure::Read(_)) => Ok(Some(broken)),
            Err(failure) => Err(failure),
        }
    }

    /// The same numbers, with what the busiest hosts of them did.
    fn with_busiest(
        &self,
        numbers: CaptureNumbers,
        explorer: Explorer,
        lists: Lists,
        most: usize,
    ) -> Result<CaptureNumbers, Failure> {
        // They are ranked; of everything else only as much is told as was asked for.
        let explorer = explorer.top(self.asked.top)?;
        let mut exploration = explorer.lists(lists.with(numbers.talkers(most)?)).start()?;
        self.read(&mut self.reading()?.again(), |frame| {
            exploration.push(frame);
            Ok(())
        })?;
        Ok(exploration.finish())
    }

    /// What is strange; nothing where a second look is needed and cannot be had.
    fn judged(&self, mut judge: AnomalyJudge) -> Result<Option<Anomalies>, Failure> {
        if !judge.is_done() {
            if self.asked.is_piped() {
                tell(
                    "what is strange is not told: there is more than is kept, and a pipe is not read twice",
                );
                return Ok(None);
            }
            self.read(&mut self.reading()?.again(), |frame| Ok(judge.push(frame)?))?;
        }
        Ok(Some(judge.finish()?))
    }
}

impl Found for Explored {
    const SUMMARY: &'static [&'static str] = &["Over time", "Protocols"];

    fn source(&self) -> &str {
        &self.source
    }

    fn page(&self, made: Made) -> Result<Page, Failure> {
        Ok(self.numbers.page(self.strange.as_ref(), self.source.clone(), made)?)
    }

    fn numbers(&self) -> impl Serialize {
        Numbers { captures: &self.numbers, anomalies: self.strange.as_ref() }
    }

    fn write_strange(&mut self, out: Whole) -> Result<(), DataError> {
        let Some(strange) = &mut self.strange else { return Ok(()) };
        tell_most(strange.found, strange.strangest.len());
        strange.to_csv(out)?;
        strange.strangest.truncate(MOST_TOLD);
        Ok(())
    }

    fn strangest(&self) -> String {
        let Some(strange) = self.strange.as_ref().filter(|strange| strange.found > 0) else {
            return String::new();
        };
        let mut text = format!("\n{} of {} are strange, the first:\n", strange.found, strange.rows);
        for anomaly in strange.strangest.iter().take(SHOWN) {
            let end = |end: Option<std::net::SocketAddr>| {
                end.map_or_else(
                    || "?".to_owned(),
                    |end| if end.port() == 0 { end.ip().to_string() } else { end.to_string() },
                )
            };
            let why: Vec<String> =
                anomaly.reasons.iter().take(2).map(ToString::to_string).collect();
            let (from, to) = (end(anomaly.who.source), end(anomaly.who.destination));
            let why = why.join("; ");
            text.push_str(&format!("  {:.3} {from} -> {to}: {}\n", anomaly.score, printable(&why)));
        }
        text
    }
}

impl Explore {
    /// What was asked for, looked at before anything is read: how captures are explored, but for the lists.
    fn explorer(&self) -> Result<Explorer, Failure> {
        let OfCaptures { exact, workers, busiest, .. } = self.of_captures;
        if self.anomalies_csv.is_some() && self.of_captures.strange().is_none() {
            return Err(Failure::OfSource {
                option: ANOMALIES,
                of: "--anomalies flows or packets",
            });
        }
        if busiest.is_some() && self.is_piped() {
            return Err(Failure::OfSource { option: "--busiest", of: "captures in files" });
        }
        self.of_captures.asked.selection()?;
        busiest.map(Talkers::new).transpose()?;
        self.search()?;
        // As many are ranked as are to be a list.
        let ranked = busiest.unwrap_or(0).max(self.top);
        let explorer = exact.into_iter().try_fold(Explorer::new().top(ranked)?, Explorer::exact)?;
        Ok(explorer.workers(workers.unwrap_or(1)))
    }

    fn search(&self) -> Result<Option<AnomalySearch>, Failure> {
        let Some(subject) = self.of_captures.strange() else { return Ok(None) };
        let share = self.of_captures.contamination;
        let search = AnomalySearch::new(subject);
        let search = share.into_iter().try_fold(search, AnomalySearch::contamination)?;
        let told = if self.anomalies_csv.is_some() { MOST_ROWS } else { MOST_TOLD };
        Ok(Some(search.told(told)?))
    }

    /// Whether something is read that cannot be read twice.
    fn is_piped(&self) -> bool {
        let is_pipe = |path: &PathBuf| {
            let facts = fs::metadata(path);
            path.as_os_str() == STREAM || facts.is_ok_and(|it| !it.is_file() && !it.is_dir())
        };
        self.inputs.iter().any(is_pipe)
    }
}

impl PacketRows {
    fn begun(out: Whole) -> Result<Self, DataError> {
        // These columns are there: a test says so.
        let columns = PacketColumns::pick(PACKET_TABLE).unwrap_or_else(|_| PacketColumns::all());
        let table = SharedTable::new(out, table::of_packets(&columns)?)?;
        Ok(Self { packets: Packets::new(&columns), rows: table.packet_rows(&columns), table })
    }

    fn push(&mut self, frame: netsift::packet::Frame<'_>) {
        if let Some(packet) = self.packets.push(frame) {
            self.rows.take(&packet);
        }
    }

    fn end(self, outputs: &Outputs) -> Result<(), Failure> {
        let Self { rows, table, .. } = self;
        drop(rows);
        let ended = table.finish();
        match (ended, outputs.of(PACKETS)) {
            (Err(error), Some((draft, _))) => Err(draft.table_failure(error)),
            _ => Ok(()),
        }
    }
}

fn lists(paths: &[PathBuf]) -> Result<Lists, Failure> {
    paths.iter().try_fold(Lists::default(), |lists, path| Ok(lists.with(list(path)?)))
}

fn list(path: &Path) -> Result<netsift::detect::lists::List, Failure> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let file = File::open(path).map_err(Failure::unread(path))?;
    let read = ListOptions::new(name.into_owned()).read(BufReader::new(file));
    let list = read.map_err(|source| Failure::DetectFile { path: path.to_owned(), source })?;
    tell(&list.report().to_string());
    Ok(list)
}
