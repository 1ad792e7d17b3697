//! Rules that tell an application by the first bytes of a direction.
//!
//! A rule holds where bytes that mean something else have a chance of one in 2^24 or less to fit it, or where
//! they are on the application's own port. What bytes do not tell (RTP, uTP, the first data of FTP) is not
//! guessed.

mod datagrams;
mod streams;

use super::service::Service;
use crate::Record;

#[cfg(feature = "quic")]
pub(super) use datagrams::has_long_header;
pub(super) use datagrams::{is_any_dns, is_dtls, of_datagram};
pub(super) use streams::of_stream;

/// What a rule sees: the first payload, and the ports.
#[derive(Clone, Copy)]
pub(super) struct Peek<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) ports: (u16, u16),
    /// How long the payload was before it was cut by the capture.
    pub(super) sent: u32,
}

impl<'a> Peek<'a> {
    pub(super) fn of(record: &Record<'a>) -> Self {
        let (bytes, ports) = (record.payload, (record.src_port, record.dst_port));
        Self { bytes, ports, sent: record.payload_len }
    }

    pub(super) fn on(&self, port: u16) -> bool {
        self.ports.0 == port || self.ports.1 == port
    }

    /// Whether a big-endian length is that of the payload.
    fn is_len(&self, high: u8, low: u8, header: u32) -> bool {
        u32::from(u16::from_be_bytes([high, low])) + header == self.sent
    }

    /// Whether the first line, as far as mail and file servers write one, holds these letters.
    fn line_has(&self, word: &[u8]) -> bool {
        const LONGEST: usize = 128;
        let start = self.bytes.get(..LONGEST).unwrap_or(self.bytes);
        let line = start.split(|&byte| byte == b'\n').next().unwrap_or(start);
        line.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
    }

    fn starts_with_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.bytes.starts_with(word.as_bytes()))
    }
}

/// An application, the first bytes that it can have (any, if none is named), and what else must fit.
struct Rule {
    service: Service,
    first: &'static [u8],
    fits: fn(&Peek<'_>) -> bool,
}

const fn rule(service: Service, first: &'static [u8], fits: fn(&Peek<'_>) -> bool) -> Rule {
    Rule { service, first, fits }
}

/// The rules of one kind of transport.
struct Rules<const N: usize> {
    rules: [Rule; N],
    /// A bit for every rule that can hold behind a first byte, so that few are tried.
    candidates: [u64; 256],
}

impl<const N: usize> Rules<N> {
    const fn new(rules: [Rule; N]) -> Self {
        assert!(N <= 64, "a bit for every rule");
        let mut candidates = [0; 256];
        let mut number = 0;
        while number < N {
            let mut first = 0;
            while first < 256 {
                if is_first(rules[number].first, first as u8) {
                    candidates[first] |= 1 << number;
                }
                first += 1;
            }
            number += 1;
        }
        Self { rules, candidates }
    }

    /// The service of the first rule that holds.
    fn service(&self, peek: &Peek<'_>) -> Option<Service> {
        let first = *peek.bytes.first()?;
        let mut left = self.candidates.get(usize::from(first)).copied()?;
        while left != 0 {
            let rule = self.rules.get(left.trailing_zeros() as usize)?;
            if (rule.fits)(peek) {
                return Some(rule.service);
            }
            left &= left - 1;
        }
        None
    }
}

const fn is_first(first: &[u8], byte: u8) -> bool {
    let mut at = 0;
    while at < first.len() {
        if first[at] == byte {
            return true;
        }
        at += 1;
    }
    first.is_empty()
}

/// A rule's test: bytes that fit on these ports, for every service that has a rule.
#[cfg(test)]
fn check<const N: usize>(
    rules: &'static Rules<N>,
    cases: &[(Service, (u16, u16), &[u8])],
) -> Result<(), String> {
    use std::collections::BTreeSet;

    let tell = |ports, bytes: &[u8]| {
        rules.service(&Peek { bytes, ports, sent: u32::try_from(bytes.len()).unwrap() })
    };
    for &(service, ports, bytes) in cases {
        let told = tell(ports, bytes);
        if told != Some(service) {
            return Err(format!("{}: {told:?}, not {service:?}", bytes.escape_ascii()));
        }
        for len in 0..bytes.len() {
            let cut = tell(ports, &bytes[..len]);
            if cut.is_some_and(|cut| cut != service) {
                return Err(format!("{service:?} cut to {len} bytes: {cut:?}"));
            }
        }
    }
    let tested: BTreeSet<_> = cases.iter().map(|(service, ..)| *service).collect();
    let ruled: BTreeSet<_> = rules.rules.iter().map(|rule| rule.service).collect();
    if tested == ruled { Ok(()) } else { Err(format!("rules {ruled:?}, tested {tested:?}")) }
}
