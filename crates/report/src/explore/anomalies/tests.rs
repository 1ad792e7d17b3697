//! Strange flows and packets among usual ones.

use netsift_detect::lists::{ListOptions, Lists};
use netsift_models::explain::{Cell, Reason};
use netsift_packet::{Frame, FrameSource, LinkType, Timestamp};
use netsift_synth::{Generator, Scenario};

use super::*;
use crate::Explorer;

/// Datagrams of usual sizes between two hosts, each on a port of its own, and in the midst of them one of another host that is
/// ten times as long. They are so few that each tree sees them all.
fn frames() -> Vec<(i64, Vec<u8>)> {
    let datagram = |host: u8, port: u16, length: usize, ttl: u8| {
        let [udp, ip] = [8, 28].map(|head| (length as u16 + head).to_be_bytes());
        let head =
            [0x45, 0, ip[0], ip[1], 0, 0, 0, 0, ttl, 17, 0, 0, 192, 0, 2, host, 192, 0, 2, 2];
        let port = port.to_be_bytes();
        [&head[..], &[port[0], port[1], 0x20, 0, udp[0], udp[1], 0, 0], &vec![7; length]].concat()
    };
    let usual = |number: u16| datagram(1, 1_000 + number, 80 + usize::from(number % 40), 64);
    let mut frames: Vec<_> = (0..250).map(|it| (i64::from(it) * 1_000, usual(it))).collect();
    frames.insert(150, (149_500, datagram(66, 9, 1_200, 3)));
    frames
}

fn push(mut take: impl FnMut(Frame<'_>), frames: &[(i64, Vec<u8>)]) {
    for (micros, bytes) in frames {
        take(Frame::new(Timestamp::from_micros(*micros), LinkType::RAW, bytes));
    }
}

fn searched(search: AnomalySearch, frames: &[(i64, Vec<u8>)]) -> (bool, Anomalies) {
    let mut first = search.start().unwrap();
    push(|frame| first.push(frame), frames);
    let mut second = first.learn().unwrap();
    let was_done = second.is_done();
    push(|frame| second.push(frame).unwrap(), frames);
    (was_done, second.finish().unwrap())
}

#[test]
fn the_strange_one_is_found_and_the_reason_told() {
    let frames = frames();
    for (subject, reason) in [(Subject::Flows, "Length"), (Subject::Packets, "Length")] {
        let list = ListOptions::new("bad").read(&b"192.0.2.66\n"[..]).unwrap();
        let search = AnomalySearch::new(subject).contamination(0.01).unwrap();
        let (is_done, found) = searched(search.lists(Lists::default().with(list)), &frames);
        assert!(is_done, "there are few rows");
        assert_eq!((found.rows, found.learned, found.subject), (251, 251, subject));
        assert!((1..=3).contains(&found.found), "{}", found.found);
        let first = &found.strangest[0];
        assert_eq!(first.who.source.unwrap().to_string(), "192.0.2.66:9", "{subject:?}");
        assert_eq!(first.who.volume, crate::Volume { packets: 1, bytes: 1_228 });
        assert_eq!(first.who.frame, (subject == Subject::Packets).then_some(151));
        let reasons: Vec<String> = first.reasons.iter().map(ToString::to_string).collect();
        assert!(reasons.len() == 3 && reasons.iter().any(|it| it.contains(reason)), "{reasons:?}");
        assert!(first.reasons[0].contribution > 0.0, "what makes it strange comes first");
        assert_eq!(first.on_lists, ["192.0.2.66 of bad, line 1"]);
        assert!(first.score > found.threshold && first.quantile > 0.99);
        let numbers = Explorer::new().start().unwrap().finish();
        let page = numbers.page(Some(&found), "t", crate::Made::default()).unwrap();
        let html = page.render(crate::Look::Static).unwrap();
        let place = if subject == Subject::Packets { "Frame" } else { "Took" };
        assert!(html.contains(place) && html.contains("192.0.2.66:9"), "{place}");
    }
}

#[test]
fn what_is_out_of_the_usual_is_told_before_what_is_not() {
    let reason = |column: &str, number: f64, contribution: f64| Reason {
        column: column.into(),
        cell: Cell::Number(number),
        unit: None,
        usual: Some((0.0, 2.0)),
        contribution,
    };
    let told = super::foremost(vec![
        reason("usual, most", 1.0, 0.9),
        reason("speaks against it", 9.0, -0.8),
        reason("strange", 9.0, 0.3),
        reason("stranger", -9.0, 0.2),
        reason("usual, less", 1.0, 0.1),
    ]);
    let told: Vec<&str> = told.iter().map(|reason| reason.column.as_str()).collect();
    assert_eq!(told, ["strange", "stranger", "usual, most"]);
}

#[test]
fn of_many_rows_some_are_learned_and_all_are_asked_about() {
    let frames = frames();
    for subject in [Subject::Flows, Subject::Packets] {
        let search = AnomalySearch::new(subject).contamination(0.05).unwrap().learned(100).unwrap();
        let search = |kept| search.clone().told(2).unwrap().kept(kept).unwrap();
        let (is_done, found) = searched(search(250), &frames);
        assert_eq!((is_done, found.rows, found.learned), (false, 251, 100));
        assert!((3..60).contains(&found.found), "{}", found.found);
        assert_eq!(found.strangest.len(), 2, "the others are counted");
        assert!(found.strangest[0].score >= found.strangest[1].score);
        // With room for all of them it comes to the same at once.
        assert_eq!(searched(search(251), &frames), (true, found));
    }
}

#[test]
fn rows_that_are_alike_and_none_at_all_have_no_anomaly() {
    let same: Vec<_> = (0..50).map(|_| frames().remove(0)).collect();
    let (_, found) = searched(AnomalySearch::new(Subject::Packets), &same);
    assert_eq!((found.rows, found.found, found.threshold), (50, 0, 1.0));
    let (is_done, found) = searched(AnomalySearch::new(Subject::Flows), &[]);
    assert_eq!((is_done, found.rows, found.strangest.len()), (true, 0, 0));
}

#[test]
fn settings_outside_their_rules_are_refused() {
    let search = || AnomalySearch::new(Subject::Flows);
    assert!(search().learned(1).is_err() && search().told(0).is_err());
    assert!(search().kept(10_000_001).is_err());
    let refused = [1.5, 1.0, -0.1, f64::NAN].map(|share| search().contamination(share).is_err());
    assert_eq!(refused, [true; 4]);
}

/// Rows of generated traffic, as an exploration on so many threads hands its flows over.
fn explored(search: AnomalySearch, workers: usize, packets: u64) -> (u64, Anomalies) {
    let frames = || Generator::new(&Scenario::new(3).packets(packets)).unwrap();
    let explorer = Explorer::new().workers(workers).anomalies(search);
    let (mut first, mut traffic) = (explorer.start().unwrap(), frames());
    while let Some(frame) = traffic.next_frame().unwrap() {
        first.push(frame);
    }
    let (numbers, rows) = first.finish_first_look();
    let (mut second, mut traffic) = (rows.unwrap().learn().unwrap(), frames());
    while let Some(frame) = traffic.next_frame().unwrap() {
        second.push(frame).unwrap();
    }
    (numbers.flows.flows, second.finish().unwrap())
}

#[test]
fn flows_that_are_counted_are_those_that_are_looked_at_on_any_threads() {
    for learned in [50_000, 100] {
        let search =
            || AnomalySearch::new(Subject::Flows).learned(learned).unwrap().kept(100).unwrap();
        let (flows, found) = explored(search(), 1, 10_000);
        assert!(flows > 100 && found.found > 0, "{flows}");
        assert_eq!((found.rows, found.learned), (flows, flows.min(learned as u64)));
        assert_eq!(explored(search(), 3, 10_000).1, found);
        // Alone it comes to the same.
        let mut traffic = Generator::new(&Scenario::new(3).packets(10_000)).unwrap();
        let mut frames = Vec::new();
        while let Some(frame) = traffic.next_frame().unwrap() {
            frames.push((frame.time, frame.data.to_vec()));
        }
        let mut first = search().start().unwrap();
        let again = |take: &mut dyn FnMut(Frame<'_>)| {
            frames.iter().for_each(|(time, it)| take(Frame::new(*time, LinkType::ETHERNET, it)));
        };
        again(&mut |frame| first.push(frame));
        let mut second = first.learn().unwrap();
        again(&mut |frame| second.push(frame).unwrap());
        assert_eq!(second.finish().unwrap(), found);
    }
}

#[test]
fn packets_are_looked_through_beside_the_counting_too() {
    let search = AnomalySearch::new(Subject::Packets);
    let (_, found) = explored(search, 1, 2_000);
    assert_eq!((found.subject, found.rows), (Subject::Packets, 2_000));
}

/// All flows that are open when packets end come at once; no more of their rows wait than are asked about together.
#[test]
fn what_comes_at_once_is_worked_off_in_blocks() {
    let search = || {
        AnomalySearch::new(Subject::Flows).learned(300).unwrap().kept(300).unwrap().told(5).unwrap()
    };
    let rows = |judge: &mut dyn FnMut(Frame<'_>), count: u32| {
        let mut bytes = frames()[0].1.clone();
        for number in 0..count {
            bytes[12..16].copy_from_slice(&(0x0a00_0000 + number).to_be_bytes());
            judge(Frame::new(Timestamp::from_micros(number.into()), LinkType::RAW, &bytes));
        }
    };
    let peak = |count: u32| {
        let mut first = search().start().unwrap();
        rows(&mut |frame| first.push(frame), 1_000);
        let mut second = first.learn().unwrap();
        rows(&mut |frame| second.push(frame).unwrap(), count);
        let mut found = None;
        let measured = allocation_counter::measure(|| found = Some(second.finish().unwrap()));
        assert_eq!(found.unwrap().rows, u64::from(count));
        measured.bytes_max
    };
    let (few, many) = (peak(6_000), peak(24_000));
    assert!(many < few + few / 4, "{few} bytes for 6,000 flows, {many} for 24,000");
}

#[test]
fn the_table_of_anomalies_is_safe_in_spreadsheets() {
    let (_, mut found) = searched(AnomalySearch::new(Subject::Packets), &frames());
    found.strangest.truncate(1);
    found.strangest[0].on_lists = vec!["=cmd()".to_owned(), "+x".to_owned()];
    let csv = String::from_utf8(found.to_csv(Vec::new()).unwrap()).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("Score,Quantile,Time,Frame,Src IP,"));
    assert!(
        lines[1].contains(",0.149500000,151,192.0.2.66,9,192.0.2.2,8192,UDP,1,1228,0,"),
        "{csv}"
    );
    assert!(lines[1].ends_with("\"'=cmd(); +x\"") && lines.len() == 2, "{csv}");
}
