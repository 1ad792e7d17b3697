//! The last time of each of many things, in bounded memory.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::quality::RandomState;

/// Times of at least so many things as were seen last, and of at most twice as many.
///
/// Two generations: what is seen goes to the young one; when that is full, it is the old one, and what was old is
/// forgotten. Nothing has to be kept in order for that.
pub(super) struct Recent<K> {
    young: HashMap<K, i64, RandomState>,
    old: HashMap<K, i64, RandomState>,
    most: usize,
}

impl<K: Eq + Hash> Recent<K> {
    pub(super) fn new(most: usize) -> Self {
        Self { young: HashMap::default(), old: HashMap::default(), most }
    }

    /// Remembers this time; tells the one before.
    pub(super) fn replace(&mut self, key: K, time: i64) -> Option<i64> {
        if let Some(last) = self.young.get_mut(&key) {
            return Some(std::mem::replace(last, time));
        }
        let last = self.old.remove(&key);
        if self.young.len() >= self.most {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        self.young.insert(key, time);
        last
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_latest_are_known_and_no_time_is_wrong(keys in prop::collection::vec(0u8..20, 0..200)) {
            let mut recent = Recent::new(4);
            let mut order = VecDeque::new();
            for (time, &key) in keys.iter().enumerate() {
                let truth = order.iter().position(|&(known, _)| known == key);
                let told = recent.replace(key, time as i64);
                let last = truth.and_then(|at| order.remove(at)).map(|(_, last)| last);
                match truth {
                    Some(0..4) => prop_assert_eq!(told, last),
                    _ => prop_assert!(told.is_none() || told == last),
                }
                order.push_front((key, time as i64));
                prop_assert!(recent.young.len() <= 4 && recent.old.len() <= 4);
            }
        }
    }
}
