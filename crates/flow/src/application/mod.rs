//! What payloads say of a flow: the application, and the names and fingerprints that it shows in the open.
//!
//! The first payloads of each direction are looked at, and none after them. What is there whole is read
//! where it lies; bytes are kept only while a hello or a head goes on in further packets.

mod datagram;
mod dns;
mod facts;
mod fingerprint;
mod http;
mod join;
mod ports;
#[cfg(feature = "quic")]
mod quic;
mod service;
mod signature;
mod stream;
mod tls;

use netsift_packet::Protocol;
use serde::{Deserialize, Serialize};

use crate::Record;
pub use dns::Dns;
pub use http::Http;
use join::Pending;
pub use ports::by_port;
use service::Service;
pub use tls::Tls;

/// Payloads of a direction that are looked at. Of 840 flows with hellos in nDPI's captures, whose words of
/// proxies and mail servers stand in front of some, all show them within twelve.
const MAX_LOOKS: u8 = 16;

/// Payloads of a direction that may show what application it is; behind them only hellos are looked for,
/// since the middle of a stream looks like anything.
const MAX_GUESSES: u8 = 4;

/// The most bytes that one flow's facts and unfinished messages take beyond the size of [`Application`].
pub const MAX_APPLICATION_HEAP: usize =
    tls::MAX_HEAP + dns::MAX_HEAP + http::MAX_HEAP + join::MAX_HEAP;

/// Which facts are asked for. What is not asked for is not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The application.
    pub application: bool,
    /// Facts of TLS, DTLS and QUIC hellos.
    pub tls: bool,
    /// Facts of DNS messages.
    pub dns: bool,
    /// Facts of HTTP heads.
    pub http: bool,
}

impl Wanted {
    /// Everything.
    pub const ALL: Self = Self { application: true, tls: true, dns: true, http: true };
}

/// What payloads say of a flow. Small while nothing was found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Application {
    tls: Option<Box<Tls>>,
    dns: Option<Box<Dns>>,
    http: Option<Box<Http>>,
    /// Bytes of messages that are not there whole yet.
    pending: Option<Box<Pending>>,
    service: Option<Service>,
    /// The initiator's direction, and the other one.
    sides: [Side; 2],
}

/// How far the looking has come in one direction.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Side {
    looks: u8,
    is_done: bool,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It says nothing more.
    Over,
    /// It says nothing more, and another one may follow.
    Another,
    /// Its end is in bytes to come.
    Unfinished,
}

impl Application {
    /// Whether further packets can tell more. If not, [`observe`](Self::observe) need not be called.
    #[must_use]
    #[inline]
    pub fn wants_more(&self) -> bool {
        !(self.sides[0].is_done && self.sides[1].is_done)
    }

    /// Takes a packet of the flow; `forward` if the initiator sent it.
    #[inline]
    pub fn observe(&mut self, record: &Record<'_>, forward: bool, wanted: Wanted) {
        if !record.payload.is_empty() && self.wants_from(forward) {
            self.look(record, forward, wanted);
        }
    }

    /// Whether further packets of one direction can tell more.
    #[inline]
    pub(crate) fn wants_from(&self, forward: bool) -> bool {
        !self.side(forward).is_done
    }

    /// The application, as far as the first bytes of either direction tell it.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        self.service.map(Service::name)
    }

    /// What hellos of TLS, DTLS or QUIC said.
    #[must_use]
    pub fn tls(&self) -> Option<&Tls> {
        self.tls.as_deref()
    }

    /// What DNS messages said.
    #[must_use]
    pub fn dns(&self) -> Option<&Dns> {
        self.dns.as_deref()
    }

    /// What HTTP heads said.
    #[must_use]
    pub fn http(&self) -> Option<&Http> {
        self.http.as_deref()
    }

    /// Whether payloads could have said it: checked on what is read from a file.
    pub(crate) fn is_sound(&self) -> bool {
        self.tls.as_ref().is_none_or(|tls| tls.is_sound())
            && self.dns.as_ref().is_none_or(|dns| dns.is_sound())
            && self.http.as_ref().is_none_or(|http| http.is_sound())
            && self.pending.as_ref().is_none_or(|pending| pending.is_sound())
    }

    /// Bytes held beyond the size of this value, at most [`MAX_APPLICATION_HEAP`].
    #[must_use]
    pub fn heap(&self) -> usize {
        self.tls.as_ref().map_or(0, |tls| tls.heap())
            + self.dns.as_ref().map_or(0, |dns| dns.heap())
            + self.http.as_ref().map_or(0, |http| http.heap())
            + self.pending.as_ref().map_or(0, |pending| pending.heap())
    }

    fn look(&mut self, record: &Record<'_>, forward: bool, wanted: Wanted) {
        // Later fragments have no ports, and begin anywhere.
        if record.is_fragment && (record.src_port, record.dst_port) == (0, 0) {
            return;
        }
        let side = self.side_mut(forward);
        side.looks = side.looks.saturating_add(1);
        match record.protocol {
            Protocol::TCP => self.take_segment(record, forward, wanted),
            Protocol::UDP => self.take_datagram(record, forward, wanted),
            _ => self.sides.iter_mut().for_each(|side| side.is_done = true),
        }
        if self.side(forward).looks >= MAX_LOOKS {
            self.finish(forward);
        }
    }

    /// Nothing more can come from this direction.
    fn finish(&mut self, forward: bool) {
        self.side_mut(forward).is_done = true;
        self.drop_pending(forward);
    }

    /// Whether a direction may tell more, of which this payload told nothing.
    fn goes_on(&self, forward: bool, wanted: Wanted) -> bool {
        let is_early = self.side(forward).looks < MAX_GUESSES || self.dns.is_some();
        let may_hold = self.service.is_none_or(Service::may_hold_more);
        may_hold && (wanted.tls || wanted.http || is_early && wanted != Wanted::default())
    }

    /// Whether something may begin here that begins early in a direction, or, of questions, behind others.
    fn is_early(&self, forward: bool) -> bool {
        self.side(forward).looks <= MAX_GUESSES || self.dns.is_some()
    }

    /// Notes the application, if these bytes are the first to show it.
    fn guess(&mut self, forward: bool, signs: impl FnOnce() -> Option<Service>) {
        if self.service.is_none() && self.side(forward).looks <= MAX_GUESSES {
            self.service = signs();
        }
    }

    #[inline]
    fn side(&self, forward: bool) -> Side {
        let [fwd, bwd] = self.sides;
        if forward { fwd } else { bwd }
    }

    fn side_mut(&mut self, forward: bool) -> &mut Side {
        let [fwd, bwd] = &mut self.sides;
        if forward { fwd } else { bwd }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use netsift_packet::Timestamp;
    use proptest::prelude::*;

    use super::*;

    /// The hellos of RFC 9001, appendix A: for example.com with the protocol "alpn", answered with TLS 1.3.
    const CLIENT_HELLO: &str =
        include_str!("../../../packet/src/application/vectors/rfc9001-client-hello.hex");
    const SERVER_HELLO: &str =
        include_str!("../../../packet/src/application/vectors/rfc9001-server-hello.hex");
    #[cfg(feature = "quic")]
    const CLIENT_INITIAL: &str =
        include_str!("../../../packet/src/application/vectors/rfc9001-a2.hex");
    #[cfg(feature = "quic")]
    const SERVER_INITIAL: &str =
        include_str!("../../../packet/src/application/vectors/rfc9001-a3.hex");

    const REQUEST: &[u8] =
        b"GET /a?b HTTP/1.1\r\nHost: example.com\r\nUser-Agent: test/1\r\nAccept: */*\r\n\r\n";
    const QUERY: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x1c\0\x01";

    fn unhex(text: &str) -> Vec<u8> {
        let digits: Vec<_> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
        digits.chunks_exact(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
    }

    /// A handshake message in a TLS record.
    fn in_record(message: &str) -> Vec<u8> {
        let message = unhex(message);
        let [high, low] = (message.len() as u16).to_be_bytes();
        [&[22, 3, 1, high, low], &message[..]].concat()
    }

    /// From port 50,000 of one host to a port of another, or back.
    fn record(protocol: Protocol, forward: bool, port: u16, payload: &[u8]) -> Record<'_> {
        let host = |last| IpAddr::V4(Ipv4Addr::new(10, 0, 0, last));
        let (src, dst) = if forward { (1, 2) } else { (2, 1) };
        let (src_port, dst_port) = if forward { (50_000, port) } else { (port, 50_000) };
        let record = Record::new(Timestamp::EPOCH, host(src), host(dst), protocol);
        Record { src_port, dst_port, payload, payload_len: payload.len() as u32, ..record }
    }

    struct Flow {
        protocol: Protocol,
        port: u16,
        application: Application,
    }

    impl Flow {
        fn new(protocol: Protocol, port: u16) -> Self {
            Self { protocol, port, application: Application::default() }
        }

        fn datagram(&mut self, forward: bool, payload: &[u8]) {
            let record = record(self.protocol, forward, self.port, payload);
            self.application.observe(&record, forward, Wanted::ALL);
        }

        fn segment(&mut self, forward: bool, seq: u32, payload: &[u8]) {
            let mut record = record(self.protocol, forward, self.port, payload);
            record.tcp.seq = seq;
            self.application.observe(&record, forward, Wanted::ALL);
        }

        fn server_name(&self) -> Option<&str> {
            self.application.tls().and_then(Tls::server_name)
        }

        fn is_whole(&self) -> bool {
            self.application.tls().is_some_and(|tls| tls.version() == Some("TLS 1.3"))
        }
    }

    #[test]
    fn it_is_small_while_nothing_was_found() {
        assert!(size_of::<Application>() <= 48, "{}", size_of::<Application>());
        assert_eq!(Application::default().heap(), 0);
    }

    #[test]
    fn hellos_of_both_directions_are_told_and_end_the_looking() {
        let mut flow = Flow::new(Protocol::TCP, 443);
        flow.segment(true, 1, &in_record(CLIENT_HELLO));
        assert_eq!((flow.application.name(), flow.application.wants_more()), (Some("TLS"), true));
        flow.segment(false, 1, &in_record(SERVER_HELLO));
        assert!(!flow.application.wants_more());
        let tls = flow.application.tls().unwrap();
        assert_eq!((tls.server_name(), tls.alpn()), (Some("example.com"), Some("alpn")));
        assert_eq!((tls.version(), tls.chosen_alpn()), (Some("TLS 1.3"), None));
        assert_eq!(tls.ja3().is_some(), cfg!(feature = "fingerprints"));
        assert!(flow.application.pending.is_none());
    }

    #[test]
    fn a_hello_in_segments_of_any_order_is_joined() {
        let hello = in_record(CLIENT_HELLO);
        let seq = u32::MAX - 50;
        let (a, b, c) = (&hello[..40], &hello[40..100], &hello[100..]);
        let at = |len: u32| seq.wrapping_add(len);
        for order in [
            &[(0, a), (40, b), (100, c)][..],
            &[(0, a), (100, c), (40, b)],
            &[(0, a), (0, a), (100, c), (100, c), (20, &hello[20..100])],
            // Sent again with other bytes, and with bytes from before the hello.
            &[(0, a), (0, &[0; 40]), (40, b), (20, &[0; 80]), (100, c)],
            // The start comes last.
            &[(40, &hello[40..]), (0, a)],
        ] {
            let mut flow = Flow::new(Protocol::TCP, 443);
            for &(offset, bytes) in order {
                assert!(!flow.is_whole());
                flow.segment(true, at(offset), bytes);
            }
            assert_eq!((flow.server_name(), flow.is_whole()), (Some("example.com"), true));
            assert!(flow.application.pending.is_none(), "bytes are kept no longer than needed");
        }
    }

    #[test]
    fn a_gap_leaves_what_stands_before_it_and_is_not_waited_for_long() {
        let hello = in_record(CLIENT_HELLO);
        let mut flow = Flow::new(Protocol::TCP, 443);
        flow.segment(true, 1, &hello[..100]);
        for _ in 0..MAX_LOOKS {
            flow.segment(true, 151, &hello[150..]);
        }
        assert_eq!((flow.server_name(), flow.is_whole()), (Some("example.com"), false));
        assert!(flow.application.pending.is_none() && flow.application.side(true).is_done);
    }

    #[test]
    fn a_cut_segment_tells_what_is_there() {
        let hello = in_record(CLIENT_HELLO);
        let mut record = record(Protocol::TCP, true, 443, &hello[..100]);
        record.payload_len = hello.len() as u32;
        let mut application = Application::default();
        application.observe(&record, true, Wanted::ALL);
        assert_eq!(application.tls().unwrap().server_name(), Some("example.com"));
        assert!(application.pending.is_none(), "the rest was not captured, so that it cannot come");
    }

    #[test]
    fn a_hello_behind_the_words_of_others_is_found() {
        let mut flow = Flow::new(Protocol::TCP, 3128);
        flow.segment(true, 1, b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n");
        flow.segment(false, 1, b"HTTP/1.1 200 Connection established\r\n\r\n");
        flow.segment(true, 54, &in_record(CLIENT_HELLO));
        assert_eq!(flow.application.name(), Some("HTTP"));
        assert_eq!(flow.server_name(), Some("example.com"));
        let mut flow = Flow::new(Protocol::TCP, 25);
        flow.segment(false, 1, b"220 mx.example.com ESMTP\r\n");
        flow.segment(true, 1, b"EHLO client\r\n");
        flow.segment(true, 14, b"STARTTLS\r\n");
        flow.segment(true, 24, &in_record(CLIENT_HELLO));
        assert_eq!(flow.application.name(), Some("SMTP"));
        assert_eq!(flow.server_name(), Some("example.com"));
    }

    #[test]
    fn a_stream_in_its_middle_is_left_alone() {
        let mut flow = Flow::new(Protocol::TCP, 443);
        for forward in [true, false] {
            flow.segment(forward, 1, b"\x17\x03\x03\x01\0encrypted");
        }
        assert_eq!((flow.application.name(), flow.application.wants_more()), (Some("TLS"), false));
        assert!(flow.application.tls().is_none());
        let mut flow = Flow::new(Protocol::TCP, 9999);
        for number in 0..MAX_LOOKS.into() {
            assert!(flow.application.wants_more());
            flow.segment(true, number, b"?");
            flow.segment(false, number, b"?");
        }
        assert_eq!((flow.application.name(), flow.application.wants_more()), (None, false));
        assert_eq!(flow.application.heap(), 0);
    }

    #[test]
    fn a_question_and_its_answer_are_told_over_both_transports() {
        let answer = [&QUERY[..2], &[0x81, 0x83], &QUERY[4..]].concat();
        for protocol in [Protocol::UDP, Protocol::TCP] {
            let mut flow = Flow::new(protocol, 53);
            for (forward, message) in [(true, QUERY), (false, &answer[..])] {
                let len = (message.len() as u16).to_be_bytes();
                let behind_len = [&len[..], message].concat();
                match protocol {
                    Protocol::TCP => {
                        flow.segment(forward, 7, &behind_len[..2]);
                        flow.segment(forward, 9, &behind_len[2..]);
                    }
                    _ => flow.datagram(forward, message),
                }
            }
            let dns = flow.application.dns().unwrap();
            assert_eq!((dns.name(), dns.record_type()), (Some("example.com"), Some(28)));
            assert_eq!(dns.response_code(), Some(3));
            let goes_on = [true, false].map(|forward| flow.application.wants_from(forward));
            assert_eq!(goes_on, [true, false], "other questions may follow");
            assert_eq!(flow.application.name(), (protocol == Protocol::UDP).then_some("DNS"));
        }
    }

    /// A question for a name of two labels, as long as they say.
    fn question(first: &str, second: &str) -> Vec<u8> {
        let label = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
        [&QUERY[..12], &label(first), &label(second), &QUERY[QUERY.len() - 5..]].concat()
    }

    fn names(flow: &Flow) -> Vec<&str> {
        flow.application.dns().into_iter().flat_map(Dns::names).collect()
    }

    #[test]
    fn names_that_are_asked_for_later_are_told_each_once() {
        let asked = ["one", "two", "one", "three"].map(|name| question(name, "test"));
        let wanted = ["one.test", "two.test", "three.test"];
        let mut flow = Flow::new(Protocol::UDP, 53);
        let answer = [&asked[0][..2], &[0x81, 0x80], &asked[0][4..]].concat();
        asked.iter().for_each(|message| {
            flow.datagram(true, message);
            flow.datagram(false, &answer);
        });
        assert_eq!(names(&flow), wanted);
        let stream = asked.map(|it| [&(it.len() as u16).to_be_bytes()[..], &it].concat()).concat();
        // However they are cut, and if each comes alone.
        let len = stream.len();
        for cuts in (1..len).map(|cut| vec![0, cut, len]).chain([vec![0, 26, 52, 78, len]]) {
            let mut flow = Flow::new(Protocol::TCP, 53);
            for cut in cuts.windows(2) {
                flow.segment(true, 7 + cut[0] as u32, &stream[cut[0]..cut[1]]);
            }
            assert_eq!(names(&flow), wanted, "{cuts:?}");
        }
    }

    #[test]
    fn names_have_bounds_in_number_and_in_size() {
        let mut flow = Flow::new(Protocol::UDP, 53);
        (0..100).for_each(|number| flow.datagram(true, &question(&format!("n{number}"), "test")));
        assert_eq!(names(&flow).len(), usize::from(MAX_LOOKS));
        assert!(!flow.application.wants_from(true));
        let long = "\u{1}".repeat(63);
        let mut flow = Flow::new(Protocol::UDP, 53);
        for number in 10..99 {
            flow.datagram(true, &question(&long, &format!("{}{number}", &long[..61])));
        }
        let size: usize = names(&flow).iter().map(|name| name.len()).sum();
        assert!((1_500..2_600).contains(&size), "{size}");
        assert!(flow.application.heap() <= MAX_APPLICATION_HEAP && flow.application.is_sound());
    }

    #[test]
    fn a_request_and_its_answer_are_told_wherever_the_head_is_cut() {
        for cut in 1..REQUEST.len() {
            let mut flow = Flow::new(Protocol::TCP, 80);
            flow.segment(true, 1, &REQUEST[..cut]);
            flow.segment(true, 1 + cut as u32, &REQUEST[cut..]);
            flow.segment(false, 1, b"HTTP/1.1 100 Continue\r\n\r\n");
            flow.segment(false, 26, b"HTTP/1.1 404 Not Found\r\n\r\n");
            let http = flow.application.http().unwrap();
            assert_eq!((http.method(), http.target()), (Some("GET"), Some("/a?b")), "{cut}");
            assert_eq!((http.host(), http.user_agent()), (Some("example.com"), Some("test/1")));
            assert_eq!((http.status(), flow.application.wants_more()), (Some(404), false));
        }
    }

    #[cfg(feature = "quic")]
    #[test]
    fn the_hello_in_an_initial_packet_is_told() {
        let mut flow = Flow::new(Protocol::UDP, 443);
        flow.datagram(true, &unhex(CLIENT_INITIAL));
        flow.datagram(false, &unhex(SERVER_INITIAL));
        assert_eq!(
            (flow.application.name(), flow.server_name()),
            (Some("QUIC"), Some("example.com"))
        );
        assert!(!flow.application.wants_more() && flow.application.pending.is_none());
    }

    #[test]
    fn what_is_not_wanted_is_not_told() {
        let only = |wanted| {
            let mut application = Application::default();
            for (port, payload) in [(443, &in_record(CLIENT_HELLO)[..]), (80, REQUEST)] {
                application.observe(&record(Protocol::TCP, true, port, payload), true, wanted);
                application.sides = Default::default();
            }
            application.observe(&record(Protocol::UDP, true, 53, QUERY), true, wanted);
            let found = (application.tls().is_some(), application.http().is_some());
            (application.name().is_some(), found.0, found.1, application.dns().is_some())
        };
        let none = Wanted::default();
        assert_eq!(only(none), (false, false, false, false));
        assert_eq!(only(Wanted { application: true, ..none }), (true, false, false, false));
        assert_eq!(only(Wanted { tls: true, ..none }), (false, true, false, false));
        assert_eq!(only(Wanted { http: true, ..none }), (false, false, true, false));
        assert_eq!(only(Wanted { dns: true, ..none }), (false, false, false, true));
    }

    #[test]
    fn an_unfinished_flow_is_saved_and_goes_on() {
        let hello = in_record(CLIENT_HELLO);
        let mut flow = Flow::new(Protocol::TCP, 443);
        flow.segment(true, 1, &hello[..100]);
        flow.segment(true, 201, &hello[200..]);
        let saved = serde_json::to_string(&flow.application).unwrap();
        flow.application = serde_json::from_str(&saved).unwrap();
        flow.segment(true, 101, &hello[100..200]);
        assert!(flow.is_whole());
    }

    /// Starts of messages, noise, and pieces of either.
    fn payloads() -> impl Strategy<Value = Vec<u8>> {
        let starts = [in_record(CLIENT_HELLO), in_record(SERVER_HELLO), REQUEST.to_vec()];
        let long = [&b"GET /"[..], &[b'a'; 9000]].concat();
        let huge_hello = [&[22, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc][..], &[7; 9000]].concat();
        let others = [QUERY.to_vec(), b"HTTP/1.1 200 OK\r\n".to_vec(), long, huge_hello];
        let noise = prop::collection::vec(any::<u8>(), 0..2000);
        let starts = prop::sample::select([&starts[..], &others].concat());
        (prop_oneof![3 => starts, 1 => noise], any::<prop::sample::Index>(), any::<bool>())
            .prop_map(|(mut bytes, place, is_cut)| {
                if is_cut {
                    bytes.truncate(place.index(bytes.len() + 1));
                }
                bytes
            })
    }

    proptest! {
        #[test]
        fn no_packets_take_more_than_the_bound_or_the_looks(
            packets in prop::collection::vec((payloads(), any::<bool>(), 0..20_000_u32), 0..60),
            (is_tcp, port) in (any::<bool>(), prop::sample::select(vec![443, 80, 53, 5353, 9999])),
        ) {
            let protocol = if is_tcp { Protocol::TCP } else { Protocol::UDP };
            let mut flow = Flow::new(protocol, port);
            let mut given = 0;
            for (payload, forward, seq) in packets {
                given += payload.len();
                flow.segment(forward, seq, &payload);
                let heap = flow.application.heap();
                prop_assert!(heap <= MAX_APPLICATION_HEAP, "{} bytes", heap);
                // Memory is paid for by bytes: a fixed price for what is found, and the bytes kept.
                prop_assert!(heap <= 4096 + 5 * given, "{} bytes for {}", heap, given);
                let is_small = |side: &Side| side.looks <= MAX_LOOKS;
                prop_assert!(flow.application.sides.iter().all(is_small));
            }
            if !flow.application.wants_more() {
                prop_assert!(flow.application.pending.is_none());
            }
        }

        #[test]
        fn a_hello_cut_anywhere_in_any_order_gives_the_same(
            cuts in prop::collection::btree_set(1..245_usize, 1..7),
            seq in any::<u32>(),
            keys in prop::collection::vec(any::<u32>(), 8),
        ) {
            let hello = in_record(CLIENT_HELLO);
            let bounds: Vec<_> = [0].into_iter().chain(cuts).chain([hello.len()]).collect();
            let mut pieces: Vec<_> = bounds.windows(2).zip(keys).collect();
            // Of pieces in front of which others are missing, at most the first can wait.
            pieces[1..].sort_by_key(|(_, key)| *key);
            let mut flow = Flow::new(Protocol::TCP, 443);
            for (piece, _) in pieces {
                flow.segment(true, seq.wrapping_add(piece[0] as u32), &hello[piece[0]..piece[1]]);
            }
            let mut whole = Flow::new(Protocol::TCP, 443);
            whole.segment(true, 1, &hello);
            prop_assert_eq!(flow.application.tls(), whole.application.tls());
        }
    }
}
