//! What a class decides for each of its flows.

use netsift_packet::Protocol;

use crate::{
    dialogue::{Carrier, Dialogue, Ending},
    engine::Script,
    frames::Side,
    random::{Rng, Spread},
};

/// What a class decides its flows from.
pub(crate) struct Draw<'a> {
    /// Chance that differs from flow to flow.
    pub(crate) rng: &'a mut Rng,
    /// Chance that is the same for every flow of this host (of this campaign) in this class.
    pub(crate) habit: Rng,
    /// How many flows the campaign has had before.
    pub(crate) nth: u64,
    /// How much is moved, in 1/256.
    pub(crate) volume: u64,
}

impl Draw<'_> {
    /// This much, scaled to the scenario's packets per flow.
    pub(crate) fn volume(&self, spread: Spread) -> Spread {
        spread.times(self.volume)
    }
}

/// One flow before it begins.
pub(crate) struct Plan {
    pub(crate) port: u16,
    /// The port it comes from; `None` for one of the system's choice.
    pub(crate) source_port: Option<u16>,
    pub(crate) talk: Talk,
}

/// The script and the protocol it is spoken over.
pub(crate) enum Talk {
    Dialogue(Dialogue),
    Udp(Script),
    Ping(Script),
}

impl Plan {
    pub(crate) fn dialogue(port: u16, dialogue: Dialogue) -> Self {
        Self { port, source_port: None, talk: Talk::Dialogue(dialogue) }
    }

    pub(crate) fn udp(port: u16, script: Script) -> Self {
        Self { port, source_port: None, talk: Talk::Udp(script) }
    }

    pub(crate) fn ping(script: Script) -> Self {
        Self { port: 0, source_port: Some(0), talk: Talk::Ping(script) }
    }

    pub(crate) fn with_source_port(self, source_port: u16) -> Self {
        Self { source_port: Some(source_port), ..self }
    }

    pub(crate) fn protocol(&self, v6: bool) -> Protocol {
        match &self.talk {
            Talk::Dialogue(dialogue) if dialogue.carrier == Carrier::Tcp => Protocol::TCP,
            Talk::Dialogue(_) | Talk::Udp(_) => Protocol::UDP,
            Talk::Ping(_) if v6 => Protocol::ICMPV6,
            Talk::Ping(_) => Protocol::ICMP,
        }
    }
}

/// An ending as most programs have them.
pub(crate) fn any_ending(rng: &mut Rng) -> Ending {
    rng.weighted([
        (46, Ending::Fin(Side::Client)),
        (22, Ending::Fin(Side::Server)),
        (16, Ending::Rst(Side::Client)),
        (4, Ending::Rst(Side::Server)),
        (6, Ending::FinRst(Side::Client)),
        (6, Ending::Silence),
    ])
}
