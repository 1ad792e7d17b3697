//! How many alerts there were, for Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::lock::Held;
use crate::text::clipped;
use crate::{Alert, Level, Sink, SinkError, SinkState, States, printable};

/// Where counts go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrometheusSettings {
    /// The file: node_exporter reads those that end in `.prom` in the folder of its textfile collector.
    pub path: PathBuf,
}

/// A file of counts, replaced as a whole whenever alerts have come: Prometheus' text format, version 0.0.4.
///
/// It is one sink's alone, as long as that lives: two would overwrite each other's counts. Who has it has another file
/// beside it, `NAME.lock`, which stays.
#[derive(Debug)]
pub struct Prometheus {
    path: PathBuf,
    _alone: Held,
    tally: Tally,
    states: States,
    written: Instant,
}

/// Counts of alerts, shared with who shows them.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    /// By class and level.
    told: BTreeMap<(String, Level), u64>,
    classes: usize,
}

/// So many classes are counted by their names; the rest is [`OTHERS`]. Attackers may choose some of the names.
const MAX_CLASSES: usize = 64;
const OTHERS: &str = "(others)";
/// The longest name of a class, in bytes.
const MAX_CLASS: usize = 64;
/// In a storm nothing is ever at rest, and the file is written after so long all the same.
const LONGEST: Duration = Duration::from_secs(15);

impl PrometheusSettings {
    /// Tries whether the file could be written, for who only wants to know: what is in it stays, whoever writes it.
    ///
    /// # Errors
    /// [`SinkError::Setting`], or [`SinkError::File`] if it could not.
    pub fn try_out(&self) -> Result<(), SinkError> {
        let Self { path } = self;
        SinkError::unless(path.file_name().is_some(), "path", path.display(), "that of a file")?;
        let trial = beside(path, &format!(".trial-{}", std::process::id()));
        let written = match path.is_dir() {
            true => Err(ErrorKind::IsADirectory.into()),
            false => fs::write(&trial, b"\n").and_then(|()| fs::remove_file(&trial)),
        };
        written.map_err(SinkError::of_file(path, "written"))
    }
}

impl Prometheus {
    /// Writes the file, without any alerts yet.
    ///
    /// # Errors
    /// [`SinkError::Setting`]; [`SinkError::File`] if it cannot be written; [`SinkError::Taken`] if another sink has it, here
    /// or in another program.
    pub fn new(settings: PrometheusSettings) -> Result<Self, SinkError> {
        let PrometheusSettings { path } = settings;
        SinkError::unless(path.file_name().is_some(), "path", path.display(), "that of a file")?;
        let _alone = Held::open(&beside(&path, ".lock"), &path)?;
        let (tally, states) = (Tally::default(), States::default());
        let mut sink = Self { path, _alone, tally, states, written: Instant::now() };
        sink.write()?;
        Ok(sink)
    }

    /// Tells beside the alerts how the sinks are doing: [`DispatcherBuilder::states`](crate::DispatcherBuilder::states).
    #[must_use]
    pub fn with_states(mut self, states: States) -> Self {
        self.states = states;
        self
    }

    /// The counts, for who shows them by other ways.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally.clone()
    }

    /// Readers find the old file or the new one.
    fn write(&mut self) -> Result<(), SinkError> {
        self.written = Instant::now();
        let partial = beside(&self.path, ".partial");
        let text = self.tally.text(&self.states.all());
        let written = fs::write(&partial, text).and_then(|()| fs::rename(&partial, &self.path));
        if written.is_err() {
            let _ = fs::remove_file(&partial);
        }
        written.map_err(SinkError::of_file(&self.path, "written"))
    }
}

impl Sink for Prometheus {
    fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
        self.tally.count(alerts);
        if self.written.elapsed() >= LONGEST {
            // They are counted; that the file is late is told by the next attempt.
            return self.write().or(Ok(()));
        }
        Ok(())
    }

    fn settle(&mut self) -> Result<(), SinkError> {
        self.write()
    }

    fn file(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

impl Tally {
    /// Counts alerts.
    pub fn count(&self, alerts: &[Alert]) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        alerts.iter().for_each(|alert| counts.count(alert));
    }

    /// All that there is to tell, in Prometheus' text format.
    #[must_use]
    pub fn text(&self, sinks: &[SinkState]) -> String {
        let mut text = String::new();
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        head(&mut text, "netsift_alerts_total", "counter", "Alerts that were told, new or grown.");
        for ((class, level), count) in &counts.told {
            let class = escaped(class);
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "netsift_alerts_total{{level=\"{level}\",what=\"{class}\"}} {count}"
            );
        }
        for (name, kind, help, value) in OF_SINKS {
            head(&mut text, name, kind, help);
            for (sink, value) in sinks.iter().filter_map(|sink| Some((sink, value(sink)?))) {
                let _ = writeln!(text, "{name}{{sink=\"{}\"}} {value}", escaped(&sink.name));
            }
        }
        text
    }
}

impl Counts {
    fn count(&mut self, alert: &Alert) {
        let class = printable(&clipped(&alert.what, MAX_CLASS)).into_owned();
        let is_known =
            Level::ALL.iter().any(|level| self.told.contains_key(&(class.clone(), *level)));
        let class = if is_known || self.classes < MAX_CLASSES { class } else { OTHERS.to_owned() };
        self.classes += usize::from(!is_known);
        *self.told.entry((class, alert.level)).or_default() += 1;
    }
}

type OfSink = (&'static str, &'static str, &'static str, fn(&SinkState) -> Option<f64>);

/// What is told of each sink: name, kind, help and value.
const OF_SINKS: [OfSink; 12] = [
    ("netsift_sink_handed_total", "counter", "Alerts for the sink.", |it| Some(it.handed as f64)),
    ("netsift_sink_limited_total", "counter", "Alerts beyond its limit.", |it| {
        Some(it.limited as f64)
    }),
    ("netsift_sink_overflowed_total", "counter", "Alerts lost since a queue was full.", |it| {
        Some(it.overflowed as f64)
    }),
    (
        "netsift_sink_unwritten_total",
        "counter",
        "Alerts lost since they could not be kept.",
        |it| Some(it.unwritten as f64),
    ),
    ("netsift_sink_delivered_total", "counter", "Alerts that arrived.", |it| {
        Some(it.delivered as f64)
    }),
    ("netsift_sink_partly_total", "counter", "Alerts among them that some never get.", |it| {
        Some(it.partly as f64)
    }),
    ("netsift_sink_dead_total", "counter", "Alerts that became dead letters.", |it| {
        Some(it.dead as f64)
    }),
    ("netsift_sink_failures_total", "counter", "Attempts that failed.", |it| {
        Some(it.failures as f64)
    }),
    ("netsift_sink_waiting", "gauge", "Alerts that wait.", |it| Some(it.waiting as f64)),
    ("netsift_sink_bytes", "gauge", "Bytes of the queue on disk.", |it| Some(it.bytes as f64)),
    ("netsift_sink_failing", "gauge", "Whether the last attempt failed.", |it| {
        Some(f64::from(u8::from(it.is_failing)))
    }),
    ("netsift_sink_last_success_seconds", "gauge", "When the last alert arrived.", |it| {
        it.last_success.map(|nanos| nanos as f64 / 1e9)
    }),
];

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// A file of the same name with another end.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// The text of a label.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn counts_are_by_level_and_class_and_of_sinks() {
        let tally = Tally::default();
        let mut low = example("scan", 1);
        low.level = Level::Low;
        tally.count(&[example("scan", 1), example("scan", 2), low]);
        let mail = SinkState {
            name: "mail".into(),
            delivered: 5,
            is_failing: true,
            last_success: Some(1_500_000_000),
            ..SinkState::default()
        };
        let text = tally.text(&[mail]);
        let begin = "# HELP netsift_alerts_total Alerts that were told, new or grown.
# TYPE netsift_alerts_total counter
netsift_alerts_total{level=\"low\",what=\"scan\"} 1
netsift_alerts_total{level=\"high\",what=\"scan\"} 2
# HELP netsift_sink_handed_total Alerts for the sink.
";
        assert!(text.starts_with(begin), "{text}");
        for line in [
            "netsift_sink_delivered_total{sink=\"mail\"} 5\n",
            "netsift_sink_failing{sink=\"mail\"} 1\n",
            "netsift_sink_last_success_seconds{sink=\"mail\"} 1.5\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }

    #[test]
    fn names_make_no_lines_and_no_memory() {
        let tally = Tally::default();
        tally.count(&[example("a\"} 9\nnetsift_alerts_total{x=\"\\", 1)]);
        (0..10_000).for_each(|number| tally.count(&[example(&format!("class {number}"), 1)]));
        let text = tally.text(&[]);
        let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(lines.len(), MAX_CLASSES + 1);
        let hostile = r#"netsift_alerts_total{level="high",what="a\"} 9\\u{a}netsift_alerts_total{x=\"\\"} 1"#;
        assert!(lines.contains(&hostile), "{text}");
        assert!(lines.iter().any(|line| line.ends_with("what=\"(others)\"} 9937")), "{text}");
    }

    #[test]
    fn the_file_is_there_from_the_start_and_follows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("netsift.prom");
        let settings = PrometheusSettings { path: path.clone() };
        let mut sink = Prometheus::new(settings).unwrap();
        assert!(!fs::read_to_string(&path).unwrap().contains("scan"));
        sink.accept(&[example("scan", 1)]).unwrap();
        sink.settle().unwrap();
        assert!(fs::read_to_string(&path).unwrap().contains("what=\"scan\"} 1\n"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "and whose it is");
        let nowhere = PrometheusSettings { path: folder.path().join("none/a.prom") };
        assert!(Prometheus::new(nowhere).is_err());
    }

    #[test]
    fn a_file_has_one_writer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("netsift.prom");
        let settings = || PrometheusSettings { path: path.clone() };
        let mut first = Prometheus::new(settings()).unwrap();
        first.accept(&[example("scan", 1)]).unwrap();
        first.settle().unwrap();
        let error = Prometheus::new(settings()).unwrap_err().to_string();
        assert_eq!(error, format!("{}: another sink or another program has it", path.display()));
        assert!(fs::read_to_string(&path).unwrap().contains("what=\"scan\"} 1\n"), "as it was");
        settings().try_out().unwrap();
        assert!(fs::read_to_string(&path).unwrap().contains("what=\"scan\"} 1\n"), "as it was");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        drop(first);
        Prometheus::new(settings()).unwrap();
    }

    /// All counters of a file by their names and labels.
    fn counters(text: &str) -> BTreeMap<String, f64> {
        let of = |line: &str| {
            let (name, value) = line.rsplit_once(' ')?;
            name.contains("_total{").then(|| (name.to_owned(), value.parse().unwrap()))
        };
        text.lines().filter_map(of).collect()
    }

    #[test]
    fn no_counter_goes_back_and_a_reader_finds_a_whole_file_at_all_times() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("netsift.prom");
        let mut sink = Prometheus::new(PrometheusSettings { path: path.clone() }).unwrap();
        let writes = std::thread::spawn(move || {
            for number in 0..400 {
                sink.accept(&[example(&format!("class {}", number % 90), 1)]).unwrap();
                sink.settle().unwrap();
            }
        });
        let mut before = BTreeMap::new();
        while !writes.is_finished() {
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains("# TYPE netsift_sink_last_success_seconds gauge\n"), "{text}");
            let now = counters(&text);
            for (name, value) in &before {
                assert!(now.get(name).is_some_and(|now| now >= value), "{name} {value}");
            }
            before = now;
        }
        writes.join().unwrap();
        let last = counters(&fs::read_to_string(&path).unwrap());
        assert_eq!(last.values().sum::<f64>(), 400.0);
        assert!(before.len() <= last.len() && last.len() == MAX_CLASSES + 1);
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.prom");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("inside"), "").unwrap();
        assert!(PrometheusSettings { path: path.clone() }.try_out().is_err());
        assert!(PrometheusSettings { path: path.join("none/a.prom") }.try_out().is_err());
        assert!(Prometheus::new(PrometheusSettings { path }).is_err());
        let names = fs::read_dir(folder.path()).unwrap().flatten().map(|it| it.file_name());
        assert!(names.into_iter().all(|name| name != "a.prom.partial"));
    }
}
