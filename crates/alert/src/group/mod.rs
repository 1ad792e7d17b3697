//! Alerts that stay few: what is the same is told once, and again only if it grows.

mod clock;
mod distinct;
mod episode;
mod key;
mod told;

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::{Alert, SinkError};
use clock::Clock;
use episode::Episode;
use key::Key;
pub use told::Group;

/// When alerts are the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Grouping {
    /// What goes on is told again after so many seconds at the earliest, and after twice as many each time, up to `quiet`.
    /// Default: 300: who reads along sees that it goes on, and one day of it is some 25 messages.
    pub window: f64,
    /// The same is another alert once nothing of it was seen for so many seconds; never less than a window. Default: 4,000:
    /// more than an hour, the longest after which a behaviour that goes on is found again (beacons aside, which are found
    /// once a day). So a scan that takes its time is one alert.
    pub quiet: f64,
    /// What one does to more targets than this, or more sources than this to one, is one alert. Default: 3.
    pub few: usize,
    /// How many are remembered at once. Default: 10,000, which take some 10 MB, and 100 MB if attackers fill them.
    pub most: usize,
}

/// What was made of alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GroupCounts {
    /// Alerts that came.
    pub taken: u64,
    /// Alerts that were told, again or for the first time.
    pub told: u64,
    /// Alerts that ended early, since there were more than are remembered: what is the same later is told anew.
    pub evicted: u64,
    /// Alerts that are remembered now.
    pub open: usize,
}

/// Makes few alerts of many.
///
/// Same source, class and target are one alert, whatever the ports, until it is [quiet](Grouping::quiet). The first is told
/// at once; what comes then counts up, and the alert is told again with the same name: at once if its level rises, else at
/// the end of the window if there were more, then after two windows, and so on; what comes after a pause is told at once.
/// What one does to more than a [few](Grouping::few) becomes one alert about many, which goes by the name of the first of
/// them.
///
/// [`count`](Alert::count) is of how many alerts it is made: of as many flows where each is one, of as many findings where a
/// behaviour is found again and again. How many targets, ports or names a behaviour has stands in the evidence of its alert,
/// and how many addresses a crowd has in that of the crowd.
///
/// Time is what alerts and [`advance`](Self::advance) say: the same alerts give the same, whenever it is done. If there are
/// more than are remembered, the one that is quiet and ends next ends early, or else the one that would be told next.
///
/// ```
/// # use netsift_alert::{Action, Alert, AlertId, Level, Peer};
/// use netsift_alert::{Grouper, Grouping};
///
/// # let alert = |nanos: i64| Alert { id: AlertId::of(nanos, "scan", [None, None]), nanos, first: nanos, count: 1, host: None,
/// #     level: Level::Low, score: 25.0, what: "scan".into(), source: None, target: None, protocol: None, service: None,
/// #     names: vec![], terms: vec![], reasons: vec![], evidence: vec![], packets: None, action: Action::Watch,
/// #     rule: "none".into() };
/// let mut grouper = Grouper::new(Grouping::default())?;
/// let mut told = Vec::new();
/// (0..1_000).for_each(|nanos| grouper.accept(alert(nanos), |group| told.push(group.alert)));
/// assert_eq!(told.len(), 1);
/// grouper.finish(|group| told.push(group.alert));
/// assert_eq!((told.len(), told[1].id, told[1].count), (2, told[0].id, 1_000));
/// # Ok::<(), netsift_alert::SinkError>(())
/// ```
#[derive(Debug)]
pub struct Grouper {
    /// In nanoseconds.
    window: i64,
    quiet: i64,
    few: usize,
    most: usize,
    clock: Clock,
    /// The episodes by numbers, which rise.
    episodes: HashMap<u64, Episode>,
    next: u64,
    numbers: HashMap<Key, u64>,
    /// Of each source of one class the episodes with single targets, and of each target those with single sources.
    fans: HashMap<Key, Vec<u64>>,
    /// When each of those that may grow is looked at next.
    due: BTreeSet<(i64, u64)>,
    /// When each of those ends that had not grown when they were looked at.
    quieted: BTreeSet<(i64, u64)>,
    counts: GroupCounts,
}

impl Default for Grouping {
    fn default() -> Self {
        Self { window: 300.0, quiet: 4_000.0, few: 3, most: 10_000 }
    }
}

impl Grouping {
    /// Refuses values outside their rules.
    ///
    /// # Errors
    /// [`SinkError::Setting`].
    pub fn check(&self) -> Result<(), SinkError> {
        let Self { window, quiet, few, most } = *self;
        let in_range = (1.0..=86_400.0).contains(&window);
        SinkError::unless(in_range, "grouping.window", window, "1 to 86400 seconds")?;
        let in_range = (1.0..=604_800.0).contains(&quiet);
        SinkError::unless(in_range, "grouping.quiet", quiet, "1 to 604800 seconds")?;
        SinkError::unless((1..=64).contains(&few), "grouping.few", few, "1 to 64")?;
        let in_range = (1..=1_000_000).contains(&most);
        SinkError::unless(in_range, "grouping.most", most, "1 to 1000000")
    }
}

impl Grouper {
    /// # Errors
    /// [`SinkError::Setting`] for a value outside its rule.
    pub fn new(grouping: Grouping) -> Result<Self, SinkError> {
        grouping.check()?;
        Ok(Self {
            window: (grouping.window * 1e9) as i64,
            quiet: (grouping.quiet.max(grouping.window) * 1e9) as i64,
            few: grouping.few,
            most: grouping.most,
            clock: Clock::default(),
            episodes: HashMap::new(),
            next: 0,
            numbers: HashMap::new(),
            fans: HashMap::new(),
            due: BTreeSet::new(),
            quieted: BTreeSet::new(),
            counts: GroupCounts::default(),
        })
    }

    /// Takes an alert, and tells what is to be told by now.
    pub fn accept(&mut self, alert: Alert, mut tell: impl FnMut(Group)) {
        let alert = alert.bounded();
        self.counts.taken += 1;
        let (now, went_back) = self.clock.see(alert.nanos);
        if went_back {
            // What was seen so far lies in the future, and would never be looked at.
            self.end_all(&mut tell);
        }
        self.look(now, &mut tell);
        let key = Key::of(&alert);
        match self.place_of(&key, alert.nanos, &mut tell) {
            Some(number) => self.join(number, alert, now, &mut tell),
            None => self.open(key, alert, now, &mut tell),
        }
    }

    /// It is so late, by the clock of the packets: tells what is to be told by now.
    pub fn advance(&mut self, nanos: i64, mut tell: impl FnMut(Group)) {
        let now = self.clock.tick(nanos);
        self.look(now, &mut tell);
    }

    /// Nothing comes any more: tells what was counted and not told yet.
    pub fn finish(&mut self, mut tell: impl FnMut(Group)) {
        self.end_all(&mut tell);
    }

    /// What was seen before this is told once [`advance`](Self::advance) has heard of `nanos`: for who keeps something until
    /// then, as a silence that has ended.
    #[must_use]
    pub fn told_before(&self, nanos: i64) -> i64 {
        nanos.saturating_sub(self.quiet)
    }

    /// What was made of alerts so far.
    #[must_use]
    pub fn counts(&self) -> GroupCounts {
        GroupCounts { open: self.episodes.len(), ..self.counts }
    }

    /// The episode that something seen then is part of: one between the two, or between one of them and many.
    fn place_of(&mut self, key: &Key, nanos: i64, tell: &mut impl FnMut(Group)) -> Option<u64> {
        let wider = key.wider().map(|(_, key)| key);
        for key in [key.clone()].into_iter().chain(wider) {
            let Some(&number) = self.numbers.get(&key) else { continue };
            let quiet = self.quiet;
            if self.episodes.get(&number).is_some_and(|it| it.reaches(nanos, quiet)) {
                return Some(number);
            }
            self.end(number, tell);
        }
        None
    }

    fn join(&mut self, number: u64, alert: Alert, now: i64, tell: &mut impl FnMut(Group)) {
        let Some(episode) = self.episodes.get_mut(&number) else { return };
        episode.join(alert);
        if episode.rose() || self.quieted.contains(&(episode.due, number)) {
            self.tell(number, now, tell);
        }
    }

    fn open(&mut self, key: Key, alert: Alert, now: i64, tell: &mut impl FnMut(Group)) {
        let episode = match self.crowd(&key, now) {
            Some(mut crowd) => {
                crowd.join(alert);
                crowd
            }
            None => Episode::new(key, alert, now, self.window),
        };
        if self.episodes.len() >= self.most
            && let Some(&(_, oldest)) = self.quieted.first().or_else(|| self.due.first())
        {
            self.counts.evicted += 1;
            self.end(oldest, tell);
        }
        let number = self.next;
        self.next += 1;
        for (_, fan) in episode.key.wider() {
            self.fans.entry(fan).or_default().push(number);
        }
        self.numbers.insert(episode.key.clone(), number);
        self.episodes.insert(number, episode);
        self.tell(number, now, tell);
    }

    /// If there are a few of its kind already: all of them as one.
    fn crowd(&mut self, key: &Key, now: i64) -> Option<Episode> {
        let is_full = |(_, fan): &_| self.fans.get(fan).is_some_and(|it| it.len() >= self.few);
        let (side, wide) = key.wider().find(is_full)?;
        let mut members = self.fans.get(&wide)?.clone().into_iter();
        let mut crowd = self.remove(members.next()?)?.widened(wide, side);
        (crowd.due, crowd.gap) = (now, self.window);
        for number in members {
            if let Some(member) = self.remove(number) {
                crowd.absorb(member);
            }
        }
        Some(crowd)
    }

    /// Looks at what is due: what grew is told, what did not is quiet, and ends if it stays so.
    fn look(&mut self, now: i64, tell: &mut impl FnMut(Group)) {
        while let Some(&(due, number)) = self.due.first()
            && due <= now
        {
            match self.episodes.get_mut(&number) {
                Some(episode) if episode.grew() => self.tell(number, now, tell),
                Some(episode) => {
                    self.due.remove(&(due, number));
                    episode.due = episode.last().saturating_add(self.quiet);
                    self.quieted.insert((episode.due, number));
                }
                None => drop(self.due.remove(&(due, number))),
            }
        }
        while let Some(&(end, number)) = self.quieted.first()
            && end <= now
        {
            self.remove(number);
            self.quieted.remove(&(end, number));
        }
    }

    fn tell(&mut self, number: u64, now: i64, tell: &mut impl FnMut(Group)) {
        let Some(episode) = self.episodes.get_mut(&number) else { return };
        self.due.remove(&(episode.due, number));
        self.quieted.remove(&(episode.due, number));
        episode.due = now.saturating_add(episode.gap);
        episode.gap = episode.gap.saturating_mul(2).min(self.quiet);
        self.due.insert((episode.due, number));
        self.counts.told += 1;
        tell(episode.tell());
    }

    fn end_all(&mut self, tell: &mut impl FnMut(Group)) {
        while let Some(&(_, number)) = self.due.first().or_else(|| self.quieted.first()) {
            self.end(number, tell);
        }
    }

    /// Ends one, and tells what was not told of it.
    fn end(&mut self, number: u64, tell: &mut impl FnMut(Group)) {
        if let Some(mut episode) = self.remove(number)
            && episode.grew()
        {
            self.counts.told += 1;
            tell(episode.tell());
        }
    }

    fn remove(&mut self, number: u64) -> Option<Episode> {
        let episode = self.episodes.remove(&number)?;
        self.due.remove(&(episode.due, number));
        self.quieted.remove(&(episode.due, number));
        self.numbers.remove(&episode.key);
        for (_, key) in episode.key.wider() {
            if let Some(fan) = self.fans.get_mut(&key) {
                fan.retain(|member| *member != number);
                if fan.is_empty() {
                    self.fans.remove(&key);
                }
            }
        }
        Some(episode)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;
    use crate::{Level, Peer, example};

    const SECOND: i64 = 1_000_000_000;
    const START: i64 = 1_790_000_000 * SECOND;

    fn grouper() -> Grouper {
        Grouper::new(Grouping { window: 60.0, quiet: 60.0, few: 3, most: 100 }).unwrap()
    }

    fn at(seconds: i64) -> Alert {
        example("scan", START + seconds * SECOND)
    }

    fn host(number: u32) -> Option<Peer> {
        Some(Peer { address: Ipv4Addr::from_bits(0x0a00_0000 + number).into(), port: None })
    }

    fn told_of(grouper: &mut Grouper, alerts: impl IntoIterator<Item = Alert>) -> Vec<Alert> {
        let mut told = Vec::new();
        alerts.into_iter().for_each(|alert| grouper.accept(alert, |group| told.push(group.alert)));
        told
    }

    #[test]
    fn the_first_is_told_at_once_and_its_count_at_the_end_of_the_window() {
        let mut grouper = grouper();
        let told = told_of(&mut grouper, (0..60).map(at));
        assert_eq!((told.len(), told[0].count), (1, 1));
        let mut later = Vec::new();
        grouper.advance(START + 60 * SECOND - 1, |group| later.push(group.alert));
        assert_eq!(later, []);
        grouper.advance(START + 60 * SECOND, |group| later.push(group.alert));
        assert_eq!((later.len(), later[0].count, later[0].id), (1, 60, told[0].id));
        assert_eq!((later[0].first, later[0].nanos), (START, START + 59 * SECOND));
        // Nothing came since, so it is over, and what comes is another one.
        grouper.advance(START + 120 * SECOND, |_| panic!("told again without anything new"));
        assert_eq!(grouper.counts().open, 0);
        let anew = told_of(&mut grouper, [at(121)]);
        assert_eq!((anew[0].count, anew[0].id != told[0].id), (1, true));
    }

    #[test]
    fn what_goes_on_is_told_at_growing_gaps_by_the_same_name() {
        let grouping = Grouping { window: 60.0, quiet: 600.0, ..Grouping::default() };
        let mut grouper = Grouper::new(grouping).unwrap();
        let told = told_of(&mut grouper, (0..3_600).map(at));
        let gaps: Vec<i64> =
            told.windows(2).map(|pair| (pair[1].nanos - pair[0].nanos) / SECOND).collect();
        assert_eq!(gaps, [59, 120, 240, 480, 600, 600, 600, 600]);
        assert!(told.iter().all(|alert| alert.id == told[0].id));
        assert!(told.is_sorted_by_key(|alert| alert.count));
    }

    #[test]
    fn what_gets_worse_is_told_at_once() {
        let mut grouper = grouper();
        let mut worse = at(2);
        worse.level = Level::Critical;
        let told = told_of(&mut grouper, [at(0), at(1), worse.clone(), worse, at(3)]);
        let told: Vec<_> = told.iter().map(|alert| (alert.level, alert.count)).collect();
        assert_eq!(told, [(Level::High, 1), (Level::Critical, 3)]);
    }

    #[test]
    fn a_scan_of_100_000_targets_is_one_alert_with_its_count() {
        let mut grouper = Grouper::new(Grouping::default()).unwrap();
        let scan = (0..100_000).map(|target| Alert { target: host(target), ..at(0) });
        let mut told = told_of(&mut grouper, scan);
        assert_eq!(told.len(), 4, "three to single targets, then one to many");
        grouper.finish(|group| told.push(group.alert));
        let last = &told[4];
        assert_eq!((told.len(), last.count, last.target), (5, 100_000, None));
        assert!(last.id == told[0].id && last.id == told[3].id, "it goes by the name of the first");
        let evidence = &last.evidence[0];
        let (number, examples) =
            evidence.split_once(" targets in 10.0.0.0/15, among them ").unwrap();
        let number: u64 = number.strip_prefix("about ").unwrap().parse().unwrap();
        assert!((75_000..125_000).contains(&number), "{evidence}");
        assert_eq!(examples, "10.0.0.0, 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4");
    }

    #[test]
    fn a_scan_of_100_000_targets_at_25_a_second_is_one_alert_that_is_told_now_and_then() {
        let mut grouper = Grouper::new(Grouping::default()).unwrap();
        let at = |number: i64| example("scan", START + number * SECOND / 25);
        let scan = (0..100_000).map(|number| Alert { target: host(number), ..at(number.into()) });
        let mut told = told_of(&mut grouper, scan);
        grouper.finish(|group| told.push(group.alert));
        let of_many: Vec<_> = told.iter().filter(|alert| alert.target.is_none()).collect();
        assert!(of_many.iter().all(|alert| alert.id == told[0].id));
        let counts: Vec<u64> = of_many.iter().map(|alert| alert.count).collect();
        // After 5, 15 and 35 minutes, and at the end after 66.
        assert_eq!((counts.len(), counts[0], counts[4]), (5, 4, 100_000), "{counts:?}");
    }

    #[test]
    fn what_is_found_again_after_a_window_of_its_own_is_one_alert_until_it_is_quiet() {
        let told = |times: &[i64]| {
            let mut grouper = Grouper::new(Grouping::default()).unwrap();
            let mut told = Vec::new();
            for alert in times.iter().map(|time| at(*time)) {
                // Others say how late it is.
                grouper.advance(alert.nanos, |group| told.push(group.alert));
                grouper.accept(alert, |group| told.push(group.alert));
            }
            told
        };
        // As a behaviour that is looked for in windows of 300 seconds, and of 3,600.
        for step in [301, 3_601] {
            let told = told(&(0..14).map(|number| step * number).collect::<Vec<_>>());
            assert!(told.len() > 3 && told.iter().all(|alert| alert.id == told[0].id), "{step}");
        }
        let told = told(&[0, 301, 4_302]);
        let counts: Vec<u64> = told.iter().map(|alert| alert.count).collect();
        assert_eq!(counts, [1, 2, 1]);
        assert!(told[0].id == told[1].id && told[1].id != told[2].id, "it was quiet");
    }

    #[test]
    fn what_is_quiet_makes_room_before_what_goes_on() {
        let mut grouper = Grouper::new(Grouping { most: 2, ..Grouping::default() }).unwrap();
        let of = |what: &str, seconds| example(what, START + seconds * SECOND);
        let told = told_of(&mut grouper, [of("quiet", 0), of("goes on", 1), of("goes on", 299)]);
        let more = told_of(&mut grouper, [of("goes on", 301), of("new", 400), of("goes on", 401)]);
        assert_eq!(told.len(), 2);
        assert_eq!(more.iter().map(|it| it.what.as_str()).collect::<Vec<_>>(), ["goes on", "new"]);
        assert_eq!((grouper.counts().evicted, grouper.counts().open), (1, 2));
    }

    #[test]
    fn many_sources_of_one_target_are_one_alert_too() {
        let mut grouper = grouper();
        let sources = (0..50).map(|source| Alert { source: host(source), ..at(0) });
        let told = told_of(&mut grouper, sources);
        assert_eq!((told.len(), told[3].source), (4, None));
        assert!(told[2].host.is_some() && told[3].host.is_none(), "many have no score");
        assert!(told[3].evidence[0].starts_with("4 sources in 10.0.0.0/30, among them 10.0.0.0,"));
    }

    #[test]
    fn a_few_targets_and_other_classes_stay_apart() {
        let mut grouper = grouper();
        let few = (0..3).map(|target| Alert { target: host(target), ..at(0) });
        let other = Alert { what: "flood".into(), target: host(9), ..at(0) };
        assert_eq!(told_of(&mut grouper, few.chain([other])).len(), 4);
        let mut of_nobody = at(0);
        of_nobody.target = None;
        let many = (0..50).map(|source| Alert { source: host(source), ..of_nobody.clone() });
        assert_eq!(told_of(&mut grouper, many).len(), 50, "sources of unknown targets");
    }

    #[test]
    fn memory_is_bounded_and_what_makes_room_is_counted() {
        let mut grouper = grouper();
        let pair =
            |number| Alert { source: host(number), target: host(number + 1_000_000), ..at(0) };
        let twice = told_of(&mut grouper, [pair(0), pair(0)]);
        assert_eq!(twice.len(), 1);
        let told = told_of(&mut grouper, (1..5_000).map(pair));
        // All of them, and the first once more: it had grown when it made room.
        assert_eq!((told.len(), told.iter().filter(|alert| alert.count == 2).count()), (5_000, 1));
        let GroupCounts { taken, told, evicted, open } = grouper.counts();
        assert_eq!((taken, told, evicted, open), (5_001, 5_001, 4_900, 100));
        assert!(grouper.fans.len() <= 200 && grouper.due.len() == 100);
    }

    #[test]
    fn times_out_of_order_and_wild_times_break_nothing() {
        let mut grouper = grouper();
        let told = told_of(&mut grouper, [at(50), at(10), at(40)]);
        assert_eq!(told.len(), 1);
        let wild = told_of(&mut grouper, [at(i64::from(i32::MAX)), at(51)]);
        // The wild one is another episode, as is what comes after it; the first is told with its count.
        assert_eq!(wild.iter().map(|alert| alert.count).collect::<Vec<_>>(), [3, 1, 1]);
        let mut later = Vec::new();
        told_of(&mut grouper, [at(52)]);
        grouper.advance(START + 111 * SECOND, |group| later.push(group.alert));
        assert_eq!(later.len(), 1);
    }

    #[test]
    fn settings_outside_their_rules_are_refused() {
        let error = Grouper::new(Grouping { window: f64::NAN, ..Grouping::default() }).unwrap_err();
        assert_eq!(error.to_string(), "grouping.window is \"NaN\", and must be 1 to 86400 seconds");
        assert!(Grouping { few: 0, ..Grouping::default() }.check().is_err());
        assert!(Grouping { most: 0, ..Grouping::default() }.check().is_err());
    }

    proptest! {
        /// Whatever comes in whatever order: counts add up, and nothing stays behind.
        #[test]
        fn everything_is_counted_once(
            alerts in proptest::collection::vec((0_u32..6, 0_u32..6, 0_i64..400, 0_usize..4), 1..200),
        ) {
            let mut grouper = Grouper::new(Grouping { window: 30.0, quiet: 40.0, few: 2, most: 8 }).unwrap();
            // The last that was told of each name and beginning holds all of it.
            let mut told: Vec<Alert> = Vec::new();
            let number = alerts.len() as u64;
            for (place, (source, target, seconds, level)) in alerts.into_iter().enumerate() {
                let mut alert = at(seconds);
                alert.id = crate::AlertId::of(place as i64, "", [None, None]);
                alert.level = Level::ALL[level];
                (alert.source, alert.target) = (host(source), host(target + 1_000));
                grouper.accept(alert, |group| told.push(group.alert));
            }
            grouper.finish(|group| told.push(group.alert));
            let counts = grouper.counts();
            prop_assert_eq!((counts.taken, counts.told), (number, told.len() as u64));
            prop_assert!(counts.open == 0 && grouper.fans.is_empty() && grouper.numbers.is_empty());
            prop_assert!(told.len() as u64 <= number + counts.evicted + number / 2);
            let mut last = HashMap::new();
            told.into_iter().for_each(|alert| {
                last.insert(alert.id, alert.count);
            });
            prop_assert!(last.values().sum::<u64>() >= number, "what was absorbed is told twice, never lost");
        }
    }
}
