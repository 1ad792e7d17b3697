//! What searches find.

/// A point that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Its row among the points.
    pub row: usize,
    /// How far it is; infinite beyond the largest number.
    pub distance: f64,
}

/// What a batch of queries found, one behind the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Neighbours {
    found: Vec<Neighbour>,
    /// Where those of each query end.
    ends: Vec<usize>,
}

impl Neighbours {
    /// How many queries there were.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there was no query.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// What a query found, the nearest first; nothing behind the last query.
    #[must_use]
    pub fn of(&self, query: usize) -> &[Neighbour] {
        let start = query.checked_sub(1).and_then(|before| self.ends.get(before)).unwrap_or(&0);
        let end = self.ends.get(query).unwrap_or(start);
        self.found.get(*start..*end).unwrap_or_default()
    }

    /// What each query found.
    pub fn iter(&self) -> impl Iterator<Item = &[Neighbour]> {
        (0..self.len()).map(|query| self.of(query))
    }

    /// What all queries found, one behind the other.
    #[must_use]
    pub fn all(&self) -> &[Neighbour] {
        &self.found
    }
}

impl FromIterator<Vec<Neighbour>> for Neighbours {
    fn from_iter<I: IntoIterator<Item = Vec<Neighbour>>>(queries: I) -> Self {
        let mut all = Self::default();
        for found in queries {
            all.found.extend(found);
            all.ends.push(all.found.len());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_each_query_found_is_told_apart() {
        let found = |row| Neighbour { row, distance: 0.5 };
        let all = Neighbours::from_iter([vec![found(3)], vec![], vec![found(1), found(2)]]);
        assert_eq!((all.len(), all.all().len()), (3, 3));
        let rows: Vec<Vec<usize>> =
            all.iter().map(|found| found.iter().map(|found| found.row).collect()).collect();
        assert_eq!(rows, [vec![3], vec![], vec![1, 2]]);
        assert!(all.of(3).is_empty() && all.of(usize::MAX).is_empty());
    }
}
