//! What DNS messages say, and what has their form: mDNS and LLMNR.

use netsift_packet::dns::Message;
use serde::{Deserialize, Serialize};

use super::Outcome;
use super::facts::{self, MAX_NAME, kept_name, prints_as};

/// So many names that are asked for behind the first one are kept, and so many bytes of them: programs ask two or three, of
/// one that forwards the questions of others the first tell enough.
const MAX_LATER: usize = 15;
const MAX_LATER_BYTES: usize = 2 * MAX_NAME;

/// The most bytes that all of it takes: lists grow by doubling.
pub(super) const MAX_HEAP: usize = size_of::<Dns>()
    + MAX_NAME
    + MAX_LATER_BYTES
    + MAX_LATER.next_power_of_two() * size_of::<Box<str>>();

/// Facts of the first question and the first response of a flow, and the names in the questions behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dns {
    name: Option<Box<str>>,
    kind: Option<u16>,
    response_code: Option<u16>,
    later: Vec<Box<str>>,
}

impl Dns {
    /// The name that is asked for; of an announcement, which asks for none, the first that is told of.
    /// It prints as [`Name`](netsift_packet::dns::Name) does.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The names that are asked for, each once, as [`name`](Self::name), which is the first of them: of the first 16
    /// payloads, no more than 16 names, and some 2,000 bytes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.name().into_iter().chain(self.later.iter().map(AsRef::as_ref))
    }

    /// The type of record that is asked for, or told of.
    #[must_use]
    pub fn record_type(&self) -> Option<u16> {
        self.kind
    }

    /// The response code, with the bits of EDNS: 0 no error, 2 server failure, 3 no such name.
    #[must_use]
    pub fn response_code(&self) -> Option<u16> {
        self.response_code
    }

    pub(super) fn heap(&self) -> usize {
        size_of::<Self>()
            + facts::len(self.name())
            + self.later.capacity() * size_of::<Box<str>>()
            + self.later_bytes()
    }

    fn later_bytes(&self) -> usize {
        self.later.iter().map(|name| name.len()).sum()
    }

    /// Whether messages could have said it: checked on what is read from a file.
    pub(super) fn is_sound(&self) -> bool {
        self.names().all(|name| facts::is_sound(Some(name), MAX_NAME))
            && self.later.len() <= MAX_LATER
            && self.later_bytes() <= MAX_LATER_BYTES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.name.is_none() && self.response_code.is_none()
    }

    /// Takes a message. Behind an answer nothing more is told; behind a question, or an announcement, other names, as long as
    /// there is room.
    pub(super) fn take(&mut self, message: &Message<'_>) -> Outcome {
        let header = message.header;
        if header.is_response() && self.response_code.is_none() {
            // The bits of EDNS are in the additional section: where there is none, nothing is walked over.
            self.response_code = Some(match header.additionals {
                0 => header.rcode().into(),
                _ => message.response_code(),
            });
        }
        if self.name.is_none() {
            self.take_name(message);
        }
        let is_answer = header.is_response() && header.questions > 0;
        let is_over = is_answer || !self.take_later(message);
        match is_over {
            _ if self.is_empty() => Outcome::Unfinished,
            true => Outcome::Over,
            false => Outcome::Another,
        }
    }

    /// Whether more names may be taken.
    fn take_later(&mut self, message: &Message<'_>) -> bool {
        for question in message.questions().map_while(Result::ok) {
            if self.names().any(|known| prints_as(&question.name, known)) {
                continue;
            }
            let name = kept_name(&question.name);
            if self.later.len() >= MAX_LATER || self.later_bytes() + name.len() > MAX_LATER_BYTES {
                return false;
            }
            self.later.push(name);
        }
        true
    }

    fn take_name(&mut self, message: &Message<'_>) {
        let asked = message.questions().next().and_then(Result::ok);
        let about = asked.map(|question| (question.name, question.kind)).or_else(|| {
            let told = message.records().next().and_then(Result::ok)?;
            (message.header.questions == 0).then_some((told.name, told.kind))
        });
        if let Some((name, kind)) = about {
            self.name = Some(kept_name(&name));
            self.kind = Some(kind.0);
        }
    }
}
