//! What is not told for a while, since somebody knows of it.

use serde::{Deserialize, Serialize};

use crate::text::{MAX_TEXT, clipped};
use crate::{Alert, SinkError, Which};

/// So many silences hold at once: each alert is held against all of them.
pub const MAX_SILENCES: usize = 1_000;

/// What is not told, and until when. A silence has an end: those that have none hide what nobody remembers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silence {
    /// What is not told. All of it cannot be.
    pub which: Which,
    /// From when on it is told again, by the clock of the packets: `2026-01-31T18:00:00Z`.
    #[serde(with = "crate::time")]
    pub until: i64,
    /// Who said so.
    #[serde(default)]
    pub who: String,
    /// Why.
    #[serde(default)]
    pub comment: String,
}

/// The silences that hold, and how many alerts they kept back.
#[derive(Clone, Debug, Default)]
pub struct Silences {
    all: Vec<Silence>,
    silenced: u64,
}

impl Silence {
    /// Refuses one that silences everything.
    ///
    /// # Errors
    /// [`SinkError::Setting`].
    pub fn check(&self) -> Result<(), SinkError> {
        if self.which.is_all() {
            let value = clipped(&self.comment, MAX_TEXT).into_owned();
            let rule = "about something: a level, a class, a network, a rule or an alert";
            return Err(SinkError::Setting { setting: "silence".into(), value, rule });
        }
        Ok(())
    }
}

impl Silences {
    /// Silences of a configuration, or as they were kept.
    ///
    /// # Errors
    /// [`SinkError::Setting`] of the first that cannot be, or if there are more than [`MAX_SILENCES`].
    pub fn new(all: Vec<Silence>) -> Result<Self, SinkError> {
        let mut silences = Self::default();
        all.into_iter().try_for_each(|silence| silences.add(silence))?;
        Ok(silences)
    }

    /// One more.
    ///
    /// # Errors
    /// [`SinkError::Setting`] if it cannot be, or if there are [`MAX_SILENCES`] of them.
    pub fn add(&mut self, silence: Silence) -> Result<(), SinkError> {
        silence.check()?;
        if self.all.len() == MAX_SILENCES {
            let (setting, value) = ("silences".into(), (MAX_SILENCES + 1).to_string());
            return Err(SinkError::Setting { setting, value, rule: "at most 1000" });
        }
        self.all.push(silence);
        Ok(())
    }

    /// Whether an alert is not to be told. One that was seen at the end or after it is.
    pub fn silence(&mut self, alert: &Alert) -> bool {
        let holds = |silence: &Silence| alert.nanos < silence.until && silence.which.matches(alert);
        let is_silenced = self.all.iter().any(holds);
        self.silenced += u64::from(is_silenced);
        is_silenced
    }

    /// Lets those go that have ended by then, and tells them.
    pub fn expire(&mut self, nanos: i64) -> Vec<Silence> {
        self.all.extract_if(.., |silence| silence.until <= nanos).collect()
    }

    /// Those that hold.
    #[must_use]
    pub fn all(&self) -> &[Silence] {
        &self.all
    }

    /// How many alerts were not told.
    #[must_use]
    pub fn silenced(&self) -> u64 {
        self.silenced
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    const SECOND: i64 = 1_000_000_000;

    fn silence(which: &str, until: i64) -> Silence {
        let which = toml::from_str(which).unwrap();
        Silence { which, until, who: "me".into(), comment: "a test".into() }
    }

    #[test]
    fn it_holds_until_its_end_and_goes_then() {
        let scans = silence("what = [\"scan\"]\nsource = [\"192.0.2.0/24\"]", 10 * SECOND);
        let mut silences = Silences::new(vec![scans.clone()]).unwrap();
        assert!(silences.silence(&example("scan", 9 * SECOND)));
        assert!(!silences.silence(&example("flood", 9 * SECOND)));
        assert!(!silences.silence(&example("scan", 10 * SECOND)));
        assert_eq!(silences.silenced(), 1);
        assert_eq!(silences.expire(10 * SECOND - 1), []);
        assert_eq!(silences.expire(10 * SECOND), [scans]);
        assert_eq!(silences.all(), []);
    }

    #[test]
    fn nobody_silences_everything() {
        let error = Silences::new(vec![silence("", SECOND)]).unwrap_err().to_string();
        assert!(error.starts_with("silence is \"a test\", and must be about something"), "{error}");
        let many = vec![silence("what = [\"a\"]", SECOND); MAX_SILENCES + 1];
        assert!(Silences::new(many).is_err());
    }

    #[test]
    fn its_end_is_a_time_that_people_read() {
        let text = "until = \"1970-01-01T00:00:10Z\"\nwho = \"me\"\ncomment = \"\"\n\n[which]\n";
        let silence: Silence = toml::from_str(text).unwrap();
        assert_eq!(silence.until, 10 * SECOND);
        assert!(toml::to_string(&silence).unwrap().contains("until = \"1970-01-01T00:00:10Z\""));
        assert!(toml::from_str::<Silence>("until = \"tomorrow\"\n[which]\n").is_err());
        assert!(toml::from_str::<Silence>("[which]\nwhat = [\"a\"]\n").is_err(), "without an end");
    }
}
