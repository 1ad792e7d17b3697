//! The table: every number of a flow's row, in the order of the columns.
//!
//! The reference's quantities come first, under its names and in its order. Where the profiles read one of them
//! differently it has an extractor for each. Features of our own follow.

use netsift_packet::TcpFlags;

use super::column::{Feature, Group, Read, Unit};
use crate::Profile;
use crate::profile::connection_micros;
use crate::state::{Flow, micros};

use Group::{
    Activity, Bulk, Entropy, Flags, Header, Histogram, Icmp, Length, Network, Rate, Sequence,
    Subflow, Tcp, Timing, Volume, Wire,
};
use Unit::{
    Bits, Bytes, Code, Count, MeanBytes, Micros, PerSecond, Ratio, SquareBytes, WholeMicros,
};

/// A quantity of the reference.
const fn col(
    name: &'static str,
    place: (Group, Unit),
    doc: &'static str,
    read: Read<Flow>,
) -> Feature<Flow> {
    Feature::new(name, place, doc, read)
}

/// A quantity of our own.
const fn own(
    name: &'static str,
    place: (Group, Unit),
    doc: &'static str,
    read: Read<Flow>,
) -> Feature<Flow> {
    Feature::new(name, place, doc, read).only(&[Profile::Native])
}

/// The payload of one of the first packets.
const fn length<const NTH: usize>(name: &'static str) -> Feature<Flow> {
    let doc = "Payload of this packet; 0 if there was none.";
    own(name, (Sequence, Bytes), doc, |f| f.nth_length(NTH - 1))
}

const fn direction<const NTH: usize>(name: &'static str) -> Feature<Flow> {
    let doc = "1 if this packet came from the source, -1 if it went there, 0 if there was none.";
    own(name, (Sequence, Code), doc, |f| f.nth_direction(NTH - 1))
}

const fn gap<const NTH: usize>(name: &'static str) -> Feature<Flow> {
    let doc = "From the packet before to this one; 0 if there was none.";
    own(name, (Sequence, Micros), doc, |f| f.nth_gap(NTH - 1))
}

/// A bin of a histogram.
const fn fwd_lengths<const BIN: usize>(name: &'static str) -> Feature<Flow> {
    let doc = "Packets from the source with so much payload.";
    own(name, (Histogram, Count), doc, |f| f.of_fwd(|s| s.lengths.bin(BIN)))
}

const fn bwd_lengths<const BIN: usize>(name: &'static str) -> Feature<Flow> {
    let doc = "Packets to the source with so much payload.";
    own(name, (Histogram, Count), doc, |f| f.of_bwd(|s| s.lengths.bin(BIN)))
}

const fn fwd_gaps<const BIN: usize>(name: &'static str) -> Feature<Flow> {
    let doc = "Gaps between packets from the source of that length, and not of a shorter one.";
    own(name, (Histogram, Count), doc, |f| f.of_fwd(|s| s.gaps.bin(BIN)))
}

const fn bwd_gaps<const BIN: usize>(name: &'static str) -> Feature<Flow> {
    let doc = "Gaps between packets to the source of that length, and not of a shorter one.";
    own(name, (Histogram, Count), doc, |f| f.of_bwd(|s| s.gaps.bin(BIN)))
}

/// Every feature of a flow, in the order of the columns.
pub const FEATURES: &[Feature<Flow>] = &[
    col("Flow Duration", (Timing, WholeMicros), "From the first packet to the last.", |f| {
        f.duration()
    })
    .was(" Flow Duration", "Flow Duration"),
    col("Total Fwd Packet", (Volume, Count), "Packets from the source.", |f| {
        f.fwd.packets() as f64
    })
    .was(" Total Fwd Packets", "Tot Fwd Pkts"),
    col("Total Bwd packets", (Volume, Count), "Packets to the source.", |f| f.bwd.packets() as f64)
        .was(" Total Backward Packets", "Tot Bwd Pkts"),
    col("Total Length of Fwd Packet", (Volume, MeanBytes), "Payload from the source.", |f| {
        f.fwd.length.sum()
    })
    .was("Total Length of Fwd Packets", "TotLen Fwd Pkts"),
    col("Total Length of Bwd Packet", (Volume, MeanBytes), "Payload to the source.", |f| {
        f.bwd.length.sum()
    })
    .was(" Total Length of Bwd Packets", "TotLen Bwd Pkts"),
    col(
        "Fwd Packet Length Max",
        (Length, MeanBytes),
        "Largest payload of a packet from the source.",
        |f| f.fwd.length.max(),
    )
    .was(" Fwd Packet Length Max", "Fwd Pkt Len Max"),
    col(
        "Fwd Packet Length Min",
        (Length, MeanBytes),
        "Smallest payload of a packet from the source.",
        |f| f.fwd.length.min(),
    )
    .was(" Fwd Packet Length Min", "Fwd Pkt Len Min"),
    col(
        "Fwd Packet Length Mean",
        (Length, MeanBytes),
        "Mean payload of a packet from the source.",
        |f| f.fwd.length.mean(),
    )
    .was(" Fwd Packet Length Mean", "Fwd Pkt Len Mean"),
    col(
        "Fwd Packet Length Std",
        (Length, MeanBytes),
        "Standard deviation of the payload of a packet from the source.",
        |f| f.fwd.length.deviation(),
    )
    .was(" Fwd Packet Length Std", "Fwd Pkt Len Std"),
    col(
        "Bwd Packet Length Max",
        (Length, MeanBytes),
        "Largest payload of a packet to the source.",
        |f| f.bwd.length.max(),
    )
    .was("Bwd Packet Length Max", "Bwd Pkt Len Max"),
    col(
        "Bwd Packet Length Min",
        (Length, MeanBytes),
        "Smallest payload of a packet to the source.",
        |f| f.bwd.length.min(),
    )
    .was(" Bwd Packet Length Min", "Bwd Pkt Len Min"),
    col(
        "Bwd Packet Length Mean",
        (Length, MeanBytes),
        "Mean payload of a packet to the source.",
        |f| f.bwd.length.mean(),
    )
    .was(" Bwd Packet Length Mean", "Bwd Pkt Len Mean"),
    col(
        "Bwd Packet Length Std",
        (Length, MeanBytes),
        "Standard deviation of the payload of a packet to the source.",
        |f| f.bwd.length.deviation(),
    )
    .was(" Bwd Packet Length Std", "Bwd Pkt Len Std"),
    col(
        "Flow Bytes/s",
        (Rate, PerSecond),
        "Payload a second; 0 in flows that took no time.",
        |f| f.a_second(f.payload()),
    )
    .was("Flow Bytes/s", "Flow Byts/s")
    .cic(|f| f.payload() / f.seconds())
    .fixed(|f| f.a_second_or_minus_one(f.payload())),
    col(
        "Flow Packets/s",
        (Rate, PerSecond),
        "Packets a second; 0 in flows that took no time.",
        |f| f.a_second(f.packets() as f64),
    )
    .was(" Flow Packets/s", "Flow Pkts/s")
    .cic(|f| f.packets() as f64 / f.seconds())
    .fixed(|f| f.a_second_or_minus_one(f.packets() as f64)),
    col("Flow IAT Mean", (Timing, Micros), "Mean gap between packets.", |f| f.gap.mean())
        .was(" Flow IAT Mean", "Flow IAT Mean"),
    col("Flow IAT Std", (Timing, Micros), "Standard deviation of the gap between packets.", |f| {
        f.gap.deviation()
    })
    .was(" Flow IAT Std", "Flow IAT Std"),
    col("Flow IAT Max", (Timing, Micros), "Largest gap between packets.", |f| f.gap.max())
        .was(" Flow IAT Max", "Flow IAT Max"),
    col("Flow IAT Min", (Timing, Micros), "Smallest gap between packets.", |f| f.gap.min())
        .was(" Flow IAT Min", "Flow IAT Min"),
    col(
        "Fwd IAT Total",
        (Timing, Micros),
        "Sum of the gaps between packets from the source.",
        |f| f.fwd.gap.sum(),
    )
    .was("Fwd IAT Total", "Fwd IAT Tot"),
    col("Fwd IAT Mean", (Timing, Micros), "Mean gap between packets from the source.", |f| {
        f.fwd.gap.mean()
    })
    .was(" Fwd IAT Mean", "Fwd IAT Mean"),
    col(
        "Fwd IAT Std",
        (Timing, Micros),
        "Standard deviation of the gap between packets from the source.",
        |f| f.fwd.gap.deviation(),
    )
    .was(" Fwd IAT Std", "Fwd IAT Std"),
    col("Fwd IAT Max", (Timing, Micros), "Largest gap between packets from the source.", |f| {
        f.fwd.gap.max()
    })
    .was(" Fwd IAT Max", "Fwd IAT Max"),
    col("Fwd IAT Min", (Timing, Micros), "Smallest gap between packets from the source.", |f| {
        f.fwd.gap.min()
    })
    .was(" Fwd IAT Min", "Fwd IAT Min"),
    col("Bwd IAT Total", (Timing, Micros), "Sum of the gaps between packets to the source.", |f| {
        f.bwd.gap.sum()
    })
    .was("Bwd IAT Total", "Bwd IAT Tot"),
    col("Bwd IAT Mean", (Timing, Micros), "Mean gap between packets to the source.", |f| {
        f.bwd.gap.mean()
    })
    .was(" Bwd IAT Mean", "Bwd IAT Mean"),
    col(
        "Bwd IAT Std",
        (Timing, Micros),
        "Standard deviation of the gap between packets to the source.",
        |f| f.bwd.gap.deviation(),
    )
    .was(" Bwd IAT Std", "Bwd IAT Std"),
    col("Bwd IAT Max", (Timing, Micros), "Largest gap between packets to the source.", |f| {
        f.bwd.gap.max()
    })
    .was(" Bwd IAT Max", "Bwd IAT Max"),
    col("Bwd IAT Min", (Timing, Micros), "Smallest gap between packets to the source.", |f| {
        f.bwd.gap.min()
    })
    .was(" Bwd IAT Min", "Bwd IAT Min"),
    col("Fwd PSH Flags", (Flags, Count), "Packets with PSH from the source.", |f| {
        f.fwd.with(TcpFlags::PSH).into()
    })
    .cic(|f| f.first_with(TcpFlags::PSH)),
    col("Bwd PSH Flags", (Flags, Count), "Packets with PSH to the source.", |f| {
        f.bwd.with(TcpFlags::PSH).into()
    })
    .cic(|_| 0.0)
    .was(" Bwd PSH Flags", "Bwd PSH Flags"),
    col("Fwd URG Flags", (Flags, Count), "Packets with URG from the source.", |f| {
        f.fwd.with(TcpFlags::URG).into()
    })
    .cic(|f| f.first_with(TcpFlags::URG))
    .was(" Fwd URG Flags", "Fwd URG Flags"),
    col("Bwd URG Flags", (Flags, Count), "Packets with URG to the source.", |f| {
        f.bwd.with(TcpFlags::URG).into()
    })
    .cic(|_| 0.0)
    .was(" Bwd URG Flags", "Bwd URG Flags"),
    col("Fwd RST Flags", (Flags, Count), "Packets with RST from the source.", |f| {
        f.fwd.with(TcpFlags::RST).into()
    })
    .only(&[Profile::Native, Profile::CicFixed]),
    col("Bwd RST Flags", (Flags, Count), "Packets with RST to the source.", |f| {
        f.bwd.with(TcpFlags::RST).into()
    })
    .only(&[Profile::Native, Profile::CicFixed]),
    col("Fwd Header Length", (Header, Bytes), "Transport headers from the source.", |f| {
        f.fwd.header_bytes as f64
    })
    .was(" Fwd Header Length", "Fwd Header Len"),
    col("Bwd Header Length", (Header, Bytes), "Transport headers to the source.", |f| {
        f.bwd.header_bytes as f64
    })
    .was(" Bwd Header Length", "Bwd Header Len"),
    col(
        "Fwd Packets/s",
        (Rate, PerSecond),
        "Packets a second from the source; 0 in flows that took no time.",
        |f| f.a_second(f.fwd.packets() as f64),
    )
    .was("Fwd Packets/s", "Fwd Pkts/s"),
    col(
        "Bwd Packets/s",
        (Rate, PerSecond),
        "Packets a second to the source; 0 in flows that took no time.",
        |f| f.a_second(f.bwd.packets() as f64),
    )
    .was(" Bwd Packets/s", "Bwd Pkts/s"),
    col("Packet Length Min", (Length, MeanBytes), "Smallest payload of a packet.", |f| {
        f.length.min()
    })
    .was(" Min Packet Length", "Pkt Len Min"),
    col("Packet Length Max", (Length, MeanBytes), "Largest payload of a packet.", |f| {
        f.length.max()
    })
    .was(" Max Packet Length", "Pkt Len Max"),
    col("Packet Length Mean", (Length, MeanBytes), "Mean payload of a packet.", |f| {
        f.length.mean()
    })
    .was(" Packet Length Mean", "Pkt Len Mean"),
    col(
        "Packet Length Std",
        (Length, MeanBytes),
        "Standard deviation of the payload of a packet.",
        |f| f.length.deviation(),
    )
    .was(" Packet Length Std", "Pkt Len Std"),
    col(
        "Packet Length Variance",
        (Length, SquareBytes),
        "Variance of the payload of a packet.",
        |f| f.length.variance(),
    )
    .was(" Packet Length Variance", "Pkt Len Var"),
    col("FIN Flag Count", (Flags, Count), "Packets with FIN.", |f| f.with(TcpFlags::FIN))
        .was("FIN Flag Count", "FIN Flag Cnt"),
    col("SYN Flag Count", (Flags, Count), "Packets with SYN.", |f| f.with(TcpFlags::SYN))
        .was(" SYN Flag Count", "SYN Flag Cnt"),
    col("RST Flag Count", (Flags, Count), "Packets with RST.", |f| f.with(TcpFlags::RST))
        .was(" RST Flag Count", "RST Flag Cnt"),
    col("PSH Flag Count", (Flags, Count), "Packets with PSH.", |f| f.with(TcpFlags::PSH))
        .was(" PSH Flag Count", "PSH Flag Cnt"),
    col("ACK Flag Count", (Flags, Count), "Packets with ACK.", |f| f.with(TcpFlags::ACK))
        .was(" ACK Flag Count", "ACK Flag Cnt"),
    col("URG Flag Count", (Flags, Count), "Packets with URG.", |f| f.with(TcpFlags::URG))
        .was(" URG Flag Count", "URG Flag Cnt"),
    col("CWR Flag Count", (Flags, Count), "Packets with CWR.", |f| f.with(TcpFlags::CWR))
        .was(" CWE Flag Count", "CWE Flag Count"),
    col("ECE Flag Count", (Flags, Count), "Packets with ECE.", |f| f.with(TcpFlags::ECE))
        .was(" ECE Flag Count", "ECE Flag Cnt"),
    col(
        "Down/Up Ratio",
        (Rate, Ratio),
        "Packets to the source for each from it; 0 if it sent none.",
        Flow::down_up,
    )
    .was(" Down/Up Ratio", "Down/Up Ratio")
    .cic(|f| f.down_up().trunc()),
    col("Average Packet Size", (Length, MeanBytes), "Payload for each packet.", |f| {
        f.mean_packet()
    })
    .was(" Average Packet Size", "Pkt Size Avg"),
    col(
        "Fwd Segment Size Avg",
        (Length, MeanBytes),
        "Payload for each packet from the source.",
        |f| f.fwd.mean_segment(),
    )
    .was(" Avg Fwd Segment Size", "Fwd Seg Size Avg"),
    col(
        "Bwd Segment Size Avg",
        (Length, MeanBytes),
        "Payload for each packet to the source.",
        |f| f.bwd.mean_segment(),
    )
    .was(" Avg Bwd Segment Size", "Bwd Seg Size Avg"),
    col(
        "Fwd Bytes/Bulk Avg",
        (Bulk, MeanBytes),
        "Payload of a bulk transfer from the source.",
        |f| f.fwd.bulk.bytes_each(),
    )
    .was("Fwd Avg Bytes/Bulk", "Fwd Byts/b Avg")
    .cic_whole(|f| f.fwd.bulk.bytes_each().trunc()),
    col("Fwd Packet/Bulk Avg", (Bulk, Ratio), "Packets of a bulk transfer from the source.", |f| {
        f.fwd.bulk.packets_each()
    })
    .was(" Fwd Avg Packets/Bulk", "Fwd Pkts/b Avg")
    .cic_whole(|f| f.fwd.bulk.packets_each().trunc()),
    col(
        "Fwd Bulk Rate Avg",
        (Bulk, PerSecond),
        "Payload a second within bulk transfers from the source.",
        |f| f.fwd.bulk.rate(),
    )
    .was(" Fwd Avg Bulk Rate", "Fwd Blk Rate Avg")
    .cic_whole(|f| f.fwd.bulk.rate().trunc()),
    col(
        "Bwd Bytes/Bulk Avg",
        (Bulk, MeanBytes),
        "Payload of a bulk transfer to the source.",
        |f| f.bwd.bulk.bytes_each(),
    )
    .was(" Bwd Avg Bytes/Bulk", "Bwd Byts/b Avg")
    .cic_whole(|f| f.bwd.bulk.bytes_each().trunc()),
    col("Bwd Packet/Bulk Avg", (Bulk, Ratio), "Packets of a bulk transfer to the source.", |f| {
        f.bwd.bulk.packets_each()
    })
    .was(" Bwd Avg Packets/Bulk", "Bwd Pkts/b Avg")
    .cic_whole(|f| f.bwd.bulk.packets_each().trunc()),
    col(
        "Bwd Bulk Rate Avg",
        (Bulk, PerSecond),
        "Payload a second within bulk transfers to the source.",
        |f| f.bwd.bulk.rate(),
    )
    .was("Bwd Avg Bulk Rate", "Bwd Blk Rate Avg")
    .cic_whole(|f| f.bwd.bulk.rate().trunc()),
    col(
        "Subflow Fwd Packets",
        (Subflow, Ratio),
        "Packets from the source for each sub-flow; a pause of a second parts sub-flows.",
        |f| f.a_subflow(f.fwd.packets() as f64),
    )
    .was("Subflow Fwd Packets", "Subflow Fwd Pkts")
    .cic_whole(|f| f.a_pause(f.fwd.packets() as f64).trunc())
    .fixed(|f| f.a_pause(f.fwd.packets() as f64)),
    col(
        "Subflow Fwd Bytes",
        (Subflow, MeanBytes),
        "Payload from the source for each sub-flow.",
        |f| f.a_subflow(f.fwd.length.sum()),
    )
    .was(" Subflow Fwd Bytes", "Subflow Fwd Byts")
    .cic_whole(|f| f.a_pause(f.fwd.length.sum()).trunc())
    .fixed(|f| f.a_pause(f.fwd.length.sum())),
    col(
        "Subflow Bwd Packets",
        (Subflow, Ratio),
        "Packets to the source for each sub-flow; a pause of a second parts sub-flows.",
        |f| f.a_subflow(f.bwd.packets() as f64),
    )
    .was(" Subflow Bwd Packets", "Subflow Bwd Pkts")
    .cic_whole(|f| f.a_pause(f.bwd.packets() as f64).trunc())
    .fixed(|f| f.a_pause(f.bwd.packets() as f64)),
    col(
        "Subflow Bwd Bytes",
        (Subflow, MeanBytes),
        "Payload to the source for each sub-flow.",
        |f| f.a_subflow(f.bwd.length.sum()),
    )
    .was(" Subflow Bwd Bytes", "Subflow Bwd Byts")
    .cic_whole(|f| f.a_pause(f.bwd.length.sum()).trunc())
    .fixed(|f| f.a_pause(f.bwd.length.sum())),
    col(
        "FWD Init Win Bytes",
        (Header, Bytes),
        "TCP window of the source's first header, unscaled.",
        |f| f.fwd.init_window.into(),
    )
    .was("Init_Win_bytes_forward", "Init Fwd Win Byts"),
    col(
        "Bwd Init Win Bytes",
        (Header, Bytes),
        "TCP window of the first header to the source, unscaled.",
        |f| f.bwd.init_window.into(),
    )
    .was(" Init_Win_bytes_backward", "Init Bwd Win Byts"),
    col("Fwd Act Data Pkts", (Volume, Count), "Packets from the source with payload.", |f| {
        f.fwd.data_packets.into()
    })
    .was(" act_data_pkt_fwd", "Fwd Act Data Pkts"),
    col("Bwd Act Data Pkts", (Volume, Count), "Packets to the source with payload.", |f| {
        f.bwd.data_packets.into()
    })
    .only(&[Profile::Native, Profile::CicFixed]),
    col("Fwd Seg Size Min", (Header, Bytes), "Shortest transport header from the source.", |f| {
        f.fwd.min_header.into()
    })
    .was(" min_seg_size_forward", "Fwd Seg Size Min"),
    col("Bwd Seg Size Min", (Header, Bytes), "Shortest transport header to the source.", |f| {
        f.bwd.min_header.into()
    })
    .only(&[Profile::Native, Profile::CicFixed]),
    col("Active Mean", (Activity, Micros), "Mean active period.", |f| f.activity.active.mean()),
    col("Active Std", (Activity, Micros), "Standard deviation of the active period.", |f| {
        f.activity.active.deviation()
    })
    .was(" Active Std", "Active Std"),
    col("Active Max", (Activity, Micros), "Longest active period.", |f| f.activity.active.max())
        .was(" Active Max", "Active Max"),
    col("Active Min", (Activity, Micros), "Shortest active period.", |f| f.activity.active.min())
        .was(" Active Min", "Active Min"),
    col("Idle Mean", (Activity, Micros), "Mean silence of more than 5 s.", |f| {
        f.activity.idle.mean()
    }),
    col(
        "Idle Std",
        (Activity, Micros),
        "Standard deviation of the silence of more than 5 s.",
        |f| f.activity.idle.deviation(),
    )
    .was(" Idle Std", "Idle Std"),
    col("Idle Max", (Activity, Micros), "Longest silence of more than 5 s.", |f| {
        f.activity.idle.max()
    })
    .was(" Idle Max", "Idle Max"),
    col("Idle Min", (Activity, Micros), "Shortest silence of more than 5 s.", |f| {
        f.activity.idle.min()
    })
    .was(" Idle Min", "Idle Min"),
    col("ICMP Code", (Icmp, Code), "Code of the first ICMP message; -1 in other flows.", |f| {
        f.icmp_code()
    })
    .only(&[Profile::Native, Profile::CicFixed]),
    col("ICMP Type", (Icmp, Code), "Type of the first ICMP message; -1 in other flows.", |f| {
        f.icmp_type()
    })
    .only(&[Profile::Native, Profile::CicFixed]),
    col(
        "Fwd TCP Retrans. Count",
        (Tcp, Count),
        "Segments from the source that equal an earlier one.",
        |f| f.repeated()[0].into(),
    )
    .only(&[Profile::CicFixed]),
    col(
        "Bwd TCP Retrans. Count",
        (Tcp, Count),
        "Segments to the source that equal an earlier one.",
        |f| f.repeated()[1].into(),
    )
    .only(&[Profile::CicFixed]),
    col("Total TCP Retrans. Count", (Tcp, Count), "Segments that equal an earlier one.", |f| {
        f.repeated().into_iter().map(f64::from).sum()
    })
    .only(&[Profile::CicFixed]),
    col(
        "Total Connection Flow Time",
        (Timing, WholeMicros),
        "Time of the connection over the flows it was cut into.",
        |f| connection_micros(f) as f64,
    )
    .only(&[Profile::CicFixed]),
    own("Fwd Wire Bytes", (Wire, Bytes), "Frames from the source as they were on the wire.", |f| {
        f.of_fwd(|s| s.wire_bytes as f64)
    }),
    own("Bwd Wire Bytes", (Wire, Bytes), "Frames to the source as they were on the wire.", |f| {
        f.of_bwd(|s| s.wire_bytes as f64)
    }),
    own(
        "Wire Bytes/s",
        (Wire, PerSecond),
        "Frames' bytes a second; 0 in flows that took no time.",
        |f| f.a_second(f.of_fwd(|s| s.wire_bytes as f64) + f.of_bwd(|s| s.wire_bytes as f64)),
    ),
    fwd_lengths::<0>("Fwd Packets of 0 Bytes"),
    fwd_lengths::<1>("Fwd Packets of 1-63 Bytes"),
    fwd_lengths::<2>("Fwd Packets of 64-127 Bytes"),
    fwd_lengths::<3>("Fwd Packets of 128-255 Bytes"),
    fwd_lengths::<4>("Fwd Packets of 256-511 Bytes"),
    fwd_lengths::<5>("Fwd Packets of 512-1023 Bytes"),
    fwd_lengths::<6>("Fwd Packets of 1024-1460 Bytes"),
    fwd_lengths::<7>("Fwd Packets of 1461+ Bytes"),
    bwd_lengths::<0>("Bwd Packets of 0 Bytes"),
    bwd_lengths::<1>("Bwd Packets of 1-63 Bytes"),
    bwd_lengths::<2>("Bwd Packets of 64-127 Bytes"),
    bwd_lengths::<3>("Bwd Packets of 128-255 Bytes"),
    bwd_lengths::<4>("Bwd Packets of 256-511 Bytes"),
    bwd_lengths::<5>("Bwd Packets of 512-1023 Bytes"),
    bwd_lengths::<6>("Bwd Packets of 1024-1460 Bytes"),
    bwd_lengths::<7>("Bwd Packets of 1461+ Bytes"),
    fwd_gaps::<0>("Fwd Gaps <10us"),
    fwd_gaps::<1>("Fwd Gaps <100us"),
    fwd_gaps::<2>("Fwd Gaps <1ms"),
    fwd_gaps::<3>("Fwd Gaps <10ms"),
    fwd_gaps::<4>("Fwd Gaps <100ms"),
    fwd_gaps::<5>("Fwd Gaps <1s"),
    fwd_gaps::<6>("Fwd Gaps <10s"),
    fwd_gaps::<7>("Fwd Gaps 10s+"),
    bwd_gaps::<0>("Bwd Gaps <10us"),
    bwd_gaps::<1>("Bwd Gaps <100us"),
    bwd_gaps::<2>("Bwd Gaps <1ms"),
    bwd_gaps::<3>("Bwd Gaps <10ms"),
    bwd_gaps::<4>("Bwd Gaps <100ms"),
    bwd_gaps::<5>("Bwd Gaps <1s"),
    bwd_gaps::<6>("Bwd Gaps <10s"),
    bwd_gaps::<7>("Bwd Gaps 10s+"),
    length::<1>("Packet 1 Length"),
    length::<2>("Packet 2 Length"),
    length::<3>("Packet 3 Length"),
    length::<4>("Packet 4 Length"),
    length::<5>("Packet 5 Length"),
    length::<6>("Packet 6 Length"),
    length::<7>("Packet 7 Length"),
    length::<8>("Packet 8 Length"),
    length::<9>("Packet 9 Length"),
    length::<10>("Packet 10 Length"),
    length::<11>("Packet 11 Length"),
    length::<12>("Packet 12 Length"),
    length::<13>("Packet 13 Length"),
    length::<14>("Packet 14 Length"),
    length::<15>("Packet 15 Length"),
    length::<16>("Packet 16 Length"),
    length::<17>("Packet 17 Length"),
    length::<18>("Packet 18 Length"),
    length::<19>("Packet 19 Length"),
    length::<20>("Packet 20 Length"),
    direction::<1>("Packet 1 Direction"),
    direction::<2>("Packet 2 Direction"),
    direction::<3>("Packet 3 Direction"),
    direction::<4>("Packet 4 Direction"),
    direction::<5>("Packet 5 Direction"),
    direction::<6>("Packet 6 Direction"),
    direction::<7>("Packet 7 Direction"),
    direction::<8>("Packet 8 Direction"),
    direction::<9>("Packet 9 Direction"),
    direction::<10>("Packet 10 Direction"),
    direction::<11>("Packet 11 Direction"),
    direction::<12>("Packet 12 Direction"),
    direction::<13>("Packet 13 Direction"),
    direction::<14>("Packet 14 Direction"),
    direction::<15>("Packet 15 Direction"),
    direction::<16>("Packet 16 Direction"),
    direction::<17>("Packet 17 Direction"),
    direction::<18>("Packet 18 Direction"),
    direction::<19>("Packet 19 Direction"),
    direction::<20>("Packet 20 Direction"),
    gap::<1>("Packet 1 Gap"),
    gap::<2>("Packet 2 Gap"),
    gap::<3>("Packet 3 Gap"),
    gap::<4>("Packet 4 Gap"),
    gap::<5>("Packet 5 Gap"),
    gap::<6>("Packet 6 Gap"),
    gap::<7>("Packet 7 Gap"),
    gap::<8>("Packet 8 Gap"),
    gap::<9>("Packet 9 Gap"),
    gap::<10>("Packet 10 Gap"),
    gap::<11>("Packet 11 Gap"),
    gap::<12>("Packet 12 Gap"),
    gap::<13>("Packet 13 Gap"),
    gap::<14>("Packet 14 Gap"),
    gap::<15>("Packet 15 Gap"),
    gap::<16>("Packet 16 Gap"),
    gap::<17>("Packet 17 Gap"),
    gap::<18>("Packet 18 Gap"),
    gap::<19>("Packet 19 Gap"),
    gap::<20>("Packet 20 Gap"),
    own(
        "Fwd Payload Entropy",
        (Entropy, Bits),
        "Shannon entropy of the first 128 bytes of the first payload from the source; 0 without payload.",
        |f| f.of_fwd(|s| s.entropy.unwrap_or(0.0)),
    ),
    own(
        "Bwd Payload Entropy",
        (Entropy, Bits),
        "Shannon entropy of the first 128 bytes of the first payload to the source; 0 without payload.",
        |f| f.of_bwd(|s| s.entropy.unwrap_or(0.0)),
    ),
    own(
        "Fwd TTL Min",
        (Network, Count),
        "Smallest time to live or hop limit from the source.",
        |f| f.of_fwd(|s| s.network.min_ttl.into()),
    ),
    own(
        "Fwd TTL Max",
        (Network, Count),
        "Largest time to live or hop limit from the source.",
        |f| f.of_fwd(|s| s.network.max_ttl.into()),
    ),
    own(
        "Fwd DSCP",
        (Network, Code),
        "Differentiated services code point of the first packet from the source.",
        |f| f.of_fwd(|s| s.network.dscp.into()),
    ),
    own(
        "Fwd ECN CE Count",
        (Network, Count),
        "Packets from the source marked as having met congestion.",
        |f| f.of_fwd(|s| s.network.congested.into()),
    ),
    own("Fwd Fragments", (Network, Count), "Fragments from the source.", |f| {
        f.of_fwd(|s| s.network.fragments.into())
    }),
    own(
        "Bwd TTL Min",
        (Network, Count),
        "Smallest time to live or hop limit to the source.",
        |f| f.of_bwd(|s| s.network.min_ttl.into()),
    ),
    own("Bwd TTL Max", (Network, Count), "Largest time to live or hop limit to the source.", |f| {
        f.of_bwd(|s| s.network.max_ttl.into())
    }),
    own(
        "Bwd DSCP",
        (Network, Code),
        "Differentiated services code point of the first packet to the source.",
        |f| f.of_bwd(|s| s.network.dscp.into()),
    ),
    own(
        "Bwd ECN CE Count",
        (Network, Count),
        "Packets to the source marked as having met congestion.",
        |f| f.of_bwd(|s| s.network.congested.into()),
    ),
    own("Bwd Fragments", (Network, Count), "Fragments to the source.", |f| {
        f.of_bwd(|s| s.network.fragments.into())
    }),
    own(
        "Fwd Retransmissions",
        (Tcp, Count),
        "Segments from the source whose bytes had been sent before.",
        |f| f.of_fwd(|s| s.segments.retransmissions.into()),
    ),
    own(
        "Fwd Out Of Order",
        (Tcp, Count),
        "Segments from the source that others had overtaken.",
        |f| f.of_fwd(|s| s.segments.out_of_order.into()),
    ),
    own(
        "Fwd Missing Segments",
        (Tcp, Count),
        "Segments from the source before which bytes were missing.",
        |f| f.of_fwd(|s| s.segments.gaps.into()),
    ),
    own(
        "Fwd Duplicate ACKs",
        (Tcp, Count),
        "Segments from the source that only acknowledge the same once more while bytes wait for it.",
        |f| f.of_fwd(|s| s.segments.duplicate_acks.into()),
    ),
    own(
        "Fwd Zero Windows",
        (Tcp, Count),
        "Segments from the source that allow no more bytes.",
        |f| f.of_fwd(|s| s.segments.zero_windows.into()),
    ),
    own(
        "Bwd Retransmissions",
        (Tcp, Count),
        "Segments to the source whose bytes had been sent before.",
        |f| f.of_bwd(|s| s.segments.retransmissions.into()),
    ),
    own(
        "Bwd Out Of Order",
        (Tcp, Count),
        "Segments to the source that others had overtaken.",
        |f| f.of_bwd(|s| s.segments.out_of_order.into()),
    ),
    own(
        "Bwd Missing Segments",
        (Tcp, Count),
        "Segments to the source before which bytes were missing.",
        |f| f.of_bwd(|s| s.segments.gaps.into()),
    ),
    own(
        "Bwd Duplicate ACKs",
        (Tcp, Count),
        "Segments to the source that only acknowledge the same once more while bytes wait for it.",
        |f| f.of_bwd(|s| s.segments.duplicate_acks.into()),
    ),
    own(
        "Bwd Zero Windows",
        (Tcp, Count),
        "Segments to the source that allow no more bytes.",
        |f| f.of_bwd(|s| s.segments.zero_windows.into()),
    ),
    own(
        "Fwd Window Max",
        (Tcp, Bytes),
        "Largest TCP window from the source behind the handshake, scaled.",
        |f| f.max_window(true),
    ),
    own(
        "Fwd Window Min",
        (Tcp, Bytes),
        "Smallest TCP window from the source behind the handshake, scaled.",
        |f| f.min_window(true),
    ),
    own(
        "Bwd Window Max",
        (Tcp, Bytes),
        "Largest TCP window to the source behind the handshake, scaled.",
        |f| f.max_window(false),
    ),
    own(
        "Bwd Window Min",
        (Tcp, Bytes),
        "Smallest TCP window to the source behind the handshake, scaled.",
        |f| f.min_window(false),
    ),
    own(
        "Fwd Window Scale",
        (Tcp, Code),
        "By how many bits the source offered to shift its window; 0 if it did not.",
        |f| f.of_handshake(|h| h.source.window_scale.unwrap_or(0).into()),
    ),
    own(
        "Fwd MSS",
        (Tcp, Bytes),
        "Largest segment that the source offered to take; 0 if it said nothing.",
        |f| f.of_handshake(|h| h.source.max_segment.unwrap_or(0).into()),
    ),
    own(
        "Fwd SACK Permitted",
        (Tcp, Code),
        "1 if the source offered selective acknowledgements.",
        |f| f.of_handshake(|h| f64::from(u8::from(h.source.sack))),
    ),
    own(
        "Bwd Window Scale",
        (Tcp, Code),
        "By how many bits the other end offered to shift its window; 0 if it did not.",
        |f| f.of_handshake(|h| h.destination.window_scale.unwrap_or(0).into()),
    ),
    own(
        "Bwd MSS",
        (Tcp, Bytes),
        "Largest segment that the other end offered to take; 0 if it said nothing.",
        |f| f.of_handshake(|h| h.destination.max_segment.unwrap_or(0).into()),
    ),
    own(
        "Bwd SACK Permitted",
        (Tcp, Code),
        "1 if the other end offered selective acknowledgements.",
        |f| f.of_handshake(|h| f64::from(u8::from(h.destination.sack))),
    ),
    own(
        "Handshake RTT",
        (Tcp, Micros),
        "From the source's last SYN to the end of the handshake; 0 if it was not seen.",
        |f| f.of_handshake(|h| h.round_trip().map_or(0.0, micros)),
    ),
    own(
        "Fwd Handshake RTT",
        (Tcp, Micros),
        "From the source's last SYN to the answer: the way to the other end and back.",
        |f| f.of_handshake(|h| h.answer_time().map_or(0.0, micros)),
    ),
    own(
        "Bwd Handshake RTT",
        (Tcp, Micros),
        "From the answer to the end of the handshake: the way to the source and back.",
        |f| f.of_handshake(|h| h.confirmation_time().map_or(0.0, micros)),
    ),
];

/// The column that stands twice in the tables of 2017: there it follows "Avg Bwd Segment Size" once more.
pub(crate) const FWD_HEADER_LENGTH_AGAIN: Feature<Flow> =
    col("Fwd Header Length", (Header, Bytes), "The same once more.", |f| f.fwd.header_bytes as f64)
        .was(" Fwd Header Length", "Fwd Header Len");
