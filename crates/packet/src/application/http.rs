//! HTTP/1 heads: the request or status line and the fields below it.
//!
//! What has the same form is read too (SSDP). A head may be cut anywhere: what is there is given, and
//! [`Head::complete`] says whether it is all.

use std::fmt;

use super::Text;
use super::cursor::clamp;
use crate::{Field, Layer, ParseError};

/// Bytes looked at. Servers refuse heads of more than 8 to 16 KiB.
pub const MAX_HEAD: usize = 16 * 1024;

/// Fields looked at. Servers refuse more than about a hundred.
pub const MAX_FIELDS: usize = 128;

/// Longest method taken for one; the longest in the registry has 17 letters.
const MAX_METHOD: usize = 24;

/// Methods by which a request line is known before its version is seen: HTTP's own, WebDAV's,
/// SSDP's and UPnP's.
pub const METHODS: [&str; 28] = [
    "GET",
    "POST",
    "HEAD",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "SEARCH",
    "REPORT",
    "CHECKOUT",
    "MERGE",
    "MKACTIVITY",
    "M-SEARCH",
    "NOTIFY",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "RPC_IN_DATA",
    "RPC_OUT_DATA",
    "PURGE",
];

/// The version in a request or status line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 1, since other versions are not read.
    pub major: u8,
    /// 0 or 1 in practice.
    pub minor: u8,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP/{}.{}", self.major, self.minor)
    }
}

/// The first line and the fields of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// What is to be done.
    pub method: Text<'a>,
    /// To what, as it was sent.
    pub target: Text<'a>,
    /// `None` where the line is cut before it.
    pub version: Option<Version>,
    /// The fields.
    pub head: Head<'a>,
}

impl<'a> Request<'a> {
    /// Reads the request that `bytes` start with.
    ///
    /// # Errors
    /// `Truncated` where the method is cut; `Invalid` where this is no request of HTTP/1.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let (line, head) = Head::split(bytes);
        let space = line.iter().take(MAX_METHOD + 1).position(|&byte| byte == b' ');
        let Some((method, rest)) = space.and_then(|at| line.split_at_checked(at)) else {
            return Err(no_method(line, head.starts_whole));
        };
        let rest = rest.get(1..).unwrap_or_default();
        let is_cut = !head.starts_whole && is_known(method);
        let (target, version) = match rsplit_once(rest) {
            Some((target, last)) if is_cut && b"HTTP/1.".starts_with(last) => (target, None),
            Some((target, last)) if last.starts_with(b"HTTP/") || head.starts_whole => {
                (target, Some(version(last)?))
            }
            _ if is_cut => (rest, None),
            // Without a version only the method tells a request from chance, and the line must be cut.
            _ => return Err(invalid(Field::Version, rest)),
        };
        if !method.iter().all(|&byte| is_token(byte)) || method.is_empty() {
            return Err(invalid(Field::Text, method));
        }
        Ok(Self { method: Text::new(method), target: Text::new(target), version, head })
    }

    /// The host that the request is for: the `Host` field.
    #[must_use]
    pub fn host(&self) -> Option<Text<'a>> {
        self.head.field("host")
    }

    /// What the client calls itself: the `User-Agent` field.
    #[must_use]
    pub fn user_agent(&self) -> Option<Text<'a>> {
        self.head.field("user-agent")
    }
}

/// The first line and the fields of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response<'a> {
    /// Its version.
    pub version: Version,
    /// The status code, 100 to 999.
    pub status: u16,
    /// The status in words; often empty.
    pub reason: Text<'a>,
    /// The fields.
    pub head: Head<'a>,
}

impl<'a> Response<'a> {
    /// Reads the response that `bytes` start with.
    ///
    /// # Errors
    /// `Truncated` where the status code is cut; `Invalid` where this is no response of HTTP/1.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        /// `HTTP/1.1 200`
        const SHORTEST: usize = 12;
        let (line, head) = Head::split(bytes);
        let Some((start, rest)) = line.split_at_checked(SHORTEST) else {
            return Err(short_status(line, SHORTEST, head.starts_whole));
        };
        let (protocol, code) = start.split_at(SHORTEST - 4);
        let reason = match rest {
            [] => rest,
            [b' ', reason @ ..] => reason,
            _ => return Err(invalid(Field::Text, rest)),
        };
        let version = version(protocol)?;
        let status = status(code).ok_or_else(|| invalid(Field::Text, code))?;
        Ok(Self { version, status, reason: Text::new(reason), head })
    }

    /// The type of the body: the `Content-Type` field.
    #[must_use]
    pub fn content_type(&self) -> Option<Text<'a>> {
        self.head.field("content-type")
    }

    /// What the server calls itself: the `Server` field.
    #[must_use]
    pub fn server(&self) -> Option<Text<'a>> {
        self.head.field("server")
    }
}

/// The fields below the first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// Whether the blank line that ends the head was seen: if not, fields may be missing and the last
    /// one may be cut.
    pub complete: bool,
    starts_whole: bool,
    fields: &'a [u8],
    len: usize,
}

impl<'a> Head<'a> {
    /// The first line and the head below it.
    fn split(bytes: &'a [u8]) -> (&'a [u8], Self) {
        let seen = bytes.get(..MAX_HEAD).unwrap_or(bytes);
        let Some((line, below)) = take_line(seen) else {
            let head = Self { complete: false, starts_whole: false, fields: &[], len: seen.len() };
            return (trim_return(seen), head);
        };
        let (fields, complete) = up_to_blank_line(below);
        let len = seen.len() - below.len() + fields.len();
        (line, Self { complete, starts_whole: true, fields, len })
    }

    /// The fields in order, the first [`MAX_FIELDS`] of them; lines without a colon are passed over.
    pub fn fields(&self) -> impl Iterator<Item = (Text<'a>, Text<'a>)> + use<'a> {
        Lines { rest: self.fields }.take(MAX_FIELDS).filter_map(|line| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            let (name, value) = (line.get(..colon)?, line.get(colon + 1..)?);
            Some((Text::new(name.trim_ascii()), Text::new(value.trim_ascii())))
        })
    }

    /// The first field of this name; case does not matter.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Text<'a>> {
        let is_it = |found: &Text<'_>| found.as_bytes().eq_ignore_ascii_case(name.as_bytes());
        self.fields().find_map(|(found, value)| is_it(&found).then_some(value))
    }

    /// How many bytes the head takes, its first line and the blank line included: where the body
    /// starts, in a complete one.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was there.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// Lines without their ends (CR LF, or LF alone); the last one may be cut.
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = take_line(self.rest).unwrap_or((trim_return(self.rest), &[]));
        self.rest = rest;
        Some(line)
    }
}

/// The first line, if its end is there, and what is behind it.
fn take_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = line_end(bytes)?;
    Some((trim_return(bytes.get(..end)?), bytes.get(end + 1..)?))
}

/// Where the first line feed is, looked for in eight bytes at once: finding lines is most of reading a head.
fn line_end(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH_BITS: u64 = ONES << 7;
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word) ^ (ONES * u64::from(b'\n'));
        // The lowest byte that became zero is the lowest whose high bit is set by a borrow.
        let found = word.wrapping_sub(ONES) & !word & HIGH_BITS;
        if found != 0 {
            return Some(8 * number + found.trailing_zeros() as usize / 8);
        }
    }
    let end = rest.iter().position(|&byte| byte == b'\n')?;
    Some(8 * words.len() + end)
}

fn trim_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The bytes up to and with the blank line, and whether there is one.
fn up_to_blank_line(bytes: &[u8]) -> (&[u8], bool) {
    let mut lines = Lines { rest: bytes };
    while let Some(line) = lines.next() {
        let end = bytes.len() - lines.rest.len();
        if line.is_empty() && bytes.get(..end).is_some_and(|seen| seen.ends_with(b"\n")) {
            return (bytes.get(..end).unwrap_or(bytes), true);
        }
    }
    (bytes, false)
}

fn rsplit_once(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = line.iter().rposition(|&byte| byte == b' ')?;
    Some((line.get(..space)?.trim_ascii_end(), line.get(space + 1..)?))
}

fn version(text: &[u8]) -> Result<Version, ParseError> {
    match text {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor @ b'0'..=b'9'] => {
            Ok(Version { major: 1, minor: minor - b'0' })
        }
        _ => Err(invalid(Field::Version, text)),
    }
}

fn status(code: &[u8]) -> Option<u16> {
    let [b' ', digits @ ..] = code else { return None };
    let digit = |&byte: &u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
    let status = digits.iter().try_fold(0, |status, byte| Some(status * 10 + digit(byte)?))?;
    (status >= 100).then_some(status)
}

fn is_known(method: &[u8]) -> bool {
    METHODS.iter().any(|known| known.as_bytes() == method)
}

/// Characters of a method (RFC 9110, section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A line without a method is cut if a method could begin like this, and is something else if not.
fn no_method(line: &[u8], whole: bool) -> ParseError {
    let begins = METHODS.iter().any(|known| known.as_bytes().starts_with(line));
    if whole || !begins {
        return invalid(Field::Text, line);
    }
    truncated(line.len() + 1, line.len())
}

fn short_status(line: &[u8], needed: usize, whole: bool) -> ParseError {
    let begins = line.iter().zip(b"HTTP/1.").all(|(found, expected)| found == expected);
    if whole || !begins {
        return invalid(Field::Text, line);
    }
    truncated(needed, line.len())
}

fn truncated(needed: usize, had: usize) -> ParseError {
    ParseError::Truncated { layer: Layer::Http, offset: 0, needed: clamp(needed), had: clamp(had) }
}

/// The wrong text's first four bytes stand for its value.
fn invalid(field: Field, text: &[u8]) -> ParseError {
    let mut start = [0; 4];
    start.iter_mut().zip(text).for_each(|(to, &from)| *to = from);
    ParseError::Invalid { layer: Layer::Http, offset: 0, field, value: u32::from_be_bytes(start) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REQUEST: &[u8] = b"GET /a b?c=1 HTTP/1.1\r\nHost: example.com\r\nX: y\r\n\
        user-agent:\tcurl/8 \r\n\r\nbody: not a field";
    const RESPONSE: &[u8] = b"HTTP/1.0 404 Not Found\nServer: x\nContent-Type: text/html\n\n<html>";

    #[test]
    fn a_request_is_read() {
        let request = Request::parse(REQUEST).unwrap();
        assert_eq!(request.method, "GET");
        assert_eq!(request.target, "/a b?c=1");
        assert_eq!(request.version, Some(Version { major: 1, minor: 1 }));
        assert_eq!(request.host().unwrap(), "example.com");
        assert_eq!(request.user_agent().unwrap(), "curl/8");
        assert_eq!(request.head.field("body"), None);
        assert!(request.head.complete);
        assert_eq!(&REQUEST[request.head.len()..], b"body: not a field");
    }

    #[test]
    fn a_response_with_bare_line_feeds_is_read() {
        let response = Response::parse(RESPONSE).unwrap();
        assert_eq!((response.status, response.reason.to_str()), (404, Some("Not Found")));
        assert_eq!(response.version.to_string(), "HTTP/1.0");
        assert_eq!(response.server().unwrap(), "x");
        assert_eq!(response.content_type().unwrap(), "text/html");
        assert!(response.head.complete);
        assert_eq!(Response::parse(b"HTTP/1.1 200\r\n\r\n").unwrap().reason, "");
    }

    #[test]
    fn a_cut_head_gives_what_is_there() {
        let cut = Request::parse(b"GET /index.ht").unwrap();
        assert_eq!((cut.target.to_str(), cut.version), (Some("/index.ht"), None));
        assert!(!cut.head.complete);
        let cut = Request::parse(&REQUEST[..50]).unwrap();
        assert_eq!(cut.host().unwrap(), "example.com");
        assert!(!cut.head.complete);
        for len in 0..4 {
            let error = Request::parse(&REQUEST[..len]);
            assert!(matches!(error, Err(ParseError::Truncated { .. })), "{len}: {error:?}");
        }
    }

    #[test]
    fn a_request_line_cut_anywhere_is_no_other_request() {
        let line = b"GET /a HTTP/1.1";
        for len in 4..line.len() {
            let request = Request::parse(&line[..len]).unwrap();
            let target = &line[4..len.min(6)];
            assert_eq!((request.target.as_bytes(), request.version), (target, None), "{len}");
        }
    }

    #[test]
    fn what_is_no_http_is_refused() {
        for bytes in [
            &b"\x16\x03\x01\x02\x00\x01\x00"[..],
            b"SSH-2.0-OpenSSH_9.6\r\n",
            b"220 ftp ready\r\n",
            b"GET /\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM",
            b"HELO there\r\n",
            b"G\xffT / HTTP/1.1\r\n\r\n",
            b"INVITE sip:a@b SIP/2.0\r\n",
        ] {
            let error = Request::parse(bytes).unwrap_err();
            assert!(matches!(error, ParseError::Invalid { .. }), "{}", Text::new(bytes));
        }
        for bytes in [&b"HTTP/2 200 OK\r\n"[..], b"HTTP/1.1 20\r\n", b"HTTP/1.1 2000 x\r\n", b"ICY"]
        {
            let error = Response::parse(bytes).unwrap_err();
            assert!(matches!(error, ParseError::Invalid { .. }), "{}", Text::new(bytes));
        }
    }

    #[test]
    fn nothing_is_read_behind_the_caps() {
        let mut long = b"GET / HTTP/1.1\r\n".to_vec();
        long.extend(b"a: b\r\n".repeat(MAX_FIELDS));
        let behind = [&long[..], b"host: x\r\n\r\n"].concat();
        assert_eq!(Request::parse(&behind).unwrap().host(), None);
        let mut wide = b"GET / HTTP/1.1\r\na: ".to_vec();
        wide.resize(MAX_HEAD, b'x');
        wide.extend(b"\r\nhost: x\r\n\r\n");
        let request = Request::parse(&wide).unwrap();
        assert_eq!((request.host(), request.head.complete), (None, false));
    }

    proptest! {
        #[test]
        fn the_first_line_feed_is_found(bytes in prop::collection::vec(prop_oneof![9..13_u8, 137..140_u8, any::<u8>()], 0..40)) {
            prop_assert_eq!(line_end(&bytes), bytes.iter().position(|&byte| byte == b'\n'));
        }

        #[test]
        fn any_cut_and_edit_is_read_or_refused(
            place in any::<prop::sample::Index>(),
            value in any::<u8>(),
            len in any::<prop::sample::Index>(),
        ) {
            for whole in [REQUEST, RESPONSE] {
                let mut bytes = whole.to_vec();
                let place = place.index(bytes.len());
                bytes[place] = value;
                bytes.truncate(len.index(bytes.len()));
                let fields = |head: Head<'_>| head.fields().count() + usize::from(head.len() > bytes.len());
                prop_assert!(Request::parse(&bytes).map_or(0, |r| fields(r.head)) <= MAX_FIELDS);
                prop_assert!(Response::parse(&bytes).map_or(0, |r| fields(r.head)) <= MAX_FIELDS);
            }
        }

        #[test]
        fn random_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Request::parse(&bytes);
            let _ = Response::parse(&bytes);
        }
    }
}
