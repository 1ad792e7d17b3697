//! Sorted keys in a tree that is made for caches.

/// How many keys a node has. Sixteen of 32 bits are one line of a cache.
const FANOUT: usize = 16;

/// Keys with a value each, of which the last one that is not above another key is looked for: in a tree of nodes in flat
/// lists. A search touches a node of each level, of which all but the last two stay in the fastest caches.
#[derive(Clone, Debug)]
pub(super) struct Tree<K> {
    /// Levels above the leaves, from the root: the first key of each node below.
    levels: Vec<Vec<[K; FANOUT]>>,
    leaves: Vec<Leaf<K>>,
}

/// A node with values. The last one is filled up with the greatest key and the last value.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))] // a line of a cache, so that no node has one more than it needs
struct Leaf<K> {
    keys: [K; FANOUT],
    values: [u32; FANOUT],
}

/// What a tree is sorted by.
pub(super) trait Key: Copy + Ord {
    const MAX: Self;
}

impl Key for u32 {
    const MAX: Self = Self::MAX;
}

impl Key for u64 {
    const MAX: Self = Self::MAX;
}

impl<K: Key> Tree<K> {
    /// Of keys in their order, each with its value.
    pub(super) fn new(keys: &[K], values: &[u32]) -> Self {
        let last = values.last().copied().unwrap_or_default();
        let leaf =
            |(keys, values)| Leaf { keys: filled(keys, K::MAX), values: filled(values, last) };
        let leaves: Vec<_> = keys.chunks(FANOUT).zip(values.chunks(FANOUT)).map(leaf).collect();
        let mut levels = Vec::new();
        let mut firsts: Vec<K> = leaves.iter().map(|leaf| leaf.keys[0]).collect();
        while firsts.len() > 1 {
            let level: Vec<_> = firsts.chunks(FANOUT).map(|node| filled(node, K::MAX)).collect();
            firsts = level.iter().map(|[first, ..]| *first).collect();
            levels.push(level);
        }
        levels.reverse();
        Self { levels, leaves }
    }

    /// The value of the last key that is not above `key`, or of the first one.
    pub(super) fn find(&self, key: K) -> Option<u32> {
        let mut node = 0;
        for level in &self.levels {
            // Only filling leads beyond the last node, and it is the greatest key, which belongs into the last node.
            node = node.min(level.len().saturating_sub(1));
            node = node * FANOUT + place(level.get(node)?, key);
        }
        let leaf = self.leaves.get(node.min(self.leaves.len().saturating_sub(1)))?;
        leaf.values.get(place(&leaf.keys, key)).copied()
    }

    pub(super) fn memory(&self) -> usize {
        let nodes: usize = self.levels.iter().map(Vec::capacity).sum();
        nodes * size_of::<[K; FANOUT]>() + self.leaves.capacity() * size_of::<Leaf<K>>()
    }
}

/// The place of the last key that is not above `key`: the quarter of the node, then the key in it. They are counted, since
/// a jump would be guessed wrong half of the time.
fn place<K: Key>(keys: &[K; FANOUT], key: K) -> usize {
    let not_above = |other: &K| usize::from(*other <= key);
    let [_, second, third, fourth] = [0, 4, 8, 12].map(|quarter| not_above(&keys[quarter]));
    let quarter = 4 * (second + third + fourth);
    let within: usize = keys.iter().skip(quarter).take(4).map(not_above).sum();
    (quarter + within).saturating_sub(1)
}

fn filled<T: Copy>(items: &[T], filling: T) -> [T; FANOUT] {
    std::array::from_fn(|place| items.get(place).copied().unwrap_or(filling))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes around full nodes and full levels.
    #[test]
    fn every_key_is_found() {
        for len in [1, 2, 15, 16, 17, 255, 256, 257, 4_095, 4_096, 4_097, 5_000] {
            let keys: Vec<u32> = (0..len).map(|key| key * 3).collect();
            let values: Vec<u32> = (0..len).map(|value| value + 7).collect();
            let tree = Tree::new(&keys, &values);
            for key in 0..len * 3 + 2 {
                assert_eq!(tree.find(key), Some((key / 3).min(len - 1) + 7), "{key} of {len}");
            }
            assert_eq!(tree.find(u32::MAX), Some(len + 6));
            let wide: Vec<u64> =
                keys.iter().map(|key| u64::MAX - u64::from(len * 3 - key)).collect();
            let tree = Tree::new(&[&wide[..], &[u64::MAX]].concat(), &[&values[..], &[1]].concat());
            assert_eq!(tree.find(u64::MAX), Some(1));
            assert_eq!(tree.find(u64::MAX - 1), Some(len + 6));
        }
    }

    #[test]
    fn of_no_keys_none_is_found() {
        assert_eq!(Tree::<u32>::new(&[], &[]).find(0), None);
    }
}
