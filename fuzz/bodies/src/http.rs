//! The laws of the reader of HTTP/1 heads.

use netsift_packet::Text;
use netsift_packet::http::{Head, MAX_FIELDS, MAX_HEAD, Request, Response};

use crate::parts::{error_is_inside, lies_in};

/// The start of a stream.
pub(crate) fn body(input: &[u8]) {
    match Request::parse(input) {
        Ok(request) => request_holds(&request, input),
        Err(error) => error_is_inside(error, input.len()),
    }
    match Response::parse(input) {
        Ok(response) => response_holds(&response, input),
        Err(error) => error_is_inside(error, input.len()),
    }
    assert!(
        Request::parse(input).is_err() || Response::parse(input).is_err(),
        "a request that is a response"
    );
}

fn request_holds(request: &Request<'_>, input: &[u8]) {
    text_is_inside(request.method, input);
    text_is_inside(request.target, input);
    assert!(!request.method.is_empty(), "a request without a method");
    assert!(request.version.is_none_or(|version| version.major == 1), "not of HTTP/1");
    for text in [request.host(), request.user_agent()].into_iter().flatten() {
        text_is_inside(text, input);
    }
    head_holds(&request.head, input);
    let longer = [input, b"\r\nBody: of something\r\n\r\n"].concat();
    if request.head.complete {
        let whole = Request::parse(&longer).map(|longer| longer == *request);
        assert_eq!(whole, Ok(true), "the body changes the head");
    }
    a_cut_head_tells_its_first_fields(&request.head, input, |bytes| {
        Request::parse(bytes).ok().map(|request| request.head)
    });
}

fn response_holds(response: &Response<'_>, input: &[u8]) {
    text_is_inside(response.reason, input);
    assert!((100..=999).contains(&response.status), "status {}", response.status);
    assert_eq!(response.version.major, 1, "not of HTTP/1");
    for text in [response.content_type(), response.server()].into_iter().flatten() {
        text_is_inside(text, input);
    }
    head_holds(&response.head, input);
    a_cut_head_tells_its_first_fields(&response.head, input, |bytes| {
        Response::parse(bytes).ok().map(|response| response.head)
    });
}

fn head_holds(head: &Head<'_>, input: &[u8]) {
    assert!(head.len() <= input.len().min(MAX_HEAD), "a head of {} bytes", head.len());
    assert!(head.fields().count() <= MAX_FIELDS, "more fields than the cap");
    let seen = input.get(..head.len()).unwrap_or_default();
    for (name, value) in head.fields() {
        text_is_inside(name, seen);
        text_is_inside(value, seen);
        assert!(!value.as_bytes().contains(&b'\n'), "a value of two lines");
    }
    if head.complete {
        assert!(seen.ends_with(b"\n\n") || seen.ends_with(b"\n\r\n"), "no blank line at its end");
    }
}

/// Fields come in the order of the head: all of a cut one, but for the last, are the whole's first.
fn a_cut_head_tells_its_first_fields<'a>(
    whole: &Head<'_>,
    input: &'a [u8],
    parse: impl Fn(&'a [u8]) -> Option<Head<'a>>,
) {
    let cut = usize::from(*input.last().unwrap_or(&0)) * input.len() / 256;
    let Some(short) = parse(input.get(..cut).unwrap_or_default()) else { return };
    let sure = short.fields().count().saturating_sub(1);
    let told = short.fields().take(sure);
    assert!(told.eq(whole.fields().take(sure)), "cut at {cut}: other fields");
}

fn text_is_inside(text: Text<'_>, input: &[u8]) {
    assert!(lies_in(text.as_bytes(), input), "a text outside its bytes");
    assert!(
        text.to_string().bytes().all(|byte| (b' '..=b'~').contains(&byte)),
        "{text:?} in print"
    );
}
