//! Captures read once for their numbers, and once more for what is strange in them.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use netsift::detect::lists::{ListOptions, Lists, Talkers};
use netsift::flow::{PacketColumns, Packets};
use netsift::report::{
    Anomalies, AnomalyJudge, AnomalySearch, CaptureNumbers, Explorer, PACKET_TABLE, Sums,
};
use netsift::table::{self, SharedTable};

use super::Explore;
use super::plots::Plots;
use super::written::Told;
use crate::failure::{Failure, tell};
use crate::files::{Files, draft, interrupted};
use crate::interrupt::Interrupt;
use crate::output::{STREAM, Target, Whole};
use crate::reading::{Reading, named};

pub(super) const OUTPUT: &str = "--output";
pub(super) const ANOMALIES: &str = "--anomalies-csv";
const PACKETS: &str = "--packets-csv";
/// So many of the strangest are told on a page, and so many in a table.
const MOST_TOLD: usize = 1_000;
const MOST_ROWS: usize = 100_000;

/// Reads, tells, and gives every file its name.
pub(super) fn run(asked: &Explore) -> Result<(), Failure> {
    let explorer = asked.explorer()?;
    let named_files =
        [(OUTPUT, &asked.output), (ANOMALIES, &asked.anomalies_csv), (PACKETS, &asked.packets_csv)];
    let named_files = named_files.map(|(option, path)| Some((option, draft(path.as_deref()?))));
    let wanted = || named_files.iter().flatten().cloned();
    if let Some((other, _)) = wanted().find(|(_, it)| asked.json && *it.target() == Target::Stdout)
    {
        return Err(Failure::SameFile { one: "--json", other, target: Target::Stdout });
    }
    let inputs = named(&asked.captures)?;
    let plots = asked.plots.as_deref().map(Plots::begin).transpose()?;
    let files = Files::open(wanted(), &inputs);
    let files = files.inspect_err(|_| plots.iter().for_each(Plots::discard))?;
    let discard = || {
        files.discard();
        plots.iter().for_each(Plots::discard);
    };
    let interrupt = Interrupt::watch(files.last_words()).inspect_err(|_| discard())?;
    let look = Look { asked, files: &files, plots: plots.as_ref(), interrupt: &interrupt };
    let done = look.explored(explorer);
    interrupt.see();
    let done = if interrupt.is_asked() { Err(interrupted()) } else { done };
    match done.inspect_err(|_| discard())? {
        // What was read before something broke is told all the same, and is not taken for the whole.
        Some(broken) => {
            plots.iter().for_each(Plots::keep_parts);
            files.keep_parts().and(Err(broken))
        }
        None => {
            plots.iter().try_for_each(Plots::finish)?;
            files.finish()
        }
    }
}

/// Explores for somebody.
struct Look<'a> {
    asked: &'a Explore,
    files: &'a Files,
    plots: Option<&'a Plots>,
    interrupt: &'a Arc<Interrupt>,
}

struct PacketRows {
    packets: Packets,
    rows: table::PacketRows<Whole>,
    table: SharedTable<Whole>,
}

impl Look<'_> {
    /// What was wrong with the captures, if they could not be read to their end.
    fn explored(&self, explorer: Explorer) -> Result<Option<Failure>, Failure> {
        let lists = lists(&self.asked.lists)?;
        let explorer = explorer.lists(lists.clone());
        let mut exploration = match self.asked.search()? {
            Some(search) => explorer.clone().anomalies(search.lists(lists.clone())),
            None => explorer.clone(),
        }
        .start()?;
        let mut packets = self.packets()?;
        let sums = Sums::default();
        let mut reading = self.reading()?;
        if self.files.of(OUTPUT).is_some() {
            reading = reading.summed(sums.clone());
        }
        let broken = self.read(&mut reading, |frame| {
            exploration.push(frame);
            packets.iter_mut().for_each(|rows| rows.push(frame));
            Ok(())
        })?;
        packets.map_or(Ok(()), |rows| rows.end(self.files))?;
        let (mut numbers, strange) = exploration.finish_first_look();
        if let Some(most) = self.asked.busiest {
            numbers = self.with_busiest(numbers, explorer, lists, most)?;
        }
        let strange = match strange {
            Some(rows) => self.judged(rows.learn()?)?,
            None => None,
        };
        let (source, inputs) = (reading.source(), reading.set().files());
        let strange = strange.as_ref();
        Told { asked: self.asked, numbers: &numbers, strange, source, inputs, sums: &sums }
            .write(self.files, self.plots)?;
        Ok(broken)
    }

    fn packets(&self) -> Result<Option<PacketRows>, Failure> {
        let Some((draft, out)) = self.files.of(PACKETS) else { return Ok(None) };
        PacketRows::begun(out).map(Some).map_err(|error| draft.table_failure(error))
    }

    fn reading(&self) -> Result<Reading, Failure> {
        let targets: Vec<_> = self.files.targets().collect();
        let selection = self.asked.asked.selection()?;
        Reading::open(&self.asked.captures, selection, &targets)
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
                    "what is strange is not told: there is more than is learned from, and a pipe is not read twice",
                );
                return Ok(None);
            }
            self.read(&mut self.reading()?.again(), |frame| Ok(judge.push(frame)?))?;
        }
        Ok(Some(judge.finish()?))
    }
}

impl Explore {
    /// What was asked for, looked at before anything is read: how captures are explored, but for the lists.
    fn explorer(&self) -> Result<Explorer, Failure> {
        if self.anomalies_csv.is_some() && self.anomalies.subject().is_none() {
            return Err(Failure::OfSource {
                option: ANOMALIES,
                of: "--anomalies flows or packets",
            });
        }
        if self.busiest.is_some() && self.is_piped() {
            return Err(Failure::OfSource { option: "--busiest", of: "captures in files" });
        }
        self.asked.selection()?;
        self.busiest.map(Talkers::new).transpose()?;
        self.search()?;
        let Self { top, exact, workers, busiest, .. } = *self;
        // As many are ranked as are to be a list.
        let ranked = if self.lists.is_empty() { busiest.unwrap_or(0).max(top) } else { top };
        Ok(Explorer::new().top(ranked)?.exact(exact)?.workers(workers))
    }

    fn search(&self) -> Result<Option<AnomalySearch>, Failure> {
        let Some(subject) = self.anomalies.subject() else { return Ok(None) };
        let search = AnomalySearch::new(subject).contamination(self.contamination)?;
        let told = if self.anomalies_csv.is_some() { MOST_ROWS } else { MOST_TOLD };
        Ok(Some(search.told(told)?))
    }

    /// Whether something is read that cannot be read twice.
    fn is_piped(&self) -> bool {
        let is_pipe = |path: &PathBuf| {
            let facts = fs::metadata(path);
            path.as_os_str() == STREAM || facts.is_ok_and(|it| !it.is_file() && !it.is_dir())
        };
        self.captures.iter().any(is_pipe)
    }
}

impl PacketRows {
    fn begun(out: Whole) -> Result<Self, netsift::data::DataError> {
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
