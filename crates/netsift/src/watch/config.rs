//! The file that says all of it: where packets come from, what is known, who is told, what is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use netsift_alert::{Grouping, Level, Route, Secret, Silence, Silences, Sink};
use netsift_history::HistorySettings;
use serde::{Deserialize, Serialize};

use super::{SinkConfig, WatchError};

/// The most bytes that a configuration has: a thousand sinks and silences take a tenth.
pub const MAX_CONFIG: u64 = 1 << 20;

/// All that a watch is told. What is left out has its default, and what is not known is refused, with the nearest name that
/// is. Names of files are as the program's folder has them.
///
/// ```
/// use netsift::watch::Config;
///
/// let config = Config::from_toml("[sinks.log.json_lines]\npath = 'alerts.jsonl'\n")?;
/// assert!(config.check()?.sinks.contains_key("log"));
/// let error = Config::from_toml("[sink.log]\n").unwrap_err();
/// assert!(error.to_string().ends_with("did you mean \"sinks\"?"), "{error}");
/// # Ok::<(), netsift::watch::WatchError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Config {
    /// Where packets come from.
    pub source: Source,
    /// What verdicts are made of.
    pub knowledge: Knowledge,
    /// The packets behind alerts. Default: they are not saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packets: Option<Packets>,
    /// When alerts are the same.
    pub grouping: Grouping,
    /// What is not told for a while.
    pub silences: Vec<Silence>,
    /// Who is told, by names.
    pub sinks: BTreeMap<String, SinkConfig>,
    /// Which alerts go to which sinks. Default: all to all.
    pub routes: Vec<Route>,
    /// Where alerts wait for sinks that are out of reach.
    pub queues: Queues,
    /// What is kept. Default: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<HistorySettings>,
    /// How the page is served. Default: as it is without a configuration, where it is asked for.
    #[cfg(feature = "dashboard")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dashboard: Option<netsift_dashboard::Settings>,
    /// What is said of the run.
    pub log: Log,
}

/// Where packets come from: an interface, or captures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Source {
    /// The interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// Or captures, folders of them, or patterns of their names.
    pub captures: Vec<PathBuf>,
    /// What frames are read with: `pnet` or `libpcap`. Default: libpcap, where it is built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// Take only what is for this machine. Default: no.
    pub no_promiscuous: bool,
    /// How many bytes of a frame are kept. Default: as without a configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snap_len: Option<u32>,
    /// How many MiB of frames the kernel keeps until they are read. Default: as without a configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffer: Option<u32>,
    /// Which packets. Default: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Become this user once the interface is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Keep all privileges. Default: no.
    pub keep_privileges: bool,
    /// Replay captures at so many times the speed of their recording. Default: as fast as they are read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
}

/// What verdicts are made of. It is read again when its files change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Knowledge {
    /// A model of classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<PathBuf>,
    /// A detector of anomalies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anomaly: Option<PathBuf>,
    /// Lists of addresses, networks, names or fingerprints, or folders of them.
    pub lists: Vec<List>,
    /// What verdicts mean. Default: the policy that is built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PathBuf>,
}

/// A list, and how bad it is to be on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The file, or the folder.
    pub path: PathBuf,
    /// How bad. Default: medium.
    #[serde(default = "medium")]
    pub level: Level,
    /// The column that holds the entries, of a table, or the key, of JSON lines. Default: one that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

/// The packets behind alerts, saved as captures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Packets {
    /// The folder.
    pub folder: PathBuf,
    /// How many MiB of the last packets are kept for that. Default: as without a configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_mib: Option<u64>,
    /// How many MiB of captures the folder takes. Default: as without a configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_mib: Option<u64>,
}

/// Where alerts wait for sinks that are out of reach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Queues {
    /// A folder with one for each such sink. Default: `netsift-queues`.
    pub folder: PathBuf,
    /// So many seconds sinks have at the end to take what waits; what they do not take stays in its queue. Default: 5.
    pub patience: f64,
}

/// What is said of the run, on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Log {
    /// Default: lines for people.
    pub form: LogForm,
}

/// How lines of the log look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LogForm {
    /// Lines for people.
    #[default]
    Text,
    /// An object a line, with time and level.
    Json,
}

impl Packets {
    /// In this folder, with all else as usual.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), ring_mib: None, saved_mib: None }
    }
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// [`WatchError::Read`], [`WatchError::Size`], and what [`from_toml`](Self::from_toml) says.
    pub fn load(path: &Path) -> Result<Self, WatchError> {
        Self::from_toml(&Self::text(path)?)
    }

    /// The text of a file, which may be anything.
    ///
    /// # Errors
    /// [`WatchError::Read`] and [`WatchError::Size`].
    pub fn text(path: &Path) -> Result<String, WatchError> {
        let unread = |source| WatchError::Read { path: path.to_owned(), source };
        let mut text = String::new();
        // A pipe has no size to be refused by.
        let file = File::open(path).map_err(unread)?.take(MAX_CONFIG + 1);
        let read = { file }.read_to_string(&mut text).map_err(unread)? as u64;
        if read > MAX_CONFIG {
            return Err(WatchError::Size { most: MAX_CONFIG });
        }
        Ok(text)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// [`WatchError::Syntax`] for what is no TOML, or not known.
    pub fn from_toml(text: &str) -> Result<Self, WatchError> {
        toml::from_str(text).map_err(|error| WatchError::of_syntax(&error, text))
    }

    /// Writes every setting with its value.
    ///
    /// # Errors
    /// None that was read.
    pub fn to_toml(&self) -> Result<String, WatchError> {
        toml::to_string(self).map_err(|source| WatchError::Unwritten { source: Box::new(source) })
    }

    /// Refuses values outside their rules, secrets that are not there, two that write one file, and routes to nobody. No file
    /// is written, and nobody is called.
    ///
    /// # Errors
    /// Which value, and its rule: the first. [`look_through`](Self::look_through) tells all.
    pub fn check(self) -> Result<Checked, WatchError> {
        match self.flaw(|name| self.sinks.contains_key(name)) {
            Some(error) => Err(error),
            None => Ok(Checked(self)),
        }
    }

    /// One of the sinks alone, without its queue: to try it. One that counts for Prometheus looks whether its file can be
    /// written, and leaves it to whoever counts.
    ///
    /// # Errors
    /// What it refuses.
    pub fn sink(&self, name: &str) -> Result<Box<dyn Sink>, WatchError> {
        match self.sinks.get(name) {
            Some(sink) => sink.alone(name),
            None => Err(WatchError::NoSink { name: name.to_owned(), near: self.near(name) }),
        }
    }

    /// Whether what waits for a sink lies on disk: what is told on this machine waits in memory, and has no dead letters.
    #[must_use]
    pub fn has_queue(&self, name: &str) -> bool {
        self.sinks.get(name).is_some_and(|sink| !sink.kind.is_local())
    }

    /// Where what waits for a sink lies.
    #[must_use]
    pub fn queue(&self, name: &str) -> PathBuf {
        self.queues.folder.join(name)
    }

    /// Where secrets stand.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.sinks.values().flat_map(|sink| sink.kind.secrets())
    }

    /// What should be heard about secrets.
    pub fn cautions(&self) -> impl Iterator<Item = String> {
        self.secrets().filter_map(Secret::caution)
    }

    /// How long sinks have at the end.
    pub(super) fn patience(&self) -> Result<std::time::Duration, WatchError> {
        let seconds = self.queues.patience;
        let patience = std::time::Duration::try_from_secs_f64(seconds).ok();
        patience
            .filter(|it| it.as_secs() <= LONGEST_PATIENCE)
            .ok_or(WatchError::Patience { seconds, most: LONGEST_PATIENCE })
    }

    /// Which parts another configuration has otherwise, of those that hold from the start to the end of a run.
    pub(super) fn differs(&self, other: &Self) -> Vec<String> {
        let parts = [
            ("source", self.source != other.source),
            ("knowledge", self.knowledge != other.knowledge),
            ("packets", self.packets != other.packets),
            ("grouping", self.grouping != other.grouping),
            ("queues", self.queues != other.queues),
            ("history", self.history != other.history),
            ("log", self.log != other.log),
        ];
        #[cfg(feature = "dashboard")]
        let parts = parts.into_iter().chain([("dashboard", self.dashboard != other.dashboard)]);
        let parts = parts.into_iter().filter(|(_, differs)| *differs).map(|(it, _)| it.to_owned());
        let kind = |config: &Self, name: &String| config.sinks.get(name).map(|it| it.kind.clone());
        let names: BTreeSet<&String> = self.sinks.keys().chain(other.sinks.keys()).collect();
        let others = names.into_iter().filter(|name| kind(self, name) != kind(other, name));
        parts.chain(others.map(|name| format!("sinks.{name}"))).collect()
    }

    /// Takes over from another configuration what can change while a run goes on: silences, routes, and how its sinks are
    /// delivered to. The rest is what [`differs`](Self::differs) tells.
    pub(super) fn follow(&mut self, other: &Self) {
        self.silences.clone_from(&other.silences);
        self.routes.clone_from(&other.routes);
        for (name, sink) in &mut self.sinks {
            let same = other.sinks.get(name);
            same.into_iter().for_each(|it| sink.delivery.clone_from(&it.delivery));
        }
    }

    /// The first that is wrong; routes lead to sinks of which this holds.
    pub(super) fn flaw(&self, is_sink: impl Fn(&str) -> bool) -> Option<WatchError> {
        self.sound(is_sink).err()
    }

    fn sound(&self, is_sink: impl Fn(&str) -> bool) -> Result<(), WatchError> {
        self.grouping.check()?;
        for (number, silence) in self.silences.iter().enumerate() {
            silence.check().map_err(|source| WatchError::Silence { number, source })?;
        }
        Silences::new(self.silences.clone())?;
        self.patience()?;
        for (name, sink) in &self.sinks {
            sink.check(name)?;
        }
        self.files()?;
        let is_unknown = |to: &&String| !is_sink(to);
        for (number, route) in self.routes.iter().enumerate() {
            if let Some(to) = route.to.iter().find(is_unknown) {
                return Err(WatchError::Route { number, to: to.clone(), near: self.near(to) });
            }
        }
        #[cfg(feature = "dashboard")]
        self.dashboard.iter().try_for_each(netsift_dashboard::Settings::check)?;
        Ok(self.history.iter().try_for_each(HistorySettings::check)?)
    }

    /// Each file has one who writes it.
    fn files(&self) -> Result<(), WatchError> {
        let sinks = self
            .sinks
            .iter()
            .filter_map(|(name, sink)| Some((format!("sinks.{name}"), sink.kind.file()?)));
        let history = self.history.iter().map(|it| ("history".to_owned(), it.path.as_path()));
        let mut known: BTreeMap<PathBuf, String> = BTreeMap::new();
        for (one, path) in sinks.chain(history) {
            if let Some(other) = known.insert(followed(path), one.clone()) {
                return Err(WatchError::SameFile { one, other, path: path.to_owned() });
            }
        }
        Ok(())
    }

    fn near(&self, name: &str) -> Option<String> {
        super::error::nearest(name, self.sinks.keys().map(String::as_str))
    }
}

/// A configuration whose values keep their rules: what a [`Watch`](super::Watch) is made of.
#[derive(Clone, Debug)]
pub struct Checked(Config);

impl Deref for Checked {
    type Target = Config;

    fn deref(&self) -> &Config {
        &self.0
    }
}

/// A file by the folders that it is in, through links as far as they can be followed.
fn followed(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = whole.parent().and_then(|folder| folder.canonicalize().ok());
    let inside = folder.zip(whole.file_name()).map(|(folder, name)| folder.join(name));
    whole.canonicalize().ok().or(inside).unwrap_or(whole)
}

/// The most seconds that the end of a run may take: who stops a service kills it after a minute and a half.
const LONGEST_PATIENCE: u64 = 60;

impl Default for Queues {
    fn default() -> Self {
        Self { folder: "netsift-queues".into(), patience: 5.0 }
    }
}

fn medium() -> Level {
    Level::Medium
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Config::from_toml(text).and_then(Config::check).unwrap_err().to_string()
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        let text = "
            [source]
            interface = 'eth0'
            [knowledge]
            lists = [{ path = 'a.txt', level = 'high' }, { path = 'b.txt' }]
            [sinks.log]
            json_lines = { path = 'alerts.jsonl' }
            [sinks.log.delivery]
            at_least = 'high'
            [[routes]]
            to = ['log']
            [history]
            path = 'h.db'
        ";
        let config = Config::from_toml(text).unwrap();
        assert_eq!(config.knowledge.lists[1].level, Level::Medium);
        assert_eq!(Config::from_toml(&config.to_toml().unwrap()).unwrap(), config);
        assert_eq!(Config::from_toml("").unwrap(), Config::default());
    }

    #[test]
    fn the_example_works_with_and_without_its_comments() {
        let config = Config::from_toml(Config::EXAMPLE).unwrap();
        assert_eq!(config.check().unwrap().grouping, Grouping::default());
        // What is commented out is read as well, where it is built in: an example that is refused helps nobody.
        if !cfg!(feature = "dashboard") {
            return;
        }
        let is_setting = |line: &&str| line.contains(" = ") || line.starts_with('[');
        let bare = |line| str::strip_prefix(line, "# ").filter(is_setting).unwrap_or(line);
        let whole: Vec<&str> = Config::EXAMPLE.lines().map(bare).collect();
        let whole = Config::from_toml(&whole.join("\n")).unwrap();
        assert_eq!((whole.sinks.len(), whole.routes.len(), whole.silences.len()), (4, 1, 1));
        assert!(whole.packets.is_some());
    }

    #[test]
    fn what_stands_where_it_does_not_belong_is_not_shown() {
        for text in [
            "[sinks.a]\nwebhook = 'https://hooks.slack.com/SECRET'",
            "[sinks.a.webhook]\nurl = 'https://a.example'\nheaders = 'Bearer SECRET'",
            "[sinks.a.mail]\nhost = 'a'\nfrom = 'a@b'\nto = ['c@d']\npassword = 'SECRET'",
            "[sinks.a]\nwebhook = 'SECRET",
        ] {
            assert!(!refused(text).contains("SECRET"), "{}", refused(text));
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (text, part) in [
            ("[sorce]", "did you mean \"source\"?"),
            ("[source]\ninterfaces = 1", "did you mean \"interface\"?"),
            ("[sinks.a.jsonlines]\npath = 'a'", "did you mean \"json_lines\"?"),
            ("[sinks.a.delivry]\ndigest = 1.0", "did you mean \"delivery\"?"),
            ("[sinks.a.csv]\npth = 'a'", "line 2: unknown field `pth`"),
            ("\n[sinks.a]", "line 2: a sink names its kind"),
            ("[sinks.a.csv]\npath = 'a'\n[sinks.a.terminal]", "of one kind, and this one of"),
            ("[sinks.mail.csv]\npath = 'a'\n[[routes]]\nto = ['mial']", "did you mean \"mail\"?"),
            ("[queues]\npatience = -1.0", "from 0 to 60 seconds"),
            (
                "[grouping]\nwindow = 0.0",
                "grouping.window is \"0\", and must be 1 to 86400 seconds",
            ),
            ("[history]\nretention = { alert_days = 0 }", "retention.alert_days"),
        ] {
            assert!(refused(text).contains(part), "{text}: {}", refused(text));
        }
    }
}
