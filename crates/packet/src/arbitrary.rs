//! Frames and packets made of any bytes, for fuzz harnesses of others.
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! use netsift_packet::{Frame, Packet};
//!
//! let bytes: Vec<u8> = (0..200).collect();
//! let frame = Frame::arbitrary_take_rest(Unstructured::new(&bytes))?;
//! // What your program does with a frame goes here, and whatever it is must not break it.
//! let _ = Packet::parse(frame);
//! # Ok::<(), arbitrary::Error>(())
//! ```

use arbitrary::{Arbitrary, Error, Result, Unstructured};

use crate::{Frame, LinkType, Packet, Timestamp};

/// Frames that were cut lost so many bytes at most: more is what a header lies.
const MOST_CUT: u32 = 70_000;

/// Any time that there is, and mostly one that captures have.
impl<'a> Arbitrary<'a> for Timestamp {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let nanos = if u.ratio(1, 8)? { i64::arbitrary(u)? } else { u32::arbitrary(u)?.into() };
        Ok(Self::from_nanos(nanos))
    }
}

/// Mostly one whose frames are parsed.
impl<'a> Arbitrary<'a> for LinkType {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        if u.ratio(1, 16)? { u16::arbitrary(u).map(Self) } else { u.choose(&Self::PARSED).copied() }
    }
}

/// Any bytes, captured whole or cut.
impl<'a> Arbitrary<'a> for Frame<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let frame = Self::new(Timestamp::arbitrary(u)?, LinkType::arbitrary(u)?, &[]);
        let is_cut = u.ratio(1, 4)?;
        let lost = if is_cut { u.int_in_range(0..=MOST_CUT)? } else { 0 };
        let length = u.arbitrary_len::<u8>()?;
        Ok(frame.behind(u.bytes(length)?, lost))
    }

    /// Its data is all that is left.
    fn arbitrary_take_rest(mut u: Unstructured<'a>) -> Result<Self> {
        let frame = Self::new(Timestamp::arbitrary(&mut u)?, LinkType::arbitrary(&mut u)?, &[]);
        let is_cut = u.ratio(1, 4)?;
        let lost = if is_cut { u.int_in_range(0..=MOST_CUT)? } else { 0 };
        Ok(frame.behind(u.take_rest(), lost))
    }
}

impl<'a> Frame<'a> {
    /// The same with this data, of which so many bytes were lost.
    fn behind(self, data: &'a [u8], lost: u32) -> Self {
        let whole = Self::new(self.time, self.link, data);
        whole.with_wire_len(whole.wire_len.saturating_add(lost))
    }
}

/// A frame that is a packet; of any bytes many are none, and are refused.
impl<'a> Arbitrary<'a> for Packet<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Self::parse(Frame::arbitrary(u)?).map_err(|_| Error::IncorrectFormat)
    }

    fn arbitrary_take_rest(u: Unstructured<'a>) -> Result<Self> {
        Self::parse(Frame::arbitrary_take_rest(u)?).map_err(|_| Error::IncorrectFormat)
    }
}

#[cfg(test)]
mod tests {
    // Properties have a trait of this name, too.
    use arbitrary::Arbitrary;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_become_frames_of_link_types_that_are_read(bytes: Vec<u8>) {
            let frame = Frame::arbitrary_take_rest(Unstructured::new(&bytes)).unwrap();
            prop_assert!(frame.wire_len >= frame.captured_len());
            prop_assert!(frame.data.is_empty() || bytes.ends_with(frame.data));
            let several = Vec::<Frame<'_>>::arbitrary(&mut Unstructured::new(&bytes)).unwrap();
            let all: usize = several.iter().map(|frame| frame.data.len()).sum();
            prop_assert!(all <= bytes.len());
        }
    }

    #[test]
    fn a_packet_is_found_again_in_bytes_that_hold_it() {
        let ip = [0x45, 0, 0, 20, 0, 1, 0, 0, 64, 59, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        let beginnings = (0..=255_u8).flat_map(|link| (0..=255_u8).map(move |cut| (link, cut)));
        let packets = beginnings.filter_map(|(link, cut)| {
            let bytes: Vec<u8> = [&[9, 1, 0, 0, 0, 9, link, cut][..], &ip].concat();
            let packet = Packet::arbitrary_take_rest(Unstructured::new(&bytes)).ok()?;
            Some(packet.src().is_some_and(|from| from.to_string() == "10.0.0.1"))
        });
        assert!(packets.filter(|is_it| *is_it).count() > 100);
    }
}
