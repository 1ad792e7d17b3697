//! Who is told: a sink of one kind, and what it gets.

use std::fmt;
use std::path::{Path, PathBuf};

use netsift_alert::sinks::{
    CsvFile, CsvSettings, JsonLines, JsonLinesSettings, Mail, MailSettings, Program,
    ProgramSettings, Prometheus, PrometheusSettings, Sms, SmsSettings, Syslog, SyslogSettings,
    Terminal, TerminalSettings, Webhook, WebhookSettings,
};
use netsift_alert::{
    Alert, Delivery, Dispatcher, DispatcherBuilder, Secret, Sink, SinkError, States,
};
use serde::de::{self, DeserializeSeed, EnumAccess, MapAccess, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, forward_to_deserialize_any};

use super::WatchError;

/// Who is told, and what it gets. In a file the kind is the name of its settings:
///
/// ```
/// use netsift::watch::{Config, SinkKind};
///
/// let config = Config::from_toml("[sinks.log.csv]\npath = 'alerts.csv'\n")?;
/// assert!(matches!(config.sinks["log"].kind, SinkKind::Csv(_)));
/// # Ok::<(), netsift::watch::WatchError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SinkConfig {
    /// Who is told.
    #[serde(flatten)]
    pub kind: SinkKind,
    /// What it gets, and how.
    pub delivery: Delivery,
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SinkKind {
    /// Lines of JSON in a file.
    JsonLines(JsonLinesSettings),
    /// A table in a file.
    Csv(CsvSettings),
    /// Lines for people.
    Terminal(TerminalSettings),
    /// Counts in a file.
    Prometheus(PrometheusSettings),
    /// A collector of messages.
    Syslog(SyslogSettings),
    /// A web address.
    Webhook(WebhookSettings),
    /// Mail.
    Mail(MailSettings),
    /// Short messages.
    Sms(SmsSettings),
    /// A program that is started.
    Program(ProgramSettings),
}

impl SinkConfig {
    /// Refuses what cannot be. No file is written, and nobody is called.
    pub(super) fn check(&self, name: &str) -> Result<(), WatchError> {
        self.delivery.check(name).map_err(of_sink(name))?;
        // Files are made where they are opened: of those the settings alone are looked at.
        if self.kind.is_local() {
            self.kind.check_file().map_err(of_sink(name))
        } else {
            self.alone(name).map(drop)
        }
    }

    /// Adds it to those that are told; if its kind has a queue, with that in this folder.
    pub(super) fn add(
        &self,
        builder: DispatcherBuilder,
        name: &str,
        queue: PathBuf,
    ) -> Result<DispatcherBuilder, WatchError> {
        let sink = self.kind.sink(builder.states()).map_err(of_sink(name))?;
        let delivery = self.delivery.clone();
        Ok(match self.kind.is_local() {
            true => builder.local(name, sink, delivery),
            false => builder.remote(name, sink, delivery, queue),
        })
    }

    /// One that is told without a queue: to try it, and to tell it what is left.
    pub(super) fn alone(&self, name: &str) -> Result<Box<dyn Sink>, WatchError> {
        match &self.kind {
            SinkKind::Prometheus(settings) => Ok(Box::new(Trial(settings.clone()))),
            kind => kind.sink(Dispatcher::builder().states()).map_err(of_sink(name)),
        }
    }
}

/// A file of counts is tried without counting: who writes it may be at work.
struct Trial(PrometheusSettings);

impl Sink for Trial {
    fn accept(&mut self, _: &[Alert]) -> Result<(), SinkError> {
        self.0.try_out()
    }
}

/// Where a sink writes.
enum Place<'a> {
    File(&'a Path),
    /// Another file in its place, again and again.
    Replaced(&'a Path),
    Terminal,
    /// On another machine, or whatever a program makes of it.
    Away,
}

/// What is particular to a kind. No `match` here has a last arm: the compiler asks each question about a new kind.
impl SinkKind {
    /// Where its secrets stand.
    pub(super) fn secrets(&self) -> Vec<&Secret> {
        match self {
            Self::Webhook(settings) => settings.secrets().collect(),
            Self::Mail(settings) => settings.secrets().collect(),
            Self::Sms(settings) => settings.secrets().collect(),
            Self::JsonLines(_)
            | Self::Csv(_)
            | Self::Terminal(_)
            | Self::Prometheus(_)
            | Self::Syslog(_)
            | Self::Program(_) => Vec::new(),
        }
    }

    /// Where what it is told goes.
    fn place(&self) -> Place<'_> {
        match self {
            Self::JsonLines(settings) => Place::File(&settings.path),
            Self::Csv(settings) => Place::File(&settings.path),
            Self::Prometheus(settings) => Place::Replaced(&settings.path),
            Self::Terminal(_) => Place::Terminal,
            Self::Syslog(_)
            | Self::Webhook(_)
            | Self::Mail(_)
            | Self::Sms(_)
            | Self::Program(_) => Place::Away,
        }
    }

    /// The file that it writes.
    pub(super) fn file(&self) -> Option<&Path> {
        match self.place() {
            Place::File(path) | Place::Replaced(path) => Some(path),
            Place::Terminal | Place::Away => None,
        }
    }

    /// Whether its file is replaced by another one, again and again.
    pub(super) fn is_replaced(&self) -> bool {
        matches!(self.place(), Place::Replaced(_))
    }

    /// Whether it writes to this machine: what waits for it is in memory.
    pub(super) fn is_local(&self) -> bool {
        !matches!(self.place(), Place::Away)
    }

    fn check_file(&self) -> Result<(), SinkError> {
        if let Some(path) = self.file().filter(|path| path.file_name().is_none()) {
            let (setting, value) = ("path".to_owned(), path.display().to_string());
            return Err(SinkError::Setting { setting, value, rule: "that of a file" });
        }
        match self {
            Self::JsonLines(settings) => settings.rotation.check(),
            Self::Csv(settings) => settings.rotation.check(),
            Self::Terminal(_)
            | Self::Prometheus(_)
            | Self::Syslog(_)
            | Self::Webhook(_)
            | Self::Mail(_)
            | Self::Sms(_)
            | Self::Program(_) => Ok(()),
        }
    }

    fn sink(&self, states: States) -> Result<Box<dyn Sink>, SinkError> {
        Ok(match self {
            Self::JsonLines(settings) => Box::new(JsonLines::new(settings.clone())?),
            Self::Csv(settings) => Box::new(CsvFile::new(settings.clone())?),
            Self::Terminal(settings) => Box::new(Terminal::new(*settings)?),
            Self::Prometheus(settings) => {
                Box::new(Prometheus::new(settings.clone())?.with_states(states))
            }
            Self::Syslog(settings) => Box::new(Syslog::new(settings.clone())?),
            Self::Webhook(settings) => Box::new(Webhook::new(settings.clone())?),
            Self::Mail(settings) => Box::new(Mail::new(settings.clone())?),
            Self::Sms(settings) => Box::new(Sms::new(settings.clone())?),
            Self::Program(settings) => Box::new(Program::new(settings.clone())?),
        })
    }
}

fn of_sink(name: &str) -> impl Fn(SinkError) -> WatchError {
    move |source| WatchError::Sink { name: name.to_owned(), source }
}

impl<'de> Deserialize<'de> for SinkConfig {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Keys)
    }
}

/// Reads one kind, and `delivery`. What `serde` makes for a flattened enum knows neither which names there are nor on which
/// line one stands.
struct Keys;

const DELIVERY: &str = "delivery";

impl<'de> Visitor<'de> for Keys {
    type Value = SinkConfig;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of a kind of sink")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SinkConfig, A::Error> {
        let (mut kind, mut delivery) = (None, Delivery::default());
        while let Some(key) = map.next_key::<String>()? {
            if key == DELIVERY {
                delivery = map.next_value()?;
            } else if kind.replace(SinkKind::deserialize(Entry { key, map: &mut map })?).is_some() {
                return Err(de::Error::custom("a sink is of one kind, and this one of several"));
            }
        }
        let none = || de::Error::custom("a sink names its kind, as \"json_lines\" or \"mail\"");
        Ok(SinkConfig { kind: kind.ok_or_else(none)?, delivery })
    }
}

/// A key and its value, as a variant of an enum.
struct Entry<'a, A> {
    key: String,
    map: &'a mut A,
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for Entry<'_, A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_enum(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        if known.contains(&self.key.as_str()) {
            return visitor.visit_enum(self);
        }
        let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        let (key, known) = (self.key, known.join(", "));
        let said = format!("unknown field `{key}`, expected one of `{DELIVERY}`, {known}");
        Err(de::Error::custom(said))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'a, 'de, A: MapAccess<'de>> EnumAccess<'de> for Entry<'a, A> {
    type Error = A::Error;
    type Variant = Settings<'a, A>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), A::Error> {
        let key = de::value::StringDeserializer::new(self.key);
        Ok((seed.deserialize(key)?, Settings(self.map)))
    }
}

struct Settings<'a, A>(&'a mut A);

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for Settings<'_, A> {
    type Error = A::Error;

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        self.0.next_value_seed(seed)
    }

    fn unit_variant(self) -> Result<(), A::Error> {
        Err(of_other_shape())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, A::Error> {
        Err(of_other_shape())
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, A::Error> {
        Err(of_other_shape())
    }
}

/// Every kind holds its settings, and nothing else.
fn of_other_shape<E: de::Error>() -> E {
    E::custom("a kind of sink is a table of its settings")
}
