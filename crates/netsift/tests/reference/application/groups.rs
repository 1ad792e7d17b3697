//! Captures put together, so that tshark is started a few times instead of hundreds.

use std::collections::BTreeSet;

use netsift_capture::{CaptureReader, CaptureWriter, Format, Resolution, WriterOptions};
use netsift_packet::community_id::{CommunityId, Tuple};
use netsift_packet::{Frame, FrameSource, Packet, Protocol};

use super::flows::{Key, ends};
use super::lines;

/// How large a group gets: small enough that two processors have equal work.
const MAX_GROUP: usize = 8 << 20;

/// One capture made of several, no two of which share a conversation: tshark reads each as if it were
/// alone.
pub(super) struct Group {
    /// Names and bytes of what is in it.
    pub(super) captures: Vec<(String, Vec<u8>)>,
    /// What the readers say of each frame.
    pub(super) frames: Vec<OfFrame>,
    conversations: BTreeSet<Key>,
    writer: CaptureWriter<Vec<u8>>,
    size: usize,
}

/// What is known of a frame alone.
pub(super) struct OfFrame {
    /// The number of its capture in the group.
    pub(super) capture: usize,
    pub(super) flow: Option<Key>,
    /// Of a packet that is in no tunnel.
    pub(super) community_id: Option<String>,
    pub(super) quic: Option<String>,
}

impl Group {
    /// The captures in as many groups as their conversations and sizes need.
    pub(super) fn of_captures(captures: impl IntoIterator<Item = (String, Vec<u8>)>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for (name, bytes) in captures {
            let conversations = conversations(&bytes);
            let fits = groups.iter_mut().find(|group| {
                group.size + bytes.len() <= MAX_GROUP
                    && group.conversations.is_disjoint(&conversations)
            });
            match fits {
                Some(group) => group.add(name, bytes, conversations),
                None => {
                    let mut group = Self::new();
                    group.add(name, bytes, conversations);
                    groups.push(group);
                }
            }
        }
        groups
    }

    fn new() -> Self {
        let options = WriterOptions::new().format(Format::PcapNg).resolution(Resolution::Nanos);
        Self {
            captures: Vec::new(),
            frames: Vec::new(),
            conversations: BTreeSet::new(),
            writer: CaptureWriter::new(Vec::new(), options).unwrap(),
            size: 0,
        }
    }

    fn add(&mut self, name: String, bytes: Vec<u8>, mut conversations: BTreeSet<Key>) {
        let mut reader = CaptureReader::new(&bytes[..]).unwrap();
        // A capture that breaks off is read up to there.
        while let Ok(Some(frame)) = reader.next_frame() {
            if self.writer.write(&frame).is_ok() {
                self.frames.push(OfFrame::of(frame, self.captures.len()));
            }
        }
        self.size += bytes.len();
        self.conversations.append(&mut conversations);
        self.captures.push((name, bytes));
    }

    /// The capture that is given to tshark; what remains is the group without it.
    pub(super) fn take_capture(&mut self) -> Vec<u8> {
        std::mem::replace(&mut self.writer, Self::new().writer).finish().unwrap()
    }
}

impl OfFrame {
    fn of(frame: Frame<'_>, capture: usize) -> Self {
        let packet = Packet::parse(frame).ok();
        // Of two headers, tshark takes the addresses of one and the ports of another.
        let bare = packet.as_ref().filter(|packet| packet.tunnel_depth() == 0);
        let udp = packet.as_ref().filter(|packet| packet.protocol() == Some(Protocol::UDP));
        Self {
            capture,
            flow: packet.as_ref().and_then(|packet| Some(ends(packet)?.0)),
            community_id: bare.and_then(community_id).map(|id| id.to_string()),
            quic: udp.and_then(|packet| lines::long_headers(packet.payload())),
        }
    }
}

fn community_id(packet: &Packet<'_>) -> Option<CommunityId> {
    let kind_and_code = packet.icmp_type_code().map(|(kind, code)| (kind.into(), code.into()));
    let (source, destination) = packet.addresses()?;
    let (protocol, ports) = (packet.protocol()?, packet.ports().or(kind_and_code));
    Some(CommunityId::of(&Tuple { source, destination, protocol, ports }, 0))
}

fn conversations(capture: &[u8]) -> BTreeSet<Key> {
    let mut found = BTreeSet::new();
    let mut reader = CaptureReader::new(capture).unwrap();
    while let Ok(Some(frame)) = reader.next_frame() {
        let packet = Packet::parse(frame).ok();
        found.extend(packet.as_ref().and_then(ends).map(|(key, _)| key));
    }
    found
}
