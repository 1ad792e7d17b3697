//! What is told, and what it agrees with.

use std::collections::BTreeMap;

use netsift_alert::{Action, Level};
use netsift_detect::flow_rows::FlowRows;
use netsift_detect::lists::{ListOptions, Lists};
use netsift_detect::score::points;
use netsift_detect::{About, Models, Path, PathBuilder, Policy, Verdict};
use netsift_flow::{Columns, FlowTable, Intake, Profile};
use netsift_packet::{Frame, FrameSource, LinkType, Timestamp};
use netsift_synth::{Class, Generator, Mix, Scenario};

use crate::{classifier, push_all, started, traffic};

/// Verdicts on flows, by who, whom and when, however they are ordered. What a host was found to do by then depends on that,
/// so it is left out.
fn by_flow(told: &[Verdict]) -> BTreeMap<String, (String, u64)> {
    let entry = |verdict: &Verdict| match &verdict.about {
        About::Flow(flow) => {
            let key = format!("{} {} {} {}", flow.source, flow.destination, flow.first, flow.end);
            let class = verdict.class.as_ref().map(|said| format!("{said:?}"));
            let own = verdict.terms.iter().filter(|term| term.of != "host").map(|term| term.risk);
            let score = points(own).to_bits();
            Some((key, (format!("{class:?} {:?}", verdict.anomaly), score)))
        }
        _ => None,
    };
    told.iter().filter_map(entry).collect()
}

fn verdicts(builder: PathBuilder, seed: u64) -> Vec<Verdict> {
    let (mut path, told) = started(builder);
    push_all(&mut path, traffic(seed, 6_000));
    path.finish();
    told.iter().map(|(verdict, _)| verdict).collect()
}

#[test]
fn every_flow_is_judged_once_at_its_end() {
    let (mut path, told) = started(PathBuilder::new());
    let config = Columns::all(Profile::Native).config();
    let (mut table, mut intake, mut flows) = (FlowTable::new(config), Intake::new(&config), 0);
    let mut traffic = traffic(3, 6_000);
    while let Some(frame) = traffic.next_frame().unwrap() {
        path.push(frame);
        intake.read(frame, |record| table.push(record, |_| flows += 1));
    }
    table.finish(|_| flows += 1);
    let counts = path.finish().counts;
    let is_end = |verdict: &Verdict| matches!(&verdict.about, About::Flow(it) if !it.goes_on());
    let judged = told.iter().filter(|(verdict, _)| is_end(verdict)).count() as u64;
    assert_eq!((counts.frames, counts.flows, judged), (6_000, flows, flows));
    assert_eq!(counts.waiting, 0);
}

#[test]
fn what_the_model_says_is_what_it_says_of_rows() {
    let bundle = classifier(Profile::Native);
    let rows = FlowRows::of(&bundle).unwrap();
    let mut meter = rows.meter(1).unwrap();
    let mut frames = traffic(5, 6_000);
    while let Some(frame) = frames.next_frame().unwrap() {
        meter.push(frame);
    }
    meter.finish();
    let answer = bundle.score(&rows.take().unwrap()).unwrap();
    let mut expected = [0, 0];
    answer.classes.iter().for_each(|&class| expected[class as usize] += 1);
    let models = Models::default().classifier(bundle.clone()).unwrap();
    let told = verdicts(PathBuilder::new().models(models), 5);
    let names: Vec<&str> = bundle.classes().names().collect();
    let count = |name: &str| {
        let said = told.iter().filter_map(|verdict| verdict.class.as_ref()?.class.as_deref());
        said.filter(|class| *class == name).count()
    };
    assert!(expected.iter().all(|&flows| flows > 20), "{expected:?}");
    assert_eq!([count(names[0]), count(names[1])], expected);
}

#[test]
fn workers_and_batches_change_no_verdict() {
    let path = |workers| {
        let models = Models::default().classifier(classifier(Profile::Native)).unwrap();
        by_flow(&verdicts(PathBuilder::new().models(models).workers(workers), 7))
    };
    let one = path(1);
    assert!(one.len() > 50);
    assert_eq!(one, path(3));
}

#[test]
fn a_score_is_made_of_its_terms_and_leads_to_a_level_and_an_action() {
    let models = Models::default().classifier(classifier(Profile::Native)).unwrap();
    let (mut path, told) = started(PathBuilder::new().models(models));
    push_all(&mut path, traffic(9, 6_000));
    let summary = path.finish();
    let policy = Policy::default();
    let (mut alerts, mut silent) = (0, 0);
    for (verdict, alert) in told {
        let risks: f64 = verdict.terms.iter().map(|term| 1.0 - term.risk).product();
        assert!((verdict.score - 100.0 * (1.0 - risks)).abs() < 1e-9);
        assert_eq!(verdict.level, policy.levels.of(verdict.score));
        assert!(alert.is_none() || verdict.level.is_some());
        silent += u64::from(alert.is_none() && verdict.level.is_some());
        if let Some(alert) = alert {
            assert_eq!((alert.score, Some(alert.level)), (verdict.score, verdict.level));
            assert!(!alert.rule.is_empty() && alert.action != Action::Allow);
            // A model says why, of as many flows as the policy lets it.
            if alert.terms.iter().any(|term| term.of == "model") {
                assert_eq!(alert.reasons.is_empty(), alerts >= policy.explain.burst);
                alerts += 1;
            }
        }
    }
    assert!(alerts > policy.explain.burst, "{alerts}");
    // Which a flood speaks for.
    assert_eq!(silent, summary.counts.covered);
}

#[test]
fn what_the_policy_allows_is_counted_and_not_told() {
    let policy = Policy::from_toml("[[allow]]\nclass = \"other\"\n").unwrap();
    let models = Models::default().classifier(classifier(Profile::Native)).unwrap();
    let (mut path, told) = started(PathBuilder::new().models(models).policy(policy));
    push_all(&mut path, traffic(9, 6_000));
    let counts = path.finish().counts;
    let is_other = |verdict: &Verdict| {
        verdict.class.as_ref().is_some_and(|said| said.class.as_deref() == Some("other"))
    };
    for (verdict, alert) in told {
        if is_other(&verdict) {
            assert!(alert.is_none() && verdict.allowed.is_some());
            assert_eq!((verdict.action, &*verdict.rule), (Action::Allow, "allow-list"));
        }
    }
    assert!(counts.allowed > 10);
}

/// A beacon's calls, a flood's flows: one alert, not one a flow.
#[test]
fn a_flood_is_few_alerts() {
    let mix = Mix::only(Class::SynFlood);
    let scenario = Scenario::new(1).mix(mix).packets(20_000);
    let (mut path, told) = started(PathBuilder::new());
    push_all(&mut path, Generator::new(&scenario).unwrap());
    let summary = path.finish();
    let alerts: Vec<_> = told.iter().filter_map(|(_, alert)| alert).collect();
    assert!(summary.counts.flows > 1_000);
    assert!(alerts.len() as u64 * 100 < summary.counts.flows, "{}", alerts.len());
    let floods = alerts.iter().filter(|alert| alert.what == "syn-flood");
    assert!(floods.clone().count() > 0);
    for alert in floods {
        assert_eq!((alert.level, alert.action), (Level::Critical, Action::RateLimit));
        assert!(alert.target.is_some() && !alert.evidence.is_empty());
    }
}

#[test]
fn a_flow_that_goes_on_is_told_again_only_if_something_else_is_said() {
    let toml = "[early]\npackets = 3\nseconds = 0\nmodels = true\n";
    let models = Models::default().classifier(classifier(Profile::Native)).unwrap();
    let policy = Policy::from_toml(toml).unwrap();
    let (mut path, told) = started(PathBuilder::new().models(models).policy(policy));
    push_all(&mut path, traffic(11, 20_000));
    let counts = path.finish().counts;
    let mut said: BTreeMap<u64, (Option<Level>, String)> = BTreeMap::new();
    let (mut same, mut other) = (0, 0);
    for (verdict, alert) in told {
        let About::Flow(flow) = &verdict.about else { continue };
        let now = (verdict.level, verdict.what().to_owned());
        if flow.goes_on() {
            said.insert(flow.id(), now);
        } else if let Some(before) = said.remove(&flow.id()) {
            let is_same = before == now;
            assert_eq!(alert.is_some(), now.0.is_some() && !is_same);
            same += u32::from(is_same && now.0.is_some());
            other += u32::from(!is_same);
        }
    }
    assert!(counts.early > 100 && same > 0 && other > 0, "{counts:?} {same} {other}");
}

#[test]
fn how_far_flows_have_drifted_is_told_where_somebody_looks() {
    let models = Models::default().classifier(classifier(Profile::Native)).unwrap();
    let watched = models.clone().watching_drift(100_000).unwrap();
    let (mut path, told) = started(PathBuilder::new().models(watched));
    let control = path.control();
    crate::push_all(&mut path, traffic(4, 5_000));
    path.finish();
    // Some are of hosts, and of flows that no model is asked about.
    let asked = told.iter().filter(|(verdict, _)| verdict.class.is_some()).count();
    let setup = control.setup();
    let drifts: Vec<_> = setup.models.drifts().collect();
    assert_eq!(drifts.len(), setup.models.bundles().count());
    assert_eq!(drifts[0].as_ref().unwrap().rows, asked as u64);
    assert!(asked > 50, "{asked}");
    assert!(models.drifts().all(|drift| drift.is_none()));
    assert!(models.watching_drift(1).is_err());
}

/// Whoever is told may have a defect: the path says that nobody is told any more, and ends as that did.
#[test]
fn a_path_whose_listener_panicked_has_stopped() {
    let (mut path, mut traffic) = (
        PathBuilder::new().start(|_, _| panic!("a defect of who is told")).unwrap(),
        Generator::new(&Scenario::new(1).packets(200_000)).unwrap(),
    );
    while let Some(frame) = traffic.next_frame().unwrap() {
        path.push(frame);
        if path.has_stopped() {
            break;
        }
    }
    assert!(path.has_stopped(), "all was read for nobody");
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| path.finish()));
    let said = ended.unwrap_err();
    assert_eq!(said.downcast_ref::<&str>(), Some(&"a defect of who is told"));
}

/// A question for a name below `test`, between two ports that stay the same.
fn push_question(path: &mut Path, name: &str, time: Timestamp) {
    let label = [&[name.len() as u8], name.as_bytes()].concat();
    let asked =
        [&[0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], &label[..], b"\x04test\0\0\x01\0\x01"].concat();
    let udp = asked.len() as u8 + 8;
    let head = [
        0x45,
        0,
        0,
        20 + udp,
        0,
        1,
        0,
        0,
        64,
        17,
        0,
        0,
        192,
        0,
        2,
        1,
        192,
        0,
        2,
        53, // IPv4
        0xc0,
        0,
        0,
        53,
        0,
        udp,
        0,
        0, // UDP
    ];
    path.push(Frame::new(time, LinkType::RAW, &[&head[..], &asked].concat()));
}

#[test]
fn a_name_on_a_list_is_found_wherever_in_a_flow_it_is_asked_for() {
    let list = ListOptions::new("bad").severity(Level::High).read(&b"evil.test\n"[..]).unwrap();
    let (mut path, told) = started(PathBuilder::new().lists(Lists::default().with(list)));
    for (second, name) in (1_790_000_000..).zip(["one", "two", "evil", "three"]) {
        push_question(&mut path, name, Timestamp::from_secs_nanos(second, 0));
    }
    path.finish();
    let alerts: Vec<_> = told.iter().filter_map(|(_, alert)| alert).collect();
    let [alert] = &alerts[..] else { panic!("{alerts:?}") };
    assert_eq!(alert.names, ["one.test", "two.test", "evil.test", "three.test"]);
    assert_eq!((&*alert.what, alert.level), ("bad", Level::High));
}
