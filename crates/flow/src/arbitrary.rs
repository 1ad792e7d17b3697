//! Settings of flow tables and facts of packets made of any bytes, for fuzz harnesses of others.
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! use netsift_flow::{FlowConfig, FlowTable, Record};
//!
//! let bytes: Vec<u8> = (0..200).collect();
//! let mut input = Unstructured::new(&bytes);
//! let mut table = FlowTable::new(FlowConfig::arbitrary(&mut input)?);
//! let mut told = 0;
//! for record in Vec::<Record<'_>>::arbitrary_take_rest(input)? {
//!     table.push(&record, |_| told += 1);
//! }
//! table.finish(|_| told += 1);
//! # Ok::<(), arbitrary::Error>(())
//! ```

use std::net::IpAddr;

use arbitrary::{Arbitrary, Error, Result, Unstructured};
use netsift_packet::{Protocol, TcpFlags, Timestamp};

use crate::{Early, FlowConfig, Profile, Record, Tcp};

/// Protocols whose flows differ, and one that has no ports.
const PROTOCOLS: [Protocol; 4] = [Protocol::TCP, Protocol::UDP, Protocol::ICMP, Protocol(99)];
/// With so few hosts and ports, packets meet in flows.
const HOSTS: u8 = 3;
const PORTS: u16 = 3;
const SECOND: i64 = 1_000_000_000;

impl<'a> Arbitrary<'a> for Profile {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.choose(&Self::ALL).copied()
    }
}

/// Timeouts, room and early rows within their rules; small, so that they are reached.
impl<'a> Arbitrary<'a> for FlowConfig {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let profile = Profile::arbitrary(u)?;
        let [idle, active, linger] = [seconds(u)?, seconds(u)?, seconds(u)?];
        let room = u.int_in_range(1..=64)?;
        let early = Early {
            packets: if u.arbitrary()? { Some(u.int_in_range(1..=20)?) } else { None },
            nanos: if u.arbitrary()? { Some(seconds(u)?) } else { None },
        };
        let config = Self::new(profile).idle_timeout(idle);
        let config = config.and_then(|it| it.active_timeout(active)?.linger(linger));
        let config = config.and_then(|it| it.max_flows(room)?.early(early));
        config.map_err(|_| Error::IncorrectFormat)
    }
}

/// Packets between a few hosts and ports, in any order of time.
impl<'a> Arbitrary<'a> for Record<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let time = Timestamp::arbitrary(u)?;
        let (src, dst, protocol) = (host(u)?, host(u)?, *u.choose(&PROTOCOLS)?);
        let payload_len = u16::arbitrary(u)?.into();
        let captured = u.int_in_range(0..=32)?;
        let payload = u.bytes(u.len().min(captured))?;
        Ok(Self {
            src_port: u.int_in_range(0..=PORTS)?,
            dst_port: u.int_in_range(0..=PORTS)?,
            wire_len: u.arbitrary()?,
            header_len: u8::arbitrary(u)?.into(),
            payload_len,
            tcp: tcp(u)?,
            icmp: u.arbitrary()?,
            ttl: u.arbitrary()?,
            traffic_class: u.arbitrary()?,
            is_fragment: u.arbitrary()?,
            payload,
            ..Self::new(time, src, dst, protocol)
        })
    }
}

fn seconds(u: &mut Unstructured<'_>) -> Result<i64> {
    Ok(SECOND * u.int_in_range(1..=300)?)
}

fn host(u: &mut Unstructured<'_>) -> Result<IpAddr> {
    let last = u.int_in_range(1..=HOSTS)?;
    Ok(if u.ratio(1, 4)? {
        [0x2001, 0xdb8, 0, 0, 0, 0, 0, last.into()].into()
    } else {
        [10, 0, 0, last].into()
    })
}

fn tcp(u: &mut Unstructured<'_>) -> Result<Tcp> {
    let flags = TcpFlags(u.int_in_range(0..=0x1ff)?);
    Ok(Tcp { flags, seq: u.arbitrary()?, ack: u.arbitrary()?, window: u.arbitrary()? })
}

#[cfg(test)]
mod tests {
    // Properties have a trait of this name, too.
    use arbitrary::Arbitrary;
    use proptest::prelude::*;

    use super::*;
    use crate::FlowTable;

    proptest! {
        /// Whatever comes out of bytes: settings are within their rules, and every packet is in one flow, or counted.
        #[test]
        fn tables_of_any_settings_account_for_any_packets(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let mut input = Unstructured::new(&bytes);
            let config = FlowConfig::arbitrary(&mut input).unwrap();
            let records = Vec::<Record<'_>>::arbitrary_take_rest(input).unwrap();
            let mut table = FlowTable::new(config);
            let mut packets = 0;
            let mut count = |flow: &crate::Flow| {
                packets += if flow.end() == crate::End::Early { 0 } else { flow.packets() };
            };
            records.iter().for_each(|record| table.push(record, &mut count));
            table.finish(&mut count);
            prop_assert!(packets <= records.len() as u64, "{} of {}", packets, records.len());
        }
    }
}
