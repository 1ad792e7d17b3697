//! What is not told for a while, since somebody knows of it.

use serde::{Deserialize, Serialize};

use crate::text::{MAX_TEXT, clipped};
use crate::{Alert, Group, SinkError, Which};

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

/// The silences that hold, each with a number, and how many alerts they kept back.
///
/// They are asked about what is told of groups, and not about each alert before: a scan that is silenced is a few alerts all
/// the same. A silence that begins while a group goes on keeps back what would be told of it next; after its end the group
/// is told again as soon as it grows, with all that it counted meanwhile. What has grown no more by then stays untold.
///
/// ```
/// # use netsift_alert::{Action, Alert, AlertId, Level, SinkError};
/// use netsift_alert::{Grouper, Grouping, Silence, Silences};
///
/// # let alert = Alert { id: AlertId::of(5, "scan", [None, None]), nanos: 5, first: 5, count: 1,
/// #     level: Level::Low, score: 25.0, what: "scan".into(), source: None, target: None, protocol: None, service: None,
/// #     names: vec![], terms: vec![], reasons: vec![], evidence: vec![], packets: None, action: Action::Watch,
/// #     rule: "none".into() };
/// let mut silences = Silences::default();
/// let scans = "until = '2026-01-31T18:00:00Z'\nwhich = { what = ['*scan*'] }";
/// let number = silences.add(toml::from_str(scans).unwrap())?;
/// let (mut grouper, mut kept, mut told) = (Grouper::new(Grouping::default())?, vec![], vec![]);
/// grouper.accept(alert, |group| {
///     kept.push(group.alert.clone());
///     if !silences.silence(&group) {
///         told.push(group);
///     }
/// });
/// assert_eq!((kept.len(), told.len(), silences.silenced()), (1, 0, 1));
/// assert!(silences.remove(number).is_some_and(|it| it.which.what.len() == 1));
/// # Ok::<(), SinkError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Silences {
    /// In the order of their numbers.
    all: Vec<(u64, Silence)>,
    /// How many there have been: no number has two lives.
    numbers: u64,
    silenced: u64,
}

impl Silence {
    /// Somebody has seen an alert: until then it is not told again, unless it gets worse.
    #[must_use]
    pub fn acknowledging(alert: &Alert, who: &str, until: i64) -> Self {
        let (id, at_most) = (vec![alert.id], Some(alert.level));
        let (who, comment) = (who.to_owned(), "acknowledged".to_owned());
        Self { which: Which { id, at_most, ..Which::default() }, until, who, comment }
    }

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
        all.into_iter().try_for_each(|silence| silences.add(silence).map(drop))?;
        Ok(silences)
    }

    /// One more; answers its number.
    ///
    /// # Errors
    /// [`SinkError::Setting`] if it cannot be, or if there are [`MAX_SILENCES`] of them.
    pub fn add(&mut self, silence: Silence) -> Result<u64, SinkError> {
        silence.check()?;
        if self.all.len() == MAX_SILENCES {
            let (setting, value) = ("silences".into(), (MAX_SILENCES + 1).to_string());
            return Err(SinkError::Setting { setting, value, rule: "at most 1000" });
        }
        self.numbers += 1;
        self.all.push((self.numbers, silence));
        Ok(self.numbers)
    }

    /// Ends the one of this number; nothing if there is none, or no more.
    pub fn remove(&mut self, number: u64) -> Option<Silence> {
        let place = self.all.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        Some(self.all.remove(place).1)
    }

    /// Those of others in the place of all that there are, with numbers that none had here. What was silenced stays counted.
    pub fn replace(&mut self, by: Self) {
        self.all = by.all.into_iter().map(|(number, it)| (self.numbers + number, it)).collect();
        self.numbers += by.numbers;
    }

    /// Whether something is not to be told. What was seen at the end or after it is.
    pub fn silence(&mut self, group: &Group) -> bool {
        let nanos = group.alert.nanos;
        let holds = |silence: &Silence| nanos < silence.until && silence.which.matches(group);
        let is_silenced = self.all.iter().any(|(_, silence)| holds(silence));
        self.silenced += u64::from(is_silenced);
        is_silenced
    }

    /// Lets those go that have ended by then, and tells them. What was seen before the end of one may be told behind it:
    /// [`Grouper::told_before`](crate::Grouper::told_before) says by when it is.
    pub fn expire(&mut self, nanos: i64) -> Vec<Silence> {
        let ended = self.all.extract_if(.., |(_, silence)| silence.until <= nanos);
        ended.map(|(_, silence)| silence).collect()
    }

    /// Those that hold, by their numbers.
    #[must_use]
    pub fn list(&self) -> impl ExactSizeIterator<Item = (u64, &Silence)> {
        self.all.iter().map(|(number, silence)| (*number, silence))
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
    use crate::{Grouper, Grouping, Level, Peer, example};

    const SECOND: i64 = 1_000_000_000;

    fn silence(which: &str, until: i64) -> Silence {
        let which = toml::from_str(which).unwrap();
        Silence { which, until, who: "me".into(), comment: "a test".into() }
    }

    #[test]
    fn it_holds_until_its_end_and_goes_then() {
        let scans = silence("what = [\"scan\"]\nsource = [\"192.0.2.0/24\"]", 10 * SECOND);
        let mut silences = Silences::new(vec![scans.clone()]).unwrap();
        assert!(silences.silence(&example("scan", 9 * SECOND).into()));
        assert!(!silences.silence(&example("flood", 9 * SECOND).into()));
        assert!(!silences.silence(&example("scan", 10 * SECOND).into()));
        assert_eq!(silences.silenced(), 1);
        assert_eq!(silences.expire(10 * SECOND - 1), []);
        assert_eq!(silences.expire(10 * SECOND), [scans]);
        assert_eq!(silences.list().len(), 0);
    }

    #[test]
    fn they_come_and_go_by_their_numbers() {
        let mut silences = Silences::default();
        let of = |what: &str| silence(&format!("what = [\"{what}\"]"), 10 * SECOND);
        let numbers = ["a", "b", "c"].map(|what| silences.add(of(what)).unwrap());
        assert_eq!(silences.remove(numbers[1]), Some(of("b")));
        assert_eq!(silences.remove(numbers[1]), None);
        assert!(!silences.silence(&example("b", SECOND).into()));
        let next = silences.add(of("d")).unwrap();
        assert!(!numbers.contains(&next), "no number has two lives");
        let all: Vec<_> = silences.list().map(|(number, it)| (number, it.clone())).collect();
        assert_eq!(all, [(numbers[0], of("a")), (numbers[2], of("c")), (next, of("d"))]);
        let more = (0..MAX_SILENCES - 3).map(|_| silences.add(of("e")));
        assert!(more.map(|added| added.unwrap()).is_sorted());
        assert!(silences.add(of("f")).is_err(), "they are bounded");
        silences.remove(next);
        assert!(silences.add(of("f")).is_ok());
    }

    #[test]
    fn others_take_their_place_and_what_was_silenced_stays_counted() {
        let of = |what: &str| silence(&format!("what = [\"{what}\"]"), 10 * SECOND);
        let mut silences = Silences::new(vec![of("a"), of("b")]).unwrap();
        assert!(silences.silence(&example("a", SECOND).into()));
        let before: Vec<u64> = silences.list().map(|(number, _)| number).collect();
        silences.replace(Silences::new(vec![of("b"), of("c")]).unwrap());
        let is_silenced =
            |silences: &mut Silences, what| silences.silence(&example(what, 5).into());
        assert!(!is_silenced(&mut silences, "a") && is_silenced(&mut silences, "c"));
        assert_eq!(silences.silenced(), 2);
        assert!(silences.list().all(|(number, _)| !before.contains(&number)));
        let next = silences.add(of("d")).unwrap();
        assert_eq!(silences.remove(next), Some(of("d")));
    }

    #[test]
    fn what_somebody_has_seen_is_not_told_again_until_it_gets_worse_or_the_end() {
        let alert = example("scan", SECOND);
        let seen = Silence::acknowledging(&alert, "me", 10 * SECOND);
        let mut silences = Silences::new(vec![seen]).unwrap();
        let grown = Alert { count: 9, nanos: 5 * SECOND, ..alert };
        let worse = Alert { level: Level::Critical, ..grown.clone() };
        let later = Alert { nanos: 10 * SECOND, ..grown.clone() };
        let told = [grown, worse, later, example("scan", 2 * SECOND)]
            .map(|alert| !silences.silence(&alert.into()));
        assert_eq!(told, [false, true, true, true]);
    }

    /// What is kept, and what is told, of a scan of so many targets a second for a minute, which is told each ten seconds.
    fn scanned(silences: &mut Silences) -> (Vec<Alert>, Vec<Alert>) {
        let mut grouper = Grouper::new(Grouping { window: 10.0, ..Grouping::default() }).unwrap();
        let (mut kept, mut told) = (Vec::new(), Vec::new());
        let mut hear = |group: Group| {
            kept.push(group.alert.clone());
            if !silences.silence(&group) {
                told.push(group.alert);
            }
        };
        for number in 0..60_000_u32 {
            let target = Some(Peer { address: number.to_be_bytes().into(), port: None });
            let nanos = i64::from(number) * (SECOND / 1_000);
            grouper.accept(Alert { target, ..example("scan", nanos) }, &mut hear);
        }
        grouper.finish(&mut hear);
        (kept, told)
    }

    #[test]
    fn a_scan_that_is_silenced_is_a_few_alerts_and_none_is_told() {
        let mut silences = Silences::new(vec![silence("what = [\"scan\"]", 100 * SECOND)]).unwrap();
        let (kept, told) = scanned(&mut silences);
        assert!(kept.len() < 12 && told.is_empty(), "{}", kept.len());
        assert_eq!((kept.last().unwrap().count, silences.silenced()), (60_000, kept.len() as u64));
    }

    #[test]
    fn a_silence_ends_in_the_midst_of_a_scan() {
        let mut silences = Silences::new(vec![silence("what = [\"scan\"]", 35 * SECOND)]).unwrap();
        let (kept, told) = scanned(&mut silences);
        assert!((2..=4).contains(&told.len()) && told.len() < kept.len(), "{}", told.len());
        assert!(told.iter().all(|alert| alert.nanos >= 35 * SECOND && alert.id == kept[0].id));
        assert!(told[0].count > 35_000, "with what it counted meanwhile: {}", told[0].count);
    }

    #[test]
    fn what_was_seen_before_the_end_is_not_told_behind_it() {
        let mut silences = Silences::new(vec![silence("what = [\"scan\"]", 5 * SECOND)]).unwrap();
        let mut grouper = Grouper::new(Grouping { window: 10.0, ..Grouping::default() }).unwrap();
        let (mut heard, mut told) = (0, 0);
        let mut hear = |silences: &mut Silences, group| {
            heard += 1;
            told += usize::from(!silences.silence(&group));
        };
        for nanos in [SECOND, 4 * SECOND] {
            grouper.accept(example("scan", nanos), |group| hear(&mut silences, group));
        }
        for second in 5..20 {
            grouper.advance(second * SECOND, |group| hear(&mut silences, group));
            silences.expire(grouper.told_before(second * SECOND));
        }
        assert_eq!((heard, told, silences.list().len()), (2, 0, 0));
    }

    #[test]
    fn a_silence_of_one_network_does_not_hide_what_hits_others_too() {
        let inside = silence("target = [\"0.0.0.0/24\"]", 100 * SECOND);
        let (kept, told) = scanned(&mut Silences::new(vec![inside]).unwrap());
        assert_eq!(told.last().unwrap().count, 60_000);
        assert!(told.len() < kept.len(), "the first are in it");
        let all = silence("target = [\"0.0.0.0/8\"]", 100 * SECOND);
        assert_eq!(scanned(&mut Silences::new(vec![all]).unwrap()).1, []);
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
