//! What the steps of the walk hand to each other: the bytes left to read, and what they are.

use crate::{Field, Frame, Layer, Packet, ParseError, Protocol, Tunnel};

/// What a step answers.
pub(crate) type Step<'a> = Result<Next<'a>, ParseError>;

/// What comes behind the header just read, and the bytes it is in.
#[derive(Clone, Copy)]
pub(crate) struct Next<'a> {
    pub(crate) kind: Kind,
    /// The header was a tunnel's: what comes next is a packet of its own.
    pub(crate) tunnel: Option<(Tunnel, u32)>,
    pub(crate) rest: Rest<'a>,
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Named by an Ethernet protocol number.
    EtherType(u16),
    /// Named by an IP protocol number.
    Protocol(u8),
    /// This layer, whatever came before.
    Layer(Layer),
    /// No further header.
    Payload,
}

impl<'a> Next<'a> {
    #[inline]
    pub(crate) fn ether_type(number: u16, rest: Rest<'a>) -> Self {
        Self { kind: Kind::EtherType(number), tunnel: None, rest }
    }

    #[inline]
    pub(crate) fn protocol(number: u8, rest: Rest<'a>) -> Self {
        Self { kind: Kind::Protocol(number), tunnel: None, rest }
    }

    #[inline]
    pub(crate) fn layer(layer: Layer, rest: Rest<'a>) -> Self {
        Self { kind: Kind::Layer(layer), tunnel: None, rest }
    }

    #[inline]
    pub(crate) fn payload(rest: Rest<'a>) -> Self {
        Self { kind: Kind::Payload, tunnel: None, rest }
    }

    /// The same, inside a tunnel with a number of its own (0 for none).
    pub(crate) fn inside(self, tunnel: Tunnel, id: u32) -> Self {
        Self { tunnel: Some((tunnel, id)), ..self }
    }
}

/// The bytes left to read: captured, and cut to what the headers so far say belongs to them.
#[derive(Clone, Copy)]
pub(crate) struct Rest<'a> {
    pub(crate) bytes: &'a [u8],
    /// Where they start in the frame.
    pub(crate) at: u32,
    /// How many more there would be had the frame been captured whole.
    missing: u32,
}

impl<'a> Rest<'a> {
    #[inline(always)]
    pub(crate) fn of(frame: &Frame<'a>) -> Self {
        // A wire length below the captured one is a lie that some writers tell: the bytes are there.
        let missing = frame.wire_len.saturating_sub(frame.captured_len());
        Self { bytes: frame.data, at: 0, missing }
    }

    /// How many bytes the headers say there are, captured or not.
    #[inline(always)]
    pub(crate) fn said(&self) -> u32 {
        (self.bytes.len() as u32).saturating_add(self.missing)
    }

    /// The next `N` bytes, which stay unread.
    #[inline(always)]
    pub(crate) fn peek<const N: usize>(&self, layer: Layer) -> Result<&'a [u8; N], ParseError> {
        self.bytes.first_chunk().ok_or_else(|| self.truncated(layer, N))
    }

    /// What is left behind `length` bytes of `layer`.
    #[inline(always)]
    pub(crate) fn skip(self, length: usize, layer: Layer) -> Result<Self, ParseError> {
        match self.bytes.get(length..) {
            // Wraps behind four gigabytes of headers, where only the offset of an error would show it.
            Some(bytes) => Ok(Self { bytes, at: self.at.wrapping_add(length as u32), ..self }),
            None => Err(self.truncated(layer, length)),
        }
    }

    /// A header says that only `length` of the bytes belong to it.
    #[inline(always)]
    pub(crate) fn limit(self, length: u32) -> Self {
        match self.bytes.get(..length as usize) {
            Some(bytes) => Self { bytes, missing: 0, ..self },
            None => Self { missing: self.missing.min(length - self.bytes.len() as u32), ..self },
        }
    }

    /// Nothing: the header that starts here is cut or wrong, and what there is of it is no payload.
    /// The header would have been `length` bytes long.
    #[cold]
    pub(crate) fn behind_broken(self, length: usize) -> Self {
        let captured = self.bytes.len();
        let missing = self.said().saturating_sub(captured.max(length) as u32);
        Self { bytes: self.end(), at: self.at.wrapping_add(captured as u32), missing }
    }

    /// The place where the bytes end.
    #[inline(always)]
    fn end(self) -> &'a [u8] {
        self.bytes.get(self.bytes.len()..).unwrap_or_default()
    }

    #[cold]
    pub(crate) fn truncated(self, layer: Layer, needed: usize) -> ParseError {
        ParseError::Truncated {
            layer,
            offset: self.at,
            needed: u32::try_from(needed).unwrap_or(u32::MAX),
            had: self.bytes.len() as u32,
        }
    }

    #[cold]
    pub(crate) fn invalid(self, layer: Layer, field: Field, value: impl Into<u32>) -> ParseError {
        ParseError::Invalid { layer, offset: self.at, field, value: value.into() }
    }
}

impl Next<'_> {
    /// Whether what comes next is a tunnel's header.
    pub(crate) fn is_tunnel(&self) -> bool {
        match self.kind {
            Kind::Protocol(number) => {
                matches!(Protocol(number), Protocol::IPV4 | Protocol::IPV6 | Protocol::GRE)
            }
            Kind::Layer(layer) => matches!(
                layer,
                Layer::Vxlan
                    | Layer::Geneve
                    | Layer::Gtpu
                    | Layer::Teredo
                    | Layer::L2tp
                    | Layer::Capwap
            ),
            _ => false,
        }
    }
}

impl<'a> Packet<'a> {
    /// What is left is payload.
    #[inline(always)]
    pub(crate) fn note_payload(&mut self, rest: Rest<'a>) {
        self.payload = rest.bytes;
        self.payload_len = rest.said();
    }

    /// The transport header starts here, is `length` bytes long, and only payload follows.
    #[inline(always)]
    pub(crate) fn note_transport(
        &mut self,
        rest: Rest<'a>,
        layer: Layer,
        length: usize,
    ) -> Step<'a> {
        self.transport = rest.bytes;
        if rest.bytes.len() < length {
            self.note_payload(rest.behind_broken(length));
            return Err(rest.truncated(layer, length));
        }
        Ok(Next::payload(rest.skip(length, layer)?))
    }

    /// The network header of `version` starts here. Until it has been read there is no payload.
    #[inline(always)]
    pub(crate) fn begin_network(&mut self, version: u8, rest: Rest<'a>) {
        self.network = rest.bytes;
        self.ip_version = version;
        self.ether_type = if version == 4 { 0x0800 } else { 0x86dd };
        self.payload = rest.end();
    }
}
