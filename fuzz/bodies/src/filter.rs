//! The laws of filters.

use netsift_packet::filter::MAX_LEN;
use netsift_packet::{Filter, FilterError, Frame, LinkType, Timestamp};

use crate::choices::Choices;

/// No condition without tags before it reads further than this.
const LONG: usize = 256;
/// Radiotap says in two bytes how long it is.
const LONGEST_RADIOTAP: usize = LONG + 0xffff;

/// Words that have a sign; errors name the word.
const SIGNS: [(&str, &str); 3] = [("not", "!"), ("and", "&&"), ("or", "||")];

/// The text up to a zero byte; link type and wire length; then the frame.
pub(crate) fn body(input: &[u8]) {
    let end = input.iter().position(|&byte| byte == 0).unwrap_or(input.len());
    let (text, rest) = input.split_at(end);
    let text = String::from_utf8_lossy(text);
    let mut choices = Choices::of(rest.get(1..).unwrap_or_default());
    let link = choices.link();
    let wire_len = choices.u16().into();
    let bytes = choices.rest();
    match Filter::compile(&text) {
        Ok(filter) => {
            let frame = Frame::new(Timestamp::EPOCH, link, bytes).with_wire_len(wire_len);
            text_is_kept(&filter, &text);
            not_is_the_complement(&filter, &text, frame);
        }
        Err(error) => error_points_into(&error, &text),
    }
}

fn text_is_kept(filter: &Filter, text: &str) {
    assert_eq!(filter.to_string(), text);
    assert_eq!(Filter::compile(text).as_ref(), Ok(filter), "the same text, another filter");
}

fn error_points_into(error: &FilterError, text: &str) {
    assert!(!error.to_string().contains('\n'), "an error of more than one line");
    match error {
        FilterError::TooLong { len, limit } => assert!(len == &text.len() && len > limit),
        FilterError::TooDeep { at, .. } => assert_eq!(text.get(*at..=*at), Some("(")),
        FilterError::Unexpected { at, found, .. } => {
            let spelt = SIGNS.iter().find(|(word, _)| word == found).map(|(_, sign)| *sign);
            let behind = text.get(*at..).unwrap_or_default();
            let stands = [Some(found.as_str()), spelt].into_iter().flatten();
            let stands = stands.into_iter().any(|spelling| behind.starts_with(spelling));
            assert!(stands, "{found:?} does not stand at {at}");
        }
        _ => {}
    }
}

/// A frame that is too short for a question matches neither a filter nor its opposite; any other
/// matches exactly one of them.
fn not_is_the_complement(filter: &Filter, text: &str, frame: Frame<'_>) {
    let spelt = if text.trim().is_empty() { "not less 0".into() } else { format!("not ({text})") };
    let Ok(opposite) = Filter::compile(&spelt) else {
        // One more parenthesis, six more bytes: only the limits can be in the way.
        assert!(text.len() + 6 > MAX_LEN || text.contains('('), "no opposite of {text:?}");
        return;
    };
    let supported = filter.supports(frame.link);
    let everything = text.trim().is_empty();
    assert!(
        everything || opposite.supports(frame.link) == supported,
        "the opposite fits elsewhere"
    );
    let both = (filter.matches(&frame), opposite.matches(&frame));
    assert!(everything || both != (true, true), "a frame matches {text:?} and its opposite");
    assert!(supported || both == (false, false), "a frame of a foreign link type matches");
    // Every tag that is asked for moves the reading by four bytes, and takes four to ask.
    let padding = if frame.link == LinkType::RADIOTAP { LONGEST_RADIOTAP } else { LONG };
    let mut padded = frame.data.to_vec();
    padded.resize(frame.data.len() + padding + text.len(), 0);
    let long = Frame { data: &padded, ..frame };
    if supported && !everything {
        let both = [filter.matches(&long), opposite.matches(&long)];
        assert_ne!(both[0], both[1], "a whole frame matches {text:?} and its opposite alike");
    }
}
