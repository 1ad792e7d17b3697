//! The last frames that went by, so that those behind a verdict can be saved.
//!
//! A [`Ring`] takes frames with what the flow table read in them, and forgets the oldest for the newest. Only frames of
//! flows are kept: nothing else could be asked for. Each is kept whole, with its time, wire length and link type, so that
//! what is written of it is what was captured; one that is longer than the whole ring is not kept, and counted.
//!
//! What is [behind](Ring::behind) a verdict is found by its ends, by its time, and by what errors of ICMP quote. Fragments and
//! what comes through tunnels belong to the flow that the flow table gave them to.
//!
//! # How long a frame stays
//! A ring holds so many bytes, whatever time they span. A flow that ends by silence is judged two minutes later: at
//! 10 Mbit/s the 64 MiB of [`Ring::BYTES`] are some 50 seconds, at 1 Gbit/s half a second. A capture that is read as fast as
//! possible passes quicker still by the clock, but not by its own time: what counts is how many bytes lie between a packet and
//! the verdict. Early verdicts come sooner, and what had left the ring is told as [`Missing`].
//!
//! ```
//! use netsift_detect::ring::Ring;
//! use netsift_detect::PathBuilder;
//! use netsift_packet::FrameSource;
//! use netsift_synth::{Generator, Scenario};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let ring = Ring::new(Ring::BYTES)?;
//! let asked = ring.clone();
//! let mut path = PathBuilder::new().ring(ring).start(move |verdict, alert| {
//!     if alert.is_some() {
//!         println!("{} packets are behind it", asked.behind(verdict).frames().len());
//!     }
//! })?;
//! let mut traffic = Generator::new(&Scenario::new(1).packets(5_000))?;
//! while let Some(frame) = traffic.next_frame()? {
//!     path.push(frame);
//! }
//! path.finish();
//! # Ok(())
//! # }
//! ```

mod kept;
mod shelf;
mod wanted;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use netsift_flow::Record;
use netsift_packet::Frame;

pub use self::kept::{Kept, Missing};
use self::shelf::Shelf;
use self::wanted::Wanted;
use crate::{DetectError, Verdict};

/// The last frames that went by. A clone is the same ring: one goes to the path, one to whoever asks.
///
/// Whoever asks holds what it is given by reference counts, and never the ring: frames come and go meanwhile. What is held so
/// stays in memory beside the ring.
#[derive(Clone)]
pub struct Ring(Arc<Mutex<Shelf>>);

/// What a ring holds, and what it could not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RingCounts {
    /// Frames that it holds.
    pub frames: u64,
    /// Frames that have made room for others.
    pub gone: u64,
    /// Frames that were never kept: each is longer than the ring.
    pub too_long: u64,
}

impl Ring {
    /// A size for those who have no wish: 64 MiB.
    pub const BYTES: usize = 64 << 20;
    /// The smallest ring: a few hundred frames of usual size must fit.
    pub const LEAST: usize = 1 << 20;

    /// A ring that takes at most so many bytes of memory, with all that it knows of its frames.
    ///
    /// # Errors
    /// [`DetectError::Setting`] for less than [`LEAST`](Self::LEAST).
    pub fn new(bytes: usize) -> Result<Self, DetectError> {
        if bytes < Self::LEAST {
            let (setting, value) = ("bytes of the ring".to_owned(), bytes.to_string());
            return Err(DetectError::Setting { setting, value, rule: "1 MiB or more" });
        }
        Ok(Self(Arc::new(Mutex::new(Shelf::new(bytes)))))
    }

    /// Takes a frame, and the record that was read from it. A path that has a ring does so itself.
    #[inline]
    pub fn keep(&self, frame: &Frame<'_>, record: &Record<'_>) {
        self.lock().keep(frame, record);
    }

    /// The frames behind a verdict, in order of time.
    ///
    /// Of a flow they are those between its ends from its first packet to the last so far, and errors of ICMP about them. Of a
    /// behaviour they are those between offender and victim, or of the one that is known, with the ports that are, in the time
    /// that [`Finding::concerns`](crate::behaviour::Finding::concerns) looks at; of a tunnel through DNS those of its usual port.
    #[must_use]
    pub fn behind(&self, verdict: &Verdict) -> Kept {
        let wanted = Wanted::by(verdict);
        // What is searched is no longer the ring's alone: whoever brings frames waits for a few references at most.
        let (chunks, since) = self.lock().around(&wanted);
        Kept::find(chunks, since, &wanted)
    }

    /// What it holds now.
    #[must_use]
    pub fn counts(&self) -> RingCounts {
        self.lock().counts()
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        // Whoever panicked had added a frame, or not.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nobody wants to see millions of bytes.
        f.debug_tuple("Ring").field(&self.counts()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use netsift_flow::{End, Intake, Profile, Record};
    use netsift_packet::{FrameSource, LinkType, Protocol, Timestamp};
    use netsift_synth::{Generator, Scenario};
    use proptest::prelude::*;

    use super::*;
    use crate::behaviour::{Finding, Kind, Opening, Volume};
    use crate::{About, Conversation};

    const CLIENT: &str = "10.0.0.1:50000";
    const SERVER: &str = "10.0.0.2:80";

    fn seconds(seconds: f64) -> Timestamp {
        Timestamp::from_nanos((seconds * 1e9) as i64)
    }

    fn record(time: Timestamp, from: &str, to: &str) -> Record<'static> {
        let (from, to): (SocketAddr, SocketAddr) = (from.parse().unwrap(), to.parse().unwrap());
        let mut record = Record::new(time, from.ip(), to.ip(), Protocol::TCP);
        (record.src_port, record.dst_port) = (from.port(), to.port());
        record
    }

    /// A frame that says nothing of its own: what is kept of it is what the record says.
    fn put(ring: &Ring, at: f64, from: &str, to: &str, data: &[u8]) {
        let time = seconds(at);
        ring.keep(&Frame::new(time, LinkType::ETHERNET, data), &record(time, from, to));
    }

    fn flow(from: &str, to: &str, (first, last): (f64, f64), packets: u64) -> Verdict {
        let flow = Conversation {
            source: from.parse().unwrap(),
            destination: to.parse().unwrap(),
            protocol: Protocol::TCP,
            first: seconds(first),
            last: seconds(last),
            sent: Volume { packets, ..Volume::default() },
            received: Volume::default(),
            hasty: 0,
            opening: Opening::Missed,
            icmp_type: None,
            end: End::Input,
            application: None,
            server_name: None,
            dns_names: Vec::new(),
            http_host: None,
            http_status: None,
            fingerprints: [None, None],
        };
        Verdict::new(About::Flow(flow), Vec::new())
    }

    fn finding(kind: Kind, (first, last): (f64, f64), about: impl FnOnce(&mut Finding)) -> Verdict {
        let span = [first, last].map(|at| seconds(at).as_nanos());
        let mut finding = Finding::new(kind, Protocol::TCP, (span[0], span[1]));
        about(&mut finding);
        Verdict::new(About::Behaviour(finding), Vec::new())
    }

    /// First bytes of the frames behind it.
    fn firsts(ring: &Ring, verdict: &Verdict) -> Vec<u8> {
        ring.behind(verdict)
            .frames()
            .map(|frame| frame.data.first().copied().unwrap_or(0))
            .collect()
    }

    #[test]
    fn a_flow_has_its_packets_of_both_directions_and_no_others() {
        let ring = Ring::new(Ring::LEAST).unwrap();
        for (number, (at, from, to)) in [
            (0.5, CLIENT, SERVER), // of a flow before it
            (1.0, CLIENT, SERVER),
            (1.1, SERVER, CLIENT),
            (1.2, "10.0.0.1:50001", SERVER),
            (1.3, "10.0.0.3:50000", SERVER),
            (1.4, "10.0.0.1:80", "10.0.0.2:50000"),
            (1.5, CLIENT, SERVER),
            (1.6, CLIENT, SERVER), // after it
        ]
        .into_iter()
        .enumerate()
        {
            put(&ring, at, from, to, &[number as u8; 60]);
        }
        let verdict = flow(CLIENT, SERVER, (1.0, 1.5), 3);
        assert_eq!(firsts(&ring, &verdict), [1, 2, 6]);
        assert_eq!(ring.behind(&verdict).missing(), None);
        // Who opened it is not always known.
        assert_eq!(firsts(&ring, &flow(SERVER, CLIENT, (1.0, 1.5), 3)), [1, 2, 6]);
    }

    #[test]
    fn frames_are_as_they_came_in_order_of_time() {
        let ring = Ring::new(Ring::LEAST).unwrap();
        let (early, late) = (Timestamp::from_nanos(i64::MIN), Timestamp::from_nanos(i64::MAX));
        let bytes = [7; 90];
        let frames = [
            Frame::new(seconds(2.0), LinkType::ETHERNET, &bytes).with_wire_len(1_500),
            Frame::new(late, LinkType::RAW, &bytes[..1]),
            Frame::new(early, LinkType::LINUX_SLL, &[]),
            Frame::new(seconds(1.0), LinkType::ETHERNET, &bytes[..60]),
            Frame::new(seconds(1.0), LinkType::ETHERNET, &bytes[..61]),
        ];
        for frame in &frames {
            ring.keep(frame, &record(frame.time, CLIENT, SERVER));
        }
        let mut verdict = flow(CLIENT, SERVER, (0.0, 0.0), 5);
        if let About::Flow(flow) = &mut verdict.about {
            (flow.first, flow.last) = (early, late);
        }
        let kept = ring.behind(&verdict);
        let expected = [2, 3, 4, 0, 1].map(|place: usize| frames[place]);
        assert_eq!(kept.frames().collect::<Vec<_>>(), expected);
        assert!(kept.missing().is_none());
    }

    #[test]
    fn what_had_left_is_told() {
        let ring = Ring::new(Ring::LEAST).unwrap();
        for number in 0..2_000 {
            put(&ring, f64::from(number), CLIENT, SERVER, &[number as u8; 1_000]);
        }
        let left = ring.counts().frames;
        assert!((500..1_100).contains(&left) && ring.counts().gone == 2_000 - left, "{left}");
        let kept = ring.behind(&flow(CLIENT, SERVER, (0.0, 1_999.0), 2_000));
        assert_eq!(kept.frames().len() as u64, left);
        let missing = kept.missing().unwrap();
        let said = format!("{left} of 2000 packets; the others had left the ring");
        assert_eq!(missing.to_string(), said);
        assert!(ring.behind(&flow(CLIENT, SERVER, (1_999.0, 1_999.0), 1)).missing().is_none());
        let scan = |first| {
            finding(Kind::VerticalScan, (first, 1_999.0), |it| {
                it.offender = Some([10, 0, 0, 1].into());
            })
        };
        let gone = 2_000 - left;
        let kept = ring.behind(&scan(0.0));
        assert_eq!(kept.missing(), Some(Missing::Start { nanos: gone as i64 * 1_000_000_000 }));
        assert!(kept.missing().unwrap().to_string().contains(&format!("the first {gone}.0 s had")));
        assert_eq!(ring.behind(&scan(gone as f64)).missing(), None);
    }

    #[test]
    fn what_is_longer_than_the_ring_is_not_kept_and_pushes_nothing_out() {
        let ring = Ring::new(Ring::LEAST).unwrap();
        put(&ring, 1.0, CLIENT, SERVER, &[1; 60]);
        put(&ring, 2.0, CLIENT, SERVER, &vec![2; Ring::LEAST]);
        put(&ring, 3.0, CLIENT, SERVER, &vec![3; Ring::LEAST / 2]);
        put(&ring, 4.0, CLIENT, SERVER, &[]);
        let counts = ring.counts();
        assert_eq!((counts.frames, counts.gone, counts.too_long), (3, 0, 1));
        let kept = ring.behind(&flow(CLIENT, SERVER, (1.0, 4.0), 4));
        let lengths: Vec<usize> = kept.frames().map(|frame| frame.data.len()).collect();
        assert_eq!(lengths, [60, Ring::LEAST / 2, 0]);
        assert_eq!(kept.missing(), Some(Missing::Packets { found: 3, of: 4 }));
        assert!(Ring::new(Ring::LEAST - 1).is_err());
    }

    #[test]
    fn a_behaviour_has_what_passed_between_those_that_are_known() {
        let ring = Ring::new(Ring::LEAST).unwrap();
        for (number, (at, from, to)) in [
            (0.0, "10.0.0.9:1", "10.0.0.1:22"),
            (1.0, "10.0.0.9:2", "10.0.0.2:22"),
            (1.1, "10.0.0.2:22", "10.0.0.9:2"),
            (1.2, "10.0.0.9:3", "10.0.0.2:23"),
            (1.3, "10.0.0.8:4", "10.0.0.2:22"),
            (9.0, "10.0.0.9:5", "10.0.0.2:22"),
        ]
        .into_iter()
        .enumerate()
        {
            put(&ring, at, from, to, &[number as u8]);
        }
        let (offender, victim) = (Some([10, 0, 0, 9].into()), Some([10, 0, 0, 2].into()));
        let told = |kind, about: &dyn Fn(&mut Finding)| {
            firsts(&ring, &finding(kind, (1.0, 2.0), |finding| about(finding)))
        };
        let scan = told(Kind::VerticalScan, &|it| (it.offender, it.victim) = (offender, victim));
        assert_eq!(scan, [1, 2, 3]);
        let scan = told(Kind::HorizontalScan, &|it| (it.offender, it.port) = (offender, Some(22)));
        assert_eq!(scan, [1, 2]);
        let flood = told(Kind::SynFlood, &|it| (it.victim, it.port) = (victim, Some(22)));
        assert_eq!(flood, [1, 2, 4]);
        let spray =
            told(Kind::PasswordSpray, &|it| (it.offender, it.service) = (offender, Some("SSH")));
        assert_eq!(spray, [1, 2]);
        // A window before the first and behind the last belongs to it.
        let wide = told(Kind::VerticalScan, &|it| {
            (it.offender, it.window) = (offender, 10_000_000_000);
        });
        assert_eq!(wide, [0, 1, 2, 3, 5]);
        assert!(told(Kind::SynFlood, &|_| ()).is_empty());
    }

    /// An answer of a host without such a service: RFC 792's destination unreachable, with the header it quotes and eight bytes
    /// behind that.
    #[test]
    fn errors_belong_to_the_flow_that_they_quote() {
        let question = [
            0x45, 0, 0, 60, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 4, 0, 0, 69, 0, 40,
        ];
        let question = [question.as_slice(), &[0; 2]].concat();
        let head = [0x45, 0, 0, 56, 0, 2, 0, 0, 64, 1, 0, 0, 10, 0, 0, 254, 10, 0, 0, 1];
        let error = [head.as_slice(), &[3, 3, 0, 0, 0, 0, 0, 0], &question].concat();
        let ring = Ring::new(Ring::LEAST).unwrap();
        let config = netsift_flow::FlowConfig::new(Profile::Native);
        let mut intake = Intake::new(&config);
        for (at, bytes) in [(1.0, &question), (1.5, &error), (100.0, &error)] {
            let frame = Frame::new(seconds(at), LinkType::RAW, bytes);
            intake.read(frame.with_wire_len(60), |record| ring.keep(&frame, record));
        }
        assert_eq!(ring.counts().frames, 3);
        let behind = |to| {
            let mut verdict = flow("10.0.0.1:1024", to, (1.0, 1.0), 1);
            if let About::Flow(flow) = &mut verdict.about {
                flow.protocol = Protocol::UDP;
            }
            let kept = ring.behind(&verdict);
            kept.frames().map(|frame| frame.data.to_vec()).collect::<Vec<_>>()
        };
        assert_eq!(behind("10.0.0.2:69"), [question, error]);
        assert!(behind("10.0.0.2:70").is_empty());
    }

    /// With workers that judge later than frames come, each flow has as many packets as the flow table counted, and errors.
    #[test]
    fn every_flow_finds_its_packets_while_others_come() {
        let ring = Ring::new(Ring::BYTES).unwrap();
        let (asked, (told, verdicts)) = (ring.clone(), std::sync::mpsc::channel());
        let path = crate::PathBuilder::new().workers(3).ring(ring);
        let mut path = path
            .start(move |verdict, _| {
                if let About::Flow(flow) = &verdict.about {
                    let packets = flow.sent.packets + flow.received.packets;
                    told.send((packets, asked.behind(verdict))).unwrap();
                }
            })
            .unwrap();
        let mut traffic = Generator::new(&Scenario::new(5).packets(20_000)).unwrap();
        let mut came = 0;
        while let Some(frame) = traffic.next_frame().unwrap() {
            came += 1;
            path.push(frame);
        }
        let flows = path.finish().counts;
        let (mut judged, mut exact) = (0, 0);
        for (packets, kept) in verdicts {
            let frames = kept.frames().len() as u64;
            assert!(kept.missing().is_none() && (packets..=came).contains(&frames), "{kept:?}");
            judged += 1;
            exact += u64::from(frames == packets);
        }
        assert_eq!(judged, flows.flows + flows.early);
        assert!(judged > 400 && exact * 10 > judged * 9, "{exact} of {judged}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Of any frames the newest are there, byte for byte, and memory stays within what it was given.
        #[test]
        fn a_ring_is_the_end_of_all_that_came(
            lengths in prop::collection::vec(
                prop_oneof![6 => 0_usize..2_000, 1 => 0_usize..400_000, 1 => Just(3 << 20)], 1..600,
            ),
            limit in Ring::LEAST..Ring::LEAST * 3,
        ) {
            let ring = Ring::new(limit).unwrap();
            let mut kept = Vec::new();
            let bytes = (0..=250).collect::<Vec<u8>>().repeat((3 << 20) / 251 + 1);
            for (number, &len) in lengths.iter().enumerate() {
                let data = &bytes[bytes.len() - len..];
                let too_long = ring.counts().too_long;
                put(&ring, number as f64, CLIENT, SERVER, data);
                if ring.counts().too_long == too_long {
                    kept.push((number, data));
                }
                prop_assert!(ring.lock().size() <= limit, "{} of {limit}", ring.lock().size());
            }
            let counts = ring.counts();
            prop_assert_eq!(counts.frames + counts.gone + counts.too_long, lengths.len() as u64);
            let found = ring.behind(&flow(CLIENT, SERVER, (0.0, 1e6), 1));
            let end = &kept[counts.gone as usize..];
            prop_assert_eq!(found.frames().len(), end.len());
            for (frame, (number, data)) in found.frames().zip(end) {
                prop_assert_eq!((frame.time, frame.data), (seconds(*number as f64), *data));
            }
            // It is worth its room: what is usual fills most of it.
            let usual = lengths.iter().all(|len| *len < 2_000);
            prop_assert!(!usual || counts.gone == 0 || counts.frames > 250);
        }
    }
}
