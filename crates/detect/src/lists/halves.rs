//! Pieces of IPv6 addresses, found by the upper half of an address wherever that is enough.

use super::spans::{Index, NOBODY};
use super::tree::Tree;

/// Marks the number of a split; without it, the value is an owner.
const SPLIT: u32 = 1 << 31;

/// A tree over the upper halves of addresses, of half the size, and compared at half the cost: few lists have networks
/// within a /64. Where pieces begin inside of one, it is split: its lower halves are searched.
#[derive(Clone, Debug)]
pub(super) struct Halves {
    upper: Tree<u64>,
    /// Where the lower halves of each split begin, and where those of the last one end.
    splits: Vec<u32>,
    lower: Vec<u64>,
    owners: Vec<u32>,
}

impl Index<u128> for Halves {
    fn new(starts: &[u128], owners: &[u32]) -> Self {
        let (mut keys, mut values): (Vec<u64>, Vec<u32>) = (Vec::new(), Vec::new());
        let (mut splits, mut lower, mut lower_owners) = (vec![0], Vec::new(), Vec::new());
        let mut before = NOBODY;
        let mut owners = owners.iter().copied();
        let mut groups = starts.chunk_by(|one, next| upper(*one) == upper(*next)).peekable();
        while let Some(group) = groups.next() {
            let key = group.first().map_or(0, |start| upper(*start));
            let owned = group.iter().zip(owners.by_ref());
            if let [start] = group
                && lower_half(*start) == 0
            {
                before = owned.map(|(_, owner)| owner).last().unwrap_or(before);
                keys.push(key);
                values.push(before);
                continue;
            }
            if group.first().is_some_and(|start| lower_half(*start) > 0) {
                lower.push(0);
                lower_owners.push(before);
            }
            for (start, owner) in owned {
                lower.push(lower_half(*start));
                lower_owners.push(owner);
                before = owner;
            }
            keys.push(key);
            values.push(SPLIT | (splits.len() - 1) as u32); // fewer than pieces, which are at most twice the ranges
            splits.push(lower.len() as u32); // at most twice as many as pieces
            let next = groups.peek().and_then(|group| group.first()).map(|start| upper(*start));
            if let Some(behind) = key.checked_add(1)
                && Some(behind) != next
            {
                keys.push(behind);
                values.push(before);
            }
        }
        Self { upper: Tree::new(&keys, &values), splits, lower, owners: lower_owners }
    }

    fn find(&self, address: u128) -> Option<u32> {
        let value = self.upper.find(upper(address))?;
        if value & SPLIT == 0 {
            return Some(value);
        }
        let split = (value & !SPLIT) as usize;
        let (from, to) = (*self.splits.get(split)? as usize, *self.splits.get(split + 1)? as usize);
        let key = lower_half(address);
        let place = self.lower.get(from..to)?.partition_point(|start| *start <= key);
        self.owners.get(from + place.checked_sub(1)?).copied()
    }

    fn memory(&self) -> usize {
        self.upper.memory()
            + (self.splits.capacity() + self.owners.capacity()) * size_of::<u32>()
            + self.lower.capacity() * size_of::<u64>()
    }
}

fn upper(address: u128) -> u64 {
    (address >> 64) as u64
}

fn lower_half(address: u128) -> u64 {
    address as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_within_a_64_are_found_and_so_is_what_lies_around_them() {
        let at = |upper: u64, lower: u64| u128::from(upper) << 64 | u128::from(lower);
        let starts = [0, at(5, 0), at(5, 9), at(7, 3), at(7, 4), at(8, 0), at(u64::MAX, 1)];
        let owners = [NOBODY, 1, 2, 3, 4, 5, 6];
        let halves = Halves::new(&starts, &owners);
        for (address, owner) in [
            (at(4, u64::MAX), NOBODY),
            (at(5, 0), 1),
            (at(5, 8), 1),
            (at(5, 9), 2),
            (at(6, 0), 2),
            (at(7, 2), 2),
            (at(7, 3), 3),
            (at(7, u64::MAX), 4),
            (at(8, 0), 5),
            (at(u64::MAX, 0), 5),
            (at(u64::MAX, 1), 6),
            (u128::MAX, 6),
        ] {
            assert_eq!(halves.find(address), Some(owner), "{address:x}");
        }
        assert_eq!(Halves::new(&[], &[]).find(0), None);
    }
}
