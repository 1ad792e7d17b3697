//! The laws of flows: no packet is lost, no number is infinite, and a cut changes nothing.

use netsift_flow::{
    Cells, Columns, Early, End, Flow, FlowConfig, FlowTable, Intake, Meter, Profile, Scratch, Sink,
};
use netsift_packet::{Frame, Timestamp};

use crate::choices::Choices;

/// Caps, early rows and where to cut; then frames: link type, gap, length, bytes.
pub(crate) fn body(input: &[u8]) {
    let mut choices = Choices::of(input);
    let (most, early, cut) = (choices.byte(), choices.byte(), choices.byte());
    let frames = frames(&mut choices);
    for profile in Profile::ALL {
        let config = Columns::all(profile).config();
        nothing_is_lost(bounded(config, most, early), &frames);
        a_cut_changes_nothing(config, &frames, usize::from(cut));
    }
}

fn frames<'a>(choices: &mut Choices<'a>) -> Vec<Frame<'a>> {
    let (mut time, mut frames) = (1_700_000_000_000_000_000i64, Vec::new());
    while !choices.is_empty() {
        let (link, gap, scale) = (choices.link(), choices.u16(), choices.byte());
        time = time.wrapping_add(i64::from(gap as i16).wrapping_shl(u32::from(scale)));
        let len = usize::from(choices.u16() % 2_048);
        frames.push(Frame::new(Timestamp::from_nanos(time), link, choices.take(len)));
    }
    frames
}

fn bounded(config: FlowConfig, most: u8, early: u8) -> FlowConfig {
    let early = Early { packets: Some(1 + u64::from(early % 4)), nanos: Some(1 << (early / 8)) };
    let bounded = config.max_flows(1 + usize::from(most % 6)).and_then(|c| c.early(early));
    let Ok(bounded) = bounded else { panic!("sound settings are refused") };
    bounded
}

fn nothing_is_lost(config: FlowConfig, frames: &[Frame<'_>]) {
    let mut intake = Intake::new(&config);
    let mut table = FlowTable::new(config);
    let mut told = Told::of(&config);
    for frame in frames {
        intake.read(*frame, |record| table.push(record, |flow| told.take(flow)));
        assert!(table.len() <= 6, "more flows than may be");
    }
    table.finish(|flow| told.take(flow));
    assert!(table.is_empty() && table.bytes() == 0, "something is left of no flows");
    let (counts, intake) = (table.counts(), intake.counts());
    let rejects: u64 = intake.rejects.values().sum();
    assert_eq!(intake.frames, frames.len() as u64, "frames counted and read");
    assert_eq!(intake.frames, intake.records + rejects, "frames, records and rejects");
    assert_eq!(intake.records, counts.packets, "records and packets");
    assert_eq!((counts.flows, counts.flow_packets), (told.flows, told.packets), "counted and told");
    let packets = counts.flow_packets + counts.untold_packets + counts.dropped;
    assert_eq!(counts.packets, packets, "packets in and packets told");
    assert!(counts.early <= counts.flows + counts.untold, "more than one early row a flow");
}

fn a_cut_changes_nothing(config: FlowConfig, frames: &[Frame<'_>], cut: usize) {
    let meter = || Meter::new(config, 1, || Told::of(&config));
    let (Ok(mut whole), Ok(mut first)) = (meter(), meter()) else { panic!("no meter starts") };
    frames.iter().for_each(|frame| whole.push(*frame));
    let (before, behind) = frames.split_at(cut.min(frames.len()));
    before.iter().for_each(|frame| first.push(*frame));
    let mut state = Vec::new();
    let Ok(mut parts) = first.save(&mut state) else { panic!("open flows cannot be saved") };
    let mut second = match Meter::resume(config, 1, || Told::of(&config), &state[..]) {
        Ok(second) => second,
        Err(error) => panic!("what was saved cannot be loaded: {error}"),
    };
    behind.iter().for_each(|frame| second.push(*frame));
    let (whole, second) = (whole.finish(), second.finish());
    parts.counts.add(&second.counts);
    parts.intake.add(&second.intake);
    assert_eq!((parts.counts, parts.intake), (whole.counts, whole.intake), "counts of a cut");
    let rows = |sinks: &[Told]| sinks.iter().fold(0u64, |sum, told| sum.wrapping_add(told.rows));
    let cut = rows(&parts.sinks).wrapping_add(rows(&second.sinks));
    assert_eq!(cut, rows(&whole.sinks), "other rows of a cut");
}

/// What was told: counted, and held to be finite.
pub(crate) struct Told {
    columns: Columns,
    room: Scratch,
    flows: u64,
    packets: u64,
    /// A number made of all rows, in whatever order they came.
    rows: u64,
}

impl Told {
    pub(crate) fn of(config: &FlowConfig) -> Self {
        let (columns, room) = (Columns::all(config.profile()), Scratch::default());
        Self { columns, room, flows: 0, packets: 0, rows: 0 }
    }
}

impl Sink for Told {
    fn take(&mut self, flow: &Flow) {
        if flow.profile() == Profile::Native {
            for (feature, number) in self.columns.features().iter().zip(self.columns.numbers(flow))
            {
                assert!(number.is_finite(), "{} is {number}", feature.name.current);
            }
        }
        let mut digest = Digest(0);
        self.columns.tell(flow, None, &mut digest, &mut self.room);
        self.rows = self.rows.wrapping_add(digest.0);
        if flow.end() != End::Early {
            self.flows += 1;
            self.packets += flow.packets();
        }
    }
}

struct Digest(u64);

impl Digest {
    fn add(&mut self, value: u64) {
        self.0 = (self.0 ^ value).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    }
}

impl Cells for Digest {
    fn text(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.add(byte.into()));
    }

    fn integer(&mut self, number: i64) {
        self.add(number as u64);
    }

    fn reals(&mut self, numbers: &[f64]) {
        numbers.iter().for_each(|number| self.add(number.to_bits()));
    }

    fn empty(&mut self) {
        self.add(1);
    }
}
