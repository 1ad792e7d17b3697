//! The message: its header, and iterators over its questions and records.

use super::{Edns, Name, Question, Record, Section};
use crate::application::Cursor;
use crate::{Field, Layer, ParseError};

/// The header of every message.
const HEADER: usize = 12;

/// Questions looked at. Servers take one; mDNS queriers bundle a screenful.
pub const MAX_QUESTIONS: usize = 64;

/// Records looked at. An answer holds few, a zone transfer's message some hundreds.
pub const MAX_RECORDS: usize = 2048;

/// A message's header (RFC 1035, section 4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// What ties an answer to its question.
    pub id: u16,
    flags: u16,
    /// Questions, as the header counts them.
    pub questions: u16,
    /// Answers, as the header counts them.
    pub answers: u16,
    /// Records of the authority section, as the header counts them.
    pub authorities: u16,
    /// Records of the additional section, as the header counts them.
    pub additionals: u16,
}

impl Header {
    /// Whether it answers.
    #[must_use]
    pub const fn is_response(&self) -> bool {
        self.flags & 0x8000 != 0
    }

    /// The kind of query: 0 a standard one, 4 a notification, 5 an update.
    #[must_use]
    pub const fn opcode(&self) -> u8 {
        (self.flags >> 11 & 0xf) as u8
    }

    /// Whether the server answers for the zone (AA).
    #[must_use]
    pub const fn is_authoritative(&self) -> bool {
        self.flags & 0x0400 != 0
    }

    /// Whether the answer did not fit and was cut by the sender (TC).
    #[must_use]
    pub const fn is_cut_by_sender(&self) -> bool {
        self.flags & 0x0200 != 0
    }

    /// Whether recursion is asked for (RD).
    #[must_use]
    pub const fn wants_recursion(&self) -> bool {
        self.flags & 0x0100 != 0
    }

    /// Whether the server would recurse (RA).
    #[must_use]
    pub const fn offers_recursion(&self) -> bool {
        self.flags & 0x0080 != 0
    }

    /// Whether the server vouches for the data (AD).
    #[must_use]
    pub const fn is_authentic(&self) -> bool {
        self.flags & 0x0020 != 0
    }

    /// Whether unverified data is welcome (CD).
    #[must_use]
    pub const fn accepts_unchecked(&self) -> bool {
        self.flags & 0x0010 != 0
    }

    /// The response code's four bits in the header: 0 no error, 2 server failure, 3 no such name.
    /// [`Message::response_code`] adds the bits of EDNS.
    #[must_use]
    pub const fn rcode(&self) -> u8 {
        (self.flags & 0xf) as u8
    }

    /// The two bytes of flags as they were sent.
    #[must_use]
    pub const fn flags(&self) -> u16 {
        self.flags
    }

    /// The section that the record with this number belongs to.
    fn section(&self, record: usize) -> Option<Section> {
        let answers = usize::from(self.answers);
        let authorities = answers + usize::from(self.authorities);
        let additionals = authorities + usize::from(self.additionals);
        match record {
            _ if record < answers => Some(Section::Answer),
            _ if record < authorities => Some(Section::Authority),
            _ if record < additionals => Some(Section::Additional),
            _ => None,
        }
    }
}

/// A message of which the header has been read; the rest is read as the iterators go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Its header.
    pub header: Header,
    bytes: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads the message that a datagram's payload is.
    ///
    /// # Errors
    /// `Truncated` where `bytes` end inside the header.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let mut fields = Cursor::new(Layer::Dns, bytes.get(..HEADER).unwrap_or(bytes));
        fields.clone().take(HEADER)?;
        let header = Header {
            id: fields.u16()?,
            flags: fields.u16()?,
            questions: fields.u16()?,
            answers: fields.u16()?,
            authorities: fields.u16()?,
            additionals: fields.u16()?,
        };
        Ok(Self { header, bytes })
    }

    /// Reads the first message of a TCP stream: the same behind two bytes of length. Says also how
    /// many bytes of the stream it takes.
    ///
    /// # Errors
    /// `Truncated` where the stream ends before the message does, with the bytes that it takes.
    pub fn parse_tcp(stream: &'a [u8]) -> Result<(Self, usize), ParseError> {
        let len = usize::from(Cursor::new(Layer::Dns, stream).u16()?);
        let whole = Cursor::new(Layer::Dns, stream).take(2 + len)?;
        Ok((Self::parse(whole.get(2..).unwrap_or_default())?, 2 + len))
    }

    /// Its questions, the first [`MAX_QUESTIONS`] of them.
    #[must_use]
    pub fn questions(&self) -> Questions<'a> {
        Questions { bytes: self.bytes, at: HEADER, left: self.header.questions.into(), read: 0 }
    }

    /// Its answers.
    pub fn answers(&self) -> impl Iterator<Item = Result<Record<'a>, ParseError>> + use<'a> {
        let answers = self.header.answers.into();
        self.records().take(answers)
    }

    /// The records of all its sections, the first [`MAX_RECORDS`] of them.
    #[must_use]
    pub fn records(&self) -> Records<'a> {
        Records { questions: Some(self.questions()), message: *self, at: 0, read: 0 }
    }

    /// What its OPT record says, if it has one.
    #[must_use]
    pub fn edns(&self) -> Option<Edns> {
        self.records().map_while(Result::ok).find_map(|record| record.edns())
    }

    /// The response code with the eight bits that EDNS puts above the header's four.
    #[must_use]
    pub fn response_code(&self) -> u16 {
        let high = self.edns().map_or(0, |edns| edns.extended_rcode);
        u16::from(high) << 4 | u16::from(self.header.rcode())
    }
}

/// The questions of a message. After an error it ends.
#[derive(Clone, Debug)]
pub struct Questions<'a> {
    bytes: &'a [u8],
    at: usize,
    left: usize,
    read: usize,
}

impl<'a> Iterator for Questions<'a> {
    type Item = Result<Question<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        self.read += 1;
        let question = self.question();
        if question.is_err() {
            self.left = 0;
        }
        Some(question)
    }
}

impl<'a> Questions<'a> {
    fn question(&mut self) -> Result<Question<'a>, ParseError> {
        let (name, behind) = read_name(self.bytes, self.at, self.read, MAX_QUESTIONS)?;
        let mut fields = Cursor::new(Layer::Dns, self.bytes).at(behind);
        let question = Question::of(name, fields.u16()?, fields.u16()?);
        self.at = fields.position();
        Ok(question)
    }
}

/// The records of a message, section after section. After an error it ends.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    /// To be walked over first; `None` once that is done.
    questions: Option<Questions<'a>>,
    message: Message<'a>,
    at: usize,
    read: usize,
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let section = self.message.header.section(self.read)?;
        self.read += 1;
        let record = self.record(section);
        if record.is_err() {
            self.read = usize::MAX;
        }
        Some(record)
    }
}

impl<'a> Records<'a> {
    fn record(&mut self, section: Section) -> Result<Record<'a>, ParseError> {
        if let Some(mut questions) = self.questions.take() {
            questions.by_ref().try_for_each(|question| question.map(drop))?;
            self.at = questions.at;
        }
        let (name, behind) = read_name(self.message.bytes, self.at, self.read, MAX_RECORDS)?;
        let mut fields = Cursor::new(Layer::Dns, self.message.bytes).at(behind);
        let record = Record::parse(name, section, self.message.bytes, &mut fields)?;
        self.at = fields.position();
        Ok(record)
    }
}

/// The name at `at`, unless it belongs to an entry behind the cap.
fn read_name(
    bytes: &[u8],
    at: usize,
    number: usize,
    cap: usize,
) -> Result<(Name<'_>, usize), ParseError> {
    if number > cap {
        let value = u32::try_from(number).unwrap_or(u32::MAX);
        return Err(Cursor::new(Layer::Dns, bytes).at(at).invalid(Field::Count, value));
    }
    Name::parse(bytes, at)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::super::{RecordData, RecordType};
    use super::*;

    /// A query and its answer with a CNAME, an A and an OPT record, written out by hand.
    const ANSWER: &[u8] = b"\x12\x34\x81\xa3\0\x01\0\x02\0\0\0\x01\
        \x03www\x07example\x03com\0\0\x01\0\x01\
        \xc0\x0c\0\x05\0\x01\0\0\x0e\x10\0\x06\x03cdn\xc0\x10\
        \xc0\x2d\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x01\
        \0\0\x29\x04\xd0\x01\0\x80\0\0\0";

    #[test]
    fn header_bits_are_told_apart() {
        let header = Message::parse(ANSWER).unwrap().header;
        assert_eq!((header.id, header.opcode(), header.rcode()), (0x1234, 0, 3));
        assert!(header.is_response() && header.wants_recursion() && header.offers_recursion());
        assert!(header.is_authentic());
        assert!(!header.is_authoritative() && !header.is_cut_by_sender());
        assert!(!header.accepts_unchecked());
        assert_eq!(Header { flags: 0x2e10, ..header }.opcode(), 5);
        assert!(Header { flags: 0x2e10, ..header }.accepts_unchecked());
    }

    #[test]
    fn questions_and_records_are_read_in_order() {
        let message = Message::parse(ANSWER).unwrap();
        let questions: Vec<_> = message.questions().map(Result::unwrap).collect();
        assert_eq!(questions[0].name.to_string(), "www.example.com");
        assert_eq!((questions.len(), questions[0].kind), (1, RecordType::A));
        let records: Vec<_> = message.records().map(Result::unwrap).collect();
        assert_eq!(
            records.iter().map(|record| record.section).collect::<Vec<_>>(),
            [Section::Answer, Section::Answer, Section::Additional]
        );
        let RecordData::Cname(target) = records[0].data().unwrap() else { panic!("no CNAME") };
        assert_eq!(target.to_string(), "cdn.example.com");
        assert_eq!(records[1].name, target);
        assert_eq!(records[1].ttl, 60);
        assert_eq!(records[1].data(), Ok(RecordData::A(Ipv4Addr::new(192, 0, 2, 1))));
        assert_eq!(message.answers().count(), 2);
    }

    #[test]
    fn edns_extends_the_response_code() {
        let message = Message::parse(ANSWER).unwrap();
        let edns = message.edns().unwrap();
        assert_eq!((edns.payload_size, edns.version, edns.wants_dnssec), (1232, 0, true));
        assert_eq!(message.response_code(), 0x13);
    }

    #[test]
    fn over_tcp_the_length_says_what_is_missing() {
        let mut stream = vec![0, u8::try_from(ANSWER.len()).unwrap()];
        stream.extend(ANSWER);
        stream.extend(b"\0\x0cnext");
        let (message, taken) = Message::parse_tcp(&stream).unwrap();
        assert_eq!((message.header.id, taken), (0x1234, ANSWER.len() + 2));
        let error = Message::parse_tcp(&stream[..40]).unwrap_err();
        let needed = u32::try_from(ANSWER.len()).unwrap() + 2;
        assert_eq!(error, ParseError::Truncated { layer: Layer::Dns, offset: 0, needed, had: 40 });
    }

    #[test]
    fn a_cut_message_gives_what_is_there_and_then_one_error() {
        for len in 0..ANSWER.len() {
            let Ok(message) = Message::parse(&ANSWER[..len]) else {
                assert!(len < 12);
                continue;
            };
            let records: Vec<_> = message.records().collect();
            let (last, before) = records.split_last().unwrap();
            assert!(last.is_err() && before.iter().all(Result::is_ok), "cut at {len}");
        }
    }

    #[test]
    fn counts_that_lie_are_capped() {
        let mut bytes = b"\0\0\0\0\xff\xff\0\0\0\0\0\0".to_vec();
        bytes.extend(b"\0\0\x01\0\x01".repeat(MAX_QUESTIONS + 10));
        let message = Message::parse(&bytes).unwrap();
        let questions: Vec<_> = message.questions().collect();
        assert_eq!(questions.len(), MAX_QUESTIONS + 1);
        let last = questions[MAX_QUESTIONS].as_ref().unwrap_err();
        assert!(matches!(last, ParseError::Invalid { field: Field::Count, .. }), "{last}");
    }

    proptest! {
        #[test]
        fn mutated_messages_end_in_bounded_steps(
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        ) {
            let mut bytes = ANSWER.to_vec();
            for (place, value) in edits {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            let message = Message::parse(&bytes).unwrap();
            let steps = message.records().map_while(Result::ok).inspect(|record| {
                let _ = record.data();
                let _ = format!("{} {record:?}", record.name);
            });
            prop_assert!(steps.count() <= bytes.len());
            prop_assert!(message.questions().count() <= bytes.len());
        }
    }
}
