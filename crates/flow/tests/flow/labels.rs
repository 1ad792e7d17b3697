//! Labels as the generator of traffic writes them, for flows as the table tells them.

use netsift_flow::{Columns, Flow, Labels, Meter, Profile};
use netsift_packet::FrameSource;
use netsift_synth::{Class, Generator, LabelWriter, LabelledFlow, Mix, Scenario};

#[test]
fn every_flow_of_generated_traffic_is_what_it_was_made_as() {
    let mix = Mix::benign().with(Class::SynScan, 10.0).with(Class::SshBruteForce, 5.0);
    let mut generator = Generator::labelled(&Scenario::new(11).mix(mix).packets(60_000)).unwrap();
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = {
        let told = told.clone();
        move |flow: &Flow| told.lock().unwrap().push(flow.clone())
    };
    let config = Columns::reference(Profile::Native).config();
    let mut meter = Meter::new(config, 1, || sink.clone()).unwrap();
    while let Some(frame) = generator.next_frame().unwrap() {
        meter.push(frame);
    }
    meter.finish();
    let made: Vec<LabelledFlow> = generator.ended_flows().collect();
    let mut table = LabelWriter::new(Vec::new()).unwrap();
    made.iter().for_each(|flow| table.write(flow).unwrap());
    let labels = Labels::read(&table.finish().unwrap()[..]).unwrap();
    assert_eq!(labels.rules() as usize, made.len());

    let flows = told.lock().unwrap();
    assert!(flows.len() > 500, "only {} flows", flows.len());
    let mut attacks = 0;
    for flow in flows.iter() {
        let label = labels.of(flow).unwrap_or_else(|| panic!("no label for {flow:?}"));
        let classes = classes(&made, flow);
        assert!(classes.iter().any(|class| class == label), "{label} is none of {classes:?}");
        attacks += u32::from(label == Class::SynScan.to_string());
    }
    assert!(attacks > 10, "only {attacks} scans");
}

/// What the flow may have been made as.
fn classes(made: &[LabelledFlow], flow: &Flow) -> Vec<String> {
    let ends = (flow.source(), flow.destination());
    let is_it = |made: &&LabelledFlow| {
        let (src, dst) = ((made.src, made.src_port).into(), (made.dst, made.dst_port).into());
        (ends == (src, dst) || ends == (dst, src))
            && made.protocol == flow.protocol()
            && made.start <= flow.last()
            && made.end >= flow.first()
    };
    made.iter().filter(is_it).map(|made| made.class.to_string()).collect()
}
