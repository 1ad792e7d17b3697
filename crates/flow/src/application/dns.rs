//! What DNS messages say, and what has their form: mDNS and LLMNR.

use netsift_packet::dns::Message;
use serde::{Deserialize, Serialize};

use super::Outcome;
use super::facts::{self, MAX_NAME, kept_name};

/// The most bytes that all of it takes.
pub(super) const MAX_HEAP: usize = size_of::<Dns>() + MAX_NAME;

/// Facts of the first question and the first response of a flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dns {
    name: Option<Box<str>>,
    kind: Option<u16>,
    response_code: Option<u16>,
}

impl Dns {
    /// The name that is asked for; of an announcement, which asks for none, the first that is told of.
    /// It prints as [`Name`](netsift_packet::dns::Name) does.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
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
        size_of::<Self>() + facts::len(self.name())
    }

    /// Whether messages could have said it: checked on what is read from a file.
    pub(super) fn is_sound(&self) -> bool {
        facts::is_sound(self.name(), MAX_NAME)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.name.is_none() && self.response_code.is_none()
    }

    /// Takes a message. The direction is over if it said something: what follows are other questions.
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
        if self.is_empty() { Outcome::Unfinished } else { Outcome::Over }
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
