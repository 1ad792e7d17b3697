//! Every question, against a naive filter over the same records.

use std::collections::BTreeMap;
use std::net::IpAddr;

use netsift_alert::{Alert, Level, Network, Peer};
use netsift_history::{
    AlertSort, AlertsAsked, CountBy, CountsAsked, Desk, Flow, FlowsAsked, Group, HostScore, Key,
    Reader, Times, Top,
};
use proptest::prelude::*;

use crate::made::{SECOND, address, any_alert, any_flow, flow, text, time};
use crate::written;

const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn alerts_are_those_that_a_filter_finds(
        alerts in prop::collection::vec(any_alert(), 0..60),
        asked in prop::collection::vec(alerts_asked(), 12),
        seen in prop::collection::vec(any::<bool>(), 60),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        written(&path, |hand| alerts.iter().for_each(|alert| hand.alert(alert.clone())));
        let mut desk = Desk::open(&path).unwrap();
        // Of two of one name, the later one stays.
        let mut kept: BTreeMap<_, (Alert, bool)> = BTreeMap::new();
        for (alert, seen) in alerts.into_iter().zip(seen) {
            if seen {
                desk.acknowledge(alert.id, "ann", 5).unwrap();
            }
            let seen = seen || kept.get(&alert.id).is_some_and(|(_, seen)| *seen);
            kept.insert(alert.id, (alert, seen));
        }
        let reader = Reader::open(&path).unwrap();
        for asked in asked {
            let mut expected: Vec<&Alert> =
                kept.values().filter(|(alert, seen)| wants(&asked, alert, *seen)).map(|(alert, _)| alert).collect();
            expected.sort_by(|one, other| order(asked.sort, one, other));
            let (found, totals) = all_pages(&reader, asked.clone());
            prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{:?}", asked);
            prop_assert!(totals.iter().all(|total| *total == found.len() as u64));
        }
    }

    #[test]
    fn flows_are_those_that_a_filter_finds(
        flows in prop::collection::vec(any_flow(), 0..80),
        asked in prop::collection::vec(flows_asked(), 12),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        written(&path, |hand| flows.iter().for_each(|flow| hand.flow(flow.clone())));
        let reader = Reader::open(&path).unwrap();
        for mut asked in asked {
            let mut expected: Vec<&Flow> = flows.iter().filter(|flow| wants_flow(&asked, flow)).collect();
            // Those of one time, the one that was handed over last first.
            expected.reverse();
            expected.sort_by_key(|flow| std::cmp::Reverse(flow.last));
            let mut found = Vec::new();
            loop {
                let page = reader.flows(&asked).unwrap();
                prop_assert_eq!(page.total.counted, expected.len() as u64);
                found.extend(page.rows.into_iter().map(|row| row.flow));
                prop_assert!(found.len() <= expected.len(), "rows come twice");
                asked.after = page.next;
                if page.next.is_none() {
                    break;
                }
            }
            prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{:?}", asked);
        }
    }

    #[test]
    fn counts_are_the_sums_of_what_was_handed_over(
        flows in prop::collection::vec(any_flow(), 0..80),
        times in times(),
        minutes in prop::sample::select(vec![1_u32, 7, 60, 1_440]),
        limit in 1..6_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        written(&path, |hand| flows.iter().for_each(|flow| hand.flow(flow.clone())));
        let reader = Reader::open(&path).unwrap();
        for (by, of) in [
            (CountBy::All, (|_| String::new()) as fn(&Flow) -> String),
            (CountBy::Protocol, |flow| flow.protocol.clone()),
            (CountBy::Class, class),
        ] {
            let width = i64::from(minutes) * MINUTE;
            let inside = flows.iter().filter(|flow| whole(times, MINUTE).hold(flow.last));
            let expected = sums(inside, |flow| (flow.last.div_euclid(width) * width, of(flow)));
            let bins = reader.counts(&CountsAsked { times, minutes, by }).unwrap();
            let found: Vec<_> = bins.into_iter().map(|bin| {
                ((bin.start, bin.of), [bin.flows, bin.volume.packets, bin.volume.bytes])
            }).collect();
            prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        }
        for (top, of) in [
            (Top::Sources, (|flow| flow.source.address.to_string()) as fn(&Flow) -> String),
            (Top::Targets, |flow| flow.target.address.to_string()),
            (Top::Classes, class),
            (Top::Protocols, |flow| flow.protocol.clone()),
        ] {
            let step = if matches!(top, Top::Sources | Top::Targets) { HOUR } else { MINUTE };
            let inside = flows.iter().filter(|flow| whole(times, step).hold(flow.last));
            let sums = sums(inside, of);
            let found = reader.top(top, times, limit).unwrap();
            prop_assert_eq!(found.len(), sums.len().min(limit));
            let mut most: Vec<u64> = sums.values().map(|sum| sum[2]).collect();
            most.sort_by_key(|bytes| std::cmp::Reverse(*bytes));
            for (ranked, bytes) in found.iter().zip(most) {
                prop_assert_eq!(ranked.volume.bytes, bytes);
                prop_assert_eq!([ranked.flows, ranked.volume.packets, bytes], sums[&ranked.name]);
            }
        }
    }

    #[test]
    fn alerts_are_grouped_and_counted(
        alerts in prop::collection::vec(any_alert(), 0..60),
        times in times(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        written(&path, |hand| alerts.iter().for_each(|alert| hand.alert(alert.clone())));
        let reader = Reader::open(&path).unwrap();
        let kept: BTreeMap<_, _> = alerts.iter().map(|alert| (alert.id, alert)).collect();
        for (by, of) in [
            (Group::What, (|alert| alert.what.clone()) as fn(&Alert) -> String),
            (Group::Source, |alert| end(alert.source)),
            (Group::Target, |alert| end(alert.target)),
        ] {
            let mut expected: BTreeMap<String, (u64, u64)> = BTreeMap::new();
            for alert in kept.values().filter(|alert| times.hold(alert.nanos)) {
                let group = expected.entry(of(alert)).or_default();
                *group = (group.0 + 1, group.1 + alert.count);
            }
            let found = reader.alert_groups(by, times, 100).unwrap();
            prop_assert!(found.is_sorted_by_key(|group| std::cmp::Reverse(group.alerts)));
            let found: BTreeMap<_, _> =
                found.into_iter().map(|group| (group.name, (group.alerts, group.count))).collect();
            prop_assert_eq!(found, expected);
        }
        let counted = reader.counts(&CountsAsked { times: Times::ALL, minutes: 1_440, by: CountBy::All }).unwrap();
        prop_assert_eq!(counted.iter().map(|bin| bin.alerts).sum::<u64>(), kept.len() as u64);
    }

    #[test]
    fn of_a_minute_the_last_score_of_a_host_is_kept(
        scores in prop::collection::vec((address(), time(), 0..100_u8), 0..60),
        of in address(),
        times in times(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let mut kept: BTreeMap<(IpAddr, i64), f64> = BTreeMap::new();
        written(&path, |hand| for (address, nanos, score) in scores {
            let score = f64::from(score);
            kept.insert((address, nanos.div_euclid(MINUTE) * MINUTE), score);
            hand.host(HostScore { address, nanos, score });
        });
        let inside = |nanos: i64| whole(times, MINUTE).hold(nanos);
        let reader = Reader::open(&path).unwrap();
        let expected: Vec<HostScore> = kept.iter()
            .filter(|((address, nanos), _)| *address == of && inside(*nanos))
            .map(|((address, nanos), score)| HostScore { address: *address, nanos: *nanos, score: *score })
            .collect();
        prop_assert_eq!(reader.host_scores(of, times, 1_000).unwrap(), expected);
        let mut worst: BTreeMap<IpAddr, f64> = BTreeMap::new();
        for ((address, _), score) in kept.iter().filter(|((_, nanos), _)| inside(*nanos)) {
            let most = worst.entry(*address).or_default();
            *most = most.max(*score);
        }
        let found = reader.worst_hosts(times, 100).unwrap();
        prop_assert!(found.is_sorted_by(|one, next| one.score >= next.score));
        prop_assert!(found.iter().all(|host| kept[&(host.address, host.nanos)] == host.score));
        let found: BTreeMap<_, _> = found.into_iter().map(|host| (host.address, host.score)).collect();
        prop_assert_eq!(found, worst);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_a_host_is_told_what_its_flows_add_up_to(
        flows in prop::collection::vec(any_flow(), 0..80),
        of in address(),
        times in times(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        written(&path, |hand| flows.iter().for_each(|flow| hand.flow(flow.clone())));
        let seen = Reader::open(&path).unwrap().host(of, times).unwrap();
        let own = || flows.iter().filter(|flow| {
            times.hold(flow.last) && [flow.source.address, flow.target.address].contains(&of)
        });
        let peer = |flow: &Flow| {
            let peer = if flow.source.address == of { flow.target } else { flow.source };
            Some(peer.address.to_string())
        };
        for (ranked, expected) in [
            (&seen.peers, named(own(), peer)),
            (&seen.ports, named(own(), |flow| flow.target.port.map(|port| port.to_string()))),
            (&seen.classes, named(own(), |flow| flow.said.as_ref()?.class.clone())),
        ] {
            prop_assert!(ranked.is_sorted_by_key(|one| std::cmp::Reverse(one.volume.bytes)));
            let found: BTreeMap<_, _> = ranked.iter().map(|one| {
                (one.name.clone(), [one.flows, one.volume.packets, one.volume.bytes])
            }).collect();
            prop_assert_eq!(found, expected);
        }
        prop_assert!(!seen.is_more);
    }
}

/// Sums of flows by what has a name of each.
fn named<'a>(
    flows: impl Iterator<Item = &'a Flow>,
    name: impl Fn(&Flow) -> Option<String>,
) -> BTreeMap<String, [u64; 3]> {
    sums(flows.filter(|flow| name(flow).is_some()), |flow| name(flow).unwrap_or_default())
}

#[test]
fn of_a_busy_host_the_last_flows_are_summed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    written(&path, |hand| {
        let hand = hand.clone().patient(true);
        for number in 0..6_000_u64 {
            let mut flow = flow(number);
            flow.source.port = Some(1);
            flow.target.port = Some(if number < 1_000 { 1 } else { 2 + (number % 200) as u16 });
            hand.flow(flow);
        }
    });
    let seen = Reader::open(&path).unwrap().host([198, 51, 100, 9].into(), Times::ALL).unwrap();
    assert_eq!((seen.peers.len(), seen.ports.len(), seen.is_more), (100, 100, true));
    assert!(seen.ports.iter().all(|port| port.name != "1"), "the first flows were looked at");
    assert_eq!(seen.classes[0].flows, 5_000);
}

fn times() -> impl Strategy<Value = Times> {
    (prop::option::of(time()), prop::option::of(time()))
        .prop_map(|(since, until)| Times { since, until })
}

fn alerts_asked() -> impl Strategy<Value = AlertsAsked> {
    let networks =
        prop::sample::select(vec!["10.0.0.0/8", "10.0.0.0/24", "10.0.0.1", "::/0", "a00::/16"]);
    let sorts = prop::sample::select(vec![
        AlertSort::Newest,
        AlertSort::Oldest,
        AlertSort::Worst,
        AlertSort::Most,
    ]);
    let rare = |strategy: BoxedStrategy<_>| prop::option::weighted(0.3, strategy);
    let texts = (rare(text().boxed()), rare(text().boxed()));
    let others =
        (prop::option::weighted(0.3, networks), prop::option::weighted(0.3, any::<bool>()));
    let level = prop::option::weighted(0.3, prop::sample::select(Level::ALL.to_vec()));
    (times(), level, texts, others, sorts, 1..20_usize).prop_map(
        |(times, level, (what, text), (network, acknowledged), sort, limit)| {
            let mut asked = AlertsAsked::default();
            (asked.times, asked.level, asked.what, asked.text) = (times, level, what, text);
            asked.network = network.map(|network| network.parse().unwrap());
            (asked.acknowledged, asked.sort, asked.limit) = (acknowledged, sort, limit);
            asked
        },
    )
}

fn flows_asked() -> impl Strategy<Value = FlowsAsked> {
    let ports = prop::sample::select(vec![22_u16, 53]);
    let some = (
        prop::option::weighted(0.5, address()),
        prop::option::weighted(0.2, ports),
        prop::option::weighted(0.3, text()),
        prop::option::weighted(0.2, 0.0..90.0),
    );
    (any::<bool>(), times(), some, 1..20_usize).prop_map(
        |(verdicts, times, (address, port, class, score), limit)| {
            let mut asked = FlowsAsked::default();
            (asked.verdicts, asked.times, asked.address) = (verdicts, times, address);
            (asked.port, asked.class, asked.score, asked.limit) = (port, class, score, limit);
            asked
        },
    )
}

fn wants(asked: &AlertsAsked, alert: &Alert, seen: bool) -> bool {
    let within = |network: Network| {
        [alert.source, alert.target].into_iter().flatten().any(|end| network.contains(end.address))
    };
    asked.times.hold(alert.nanos)
        && asked.level.is_none_or(|level| alert.level >= level)
        && asked.what.as_ref().is_none_or(|what| alert.what == *what)
        && asked.network.is_none_or(within)
        && asked.text.as_ref().is_none_or(|text| says(alert, text))
        && asked.acknowledged.is_none_or(|wanted| wanted == seen)
}

/// Whether a text is somewhere in it.
fn says(alert: &Alert, text: &str) -> bool {
    let ends = [alert.source, alert.target].into_iter().flatten().map(|end| end.to_string());
    let single = [&alert.protocol, &alert.service].into_iter().flatten().cloned();
    let terms = alert.terms.iter().flat_map(|term| [term.of.clone(), term.says.clone()]);
    let listed = [&alert.names, &alert.evidence].into_iter().flatten().cloned();
    let mut all = ends
        .chain(single)
        .chain(terms)
        .chain(listed)
        .chain([alert.what.clone(), alert.rule.clone()]);
    let plain = |text: &str| text.replace('\0', " ").to_ascii_lowercase();
    all.any(|one| plain(&one).contains(&plain(text)))
}

fn order(sort: AlertSort, one: &Alert, other: &Alert) -> std::cmp::Ordering {
    // Names of the upper half are negative numbers in a row.
    let row = |alert: &Alert| u64::from_str_radix(&alert.id.to_string(), 16).unwrap() as i64;
    let newest = other.nanos.cmp(&one.nanos).then(row(other).cmp(&row(one)));
    match sort {
        AlertSort::Newest => newest,
        AlertSort::Oldest => newest.reverse(),
        AlertSort::Worst => other.score.total_cmp(&one.score).then(row(other).cmp(&row(one))),
        AlertSort::Most => other.count.cmp(&one.count).then(row(other).cmp(&row(one))),
    }
}

/// The rows of all pages, and what each page says there are.
fn all_pages(reader: &Reader, mut asked: AlertsAsked) -> (Vec<Alert>, Vec<u64>) {
    let (mut alerts, mut totals) = (Vec::new(), Vec::new());
    loop {
        let page = reader.alerts(&asked).unwrap();
        alerts.extend(page.rows.into_iter().map(|row| row.alert));
        totals.push(page.total.counted);
        assert!(alerts.len() as u64 <= page.total.counted, "rows come twice");
        let Some(next) = page.next else { return (alerts, totals) };
        // As an address of the web would bring it back.
        asked.after = Some(next.to_string().parse::<Key>().unwrap());
    }
}

fn wants_flow(asked: &FlowsAsked, flow: &Flow) -> bool {
    let said = flow.said.as_ref();
    let ends = [flow.source.address, flow.target.address];
    asked.verdicts == said.is_some()
        && asked.times.hold(flow.last)
        && asked.address.is_none_or(|address| ends.contains(&address))
        && asked.port.is_none_or(|port| flow.target.port == Some(port))
        && asked
            .class
            .as_ref()
            .is_none_or(|class| said.and_then(|said| said.class.as_ref()) == Some(class))
        && asked.score.is_none_or(|score| said.is_some_and(|said| said.score >= score))
}

fn class(flow: &Flow) -> String {
    flow.said.as_ref().and_then(|said| said.class.clone()).unwrap_or_default()
}

fn end(peer: Option<Peer>) -> String {
    peer.map_or_else(String::new, |peer| peer.address.to_string())
}

/// The whole steps that these times are in.
fn whole(times: Times, step: i64) -> Times {
    Times {
        since: times.since.map(|since| since.div_euclid(step) * step),
        until: times.until.map(|until| ((until - 1).div_euclid(step) + 1) * step),
    }
}

fn sums<'a, K: Ord>(
    flows: impl Iterator<Item = &'a Flow>,
    of: impl Fn(&Flow) -> K,
) -> BTreeMap<K, [u64; 3]> {
    let mut sums = BTreeMap::new();
    for flow in flows {
        let sum: &mut [u64; 3] = sums.entry(of(flow)).or_default();
        sum[0] += 1;
        sum[1] += flow.sent.packets + flow.received.packets;
        sum[2] += flow.sent.bytes + flow.received.bytes;
    }
    sums
}
