//! From records to the first handshake message in them.

use crate::application::Cursor;
use crate::application::cursor::clamp;
use crate::{Field, Layer, ParseError};

/// The longest hello that is read. Hybrid key shares make hellos of 2 KiB, tickets of some kinds of
/// 4; a length above this is random bytes or malice.
pub const MAX_HELLO: usize = 16 * 1024;

/// Record type of alerts.
const ALERT: u8 = 21;

/// Record type of handshakes.
const HANDSHAKE: u8 = 22;

/// Warnings passed over in front of a hello. Servers that do not know a client's name for them warn
/// once, and go on.
const MAX_WARNINGS: usize = 4;

/// The longest fragment in a record (RFC 8446, section 5.1).
const MAX_FRAGMENT: usize = 1 << 14;

/// Type and length in front of a message.
const MESSAGE_HEADER: usize = 4;

/// What carried a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carrier {
    /// Records in a TCP stream: TLS.
    Tcp,
    /// Records in datagrams: DTLS.
    Datagram,
    /// QUIC's CRYPTO frames.
    Quic,
}

/// A handshake message that is there whole.
#[derive(Clone, Copy)]
pub(super) struct Handshake<'a> {
    pub(super) carrier: Carrier,
    pub(super) body: &'a [u8],
    /// Where `body` starts in the given bytes, for errors.
    base: usize,
}

impl<'a> Handshake<'a> {
    /// The message at the start of a TCP stream. It is borrowed from there, if one record holds it;
    /// the fragments of several are joined in `scratch`.
    pub(super) fn of_stream(
        stream: &'a [u8],
        kind: u8,
        scratch: &'a mut [u8],
    ) -> Result<Self, ParseError> {
        let mut fields = Cursor::new(Layer::Tls, stream);
        skip_warnings(&mut fields)?;
        let start = fields;
        let record = record_len(&mut fields)?;
        expect_type(&mut fields.clone(), kind)?;
        // A shorter record ends inside the message's header.
        let len = if record < MESSAGE_HEADER { None } else { message_len(fields)? };
        match len {
            Some(len) if len <= record => {
                let base = fields.position() + MESSAGE_HEADER;
                let body = fields.take(len)?.get(MESSAGE_HEADER..).unwrap_or_default();
                Ok(Self { carrier: Carrier::Tcp, body, base })
            }
            _ => {
                fields.take(record)?;
                let len = join(start, scratch)?;
                let body = scratch.get(MESSAGE_HEADER..len).unwrap_or_default();
                Ok(Self { carrier: Carrier::Tcp, body, base: 0 })
            }
        }
    }

    /// The message at the start of a DTLS datagram. Messages in several datagrams are not joined.
    pub(super) fn of_datagram(datagram: &'a [u8], kind: u8) -> Result<Self, ParseError> {
        let mut fields = Cursor::new(Layer::Tls, datagram);
        expect_type(&mut fields, HANDSHAKE)?;
        let version = super::Version(fields.u16()?);
        if !version.is_datagram() {
            return Err(fields.invalid(Field::Version, version.0.into()));
        }
        let _epoch_and_sequence = fields.take(8)?;
        let record = fields.vector16()?;
        let base = fields.position() - record.len();
        let mut message = Cursor::whole(Layer::Tls, record, base);
        expect_type(&mut message, kind)?;
        let (len, _sequence) = (message.u24()?, message.u16()?);
        let (offset, fragment) = (message.u24()?, message.u24()?);
        if (offset, fragment) != (0, len) {
            return Err(message.invalid(Field::Fragments, 2));
        }
        let body = message.take(len as usize)?;
        Ok(Self { carrier: Carrier::Datagram, body, base: base + message.position() - body.len() })
    }

    /// The message at the start of QUIC's CRYPTO data.
    pub(super) fn of_crypto(bytes: &'a [u8], kind: u8) -> Result<Self, ParseError> {
        let mut fields = Cursor::new(Layer::Tls, bytes);
        expect_type(&mut fields.clone(), kind)?;
        let len = message_len(fields)?.unwrap_or(MESSAGE_HEADER);
        let body = fields.take(len)?.get(MESSAGE_HEADER..).unwrap_or_default();
        Ok(Self { carrier: Carrier::Quic, body, base: MESSAGE_HEADER })
    }

    /// A cursor over its body, in which every length must fit.
    pub(super) fn fields(&self) -> Cursor<'a> {
        Cursor::whole(Layer::Tls, self.body, self.base)
    }
}

/// Moves behind the warnings at the cursor, if there are any.
fn skip_warnings(fields: &mut Cursor<'_>) -> Result<(), ParseError> {
    for _ in 0..MAX_WARNINGS {
        let mut alert = *fields;
        if alert.u8()? != ALERT {
            break;
        }
        let _version = alert.u16()?;
        match alert.vector16()? {
            [1, _description] => *fields = alert,
            _ => break,
        }
    }
    Ok(())
}

/// Reads the header of a handshake record: how long its fragment is.
fn record_len(fields: &mut Cursor<'_>) -> Result<usize, ParseError> {
    expect_type(fields, HANDSHAKE)?;
    let version = fields.u16()?;
    if version >> 8 != 3 {
        return Err(fields.invalid(Field::Version, version.into()));
    }
    let len = usize::from(fields.u16()?);
    if !(1..=MAX_FRAGMENT).contains(&len) {
        return Err(fields.invalid(Field::Length, clamp(len)));
    }
    Ok(len)
}

/// How long the message at the cursor is, its header included; `None` if the header is not there.
fn message_len(mut fields: Cursor<'_>) -> Result<Option<usize>, ParseError> {
    let Ok(&[_, a, b, c]) = fields.array() else { return Ok(None) };
    let len = u32::from_be_bytes([0, a, b, c]);
    if len as usize > MAX_HELLO {
        return Err(fields.invalid(Field::Length, len));
    }
    Ok(Some(MESSAGE_HEADER + len as usize))
}

/// Copies fragments into `scratch` until they hold the message, and says how long that is.
fn join(mut fields: Cursor<'_>, scratch: &mut [u8]) -> Result<usize, ParseError> {
    let mut filled = 0;
    for count in 1.. {
        let record = record_len(&mut fields)?;
        let room = scratch.get_mut(filled..).unwrap_or_default();
        let copied = record.min(room.len());
        let there = fields.take(copied)?;
        room.iter_mut().zip(there).for_each(|(to, &from)| *to = from);
        filled += copied;
        let joined = Cursor::new(Layer::Tls, scratch.get(..filled).unwrap_or_default());
        match message_len(joined)? {
            Some(len) if len <= filled => return Ok(len),
            _ if copied < record => return Err(fields.invalid(Field::Fragments, count + 1)),
            _ => {}
        }
    }
    Ok(filled)
}

fn expect_type(fields: &mut Cursor<'_>, expected: u8) -> Result<(), ParseError> {
    let before = *fields;
    let found = fields.u8()?;
    if found == expected {
        return Ok(());
    }
    Err(before.invalid(Field::Type, found.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &[u8] = b"\x01\0\0\x06abcdef";

    fn records(sizes: &[usize]) -> Vec<u8> {
        let (mut stream, mut rest) = (Vec::new(), [MESSAGE, b"another"].concat());
        for &size in sizes {
            stream.extend([22, 3, 1, 0, u8::try_from(size).unwrap()]);
            stream.extend(rest.drain(..size));
        }
        stream
    }

    #[test]
    fn a_message_in_one_record_is_borrowed_even_if_the_record_goes_on() {
        for stream in [records(&[10]), records(&[14]), records(&[17])[..15].to_vec()] {
            let message = Handshake::of_stream(&stream, 1, &mut []).unwrap();
            assert_eq!((message.body, message.base), (&b"abcdef"[..], 9));
        }
    }

    #[test]
    fn fragments_are_joined_where_there_is_room() {
        for sizes in [&[9, 1][..], &[1; 10], &[3, 3, 9], &[4, 6]] {
            let mut scratch = [0; 16];
            let stream = records(sizes);
            let message = Handshake::of_stream(&stream, 1, &mut scratch).unwrap();
            assert_eq!(message.body, b"abcdef", "{sizes:?}");
        }
        let error = Handshake::of_stream(&records(&[9, 1]), 1, &mut []).err().unwrap();
        assert!(matches!(error, ParseError::Invalid { field: Field::Fragments, .. }), "{error}");
    }

    #[test]
    fn warnings_in_front_are_passed_over_and_fatal_alerts_are_not() {
        let with_alerts = |level, count| [0x15, 3, 1, 0, 2, level, 112].repeat(count);
        for (level, count, is_read) in [(1, 1, true), (1, 4, true), (1, 5, false), (2, 1, false)] {
            let stream = [with_alerts(level, count), records(&[4, 6])].concat();
            let message = Handshake::of_stream(&stream, 1, &mut [0; 16]).map(|m| m.body.to_vec());
            assert_eq!(message.is_ok_and(|body| body == b"abcdef"), is_read, "{level} {count}");
        }
    }

    #[test]
    fn a_cut_stream_says_how_many_bytes_are_missing() {
        for sizes in [&[10][..], &[4, 6], &[17]] {
            let whole = records(sizes);
            let end = whole.len() - sizes.iter().sum::<usize>() + MESSAGE.len();
            for len in 0..end {
                let error = Handshake::of_stream(&whole[..len], 1, &mut [0; 16]).err().unwrap();
                let ParseError::Truncated { offset, needed, had, .. } = error else {
                    panic!("{sizes:?} cut at {len}: {error}")
                };
                assert_eq!((offset + had) as usize, len);
                assert!(needed > had && (offset + needed) as usize <= whole.len());
            }
        }
    }

    #[test]
    fn other_records_and_lying_lengths_are_refused() {
        for stream in [
            &b"\x17\x03\x03\0\x10"[..],
            b"\x16\x02\x03\0\x10\x01",
            b"\x16\x03\x03\0\0\x01",
            b"\x16\x03\x03\x40\x01\x01",
            b"\x16\x03\x03\0\x10\x02",
            b"\x16\x03\x03\0\x10\x01\xff\0\0",
            b"GET / HTTP/1.1",
        ] {
            let error = Handshake::of_stream(stream, 1, &mut [0; 16]).err().unwrap();
            assert!(matches!(error, ParseError::Invalid { .. }), "{stream:?}: {error}");
        }
    }

    #[test]
    fn datagrams_hold_whole_messages_only() {
        let datagram = |offset: u8, fragment: u8| {
            let mut bytes = b"\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x0e\x01\0\0\x02\0\0".to_vec();
            bytes.extend([0, 0, offset, 0, 0, fragment, b'h', b'i']);
            bytes
        };
        assert_eq!(Handshake::of_datagram(&datagram(0, 2), 1).unwrap().body, b"hi");
        assert!(Handshake::of_datagram(&datagram(1, 1), 1).is_err());
        assert!(Handshake::of_datagram(&datagram(0, 1), 1).is_err());
        let cut = Handshake::of_datagram(&datagram(0, 2)[..26], 1).err().unwrap();
        assert!(matches!(cut, ParseError::Truncated { .. }), "{cut}");
    }
}
