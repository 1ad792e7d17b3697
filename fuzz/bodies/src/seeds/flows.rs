//! Captures cut into flows, and open flows in files.

use netsift_flow::{Columns, Flow, Meter, Profile};
use netsift_packet::FrameSource;
use netsift_synth::{Class, Generator, Mix, Scenario};

use super::{Seed, frames};

/// Longer seeds are more of the same.
const MAX_LEN: usize = 4 * 1024;
/// What was read of the state of three flows takes less than a seed may.
const OPEN: usize = 3;

/// Caps, early rows and where to cut; then frames of a few conversations, and of every kind.
pub(super) fn captures() -> Vec<Seed> {
    let mixes = [Class::Web, Class::Dns, Class::Ssh, Class::Monitoring];
    let made = mixes.iter().enumerate().map(|(number, class)| {
        let mut bytes = vec![5, 33 * number as u8, 6];
        let mut last = None;
        each(&Scenario::new(number as u64).mix(Mix::only(*class)).packets(40), |time, frame| {
            let gap = (time - last.unwrap_or(time)) >> 16;
            last = Some(time);
            if bytes.len() + frame.len() < MAX_LEN {
                put(&mut bytes, 0, gap.min(i16::MAX.into()) as u16, frame);
            }
        });
        (format!("made-{number:02}"), bytes)
    });
    let all = frames::all();
    let kinds = all.chunks(6).enumerate().map(|(number, frames)| {
        let mut bytes = vec![number as u8, 40 + number as u8, 3];
        // Each three times: the second FIN of a source is dropped by one profile, and its first is no first packet.
        let again = frames.iter().chain(frames).chain(frames);
        for frame in again.filter(|frame| frame.bytes.len() < 600) {
            put(&mut bytes, frame.link, 300 * number as u16, &frame.bytes);
        }
        (format!("kinds-{number:02}"), bytes)
    });
    made.chain(kinds).collect()
}

fn put(bytes: &mut Vec<u8>, link: u8, gap: u16, frame: &[u8]) {
    bytes.push(link);
    bytes.extend(gap.to_be_bytes());
    bytes.push(16);
    bytes.extend((frame.len() as u16).to_be_bytes());
    bytes.extend(frame);
}

/// A few open flows of each profile.
pub(super) fn states() -> Vec<Seed> {
    let state = |number: usize| {
        let profile = Profile::ALL[number % Profile::ALL.len()];
        let mut bytes = Vec::new();
        let config = Columns::all(profile).config().max_flows(OPEN);
        let meter = config.and_then(|config| Meter::new(config, 1, || |_: &Flow| ()));
        let Ok(mut meter) = meter else { return (String::new(), bytes) };
        let scenario = Scenario::new(number as u64).packets(7 * number as u64 + 2);
        let Ok(mut generator) = Generator::new(&scenario) else { return (String::new(), bytes) };
        while let Ok(Some(frame)) = generator.next_frame() {
            meter.push(frame);
        }
        if meter.save(&mut bytes).is_err() {
            bytes.clear();
        }
        (format!("{profile}-{number:02}"), bytes)
    };
    (0..12).map(state).collect()
}

fn each(scenario: &Scenario, mut see: impl FnMut(i64, &[u8])) {
    let Ok(mut generator) = Generator::new(scenario) else { return };
    while let Ok(Some(frame)) = generator.next_frame() {
        see(frame.time.as_nanos(), frame.data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Target;

    /// Files made before something of a flow changed are refused, and then no law is held to anything.
    #[test]
    fn the_corpus_has_states_that_load() {
        let corpus = Target::named("flow_state").unwrap().corpus().unwrap();
        let loads = |file: &&Vec<u8>| {
            let resumed = |profile: &Profile| {
                let config = Columns::all(*profile).config();
                Meter::resume(config, 1, || |_: &Flow| (), &file[..]).is_ok()
            };
            Profile::ALL.iter().any(resumed)
        };
        let loaded = corpus.iter().filter(loads).count();
        assert!(loaded >= 8, "{loaded} of {}: write the seeds anew", corpus.len());
    }
}
