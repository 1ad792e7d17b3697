//! Captures read once for their numbers, and once more for what is strange in them.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use netsift::data::DataError;
use netsift::detect::lists::{ListOptions, Lists};
use netsift::flow::{PacketColumns, Packets};
use netsift::report::{
    Anomalies, AnomalyJudge, AnomalyRows, AnomalySearch, CaptureNumbers, Exploration, Explorer,
    Made, PACKET_TABLE, Page,
};
use netsift::table::{self, SharedTable};
use serde::Serialize;

use super::written::{ANOMALIES, Found, MOST_ROWS, OUTPUT, SHOWN, Told, tell_most};
use super::{Explore, OfCaptures};
use crate::failure::{Failure, tell};
use crate::files::{Files, draft, interrupted};
use crate::interrupt::Interrupt;
use crate::output::{STREAM, Whole};
use crate::reading::{Reading, named};
use crate::terminal::printable;

const PACKETS: &str = "--packets-csv";
/// So many of the strangest are told on a page.
const MOST_TOLD: usize = 1_000;

/// Reads, tells, and gives every file its name.
pub(super) fn run(asked: &Explore) -> Result<(), Failure> {
    let of_captures = &asked.of_captures;
    if asked.anomalies_csv.is_some() && of_captures.strange().is_none() {
        return Err(Failure::OfSource { option: ANOMALIES, of: "--anomalies flows or packets" });
    }
    if of_captures.busiest.is_some() && asked.is_piped() {
        return Err(Failure::OfSource { option: "--busiest", of: "captures in files" });
    }
    let inputs = named(&asked.inputs)?;
    let wanted = [
        (OUTPUT, &asked.output),
        (ANOMALIES, &asked.anomalies_csv),
        (PACKETS, &of_captures.packets_csv),
    ];
    let wanted =
        wanted.into_iter().filter_map(|(option, path)| Some((option, draft(path.as_deref()?))));
    let files = Files::open(wanted, &inputs)?;
    let interrupt = Interrupt::watch(files.last_words());
    let interrupt = interrupt.inspect_err(|_| files.discard())?;
    let done = Look { asked, files: &files, interrupt: &interrupt }.explored(&inputs);
    interrupt.see();
    let done = if interrupt.is_asked() { Err(interrupted()) } else { done };
    match done.inspect_err(|_| files.discard())? {
        // What was read before something broke is told all the same, and is not taken for the whole.
        Some(broken) => files.keep_parts().and(Err(broken)),
        None => files.finish(),
    }
}

/// Explores for somebody.
struct Look<'a> {
    asked: &'a Explore,
    files: &'a Files,
    interrupt: &'a Arc<Interrupt>,
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

/// What takes frames the first time.
struct First {
    exploration: Exploration,
    strange: Option<AnomalyRows>,
    packets: Option<PacketRows>,
}

struct PacketRows {
    packets: Packets,
    rows: table::PacketRows<Whole>,
    table: SharedTable<Whole>,
}

impl Look<'_> {
    /// What was wrong with the captures, if they could not be read to their end.
    fn explored(&self, inputs: &[PathBuf]) -> Result<Option<Failure>, Failure> {
        let lists = lists(&self.asked.of_captures.lists)?;
        let mut first = self.first(&lists)?;
        let (source, broken) = self.read(|frame| {
            first.exploration.push(frame);
            first.strange.iter_mut().for_each(|rows| rows.push(frame));
            first.packets.iter_mut().for_each(|rows| rows.push(frame));
            Ok(())
        })?;
        first.packets.map_or(Ok(()), |rows| rows.end(self.files))?;
        let mut numbers = first.exploration.finish();
        if let Some(most) = self.asked.of_captures.busiest {
            numbers = self.with_busiest(numbers, lists, most)?;
        }
        let strange = match first.strange {
            Some(rows) => self.judged(rows.learn()?)?,
            None => None,
        };
        let found = Explored { numbers, strange, source };
        Told { asked: self.asked, found: &found, inputs }.write(self.files)?;
        Ok(broken)
    }

    fn first(&self, lists: &Lists) -> Result<First, Failure> {
        let of_captures = &self.asked.of_captures;
        let strange = of_captures.strange().map(|subject| {
            let search = AnomalySearch::new(subject);
            let share = of_captures.contamination;
            let search = share.into_iter().fold(search, AnomalySearch::contamination);
            let told = if self.asked.anomalies_csv.is_some() { MOST_ROWS } else { MOST_TOLD };
            search.told(told)?.lists(lists.clone()).start()
        });
        let packets = self
            .files
            .of(PACKETS)
            .map(|(draft, out)| PacketRows::begun(out).map_err(|error| draft.table_failure(error)));
        Ok(First {
            exploration: self.explorer(lists.clone())?.start()?,
            strange: strange.transpose()?,
            packets: packets.transpose()?,
        })
    }

    fn explorer(&self, lists: Lists) -> Result<Explorer, Failure> {
        let top = self.asked.top;
        let OfCaptures { exact, workers, busiest, .. } = self.asked.of_captures;
        // As many are ranked as are to be a list.
        let ranked = if lists.is_empty() { busiest.unwrap_or(0).max(top) } else { top };
        let explorer = exact.into_iter().try_fold(Explorer::new().top(ranked)?, Explorer::exact)?;
        Ok(explorer.workers(workers.unwrap_or(1)).lists(lists))
    }

    /// Hands every frame to `visit`: what was read, and what has broken.
    fn read(
        &self,
        mut visit: impl FnMut(netsift::packet::Frame<'_>) -> Result<(), Failure>,
    ) -> Result<(String, Option<Failure>), Failure> {
        let targets: Vec<_> = self.files.targets().collect();
        let selection = self.asked.of_captures.asked.selection()?;
        let mut reading = Reading::open(&self.asked.inputs, selection, &targets)?;
        let progress = reading.progress();
        let read = reading.each(&progress, |_, frame| {
            if self.interrupt.is_asked() { Err(interrupted()) } else { visit(frame) }
        });
        progress.clear();
        reading.losses().iter().for_each(|line| tell(line));
        let source = reading.source();
        match read {
            Ok(()) => Ok((source, None)),
            Err(broken @ Failure::Read(_)) => Ok((source, Some(broken))),
            Err(failure) => Err(failure),
        }
    }

    /// The same numbers, with what the busiest hosts of them did.
    fn with_busiest(
        &self,
        numbers: CaptureNumbers,
        lists: Lists,
        most: usize,
    ) -> Result<CaptureNumbers, Failure> {
        let lists = lists.with(numbers.talkers(most)?);
        let mut exploration = self.explorer(lists)?.start()?;
        self.read(|frame| {
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
                    "what is strange is not told: there is more than is learned from, and a pipe is not read twice",
                );
                return Ok(None);
            }
            self.read(|frame| Ok(judge.push(frame)?))?;
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

    fn write_strange(&self, out: Whole) -> Result<(), DataError> {
        let Some(strange) = &self.strange else { return Ok(()) };
        tell_most(strange.found, strange.strangest.len());
        strange.to_csv(out).map(drop)
    }

    fn strangest(&self) -> String {
        let Some(strange) = self.strange.as_ref().filter(|strange| strange.found > 0) else {
            return String::new();
        };
        let mut text = format!("\n{} of {} are strange, the first:\n", strange.found, strange.rows);
        for anomaly in strange.strangest.iter().take(SHOWN) {
            let end = |end: Option<std::net::SocketAddr>| {
                end.map_or_else(|| "?".to_owned(), |end| end.to_string())
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

    fn end(self, files: &Files) -> Result<(), Failure> {
        let Self { rows, table, .. } = self;
        drop(rows);
        let ended = table.finish();
        match (ended, files.of(PACKETS)) {
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
    read.map_err(|source| Failure::DetectFile { path: path.to_owned(), source })
}
