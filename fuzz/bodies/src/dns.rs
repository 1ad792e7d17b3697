//! The laws of the DNS reader.

use netsift_packet::ParseError;
use netsift_packet::dns::{MAX_QUESTIONS, MAX_RECORDS, Message, Name, Record, RecordData};

use crate::parts::{error_is_inside, lies_in};

/// A datagram's payload.
pub(crate) fn body(input: &[u8]) {
    let message = match Message::parse(input) {
        Ok(message) => message,
        Err(error) => return error_is_inside(error, input.len()),
    };
    everything_is_inside(&message, input);
    a_cut_message_tells_its_first_records(&message, input);
    a_stream_holds_the_same(&message, input);
}

fn everything_is_inside(message: &Message<'_>, input: &[u8]) {
    let mut questions = message.questions();
    for question in questions.by_ref().take(MAX_QUESTIONS + 1) {
        match question {
            Ok(question) => name_is_bounded(&question.name, input),
            Err(error) => error_is_inside(error, input.len()),
        }
    }
    assert!(questions.next().is_none(), "more questions than the cap");
    let mut records = message.records();
    for record in records.by_ref().take(MAX_RECORDS + 1) {
        match record {
            Ok(record) => record_is_inside(&record, input),
            Err(error) => error_is_inside(error, input.len()),
        }
    }
    assert!(records.next().is_none(), "more records than the cap, or some behind an error");
    assert!(message.response_code() & 0xf == u16::from(message.header.rcode()));
}

fn record_is_inside(record: &Record<'_>, input: &[u8]) {
    name_is_bounded(&record.name, input);
    assert!(lies_in(record.raw, input), "data outside the message");
    let data = match record.data() {
        Ok(data) => data,
        Err(error) => return error_is_inside(error, input.len()),
    };
    match data {
        RecordData::Cname(name)
        | RecordData::Dname(name)
        | RecordData::Ns(name)
        | RecordData::Ptr(name)
        | RecordData::Mx { exchange: name, .. }
        | RecordData::Srv { target: name, .. } => name_is_bounded(&name, input),
        RecordData::Soa { primary, mailbox, .. } => {
            name_is_bounded(&primary, input);
            name_is_bounded(&mailbox, input);
        }
        RecordData::Service { target, parameters, .. } => {
            name_is_bounded(&target, input);
            assert!(lies_in(parameters, record.raw), "parameters outside the record");
        }
        RecordData::Txt(texts) => {
            let used: usize = texts.map(|text| text.as_bytes().len() + 1).sum();
            assert_eq!(used, record.raw.len(), "texts that are not all of their record");
        }
        RecordData::Other(bytes) => assert_eq!(bytes, record.raw),
        _ => {}
    }
}

fn name_is_bounded(name: &Name<'_>, input: &[u8]) {
    let mut len = 1;
    for label in name.labels() {
        assert!(!label.is_empty() && label.len() <= 63, "a label of {} bytes", label.len());
        assert!(lies_in(label, input), "a label outside the message");
        len += 1 + label.len();
        assert!(len <= 255, "a name of more than 255 bytes");
    }
    assert_eq!(name.is_root(), len == 1);
    let text = name.to_string();
    assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text:?} in print");
    assert!(text.len() <= 4 * 255, "a name of {} characters in print", text.len());
}

/// Names point backwards only: what follows a record does not change it.
fn a_cut_message_tells_its_first_records(message: &Message<'_>, input: &[u8]) {
    let cut = usize::from(*input.last().unwrap_or(&0)) * input.len() / 256;
    let Ok(short) = Message::parse(input.get(..cut).unwrap_or_default()) else { return };
    let told = short.records().map_while(Result::ok).take(64);
    for (number, record) in told.enumerate() {
        let Some(Ok(whole)) = message.records().nth(number) else {
            panic!("cut at {cut}: record {number} is there only when cut");
        };
        assert_eq!(record.name, whole.name, "cut at {cut}");
        assert_eq!((record.kind, record.ttl, record.raw), (whole.kind, whole.ttl, whole.raw));
    }
}

fn a_stream_holds_the_same(message: &Message<'_>, input: &[u8]) {
    let Ok(len) = u16::try_from(input.len()) else { return };
    let stream = [&len.to_be_bytes()[..], input, b"more"].concat();
    match Message::parse_tcp(&stream) {
        Ok((found, taken)) => {
            assert_eq!(taken, 2 + input.len(), "another length than was said");
            assert_eq!(found, *message, "another message in a stream");
        }
        Err(error) => panic!("a stream refuses what a datagram holds: {error}"),
    }
    let cut = stream.get(..2 + input.len() - 1).unwrap_or_default();
    let error = Message::parse_tcp(cut).err();
    assert!(matches!(error, Some(ParseError::Truncated { .. })), "half a message: {error:?}");
}
