//! Files of values.

use super::Seed;
use crate::container::{Entry, Node, saved};

pub(super) fn all() -> Vec<Seed> {
    let file = |number: usize| {
        let entries: Vec<Entry> = (0..number % 5).map(|place| entry(number + place)).collect();
        (format!("file-{number:02}"), saved(&entries, number as u16))
    };
    (0..12).map(file).collect()
}

fn entry(number: usize) -> Entry {
    let nodes = (0..number % 6).map(|place| match place % 3 {
        0 => Node::Split { feature: 7, threshold: 0.5, children: (1, number as u32) },
        1 => Node::Leaf(-0.25),
        _ => Node::Named("leaf é".into(), vec![0, 255, number as u8]),
    });
    Entry {
        name: "entry ".repeat(number % 4),
        numbers: (0..number).map(|place| place as f64 / 3.0).collect(),
        nodes: nodes.collect(),
        whether: [None, Some(false), Some(true)][number % 3],
        sign: ['a', 'é', '\u{10ffff}'][number % 3],
    }
}
