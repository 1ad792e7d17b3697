//! Models, lists and policy are replaced while packets come.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use netsift_alert::Level;
use netsift_detect::lists::{AllowEntry, AllowList, ListOptions, Lists, LocalEntries};
use netsift_detect::{About, Models, PathBuilder, Policy};
use netsift_flow::{FlowConfig, Profile};
use netsift_packet::{FrameSource, Protocol, Timestamp};

use crate::{classifier, classifier_of, started, traffic};

/// A list of all hosts that synth has.
fn everybody(name: &str) -> Lists {
    let options = ListOptions::new(name).severity(Level::High).local(LocalEntries::Keep);
    Lists::default().with(
        options.read(&b"10.0.0.0/8\n198.18.0.0/15\n100.64.0.0/10\n2001:db8::/32\n"[..]).unwrap(),
    )
}

#[test]
fn what_comes_after_the_change_is_judged_anew_and_nothing_is_lost() {
    let (mut path, told) = started(PathBuilder::new());
    let (control, counters) = (path.control(), path.counters());
    let mut traffic = traffic(2, 12_000);
    let mut packets = 0;
    while let Some(frame) = traffic.next_frame().unwrap() {
        packets += 1;
        if packets == 6_000 {
            // What waits is judged by what holds now.
            path.tick(frame.time);
            while counters.counts().waiting > 0 {
                std::thread::yield_now();
            }
            control.lists(everybody("everybody"));
        }
        path.push(frame);
    }
    let counts = path.finish().counts;
    let told: Vec<_> = told.iter().collect();
    let is_listed = |terms: &[netsift_alert::Term]| terms.iter().any(|term| term.of == "list");
    let flows: Vec<bool> = told
        .iter()
        .filter(|(verdict, _)| matches!(verdict.about, netsift_detect::About::Flow(_)))
        .map(|(verdict, _)| is_listed(&verdict.terms))
        .collect();
    assert_eq!(flows.len() as u64, counts.flows + counts.early);
    assert!(!flows[0] && flows[flows.len() - 1]);
    let change = flows.iter().position(|listed| *listed).unwrap();
    assert!(flows[change..].iter().all(|listed| *listed), "all of it, or nothing");
    assert_eq!(counts.frames, 12_000);
}

/// Whoever looks things up has the new list within a moment, and nobody keeps the old one.
#[test]
fn a_list_of_a_million_networks_is_replaced_in_a_moment() {
    const MOMENT: Duration = Duration::from_millis(50);
    let network = |number: u32| format!("{}\n", Ipv4Addr::from_bits(0x1400_0000 + number * 512));
    let text: String = (0..1_000_000).map(network).collect();
    let list = ListOptions::new("networks").read(text.as_bytes()).unwrap();
    assert!(list.len() > 990_000);
    let mut current = Arc::new(list.clone());
    let lists = Lists::default().with(Arc::clone(&current));
    let (mut path, told) = started(PathBuilder::new().lists(lists));
    let (control, counters) = (path.control(), path.counters());
    let mut traffic = traffic(2, 10_000);
    let mut times = Vec::new();
    while let Some(frame) = traffic.next_frame().unwrap() {
        path.push(frame);
        let frames = times.len() as u64 * 1_000 + 500;
        if counters.counts().frames < frames || times.len() == 10 {
            continue;
        }
        // What waits is judged first: only the change is timed, and it must not wait for packets.
        path.tick(Timestamp::EPOCH);
        while counters.counts().waiting > 0 {
            std::thread::yield_now();
        }
        let old = Arc::downgrade(&std::mem::replace(&mut current, Arc::new(list.clone())));
        let lists = Lists::default().with(Arc::clone(&current));
        let began = Instant::now();
        control.lists(lists);
        path.tick(Timestamp::EPOCH);
        while old.upgrade().is_some() {
            assert!(began.elapsed() < Duration::from_secs(20), "the old list is kept");
            std::thread::yield_now();
        }
        times.push(began.elapsed());
    }
    times.sort();
    assert!(times.len() == 10 && times[5] < MOMENT, "{times:?}");
    let summary = path.finish();
    assert_eq!(summary.counts.frames, 10_000);
    let flows = told.iter().filter(|(it, _)| matches!(&it.about, About::Flow(it) if !it.goes_on()));
    assert_eq!(flows.count() as u64, summary.table.flows);
}

#[test]
fn what_is_refused_leaves_all_as_it_was() {
    let models = Models::default().classifier(classifier(Profile::Native)).unwrap();
    let (mut path, told) = started(PathBuilder::new().models(models));
    let control = path.control();
    let other = Models::default().classifier(classifier(Profile::Cic)).unwrap();
    let error = control.models(other).unwrap_err().to_string();
    assert!(error.contains("native") && error.contains("cic"), "{error}");
    let mut wrong = Policy::default();
    wrong.levels.low = 99.0;
    assert!(control.policy(wrong).unwrap_err().to_string().starts_with("levels.medium"));
    crate::push_all(&mut path, traffic(4, 3_000));
    path.finish();
    assert!(told.iter().any(|(verdict, _)| verdict.class.is_some()));
}

#[test]
fn models_and_policy_can_be_replaced_too() {
    let (mut path, told) = started(
        PathBuilder::new()
            .models(Models::default().classifier(classifier(Profile::Native)).unwrap()),
    );
    let control = path.control();
    control.models(Models::default()).unwrap();
    control.policy(Policy::from_toml("levels.low = 1\n").unwrap()).unwrap();
    // What is judged together is judged alike: the first batch has its models already.
    path.tick(netsift_packet::Timestamp::EPOCH);
    crate::push_all(&mut path, traffic(4, 20_000));
    path.finish();
    let told: Vec<_> = told.iter().collect();
    assert!(told.last().unwrap().0.class.is_none());
}

#[test]
fn what_is_allowed_beside_the_policy_outlives_it_and_can_be_taken_back() {
    let everybody = |note: Option<&str>| {
        let note = note.map(str::to_owned);
        let entry = AllowEntry { protocol: Some("tcp".into()), note, ..AllowEntry::default() };
        AllowList::new([entry]).unwrap()
    };
    let of_policy = "[[allow]]\nprotocol = \"udp\"\n";
    for (beside, expected) in [
        (everybody(Some("allowance 7 of ann")), Some("allowance 7 of ann")),
        (everybody(None), Some("allow entry 1")),
        (AllowList::default(), None),
    ] {
        let (mut path, told) = started(PathBuilder::new().lists(self::everybody("everybody")));
        let control = path.control();
        control.allow(everybody(Some("before")));
        control.allow(beside);
        control.policy(Policy::from_toml(of_policy).unwrap()).unwrap();
        crate::push_all(&mut path, traffic(4, 5_000));
        path.finish();
        let (mut tcp, mut udp) = (0, 0);
        for (verdict, alert) in &told {
            let About::Flow(flow) = &verdict.about else { continue };
            match flow.protocol {
                Protocol::TCP => {
                    tcp += 1;
                    assert_eq!(verdict.allowed.as_deref(), expected);
                    assert!(alert.is_none() || expected.is_none());
                }
                Protocol::UDP => {
                    udp += 1;
                    assert_eq!(verdict.allowed.as_deref(), Some("allow entry 1"));
                }
                _ => {}
            }
        }
        assert!(tcp > 10 && udp > 10, "{tcp} and {udp}");
    }
}

/// What is not kept of flows would be 0 in their rows.
#[test]
fn models_of_what_is_not_kept_are_refused() {
    let lengths = || {
        let bundle = classifier_of(Profile::Native, &["Flow Duration", "Fwd TTL Min"]);
        Models::default().classifier(bundle).unwrap()
    };
    let (path, _told) = started(PathBuilder::new());
    let control = path.control();
    let error = control.models(lengths()).unwrap_err().to_string();
    assert!(error.contains("network") && error.contains("`reading`"), "{error}");
    control.models(Models::default().classifier(classifier(Profile::Native)).unwrap()).unwrap();
    path.finish();
    let few = netsift_flow::Columns::pick(Profile::Native, crate::USUAL).unwrap().config();
    let refused = PathBuilder::new().models(lengths()).reading(few).start(|_, _| {});
    assert!(refused.err().unwrap().to_string().contains("network"));
    let (path, _told) = started(PathBuilder::new().reading(FlowConfig::new(Profile::Native)));
    path.control().models(lengths()).unwrap();
    path.finish();
}
