//! Likenesses of rows that were made before, as many as a number of bytes holds.

use std::collections::VecDeque;

/// Likenesses of some rows with the first so many, in the order of places.
pub(super) struct Cache {
    /// For each row, by what it is known as, its likenesses; empty if they are not kept.
    lines: Vec<Vec<f32>>,
    /// Whether a line was asked for since it was last passed over.
    is_fresh: Vec<bool>,
    /// The rows that are kept, in the order in which they are considered for making room.
    kept: VecDeque<usize>,
    free: usize,
}

/// Two lines are needed for a step.
const LEAST_LINES: usize = 2;

impl Cache {
    /// Room for so many bytes of lines of so many rows: for two lines at least.
    pub(super) fn new(rows: usize, bytes: usize) -> Self {
        let free = (bytes / size_of::<f32>()).max(LEAST_LINES * rows);
        Self {
            lines: vec![Vec::new(); rows],
            is_fresh: vec![false; rows],
            kept: VecDeque::new(),
            free,
        }
    }

    /// The likenesses of a row with the first `length`, those that are missing appended by `make`, which is told from
    /// which place on.
    pub(super) fn line(
        &mut self,
        row: usize,
        length: usize,
        make: impl FnOnce(usize, &mut Vec<f32>),
    ) -> &[f32] {
        self.is_fresh[row] = true;
        let missing = length.saturating_sub(self.lines[row].len());
        if missing > 0 {
            self.make_room(missing, row);
            let line = &mut self.lines[row];
            if line.is_empty() {
                self.kept.push_back(row);
            }
            self.free = self.free.saturating_sub(missing);
            line.reserve_exact(missing);
            make(line.len(), line);
        }
        &self.lines[row][..length]
    }

    /// A line that is kept at this length at least.
    pub(super) fn kept(&self, row: usize, length: usize) -> Option<&[f32]> {
        self.lines[row].get(..length).filter(|line| !line.is_empty())
    }

    /// Two places swap what stands there. Lines that hold only the first are cut before it.
    pub(super) fn swap(&mut self, first: usize, second: usize) {
        for &row in &self.kept {
            let line = &mut self.lines[row];
            if line.len() > second {
                line.swap(first, second);
            } else if line.len() > first {
                self.free += line.len() - first;
                line.truncate(first);
                line.shrink_to_fit();
            }
        }
        self.kept.retain(|&row| !self.lines[row].is_empty());
    }

    /// Forgets lines that were not asked for lately until there is room, but for this row's.
    fn make_room(&mut self, needed: usize, but: usize) {
        while self.free < needed {
            let Some(row) = self.kept.pop_front() else { return };
            let is_only = self.kept.is_empty();
            if row == but || std::mem::take(&mut self.is_fresh[row]) {
                self.kept.push_back(row);
                if is_only {
                    return;
                }
            } else {
                self.free += std::mem::take(&mut self.lines[row]).len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cache: &mut Cache, row: usize, length: usize) -> (Vec<f32>, bool) {
        let mut is_made = false;
        let line = cache.line(row, length, |from, line| {
            is_made = true;
            line.extend((from..length).map(|place| (row * 100 + place) as f32));
        });
        (line.to_vec(), is_made)
    }

    #[test]
    fn lines_are_made_once_and_grow() {
        let mut cache = Cache::new(10, 4 * 30);
        assert_eq!(line(&mut cache, 3, 2), (vec![300.0, 301.0], true));
        assert_eq!(line(&mut cache, 3, 3), (vec![300.0, 301.0, 302.0], true));
        assert_eq!(line(&mut cache, 3, 2), (vec![300.0, 301.0], false));
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let mut cache = Cache::new(10, 4 * 30);
        for row in 0..10 {
            line(&mut cache, row, 10);
            let held: usize = cache.lines.iter().map(Vec::len).sum();
            assert_eq!(held + cache.free, 30);
        }
        assert!(!line(&mut cache, 9, 10).1, "the last one is kept");
        assert!(line(&mut cache, 0, 10).1, "the first one is not");
    }

    #[test]
    fn lines_follow_places() {
        let mut cache = Cache::new(10, 4000);
        line(&mut cache, 1, 5);
        line(&mut cache, 2, 3);
        cache.swap(1, 4);
        assert_eq!(line(&mut cache, 1, 5).0, [100.0, 104.0, 102.0, 103.0, 101.0]);
        assert_eq!(cache.kept(2, 1), Some(&[200.0][..]));
        assert_eq!(cache.kept(2, 2), None);
    }
}
