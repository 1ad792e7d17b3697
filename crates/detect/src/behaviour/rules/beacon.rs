//! Regular calls home.

use std::net::IpAddr;

use netsift_packet::Protocol;

use super::{Beside, Extent, Rule, SECOND, Track};
use crate::behaviour::config::BeaconConfig;
use crate::behaviour::finding::{Finding, Kind};
use crate::behaviour::observation::{Observation, is_group};
use crate::behaviour::sample::FEW;

/// Calls that are kept of a caller: enough to tell rhythm from chance, whatever the period.
pub(in crate::behaviour) const CALLS: usize = 32;
/// Services that are asked regularly by design, by their ports: names, leases, time, neighbours; and names over connections.
const REGULAR: [u16; 7] = [53, 67, 123, 853, 1900, 5353, 5355];
const REGULAR_OVER_TCP: [u16; 2] = [53, 853];

/// The last calls, in order of time.
#[derive(Clone, Debug, Default)]
pub(in crate::behaviour) struct Calls(Vec<Call>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Call {
    at: i64,
    bytes: u64,
}

/// The rhythm of calls.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rhythm {
    /// The median gap.
    period: i64,
    /// The median distance of gaps from it, as a share of it.
    jitter: f64,
}

impl Rule for BeaconConfig {
    /// Who, whom, which port, and by which protocol.
    type Key = (IpAddr, IpAddr, u16, Protocol);
    type Track = Calls;

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn window(&self) -> i64 {
        i64::from(self.window_seconds) * SECOND
    }

    /// Who was silent for two gaps of the slowest rhythm that the window holds is hardly one that calls regularly, and would
    /// otherwise be remembered for a day. Who does call regularly is remembered for as long as it takes to be found anew,
    /// twice: a slow caller that misses a few is known when it goes on, and a quick one is found again as soon.
    fn patience(&self, track: &Self::Track) -> i64 {
        let (calls, window) = (self.calls.max(2), self.window());
        let slowest = 2 * window / calls as i64;
        let rhythm = (track.0.len() as u64 >= calls / 4).then(|| track.rhythm()).flatten();
        let regular = rhythm.filter(|rhythm| rhythm.jitter <= self.jitter);
        let found_anew = |rhythm: Rhythm| rhythm.period.saturating_mul(2 * calls as i64);
        regular.map_or(slowest, |rhythm| found_anew(rhythm).clamp(slowest, window))
    }

    fn watches(&self, seen: &Observation<'_>, beside: &Beside) -> Option<Self::Key> {
        let (host, port) = (seen.destination.ip(), seen.destination.port());
        let is_call = match seen.protocol {
            Protocol::TCP => seen.attempt().is_some() && !REGULAR_OVER_TCP.contains(&port),
            // Datagrams that nobody answers are logs and clocks, or worse; but no calls.
            Protocol::UDP => {
                let ports = [port, seen.source.port()];
                seen.received.packets > 0 && !ports.iter().any(|port| REGULAR.contains(port))
            }
            _ => false,
        };
        let is_outside = !is_group(host) && !beside.is_inside(host);
        (is_call && is_outside).then(|| (seen.source.ip(), host, port, seen.protocol))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>, _: &Beside) {
        let bytes = seen.sent.bytes.saturating_add(seen.received.bytes);
        track.enter(Call { at: seen.first.as_nanos(), bytes }, self.window());
    }

    fn extent(&self, _: &Self::Key, track: &Self::Track) -> Option<Extent> {
        let calls = track.0.len() as u64;
        if calls < self.calls || track.span() < nanos(self.shortest_span_seconds) {
            return None;
        }
        let rhythm = track.rhythm()?;
        let is_regular = rhythm.jitter <= self.jitter;
        let is_slow = rhythm.period >= nanos(self.shortest_gap_seconds);
        let is_short = || track.usual_bytes() <= self.most_bytes;
        let holds = is_regular && is_slow && is_short();
        holds.then(|| Extent { size: calls, last: track.ends().1 })
    }

    fn finding(
        &self,
        &(offender, victim, port, protocol): &Self::Key,
        track: &Self::Track,
    ) -> Finding {
        let rhythm = track.rhythm().unwrap_or(Rhythm { period: 0, jitter: 1.0 });
        let (first, last) = track.ends();
        Finding {
            offender: Some(offender),
            victim: Some(victim),
            port: Some(port),
            window: self.window(),
            count: track.0.len() as u64,
            share: 1.0 - rhythm.jitter,
            period: Some(rhythm.period),
            ..Finding::new(Kind::Beacon, protocol, (first, last))
        }
    }
}

impl Calls {
    /// Enters a call, in its place; what is told again replaces what was told before.
    fn enter(&mut self, call: Call, window: i64) {
        let Self(calls) = self;
        let place = calls.partition_point(|other| other.at < call.at);
        if let Some(same) = calls.get_mut(place).filter(|same| same.at == call.at) {
            same.bytes = same.bytes.max(call.bytes);
            return;
        }
        let is_late = place == 0
            && (calls.len() == CALLS
                || calls.last().is_some_and(|it| it.at.saturating_sub(call.at) > window));
        if is_late {
            return;
        }
        if calls.len() == CALLS {
            calls.remove(0);
            calls.insert(place - 1, call);
        } else {
            if calls.len() == calls.capacity() {
                calls.reserve_exact(calls.len().clamp(FEW, CALLS - calls.len()));
            }
            calls.insert(place, call);
        }
        let oldest = self.ends().1.saturating_sub(window);
        self.0.retain(|call| call.at >= oldest);
    }

    fn ends(&self) -> (i64, i64) {
        let ends = (self.0.first(), self.0.last());
        (ends.0.map_or(0, |call| call.at), ends.1.map_or(0, |call| call.at))
    }

    fn span(&self) -> i64 {
        let (first, last) = self.ends();
        last.saturating_sub(first)
    }

    fn gaps(&self) -> impl Iterator<Item = i64> {
        let pairs = self.0.iter().zip(self.0.iter().skip(1));
        pairs.map(|(before, after)| after.at.saturating_sub(before.at))
    }

    fn rhythm(&self) -> Option<Rhythm> {
        let mut room = [0; CALLS];
        let gaps = fill(&mut room, self.gaps());
        let period = median(gaps)?;
        gaps.iter_mut().for_each(|gap| *gap = gap.saturating_sub(period).saturating_abs());
        let jitter = median(gaps)? as f64 / period.max(1) as f64;
        Some(Rhythm { period, jitter })
    }

    fn usual_bytes(&self) -> u64 {
        let mut room = [0; CALLS];
        median(fill(&mut room, self.0.iter().map(|call| call.bytes))).unwrap_or(0)
    }
}

impl Track for Calls {
    const MAX_HEAP: usize = CALLS * size_of::<Call>();

    fn heap(&self) -> usize {
        self.0.capacity() * size_of::<Call>()
    }

    /// Calls that keep a distance: of a burst that is one or two, of a rhythm all.
    fn weight(&self) -> usize {
        let longest = self.gaps().max().unwrap_or(0);
        1 + self.gaps().filter(|gap| *gap >= longest / 2).count()
    }

    fn clear(&mut self) {
        self.0.clear();
        self.0.shrink_to(FEW);
    }
}

/// Values in room that is there: this is asked at every call.
fn fill<T>(room: &mut [T; CALLS], values: impl Iterator<Item = T>) -> &mut [T] {
    let mut count = 0;
    for (place, value) in room.iter_mut().zip(values) {
        *place = value;
        count += 1;
    }
    room.get_mut(..count).unwrap_or_default()
}

fn median<T: Copy + Ord>(values: &mut [T]) -> Option<T> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable(middle).1)
}

fn nanos(seconds: f64) -> i64 {
    (seconds * SECOND as f64) as i64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::behaviour::staged::{flow, inside, kinds, outside, talked, told, told_with};
    use crate::behaviour::{Behaviour, BehaviourConfig, Kind, Volume};

    /// Calls with gaps of a period and what is added to them.
    fn calls(count: u32, period: f64, added: impl Fn(u32) -> f64) -> Vec<Observation<'static>> {
        let mut at = 0.0;
        let call = |step| {
            at += period + added(step);
            talked(inside(1), (outside(1), 443), at, (4, 400))
        };
        (0..count).map(call).collect()
    }

    /// From -0.5 to 0.5, evenly spread.
    fn even(step: u32) -> f64 {
        (f64::from(step) * 0.618_034).fract() - 0.5
    }

    #[test]
    fn regular_calls_are_a_beacon_whatever_the_period() {
        for period in [2.2, 60.0, 3_000.0] {
            let [beacon] = &told(calls(16, period, |_| 0.0))[..] else { panic!("one finding") };
            assert_eq!((beacon.kind, beacon.count), (Kind::Beacon, 16));
            let told = beacon.period.unwrap() as f64 / 1e9;
            assert!((told - period).abs() < 1e-3, "{told} for {period}");
        }
        assert_eq!(kinds(calls(15, 60.0, |_| 0.0)), []);
    }

    #[test]
    fn gaps_may_vary_by_up_to_a_half() {
        assert_eq!(kinds(calls(24, 10.0, |step| 9.0 * even(step))), [Kind::Beacon]);
        assert_eq!(kinds(calls(200, 10.0, |step| 18.0 * even(step))), []);
    }

    #[test]
    fn one_call_missed_does_not_hide_the_others() {
        assert_eq!(
            kinds(calls(20, 10.0, |step| if step == 9 { 10.0 } else { 0.0 })),
            [Kind::Beacon]
        );
    }

    #[test]
    fn chance_bursts_bulk_and_neighbours_are_no_beacons() {
        let chance = |step: u32| -(1.0 - (even(step) + 0.5).max(1e-3)).ln() * 10.0 - 10.0;
        assert_eq!(kinds(calls(300, 10.0, chance)), [], "as chance has it");
        assert_eq!(kinds(calls(300, 0.2, |_| 0.0)), [], "parts of a page");
        let large = calls(40, 10.0, |_| 0.0).into_iter().map(|seen| Observation {
            received: Volume { bytes: 100_000, ..seen.received },
            ..seen
        });
        assert_eq!(kinds(large), [], "parts of a film");
        let near = calls(40, 10.0, |_| 0.0)
            .into_iter()
            .map(|seen| Observation { destination: (inside(9), 443).into(), ..seen });
        assert_eq!(kinds(near), [], "inside");
        let clock = (0..40).map(|step| {
            let seen = flow(Protocol::UDP, inside(1), (outside(1), 123), f64::from(step) * 64.0);
            Observation { received: seen.sent, ..seen }
        });
        assert_eq!(kinds(clock), [], "the time");
    }

    #[test]
    fn who_called_once_is_not_remembered_for_a_day() {
        let mut behaviour = Behaviour::new(BehaviourConfig::default()).unwrap();
        let hour = |behaviour: &mut Behaviour, from: u32| {
            for step in from * 3_600..(from + 1) * 3_600 {
                let caller = [10, 1, (step >> 8) as u8, step as u8].into();
                let call =
                    talked(caller, (outside((step >> 16) as u8), 443), step.into(), (4, 400));
                behaviour.observe(&call, |finding| panic!("{finding:?}"));
            }
            behaviour.bytes()
        };
        let early = (0..4).map(|at| hour(&mut behaviour, at)).max().unwrap();
        let later = (4..24).map(|at| hour(&mut behaviour, at)).max().unwrap();
        assert!(later < early * 5 / 4, "{early} bytes in four hours, {later} in the rest of a day");
    }

    #[test]
    fn who_calls_slowly_and_regularly_is_remembered_over_a_long_silence() {
        let regular = |from: u32, count| {
            (0..count).map(move |step| (from + step * 1_800, inside(1), outside(1)))
        };
        let crowd = (0..70_000_u32).map(|step| {
            (step, [10, 1, (step >> 8) as u8, step as u8].into(), outside(2 + (step >> 16) as u8))
        });
        let mut calls = regular(0, 12).chain(crowd).chain(regular(57_600, 4)).collect::<Vec<_>>();
        calls.sort_unstable_by_key(|&(at, ..)| at);
        let calls = calls
            .into_iter()
            .map(|(at, caller, host)| talked(caller, (host, 443), at.into(), (4, 400)));
        assert_eq!(kinds(calls), [Kind::Beacon]);
    }

    /// Flows in the order of their times.
    fn in_order(mut flows: Vec<Observation<'static>>) -> Vec<Observation<'static>> {
        flows.sort_by_key(|seen| seen.first);
        flows
    }

    #[test]
    fn a_crowd_of_bursts_does_not_push_out_who_calls_slowly() {
        let config = BehaviourConfig { tracks: 16, ..BehaviourConfig::default() };
        // After three of the calls: five parts of a page for a host that does not come again, ten pages a minute.
        let page = |number: u32| {
            let caller = [10, 1, (number >> 8) as u8, number as u8].into();
            let at = move |part| 5_500.0 + f64::from(number) * 6.0 + part;
            [0.0, 0.01, 0.3, 0.35, 1.5]
                .map(|part| talked(caller, (outside(2), 443), at(part), (4, 400)))
        };
        let pages = (0..4_000).flat_map(page);
        let flows = in_order(pages.chain(calls(16, 1_800.0, |_| 0.0)).collect());
        let found = told_with(config, flows);
        assert!(found.iter().any(|it| it.offender == Some(inside(1))), "{found:?}");
    }

    #[test]
    fn four_times_as_many_callers_are_followed_as_of_other_subjects() {
        let config = BehaviourConfig { tracks: 16, ..BehaviourConfig::default() };
        let found = |callers: u8| {
            let call = |step: u32, caller: u8| {
                let at = f64::from(step) * 600.0 + f64::from(caller);
                talked(inside(caller), (outside(1), 443), at, (4, 400))
            };
            let calls = (0..16).flat_map(|step| (0..callers).map(move |it| call(step, it)));
            told_with(config, calls).len()
        };
        assert_eq!(found(64), 64);
    }

    proptest! {
        #[test]
        fn calls_are_the_same_in_any_order(mut times in prop::collection::vec(0_i64..500, 1..80)) {
            let of = |times: &[i64]| {
                let mut calls = Calls::default();
                times.iter().for_each(|&at| calls.enter(Call { at, bytes: 1 }, 1_000));
                prop_assert!(calls.heap() <= Calls::MAX_HEAP);
                Ok(calls.0)
            };
            let as_they_came = of(&times)?;
            times.sort_unstable();
            prop_assert_eq!(of(&times)?, as_they_came.clone());
            times.dedup();
            let last = times.iter().rev().take(CALLS).rev().copied().collect::<Vec<_>>();
            prop_assert_eq!(as_they_came.iter().map(|call| call.at).collect::<Vec<_>>(), last);
        }
    }
}
