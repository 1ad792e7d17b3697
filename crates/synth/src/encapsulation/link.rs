//! Link layers and what stands between them and IP.

use netsift_packet::LinkType;

use super::{Enclosed, Envelope, EtherType, length};
use crate::SynthError;

const TARGET: [u8; 6] = [0x02, 0, 0, 0, 0, 2];
const SOURCE: [u8; 6] = [0x02, 0, 0, 0, 0, 1];
const SNAP: [u8; 6] = [0xaa, 0xaa, 3, 0, 0, 0];

/// Tags and labels.
impl Envelope {
    /// Behind an 802.1Q tag.
    ///
    /// # Errors
    /// [`SynthError::Mismatch`] for an Ethernet frame, which has its own type field.
    pub fn vlan(self, id: u16) -> Result<Self, SynthError> {
        self.tag(EtherType::VLAN, id)
    }

    /// Behind an 802.1ad service tag.
    ///
    /// # Errors
    /// As [`Envelope::vlan`].
    pub fn service_vlan(self, id: u16) -> Result<Self, SynthError> {
        self.tag(EtherType::SERVICE_VLAN, id)
    }

    /// Behind these MPLS labels (RFC 3032), the outermost first.
    ///
    /// # Errors
    /// [`SynthError::Mismatch`] for anything but IP, since labels do not name what they carry.
    pub fn mpls(self, labels: &[u32]) -> Result<Self, SynthError> {
        let inside = self.only("MPLS", &[EtherType::IPV4, EtherType::IPV6])?;
        let last = labels.len().saturating_sub(1);
        let stack = labels.iter().enumerate().flat_map(|(nth, label)| {
            let bottom = u32::from(nth == last) << 8;
            ((label & 0xf_ffff) << 12 | bottom | 64).to_be_bytes()
        });
        let stack: Vec<u8> = stack.collect();
        if stack.is_empty() { Ok(inside) } else { Ok(inside.behind(EtherType::MPLS, &stack)) }
    }

    /// In a PPPoE session (RFC 2516).
    ///
    /// # Errors
    /// [`SynthError::Mismatch`] for what PPP has no number for, [`SynthError::TooLong`] above 65,535 bytes.
    pub fn pppoe(self, session: u16) -> Result<Self, SynthError> {
        let protocol = self.ppp_protocol()?;
        let [high, low] = session.to_be_bytes();
        let [long, short] = length("PPPoE", self.bytes.len() + 2)?;
        let header = [0x11, 0, high, low, long, short, protocol[0], protocol[1]];
        Ok(self.behind(EtherType::PPPOE, &header))
    }

    /// As a whole Ethernet frame, to go into a tunnel.
    #[must_use]
    pub fn inner_ethernet(self) -> Self {
        match self.kind {
            EtherType::ETHERNET => self,
            kind => {
                let [high, low] = kind.0.to_be_bytes();
                let header = [&TARGET[..], &SOURCE, &[high, low]].concat();
                self.behind(EtherType::ETHERNET, &header)
            }
        }
    }

    fn tag(self, kind: EtherType, id: u16) -> Result<Self, SynthError> {
        if self.kind == EtherType::ETHERNET {
            return Err(SynthError::Mismatch { layer: "VLAN", payload: self.kind.name() });
        }
        let inside = self.kind.0.to_be_bytes();
        let tag = (id & 0xfff).to_be_bytes();
        Ok(self.behind(kind, &[tag[0], tag[1], inside[0], inside[1]]))
    }

    fn ppp_protocol(&self) -> Result<[u8; 2], SynthError> {
        match self.kind {
            EtherType::IPV4 => Ok([0x00, 0x21]),
            EtherType::IPV6 => Ok([0x00, 0x57]),
            EtherType::MPLS => Ok([0x02, 0x81]),
            other => Err(SynthError::Mismatch { layer: "PPP", payload: other.name() }),
        }
    }
}

/// Link layers, which close the envelope.
impl Envelope {
    /// An Ethernet II frame.
    #[must_use]
    pub fn ethernet(self) -> Enclosed {
        Enclosed { link: LinkType::ETHERNET, bytes: self.inner_ethernet().bytes }
    }

    /// A Linux "cooked" frame.
    #[must_use]
    pub fn linux_sll(self) -> Enclosed {
        let header = [&[0, 0, 0, 1, 0, 6][..], &SOURCE, &[0, 0], &self.kind.0.to_be_bytes()];
        self.close(LinkType::LINUX_SLL, &header.concat())
    }

    /// A Linux "cooked" frame of version 2.
    #[must_use]
    pub fn linux_sll2(self) -> Enclosed {
        let kind = self.kind.0.to_be_bytes();
        let header = [&kind[..], &[0, 0, 0, 0, 0, 3, 0, 1, 0, 6], &SOURCE, &[0, 0]];
        self.close(LinkType::LINUX_SLL2, &header.concat())
    }

    /// No link header at all.
    ///
    /// # Errors
    /// [`SynthError::Mismatch`] for anything but IP.
    pub fn raw(self) -> Result<Enclosed, SynthError> {
        let inside = self.only("raw IP", &[EtherType::IPV4, EtherType::IPV6])?;
        Ok(inside.close(LinkType::RAW, &[]))
    }

    /// Behind the loopback header of a little-endian BSD.
    ///
    /// # Errors
    /// As [`Envelope::raw`].
    pub fn null(self) -> Result<Enclosed, SynthError> {
        let family = self.family("loopback", 30)?;
        Ok(self.close(LinkType::NULL, &family.to_le_bytes()))
    }

    /// Behind the loopback header of OpenBSD.
    ///
    /// # Errors
    /// As [`Envelope::raw`].
    pub fn openbsd_loop(self) -> Result<Enclosed, SynthError> {
        let family = self.family("loopback", 24)?;
        Ok(self.close(LinkType::LOOP, &family.to_be_bytes()))
    }

    /// A PPP frame without address and control bytes.
    ///
    /// # Errors
    /// [`SynthError::Mismatch`] for what PPP has no number for.
    pub fn ppp(self) -> Result<Enclosed, SynthError> {
        let protocol = self.ppp_protocol()?;
        Ok(self.close(LinkType::PPP, &protocol))
    }

    /// A PPP frame in HDLC-like framing.
    ///
    /// # Errors
    /// As [`Envelope::ppp`].
    pub fn ppp_hdlc(self) -> Result<Enclosed, SynthError> {
        let [high, low] = self.ppp_protocol()?;
        Ok(self.close(LinkType::PPP_HDLC, &[0xff, 0x03, high, low]))
    }

    /// A Cisco HDLC frame.
    #[must_use]
    pub fn cisco_hdlc(self) -> Enclosed {
        let [high, low] = self.kind.0.to_be_bytes();
        self.close(LinkType::CISCO_HDLC, &[0x0f, 0, high, low])
    }

    /// An 802.11 data frame to the access point.
    #[must_use]
    pub fn ieee802_11(self) -> Enclosed {
        let header = self.wireless();
        self.close(LinkType::IEEE802_11, &header)
    }

    /// The same behind a radiotap header that says nothing.
    #[must_use]
    pub fn radiotap(self) -> Enclosed {
        let header = [&[0, 0, 8, 0, 0, 0, 0, 0][..], &self.wireless()].concat();
        self.close(LinkType::RADIOTAP, &header)
    }

    fn wireless(&self) -> Vec<u8> {
        let access_point = [0x02, 0, 0, 0, 0, 9];
        let kind = self.kind.0.to_be_bytes();
        let control = [0x08, 0x01, 0, 0];
        [&control[..], &access_point, &SOURCE, &TARGET, &[0x10, 0], &SNAP, &kind].concat()
    }

    fn family(&self, layer: &'static str, ipv6: u32) -> Result<u32, SynthError> {
        match self.kind {
            EtherType::IPV4 => Ok(2),
            EtherType::IPV6 => Ok(ipv6),
            other => Err(SynthError::Mismatch { layer, payload: other.name() }),
        }
    }

    fn close(self, link: LinkType, header: &[u8]) -> Enclosed {
        Enclosed { link, bytes: [header, &self.bytes].concat() }
    }
}
