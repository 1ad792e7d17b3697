//! Labels: what each flow was, and the table they are written to.

use std::{
    io::{self, Write},
    net::IpAddr,
};

use netsift_packet::{Protocol, Timestamp};

use crate::Class;

/// A flow that has ended, and what it was. Its source is the side that opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelledFlow {
    /// Its first captured packet.
    pub start: Timestamp,
    /// Its last captured packet.
    pub end: Timestamp,
    /// The side that opened it.
    pub src: IpAddr,
    /// The side that was called.
    pub dst: IpAddr,
    /// The opener's port; 0 where the protocol has none.
    pub src_port: u16,
    /// The called port; 0 where the protocol has none.
    pub dst_port: u16,
    /// The protocol behind the IP header.
    pub protocol: Protocol,
    /// What it was.
    pub class: Class,
    /// Captured packets both ways.
    pub packets: u64,
    /// Captured bytes both ways, link headers included.
    pub bytes: u64,
}

/// Writes labels as CSV: no field holds a comma, a quote, a line end or the start of a formula.
pub struct LabelWriter<W> {
    out: W,
}

impl<W: Write> LabelWriter<W> {
    /// The columns.
    pub const HEADER: &str =
        "start,end,src,dst,src_port,dst_port,protocol,class,family,attack,packets,bytes";

    /// Starts a table with its header. `out` should be buffered.
    ///
    /// # Errors
    /// What `out` says.
    pub fn new(mut out: W) -> io::Result<Self> {
        writeln!(out, "{}", Self::HEADER)?;
        Ok(Self { out })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&mut self, flow: &LabelledFlow) -> io::Result<()> {
        let LabelledFlow {
            start, end, src, dst, src_port, dst_port, class, packets, bytes, ..
        } = flow;
        let (protocol, family, attack) =
            (flow.protocol.0, class.family(), u8::from(class.is_attack()));
        writeln!(
            self.out,
            "{start},{end},{src},{dst},{src_port},{dst_port},{protocol},{class},{family},{attack},{packets},{bytes}"
        )
    }

    /// Flushes, and gives the writer back.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_row_has_a_field_for_every_column() {
        let mut writer = LabelWriter::new(Vec::new()).unwrap();
        let flow = LabelledFlow {
            start: Timestamp::from_nanos(1_500_000_001),
            end: Timestamp::from_nanos(2_000_000_000),
            src: Ipv4Addr::new(10, 0, 0, 1).into(),
            dst: "2001:db8::1".parse().unwrap(),
            src_port: 40_000,
            dst_port: 22,
            protocol: Protocol::TCP,
            class: Class::SshBruteForce,
            packets: 3,
            bytes: 180,
        };
        writer.write(&flow).unwrap();
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        let rows: Vec<_> = text.lines().collect();
        assert_eq!(rows[0].split(',').count(), rows[1].split(',').count());
        assert_eq!(
            rows[1],
            "1.500000001,2.000000000,10.0.0.1,2001:db8::1,40000,22,6,ssh-brute-force,brute-force,1,3,180"
        );
    }
}
