//! What HTTP heads say, and what has their form: SSDP.

use netsift_packet::ParseError;
use netsift_packet::http::{MAX_HEAD, Request, Response};
use serde::{Deserialize, Serialize};

use super::Outcome;
use super::facts::{self, MAX_NAME, MAX_TEXT, kept};

/// The longest method kept: the longest in the registry has 17 letters.
const MAX_METHOD: usize = 24;

/// The most bytes that all of it takes.
pub(super) const MAX_HEAP: usize = size_of::<Http>() + MAX_METHOD + MAX_NAME + 2 * MAX_TEXT;

/// Facts of the first request and the first final response of a flow.
///
/// Texts are kept as they print (see [`Text`](netsift_packet::Text)).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Http {
    method: Option<Box<str>>,
    target: Option<Box<str>>,
    host: Option<Box<str>>,
    user_agent: Option<Box<str>>,
    status: Option<u16>,
}

impl Http {
    /// What was to be done.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    /// To what: the path and the query, as they were sent.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// The `Host` field.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The `User-Agent` field.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        self.user_agent.as_deref()
    }

    /// The status code of the response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    pub(super) fn heap(&self) -> usize {
        let texts = [self.method(), self.target(), self.host(), self.user_agent()];
        size_of::<Self>() + texts.into_iter().map(facts::len).sum::<usize>()
    }

    /// Whether heads could have said it: checked on what is read from a file.
    pub(super) fn is_sound(&self) -> bool {
        let texts = [
            (self.method(), MAX_METHOD),
            (self.target(), MAX_TEXT),
            (self.host(), MAX_NAME),
            (self.user_agent(), MAX_TEXT),
        ];
        texts.into_iter().all(|(text, max)| facts::is_sound(text, max))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.method.is_none() && self.status.is_none()
    }

    /// Whether the request is to open a way for something else.
    pub(super) fn is_tunnelled(&self) -> bool {
        self.method() == Some("CONNECT")
    }

    pub(super) fn take_request(&mut self, bytes: &[u8]) -> Outcome {
        match Request::parse(bytes) {
            Ok(request) if request.head.complete || bytes.len() >= MAX_HEAD => {
                self.take(&request);
                Outcome::Over
            }
            Ok(_) => self.take_whole_lines(bytes),
            Err(ParseError::Truncated { .. }) => Outcome::Unfinished,
            Err(_) => Outcome::Over,
        }
    }

    /// Only the status line counts, so that the rest need not come.
    pub(super) fn take_response(&mut self, bytes: &[u8]) -> Outcome {
        /// The server goes on to another protocol: no other response follows.
        const SWITCHING_PROTOCOLS: u16 = 101;
        match Response::parse(bytes) {
            Ok(Response { status, .. }) if status >= 200 || status == SWITCHING_PROTOCOLS => {
                self.status.get_or_insert(status);
                Outcome::Over
            }
            Err(ParseError::Truncated { .. }) => Outcome::Unfinished,
            _ => Outcome::Over,
        }
    }

    /// Of a head that goes on, the last line may be cut: it waits.
    fn take_whole_lines(&mut self, bytes: &[u8]) -> Outcome {
        let end = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        if let Ok(request) = Request::parse(bytes.get(..end).unwrap_or_default()) {
            self.take(&request);
        }
        match self.host.is_some() && self.user_agent.is_some() {
            true => Outcome::Over,
            false => Outcome::Unfinished,
        }
    }

    fn take(&mut self, request: &Request<'_>) {
        self.method = Some(kept(request.method, MAX_METHOD));
        self.target = Some(kept(request.target, MAX_TEXT));
        self.host = request.host().map(|host| kept(host, MAX_NAME));
        self.user_agent = request.user_agent().map(|agent| kept(agent, MAX_TEXT));
    }
}
