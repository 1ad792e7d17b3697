//! Scenarios: what is wished for is what comes.

use netsift_packet::FrameSource;
use netsift_synth::{Class, Generator, Mix, Scenario};

use crate::play;

#[test]
fn flows_have_the_wished_number_of_packets() {
    for wished in [15.0, 30.0, 60.0] {
        let scenario = Scenario::new(8).packets_per_flow(wished).packets(600_000).warm_up(0.0);
        let labels = play(&scenario, |_, _| {});
        let mean = 600_000.0 / labels.len() as f64;
        assert!((mean / wished - 1.0).abs() < 0.12, "{mean} instead of {wished}");
    }
}

#[test]
fn memory_follows_the_open_flows_and_not_the_capture() {
    let mut generator = Generator::new(&Scenario::new(9).flows_per_second(100.0)).unwrap();
    let mut most = 0;
    for _ in 0..600_000 {
        assert!(generator.next_frame().unwrap().is_some());
        most = most.max(generator.open_flows());
    }
    assert!(most < 4_000, "{most} open flows at 100 a second");
    assert_eq!(generator.ended_flows().count(), 0, "labels that nobody asked for are not kept");
}

#[test]
fn the_end_is_where_it_was_wished() {
    let scenario = Scenario::new(10).duration(20.0);
    let start = scenario_start(&scenario);
    let labels = play(&scenario, |time, _| assert!(time.nanos_since(start) < 20_000_000_000));
    assert!(labels.iter().any(|label| label.end.nanos_since(start) > 19_000_000_000));
    let mut generator = Generator::new(&Scenario::new(1).packets(3)).unwrap();
    for _ in 0..3 {
        assert!(generator.next_frame().unwrap().is_some());
    }
    assert!(generator.next_frame().unwrap().is_none());
    assert!(generator.next_frame().unwrap().is_none());
}

fn scenario_start(scenario: &Scenario) -> netsift_packet::Timestamp {
    let start = netsift_packet::Timestamp::from_secs_nanos(1_750_000_000, 0);
    assert_eq!(scenario, &scenario.clone().start(start));
    start
}

#[test]
fn warm_up_cuts_flows_at_the_start() {
    let mid_stream = |warm_up| {
        let mut first = true;
        let mix = Mix::only(Class::Chat);
        let scenario = Scenario::new(11).mix(mix).duration(2.0).warm_up(warm_up);
        let mut opened = false;
        play(&scenario, |_, frame| {
            let packet = crate::reader::read(frame);
            opened |= first && packet.tcp.is_some_and(|tcp| tcp.flags == 2);
            first = false;
        });
        !opened
    };
    assert!(!mid_stream(0.0), "the first packet opens a connection");
    assert!(mid_stream(20.0), "the first packet belongs to a connection that is open");
}
