//! Which columns the table of single packets has that belongs to a capture's numbers.

/// Columns and groups of columns of packets, beside those that every table of packets has (frame, time, ends, ports and
/// protocol): [`PacketColumns`](netsift_flow::PacketColumns) picks them.
///
/// ```
/// use netsift_flow::PacketColumns;
/// use netsift_report::PACKET_TABLE;
///
/// # fn main() -> Result<(), netsift_flow::FlowError> {
/// let columns = PacketColumns::pick(PACKET_TABLE)?;
/// let names: Vec<&str> = columns.headings().map(|(name, _)| name).collect();
/// assert_eq!(names[..3], ["Frame", "Timestamp", "Src IP"]);
/// assert!(names.contains(&"Frame Length") && names.contains(&"TTL") && names.contains(&"SYN Flag"));
/// # Ok(())
/// # }
/// ```
pub const PACKET_TABLE: [&str; 9] = [
    "Frame Length",
    "Captured Length",
    "Payload Length",
    "TTL",
    "flags",
    "TCP Window",
    "icmp",
    "Ether Type",
    "Port Application",
];
