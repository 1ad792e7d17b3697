//! Bytes kept until a message is there whole: the start of a stream's direction, or a client's datagrams.

use serde::{Deserialize, Serialize};

/// The most bytes kept of a direction: the longest hello that is read, in records of an eighth of their size,
/// and the longest head of HTTP.
const MAX_JOINED: usize = 17 * 1024;

/// Segments that wait for one in front of them. A window that lost one segment sends dozens, but of those
/// the first few end the hello.
const MAX_WAITING: usize = 8;

/// Datagrams of a client that are kept: hellos take two or three.
#[cfg(feature = "quic")]
const MAX_DATAGRAMS: usize = 4;

/// The longest datagram that is kept: what can be opened.
#[cfg(feature = "quic")]
const MAX_DATAGRAM: usize = netsift_packet::quic::MAX_PACKET;
#[cfg(not(feature = "quic"))]
const MAX_DATAGRAM: usize = 0;

/// The most bytes that all of it takes: two streams, or a stream's place for datagrams.
pub(super) const MAX_HEAP: usize = size_of::<Pending>()
    + 2 * (MAX_JOINED + MAX_WAITING * size_of::<(u32, Box<[u8]>)>())
    + 4 * (MAX_DATAGRAM + size_of::<Box<[u8]>>());

/// What is to be read at the start of a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Reading {
    /// A ClientHello or a ServerHello.
    Hello,
    /// The head of an HTTP request.
    Request,
    /// The head of an HTTP response.
    Response,
    /// A DNS message behind its length.
    Dns,
}

/// What is kept of a flow. None of it is kept when the facts are known.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Pending {
    /// The initiator's stream, and the other one.
    pub(super) streams: [Option<Stream>; 2],
    /// A client's Initial packets, and whether the initiator is that client.
    pub(super) datagrams: Vec<Box<[u8]>>,
    pub(super) is_forward: bool,
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.datagrams.is_empty() && self.streams.iter().all(Option::is_none)
    }

    pub(super) fn heap(&self) -> usize {
        let streams = self.streams.iter().flatten().map(Stream::heap).sum::<usize>();
        let datagrams = self.datagrams.iter().map(|datagram| datagram.len()).sum::<usize>();
        size_of::<Self>() + streams + datagrams + self.datagrams.capacity() * size_of::<Box<[u8]>>()
    }

    /// Whether it could have been kept: checked on what is read from a file.
    pub(super) fn is_sound(&self) -> bool {
        self.streams.iter().flatten().all(Stream::is_sound) && self.may_have_datagrams()
    }

    #[cfg(feature = "quic")]
    fn may_have_datagrams(&self) -> bool {
        self.datagrams.len() <= MAX_DATAGRAMS
            && self.datagrams.iter().all(|datagram| datagram.len() <= MAX_DATAGRAM)
    }

    /// Who cannot read QUIC keeps none.
    #[cfg(not(feature = "quic"))]
    fn may_have_datagrams(&self) -> bool {
        self.datagrams.is_empty()
    }

    /// Keeps a datagram, if there is room.
    #[cfg(feature = "quic")]
    pub(super) fn keep_datagram(&mut self, datagram: &[u8], is_forward: bool) {
        if self.datagrams.len() < MAX_DATAGRAMS && datagram.len() <= MAX_DATAGRAM {
            self.datagrams.reserve_exact(1);
            self.datagrams.push(datagram.into());
            self.is_forward = is_forward;
        }
    }
}

/// The first bytes of a stream's direction, put together by their sequence numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stream {
    /// `None` as long as only a segment from further on is there.
    pub(super) reading: Option<Reading>,
    /// The sequence number of the first byte.
    seq: u32,
    bytes: Vec<u8>,
    /// Segments behind a gap.
    waiting: Vec<(u32, Box<[u8]>)>,
}

impl Stream {
    /// The stream that starts with this segment.
    pub(super) fn of(reading: Reading, segment: &Segment<'_>) -> Self {
        let mut stream = Self {
            reading: Some(reading),
            seq: segment.seq,
            bytes: Vec::new(),
            waiting: Vec::new(),
        };
        stream.insert(segment);
        stream
    }

    /// A segment from further on in a stream of which the start has not come.
    pub(super) fn behind_gap(segment: &Segment<'_>) -> Self {
        let mut stream =
            Self { reading: None, seq: segment.seq, bytes: Vec::new(), waiting: Vec::new() };
        stream.wait(segment);
        stream
    }

    /// What is there without a gap.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether there is no room for more.
    pub(super) fn is_full(&self) -> bool {
        self.room() == 0
    }

    /// Puts a segment in its place. What came first stays: a second sending must not change it.
    pub(super) fn insert(&mut self, segment: &Segment<'_>) {
        if self.offset(segment.seq).is_some_and(|offset| offset > self.bytes.len()) {
            self.wait(segment);
            return;
        }
        self.append(segment.seq, segment.bytes);
        while let Some(next) = self.next_waiting() {
            let (seq, bytes) = self.waiting.swap_remove(next);
            self.append(seq, &bytes);
        }
    }

    /// Takes over what waited in another stream of the direction.
    pub(super) fn take_waiting(&mut self, other: Self) {
        for (seq, bytes) in other.waiting {
            self.insert(&Segment { seq, bytes: &bytes, is_cut: false });
        }
    }

    pub(super) fn heap(&self) -> usize {
        self.bytes.capacity()
            + self.waiting.capacity() * size_of::<(u32, Box<[u8]>)>()
            + self.waits()
    }

    fn is_sound(&self) -> bool {
        self.waiting.len() <= MAX_WAITING && self.bytes.len() + self.waits() <= MAX_JOINED
    }

    /// Where in the stream a sequence number is; `None` in front of it.
    fn offset(&self, seq: u32) -> Option<usize> {
        usize::try_from(seq.wrapping_sub(self.seq).cast_signed()).ok()
    }

    fn append(&mut self, seq: u32, bytes: &[u8]) {
        let end = self.seq.wrapping_add(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        let known = usize::try_from(end.wrapping_sub(seq).cast_signed()).unwrap_or(usize::MAX);
        let new = bytes.get(known..).unwrap_or_default();
        let new = new.get(..self.room()).unwrap_or(new);
        self.bytes.reserve_exact(new.len());
        self.bytes.extend_from_slice(new);
    }

    fn wait(&mut self, segment: &Segment<'_>) {
        let is_near = self.offset(segment.seq).is_some_and(|offset| offset < MAX_JOINED);
        if is_near && self.waiting.len() < MAX_WAITING && segment.bytes.len() <= self.room() {
            self.waiting.reserve_exact(1);
            self.waiting.push((segment.seq, segment.bytes.into()));
        }
    }

    /// The first of those that wait that no gap keeps waiting.
    fn next_waiting(&self) -> Option<usize> {
        let end = self.bytes.len();
        self.waiting.iter().position(|(seq, _)| self.offset(*seq).is_none_or(|at| at <= end))
    }

    fn waits(&self) -> usize {
        self.waiting.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    fn room(&self) -> usize {
        MAX_JOINED.saturating_sub(self.bytes.len() + self.waits())
    }
}

/// The payload of a segment, and where in the stream it belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    pub(super) seq: u32,
    pub(super) bytes: &'a [u8],
    /// The capture kept only its start.
    pub(super) is_cut: bool,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn segment(seq: u32, bytes: &[u8]) -> Segment<'_> {
        Segment { seq, bytes, is_cut: false }
    }

    #[test]
    fn segments_find_their_places_and_what_came_first_stays() {
        let start = u32::MAX - 1;
        let mut stream = Stream::of(Reading::Hello, &segment(start, b"ab"));
        stream.insert(&segment(4, b"gh"));
        stream.insert(&segment(2, b"efXX"));
        assert_eq!(stream.bytes(), b"ab");
        stream.insert(&segment(start, b"XXcd"));
        assert_eq!(stream.bytes(), b"abcdefXX");
        stream.insert(&segment(start.wrapping_sub(2), b"YYYYYYYYYYij"));
        assert_eq!(stream.bytes(), b"abcdefXXij");
        assert_eq!(stream.waiting.len(), 0);
    }

    #[test]
    fn segments_from_far_away_are_left_out() {
        let mut stream = Stream::of(Reading::Hello, &segment(0, b"ab"));
        for far in [MAX_JOINED as u32, 1 << 31, u32::MAX - 10] {
            stream.insert(&segment(far, b"far"));
        }
        assert_eq!((stream.bytes(), stream.waiting.len()), (&b"ab"[..], 0));
    }

    #[test]
    fn more_than_is_ever_kept_is_noticed() {
        let mut stream = Stream::of(Reading::Hello, &segment(0, &[1; MAX_JOINED]));
        assert!(stream.is_sound());
        stream.waiting.push((9, Box::new([1])));
        assert!(!stream.is_sound());
        stream.bytes.clear();
        assert!(stream.is_sound());
        let mut pending = Pending { streams: [Some(stream), None], ..Pending::default() };
        assert!(pending.is_sound());
        pending.datagrams = vec![Box::new([1; MAX_DATAGRAM + 1])];
        assert!(!pending.is_sound());
        pending.datagrams = vec![Box::new([]); 5];
        assert!(!pending.is_sound());
    }

    proptest! {
        #[test]
        fn any_order_of_the_pieces_gives_the_stream(
            start in any::<u32>(),
            cuts in prop::collection::btree_set(1..200_usize, 0..MAX_WAITING),
            keys in prop::collection::vec(any::<u64>(), MAX_WAITING + 1),
        ) {
            let whole: Vec<u8> = (0..200).collect();
            let ends = cuts.iter().copied().chain([200]);
            let starts = [0].into_iter().chain(cuts.iter().copied());
            let mut pieces: Vec<_> = starts.zip(ends).zip(keys).collect();
            pieces[1..].sort_by_key(|(_, key)| *key);
            let at = |(from, to): (usize, usize)| segment(start.wrapping_add(from as u32), &whole[from..to]);
            let mut stream = Stream::of(Reading::Hello, &at(pieces[0].0));
            for (piece, _) in &pieces[1..] {
                stream.insert(&at(*piece));
                stream.insert(&at(*piece));
            }
            // Pieces that came twice take places of their own among those that wait.
            prop_assert!(stream.bytes() == whole || cuts.len() * 2 > MAX_WAITING);
        }

        #[test]
        fn no_segments_take_more_than_the_bound(
            segments in prop::collection::vec((0..40_000_u32, 0..9000_usize), 0..40),
        ) {
            let bytes = vec![7; 9000];
            let mut stream = Stream::of(Reading::Hello, &segment(0, b""));
            for (seq, len) in segments {
                stream.insert(&segment(seq, &bytes[..len]));
                prop_assert!(stream.heap() * 2 + size_of::<Pending>() <= MAX_HEAP);
                prop_assert!(stream.bytes.len() + stream.waits() <= MAX_JOINED);
            }
        }
    }
}
