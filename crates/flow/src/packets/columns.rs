//! Which columns a packet's row has, and the row.

use super::facts::PacketFacts;
use super::table::{PACKET_FACTS, PACKET_FEATURES, PACKET_IDENTITY};
use crate::columns::{Cells, Kind, LABEL, NO_LABEL, Scratch, cell, takes};
use crate::features::{Fact, Feature, Group};
use crate::{FlowError, Profile};

/// The columns of a packet's row, in their order: identity, numbers, facts, label.
///
/// ```
/// use netsift_flow::{PacketColumns, Packets};
/// use netsift_packet::{Frame, LinkType, Timestamp};
///
/// let bytes = [
///     0x45, 0, 0, 30, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, // IPv4
///     0xc0, 0x00, 0, 53, 0, 10, 0, 0, // UDP
///     b'h', b'i',
/// ];
/// let columns = PacketColumns::pick(["TTL", "length"])?;
/// let mut packets = Packets::new(&columns);
/// let packet = packets.push(Frame::new(Timestamp::EPOCH, LinkType::RAW, &bytes)).unwrap();
/// assert_eq!(columns.numbers(&packet).collect::<Vec<_>>(), [64.0, 2.0]);
/// # Ok::<(), netsift_flow::FlowError>(())
/// ```
#[derive(Clone)]
pub struct PacketColumns {
    features: Vec<&'static Feature<PacketFacts>>,
    reads: Vec<fn(&PacketFacts) -> f64>,
    facts: Vec<&'static Fact<PacketFacts>>,
    label: bool,
}

impl PacketColumns {
    /// Every column.
    #[must_use]
    pub fn all() -> Self {
        Self::of(&|_, _| true)
    }

    /// Columns by name: `all`, groups, or single columns. Identity columns are always there.
    ///
    /// # Errors
    /// [`FlowError::UnknownPacketColumn`] for a name that is none of these.
    pub fn pick<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, FlowError> {
        let names: Vec<&str> = names.into_iter().map(str::trim).collect();
        for name in &names {
            let one = Self::of(&|group, column| takes(name, group, column));
            if one.features.is_empty() && one.facts.is_empty() {
                return Err(FlowError::UnknownPacketColumn { name: (*name).to_owned() });
            }
        }
        Ok(Self::of(&|group, column| names.iter().any(|name| takes(name, group, column))))
    }

    /// The same with a last column for a label, or without.
    #[must_use]
    pub fn labelled(self, label: bool) -> Self {
        Self { label, ..self }
    }

    /// Names and kinds of the columns, in their order.
    pub fn headings(&self) -> impl Iterator<Item = (&'static str, Kind)> {
        let kind = |is_number| if is_number { Kind::Integer } else { Kind::Text };
        let identity = PACKET_IDENTITY.iter().map(move |it| (it.name, kind(it.is_number)));
        let features = self.features.iter().map(|feature| (feature.name, Kind::Real));
        let facts = self.facts.iter().map(|fact| (fact.name, Kind::Text));
        let label = self.label.then_some((LABEL, Kind::Text));
        let all = identity.chain(features).chain(facts).chain(label);
        all.map(|(name, kind)| (name.current, kind))
    }

    /// The features among them: what a model can learn from.
    #[must_use]
    pub fn features(&self) -> &[&'static Feature<PacketFacts>] {
        &self.features
    }

    /// The numbers of a packet, one for each of the [`features`](Self::features).
    #[must_use]
    pub fn numbers<'a>(
        &'a self,
        packet: &'a PacketFacts,
    ) -> impl ExactSizeIterator<Item = f64> + 'a {
        self.reads.iter().map(|read| read(packet))
    }

    /// Tells the row of a packet.
    pub fn tell(
        &self,
        packet: &PacketFacts,
        label: Option<&str>,
        cells: &mut impl Cells,
        room: &mut Scratch,
    ) {
        for identity in PACKET_IDENTITY {
            room.text.clear();
            cell((identity.tell)(packet, &mut room.text), cells);
        }
        room.numbers.clear();
        room.numbers.extend(self.numbers(packet));
        cells.reals(&room.numbers);
        for fact in &self.facts {
            room.text.clear();
            cell((fact.tell)(packet, &mut room.text), cells);
        }
        if self.label {
            cells.text(label.unwrap_or(NO_LABEL));
        }
    }

    /// Whether a number of this group is among them.
    pub(super) fn has(&self, group: Group) -> bool {
        self.features.iter().any(|feature| feature.group == group)
    }

    fn of(takes: &dyn Fn(Group, &crate::Name) -> bool) -> Self {
        let features = PACKET_FEATURES.iter().filter(|it| takes(it.group, &it.name));
        let features: Vec<_> = features.collect();
        let reads = features.iter().filter_map(|feature| feature.read_as(Profile::Native));
        let reads = reads.collect();
        let facts = PACKET_FACTS.iter().filter(|it| takes(it.group, &it.name)).collect();
        Self { features, reads, facts, label: false }
    }
}
