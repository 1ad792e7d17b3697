//! The engines that play scripts: a conversation with acknowledgements, or an exchange of datagrams.

mod burst;
mod conversation;
mod endpoint;
mod exchange;

pub(crate) use conversation::{Conversation, Line};
pub(crate) use exchange::{Exchange, Script};

use crate::{
    frames::{Canvas, Wire},
    pool::Pool,
    random::Rng,
};

/// What an engine draws a packet with.
pub(crate) struct Studio<'a> {
    pub(crate) canvas: &'a mut Canvas,
    pub(crate) pool: &'a Pool,
    pub(crate) wire: &'a mut Wire,
    pub(crate) rng: &'a mut Rng,
}

/// The engine of one flow: every step draws one packet and says when the next is due.
#[expect(clippy::large_enum_variant, reason = "flows are boxed, and most are conversations")]
pub(crate) enum Engine {
    Conversation(Conversation),
    Exchange(Exchange),
}

impl Engine {
    /// Draws the packet that is due at `now`; the time of the next, or `None` after the last.
    pub(crate) fn step(&mut self, now: u64, studio: &mut Studio<'_>) -> Option<u64> {
        match self {
            Self::Conversation(conversation) => conversation.step(now, studio),
            Self::Exchange(exchange) => exchange.step(now, studio),
        }
    }
}
