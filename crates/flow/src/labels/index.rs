//! Rules by what they ask, so that a flow meets few of them however many there are.
//!
//! Rules that ask for the same bits of a flow (both addresses and ports, say, or one address and the first 24 bits
//! of the other) have one shape. A shape is one hash table: a flow is looked up in it by those bits. A table of
//! five-tuples is one shape, and hand-written rules are a few.

use std::hash::BuildHasher;
use std::net::SocketAddr;

use foldhash::HashMap;
use foldhash::quality::RandomState;
use hashbrown::HashTable;
use netsift_packet::Protocol;

use super::rule::{Ports, Rule, bits, mask};

/// Rules, to be looked up.
#[derive(Default)]
pub(super) struct Index {
    numbers: HashMap<Shape, usize>,
    shapes: Vec<Shaped>,
    rules: u32,
}

/// The rules of one shape.
struct Shaped {
    shape: Shape,
    /// By their places, in a place by their starts.
    entries: Vec<Entry>,
    /// The places.
    runs: HashTable<Run>,
    hasher: RandomState,
}

/// Where the entries of one place stand.
#[derive(Clone, Copy)]
struct Run {
    from: u32,
    to: u32,
}

/// What a flow is looked up by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    is_v6: bool,
    place: Place,
}

/// Which bits a rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Shape {
    is_v6: Option<bool>,
    src_prefix: u8,
    dst_prefix: u8,
    src_port: bool,
    dst_port: bool,
    protocol: bool,
}

/// These bits; zeros for all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Place {
    src: u128,
    dst: u128,
    src_port: u16,
    dst_port: u16,
    protocol: u8,
}

/// What is left of a rule that is found.
struct Entry {
    place: Place,
    span: (i64, i64),
    /// The latest end of all rules in this place up to this one, in the order of their starts.
    latest: i64,
    src_ports: Ports,
    dst_ports: Ports,
    is_forward: bool,
    number: u32,
    label: u32,
}

impl Index {
    pub(super) fn add(&mut self, rule: &Rule, label: u32) {
        let shape = Shape::of(rule);
        let shapes = &mut self.shapes;
        let number = *self.numbers.entry(shape).or_insert_with(|| {
            shapes.push(Shaped::new(shape));
            shapes.len() - 1
        });
        let Some(shaped) = self.shapes.get_mut(number) else { return };
        shaped.entries.push(Entry {
            place: Place::of(rule),
            span: rule.span,
            latest: i64::MAX,
            src_ports: rule.src_ports,
            dst_ports: rule.dst_ports,
            is_forward: rule.is_forward,
            number: self.rules,
            label,
        });
        self.rules += 1;
    }

    /// All rules are there, and can be found from now on.
    pub(super) fn settle(&mut self) {
        self.shapes.iter_mut().for_each(Shaped::settle);
    }

    /// The label of the first rule that matches.
    pub(super) fn find(&self, ends: &Ends, span: (i64, i64)) -> Option<u32> {
        let turned = ends.turned();
        let matching = self.shapes.iter().flat_map(|shaped| {
            [(ends, true), (&turned, false)].into_iter().flat_map(move |(ends, is_forward)| {
                let entries = overlapping(shaped.at(ends), span).iter();
                entries.filter(move |entry| entry.matches(ends, is_forward, span))
            })
        });
        Some(matching.min_by_key(|entry| entry.number)?.label)
    }

    pub(super) fn rules(&self) -> u32 {
        self.rules
    }
}

impl Shaped {
    fn new(shape: Shape) -> Self {
        let (entries, runs) = (Vec::new(), HashTable::new());
        Self { shape, entries, runs, hasher: RandomState::default() }
    }

    fn settle(&mut self) {
        let Self { entries, runs, hasher, .. } = self;
        entries.sort_unstable_by_key(|entry| (entry.place, entry.span.0));
        let places = entries.chunk_by(|one, next| one.place == next.place).count();
        runs.reserve(places, |_| 0);
        let mut from = 0;
        for entries in entries.chunk_by_mut(|one, next| one.place == next.place) {
            let mut latest = i64::MIN;
            for entry in &mut *entries {
                latest = latest.max(entry.span.1);
                entry.latest = latest;
            }
            let Some(first) = entries.first() else { continue };
            let run = Run { from, to: from + entries.len() as u32 };
            // There is room for all: what is there is never asked for its hash.
            runs.insert_unique(hasher.hash_one(first.place), run, |_| 0);
            from = run.to;
        }
    }

    /// The rules that ask for what these ends have.
    fn at(&self, ends: &Ends) -> &[Entry] {
        let Some(place) = self.shape.place(ends) else { return &[] };
        let entries = |run: &Run| self.entries.get(run.from as usize..run.to as usize);
        let is_it =
            |run: &Run| entries(run).and_then(<[Entry]>::first).is_some_and(|e| e.place == place);
        let run = self.runs.find(self.hasher.hash_one(place), is_it);
        run.and_then(entries).unwrap_or_default()
    }
}

impl Ends {
    /// What is between these; nothing, if they are of different kinds.
    pub(super) fn of(src: SocketAddr, dst: SocketAddr, protocol: Protocol) -> Option<Self> {
        let place = Place {
            src: bits(src.ip()),
            dst: bits(dst.ip()),
            src_port: src.port(),
            dst_port: dst.port(),
            protocol: protocol.0,
        };
        (src.is_ipv6() == dst.is_ipv6()).then_some(Self { is_v6: src.is_ipv6(), place })
    }

    fn turned(&self) -> Self {
        let Place { src, dst, src_port, dst_port, protocol } = self.place;
        let place = Place { src: dst, dst: src, src_port: dst_port, dst_port: src_port, protocol };
        Self { place, ..*self }
    }
}

impl Shape {
    fn of(rule: &Rule) -> Self {
        Self {
            is_v6: rule.src.is_v6.or(rule.dst.is_v6),
            src_prefix: rule.src.prefix,
            dst_prefix: rule.dst.prefix,
            src_port: rule.src_ports.single().is_some(),
            dst_port: rule.dst_ports.single().is_some(),
            protocol: rule.protocol.is_some(),
        }
    }

    /// Where rules of this shape stand that may match, if any can.
    fn place(&self, ends: &Ends) -> Option<Place> {
        let Ends { is_v6, place } = ends;
        self.is_v6.is_none_or(|wanted| wanted == *is_v6).then(|| Place {
            src: place.src & mask(self.src_prefix),
            dst: place.dst & mask(self.dst_prefix),
            src_port: if self.src_port { place.src_port } else { 0 },
            dst_port: if self.dst_port { place.dst_port } else { 0 },
            protocol: if self.protocol { place.protocol } else { 0 },
        })
    }
}

impl Place {
    fn of(rule: &Rule) -> Self {
        Self {
            src: rule.src.bits,
            dst: rule.dst.bits,
            src_port: rule.src_ports.single().unwrap_or(0),
            dst_port: rule.dst_ports.single().unwrap_or(0),
            protocol: rule.protocol.unwrap_or(0),
        }
    }
}

impl Entry {
    fn matches(&self, Ends { place, .. }: &Ends, is_forward: bool, (first, _): (i64, i64)) -> bool {
        self.span.1 >= first
            && self.src_ports.contains(place.src_port)
            && self.dst_ports.contains(place.dst_port)
            && (is_forward || !self.is_forward)
    }
}

/// The rules between the first one that ends late enough and the last one that starts early enough.
fn overlapping(entries: &[Entry], (first, last): (i64, i64)) -> &[Entry] {
    let from = entries.partition_point(|entry| entry.latest < first);
    let to = entries.partition_point(|entry| entry.span.0 <= last);
    entries.get(from..to).unwrap_or_default()
}
