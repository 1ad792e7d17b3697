//! How much is too much for one sink.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::more::More;
use crate::{Alert, SinkError};

/// How many alerts a sink gets, and what becomes of the rest: it is counted, and told as one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Limit {
    /// So many at the most; 0 for as many as there are. Default: 0.
    pub alerts: u64,
    /// In so many seconds, from the first of them on. Default: 60.
    pub seconds: f64,
}

/// Lets alerts pass that are within a limit.
#[derive(Debug)]
pub(crate) struct Limiter {
    most: u64,
    window: Duration,
    /// When the window ends that is open.
    end: Option<Instant>,
    passed: u64,
    more: Option<More>,
}

impl Default for Limit {
    fn default() -> Self {
        Self { alerts: 0, seconds: 60.0 }
    }
}

impl Limit {
    pub(crate) fn check(&self, sink: &str) -> Result<(), SinkError> {
        let in_range = (0.001..=86_400.0).contains(&self.seconds);
        let rule = "above 0 and at most 86400 seconds";
        SinkError::unless(in_range, format!("{sink}.limit.seconds"), self.seconds, rule)
    }
}

impl Limiter {
    pub(crate) fn new(limit: Limit) -> Self {
        let window = Duration::try_from_secs_f64(limit.seconds).unwrap_or(Duration::MAX);
        Self { most: limit.alerts, window, end: None, passed: 0, more: None }
    }

    /// Another limit from now on. A window that is open ends when it would have, and what did not pass is told then.
    pub(crate) fn set(&mut self, limit: Limit) {
        let Self { most, window, .. } = Self::new(limit);
        (self.most, self.window) = (most, window);
    }

    /// Whether an alert is within the limit. What is not is told later.
    pub(crate) fn passes(&mut self, alert: &Alert, now: Instant) -> bool {
        if self.most == 0 {
            return true;
        }
        self.end = self.end.or_else(|| now.checked_add(self.window));
        self.passed = self.passed.saturating_add(1);
        if self.passed <= self.most {
            return true;
        }
        More::add(&mut self.more, alert);
        false
    }

    /// When something has to be told of what did not pass.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.end.filter(|_| self.more.is_some())
    }

    /// Ends the window if it is over, and tells what did not pass in it. Asked before any alert is held against the next.
    pub(crate) fn turn(&mut self, now: Instant) -> Option<Alert> {
        self.end = self.end.filter(|end| now < *end);
        if self.end.is_some() {
            return None;
        }
        self.passed = 0;
        self.rest()
    }

    /// What did not pass, at once.
    pub(crate) fn rest(&mut self) -> Option<Alert> {
        self.more.take().map(More::alert)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::MAX_LIST;
    use crate::{Level, example};

    fn limiter() -> Limiter {
        Limiter::new(Limit { alerts: 3, seconds: 60.0 })
    }

    #[test]
    fn what_is_beyond_is_counted_and_told_as_one() {
        let (mut limiter, start) = (limiter(), Instant::now());
        let mut alerts: Vec<_> = (0..315).map(|nanos| example("scan", nanos)).collect();
        alerts[100].level = Level::Critical;
        alerts[200].what = "flood".into();
        let passed = alerts.iter().filter(|alert| limiter.passes(alert, start)).count();
        assert_eq!(passed, 3);
        let end = start + Duration::from_secs(60);
        assert_eq!(limiter.due(), Some(end));
        assert_eq!(limiter.turn(end - Duration::from_nanos(1)), None);
        let told = limiter.turn(end).unwrap();
        assert_eq!((told.what.as_str(), told.count), ("and 312 more", 312));
        assert_eq!((told.level, told.first, told.nanos), (Level::Critical, 3, 314));
        assert_eq!(told.evidence, ["311 scan", "1 flood"]);
        assert_eq!((told.source, told.names.len()), (None, 0));
        assert_eq!((limiter.due(), limiter.rest()), (None, None));
        assert!(limiter.passes(&alerts[0], end), "another window");
    }

    #[test]
    fn another_limit_holds_at_once_and_what_did_not_pass_is_told() {
        let (mut limiter, start) = (limiter(), Instant::now());
        let mut passed = |limiter: &mut Limiter| {
            (0..10).filter(|nanos| limiter.passes(&example("scan", *nanos), start)).count()
        };
        assert_eq!(passed(&mut limiter), 3);
        limiter.set(Limit { alerts: 15, seconds: 60.0 });
        assert_eq!(passed(&mut limiter), 5);
        limiter.set(Limit::default());
        assert_eq!(passed(&mut limiter), 10);
        assert_eq!(limiter.turn(start + Duration::from_secs(60)).unwrap().count, 12);
    }

    #[test]
    fn a_storm_of_classes_takes_no_memory() {
        let (mut limiter, start) = (limiter(), Instant::now());
        for number in 0..10_000 {
            limiter.passes(&example(&format!("class {number}"), 1), start);
        }
        let told = limiter.rest().unwrap();
        assert_eq!((told.count, told.evidence.len()), (9_997, MAX_LIST));
    }

    #[test]
    fn without_a_limit_all_pass() {
        let mut limiter = Limiter::new(Limit::default());
        assert!((0..1_000).all(|_| limiter.passes(&example("a", 1), Instant::now())));
        assert_eq!(limiter.due(), None);
        let wrong = Limit { seconds: 0.0, ..Limit::default() };
        let error = wrong.check("mail").unwrap_err().to_string();
        assert!(error.starts_with("mail.limit.seconds is \"0\""), "{error}");
    }
}
