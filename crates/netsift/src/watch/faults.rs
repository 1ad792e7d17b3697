//! All that is wrong with a configuration, and where it stands.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use toml::de::{DeTable, DeValue, Deserializer};

use super::place::{self, Step};
use super::{Config, WatchError};

/// More than this nobody mends at once; each is found by looking through what the ones before have left.
const MOST_FAULTS: usize = 100;

/// Something that is wrong with a configuration.
#[derive(Debug)]
#[non_exhaustive]
pub struct Fault {
    /// The line it stands on, from 1; none for what is missing.
    pub line: Option<usize>,
    /// What is wrong, and what would be right.
    pub error: WatchError,
}

/// A configuration that was looked through.
///
/// ```
/// use netsift::watch::Config;
///
/// let looked = Config::look_through("[grouping]\nwindow = 0.0\nfwe = 3\n[sinks.log.csv]\npath = 'a.csv'\n");
/// let said: Vec<String> = looked.faults.iter().map(ToString::to_string).collect();
/// assert!(said[0].starts_with("line 2: grouping.window is \"0\""), "{said:?}");
/// assert!(said[1].starts_with("line 3: grouping.fwe: unknown field"), "{said:?}");
/// assert!(said.len() == 2 && looked.config.sinks.contains_key("log"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Looked<'t> {
    /// What is wrong, in the order of its lines; of very much the beginning.
    pub faults: Vec<Fault>,
    /// What the rest says.
    pub config: Config,
    text: &'t str,
    whole: DeTable<'t>,
}

impl Config {
    /// Looks for all that is wrong with a text: what is found is taken out, and the rest looked at again. What a table lacks
    /// since something was taken out of it is not told.
    #[must_use]
    pub fn look_through(text: &str) -> Looked<'_> {
        let (whole, errors) = DeTable::parse_recoverable(text);
        let whole = whole.into_inner();
        let mut search =
            Search { text, rest: whole.clone(), whole, faults: Vec::new(), gone: Vec::new() };
        for error in errors.iter().take(MOST_FAULTS) {
            search.misspelt(error);
        }
        let config = search.all();
        let Search { mut faults, whole, .. } = search;
        faults.sort_by_key(|fault| fault.line);
        Looked { faults, config, text, whole }
    }
}

impl Looked<'_> {
    /// The line on which a setting stands, `source.filter`: if it does not, that of its table.
    #[must_use]
    pub fn line(&self, setting: &str) -> Option<usize> {
        let at = place::named(&self.whole, &setting.split('.').collect::<Vec<_>>())?;
        Some(place::line(self.text, &at))
    }
}

struct Search<'t> {
    text: &'t str,
    whole: DeTable<'t>,
    /// Without what was taken out.
    rest: DeTable<'t>,
    faults: Vec<Fault>,
    /// What was taken out.
    gone: Vec<Vec<Step>>,
}

impl Search<'_> {
    /// Looks until nothing more is wrong; answers what the rest says.
    fn all(&mut self) -> Config {
        while self.faults.len() < MOST_FAULTS {
            let read = toml::Spanned::new(0..self.text.len(), self.rest.clone());
            let found = match Config::deserialize(Deserializer::from(read)) {
                Err(error) => (error.span(), WatchError::of_syntax(&error, self.text)),
                Ok(config) => match config.flaw(|name| self.names(name)) {
                    None => return config,
                    Some(error) => (self.named(&error), error),
                },
            };
            if !self.take(found.0, found.1) {
                break;
            }
        }
        Config::default()
    }

    /// Notes what is wrong and takes it out; whether it could.
    fn take(&mut self, at: Option<Range<usize>>, error: WatchError) -> bool {
        let of_whole = at.as_ref().and_then(|at| place::way(&self.whole, at)).unwrap_or_default();
        let follows = self.gone.iter().any(|gone| gone.starts_with(&of_whole));
        let line = at.as_ref().map(|at| place::line(self.text, at));
        // What could not be read at all there was told.
        let is_told = follows || self.is_misspelt(line);
        if !is_told {
            self.faults.push(Fault { line, error: error.at(&place::shown(&of_whole)) });
        }
        let way = at.and_then(|at| place::way(&self.rest, &at)).unwrap_or_default();
        place::strike(&mut self.rest, &way);
        self.gone.push(of_whole);
        !way.is_empty()
    }

    /// What is no TOML.
    fn misspelt(&mut self, error: &toml::de::Error) {
        let line = error.span().map(|at| place::line(self.text, &at));
        if !self.is_misspelt(line) {
            self.faults.push(Fault { line, error: WatchError::of_syntax(error, self.text) });
        }
    }

    fn is_misspelt(&self, line: Option<usize>) -> bool {
        let is_there = |fault: &Fault| {
            fault.line == line
                && matches!(&fault.error, WatchError::Syntax { place, .. } if place.is_empty())
        };
        self.faults.iter().any(is_there)
    }

    /// Where that stands which an error is about.
    fn named(&self, error: &WatchError) -> Option<Range<usize>> {
        let setting = error.setting()?;
        place::named(&self.rest, &setting.split('.').collect::<Vec<_>>())
    }

    /// Whether the text has a sink of this name, be it sound or not.
    fn names(&self, sink: &str) -> bool {
        let sinks = self.whole.get("sinks").map(toml::Spanned::get_ref);
        matches!(sinks, Some(DeValue::Table(sinks)) if sinks.contains_key(sink))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.error, self.line) {
            (WatchError::Syntax { .. }, _) | (_, None) => write!(f, "{}", self.error),
            (error, Some(line)) => write!(f, "line {line}: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        Config::look_through(text).faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ten_faults_are_ten_lines() {
        let text = "\
[sorce]
[grouping]
window = 0.0
fwe = 3
[[silences]]
which = {}
until = '2030-01-01T00:00:00Z'
[sinks.a.csv]
path = 'one.csv'
[sinks.b.json_lines]
path = './one.csv'
rotation = { keep = 5000 }
[sinks.c.webhok]
[sinks.d.csv]
path = 'd.csv'
[sinks.d.delivery]
digest = -1.0
[sinks.e.webhook]
url = { env = 'NETSIFT_NOBODY_SETS_THIS' }
[[routes]]
to = ['a', 'c', 'fax']
[queues]
patience = 'long'
[history]
retention = { alert_days = 0 }
";
        let told = told(text);
        let parts = [
            "line 1: sorce: unknown field `sorce`",
            "line 3: grouping.window is \"0\", and must be 1 to 86400 seconds",
            "line 4: grouping.fwe: unknown field `fwe`",
            "line 5: silences.0: silence is",
            "line 11: sinks.b: writes \"./one.csv\", as sinks.a does",
            "line 12: sinks.b: rotation.keep is \"5000\", and must be at most 1000",
            "line 13: sinks.c.webhok: unknown field `webhok`",
            "line 17: sinks.d: d.digest is \"-1\", and must be 0 to 86400 seconds",
            "line 19: sinks.e: webhook.url is \"{ env = \\\"NETSIFT_NOBODY_SETS_THIS\\\" }\"",
            "line 21: routes.0.to: there is no sink \"fax\"",
            "line 23: queues.patience: invalid type",
            "line 25: history: retention.alert_days is 0, and must be from 1 to 36500",
        ];
        assert_eq!(told.len(), parts.len(), "{told:#?}");
        for (told, part) in told.iter().zip(parts) {
            assert!(told.starts_with(part), "{part}: {told}");
        }
    }

    #[test]
    fn what_follows_from_a_fault_is_not_told_beside_it() {
        for text in [
            "[sinks.a.csv]\npth = 'a'\n[[routes]]\nto = ['a']\n",
            "[sinks.a.mail]\nhost = 'm'\nfrom = 'a@b.c'\nto = [1]\n",
            "[grouping]\nwindow =\n",
            "[[silences]]\nuntil = 'tomorrow'\nwhich = { what = ['a'] }\n",
            "[sinks]\na = 1\n",
        ] {
            assert_eq!(told(text).len(), 1, "{text}: {:?}", told(text));
        }
        assert!(told("[sinks.a.csv]\npth = 'a'\n")[0].ends_with("did you mean \"path\"?"));
    }

    #[test]
    fn a_text_of_faults_alone_takes_no_longer_than_a_hundred() {
        let many: String = (0..20_000).map(|number| format!("unknown{number} = 1\n")).collect();
        assert_eq!(told(&many).len(), MOST_FAULTS);
        assert!(told(&"[".repeat(100_000)).len() <= MOST_FAULTS);
        assert!(told("").is_empty() && told(Config::EXAMPLE).is_empty());
    }

    #[test]
    fn what_is_sound_is_read_though_the_rest_is_not() {
        let looked =
            Config::look_through("[grouping]\nfew = 0\nwindow = 60.0\n[source]\nfilter = 'tcp'\n");
        assert_eq!((looked.config.grouping.window, looked.config.grouping.few), (60.0, 3));
        assert_eq!(looked.line("source.filter"), Some(5));
        assert_eq!((looked.line("source.captures"), looked.line("packets")), (Some(4), None));
    }
}
