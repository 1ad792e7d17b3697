//! Rows that are there twice, and rows that contradict each other.

use std::collections::HashMap;
use std::thread;

use hashbrown::HashTable;

use super::plan::Plan;
use super::store::{Hash, Store};
use crate::{Defect, Policy};

/// What was found of all rows.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    /// Rows that are the same as one before, in their order.
    pub(crate) duplicates: Vec<u32>,
    /// Rows with another label than the first of equal cells, in their order.
    pub(crate) conflicts: Vec<u32>,
    /// Of how many equal cells there are several labels.
    pub(crate) contradictions: u64,
    /// Rows that the policy drops because they contradict others, in their order.
    pub(crate) dropped: Vec<u32>,
}

impl Repeats {
    /// Of rows that are the same if their hashes are: both of them have keys that nobody knows.
    pub(crate) fn of(store: &Store, plan: &Plan<'_>, threads: usize) -> Self {
        let policy = plan.settings.policies.of(Defect::Conflict);
        let rows = Rows {
            row_hashes: store.row_hashes.get(..store.rows).unwrap_or_default(),
            matrix_hashes: store.matrix_hashes.get(..store.rows).unwrap_or_default(),
            labels: plan.label.map_or(&[][..], |label| store.column(label)),
            policy,
        };
        let shares = threads.max(1);
        let mut all = Self::default();
        for found in each_thread(threads, |share| rows.repeats_of(share, shares)) {
            all.duplicates.extend(found.duplicates);
            all.conflicts.extend(found.conflicts);
            all.dropped.extend(found.dropped);
            all.contradictions += found.contradictions;
        }
        all.duplicates.sort_unstable();
        all.conflicts.sort_unstable();
        all.dropped.sort_unstable();
        all
    }
}

/// What `work` makes on each of so many threads, this one among them.
pub(crate) fn each_thread<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = (1..threads).map(|number| scope.spawn(move || work(number))).collect();
        let mut all = vec![work(0)];
        for other in others {
            match other.join() {
                Ok(made) => all.push(made),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    })
}

/// What is to be known of rows to find those that repeat others.
struct Rows<'s> {
    row_hashes: &'s [Hash],
    matrix_hashes: &'s [Hash],
    labels: &'s [f64],
    policy: Policy,
}

/// Rows of equal cells.
struct Group {
    hash: Hash,
    label: f64,
    /// Where its labels are told, once there are several.
    labels: Option<usize>,
}

impl Rows<'_> {
    /// What is found among the rows of a share of all hashes.
    fn repeats_of(&self, share: usize, shares: usize) -> Repeats {
        let mut repeats = Repeats::default();
        let mut seen: HashTable<Hash> = HashTable::new();
        for (row, hash) in of_share(self.row_hashes, share, shares) {
            if seen.find(hash[0], |other| *other == hash).is_some() {
                repeats.duplicates.push(row);
            } else {
                seen.insert_unique(hash[0], hash, |hash| hash[0]);
            }
        }
        drop(seen);
        self.contradict(share, shares, &mut repeats);
        repeats
    }

    fn contradict(&self, share: usize, shares: usize, repeats: &mut Repeats) {
        let mut groups: HashTable<Group> = HashTable::new();
        let mut several = 0;
        for (row, hash) in of_share(self.matrix_hashes, share, shares) {
            let Some(&label) = self.labels.get(row as usize) else { continue };
            match groups.find_mut(hash[0], |group| group.hash == hash) {
                None => {
                    let group = Group { hash, label, labels: None };
                    groups.insert_unique(hash[0], group, |group| group.hash[0]);
                }
                Some(group) if group.label != label => {
                    repeats.conflicts.push(row);
                    if group.labels.is_none() {
                        group.labels = Some(several);
                        several += 1;
                    }
                }
                Some(_) => {}
            }
        }
        repeats.contradictions = several as u64;
        if several > 0 && matches!(self.policy, Policy::Drop | Policy::Majority) {
            self.judge(share, shares, &groups, several, repeats);
        }
    }

    /// Which rows of contradicting groups are dropped.
    fn judge(
        &self,
        share: usize,
        shares: usize,
        groups: &HashTable<Group>,
        several: usize,
        repeats: &mut Repeats,
    ) {
        let mut labels = vec![Labels::default(); several];
        let mut involved = Vec::new();
        for (row, hash) in of_share(self.matrix_hashes, share, shares) {
            let group = groups.find(hash[0], |group| group.hash == hash);
            let group = group.and_then(|group| group.labels);
            if let (Some(group), Some(&label)) = (group, self.labels.get(row as usize)) {
                involved.push((row, group, label));
                labels.get_mut(group).into_iter().for_each(|labels| count(labels, label, row));
            }
        }
        let winners: Vec<Option<u64>> = labels.iter().map(winner).collect();
        let is_dropped = |&(_, group, label): &(u32, usize, f64)| {
            self.policy == Policy::Drop
                || winners.get(group).copied().flatten() != Some(label.to_bits())
        };
        repeats.dropped.extend(involved.iter().filter(|row| is_dropped(row)).map(|row| row.0));
    }
}

/// The rows whose hashes belong to a share. Tables of hashes use other bits.
fn of_share(hashes: &[Hash], share: usize, shares: usize) -> impl Iterator<Item = (u32, Hash)> {
    let rows = (0..).zip(hashes.iter().copied());
    rows.filter(move |(_, hash)| shares == 1 || hash[1] % shares as u64 == share as u64)
}

/// How often each label stands in a group, and in which row first.
type Labels = HashMap<u64, (u64, u32)>;

fn count(labels: &mut Labels, label: f64, row: u32) {
    labels.entry(label.to_bits()).or_insert((0, row)).0 += 1;
}

/// The most frequent label; of several, the one that came first.
fn winner(labels: &Labels) -> Option<u64> {
    let frequent = labels.iter().max_by_key(|(_, (count, row))| (*count, std::cmp::Reverse(*row)));
    frequent.map(|(label, _)| *label)
}

#[cfg(test)]
mod tests {
    use crate::{Dataset, Defect, Policy, ReadReport, TableReader};

    fn read(csv: &[u8], policies: &[(Defect, Policy)], threads: usize) -> (Dataset, ReadReport) {
        let reader = TableReader::new().label("l").threads(threads).block_bytes(16);
        let with = |reader: TableReader, &(defect, policy): &_| reader.on(defect, policy);
        policies.iter().fold(reader, with).read(csv).unwrap()
    }

    fn first(dataset: &Dataset) -> Vec<f64> {
        dataset.column(0).unwrap().to_vec()
    }

    /// Rows 1 and 2 are the same, 3 contradicts them; 5 and 6 differ in a zero's sign, 7 and 8 miss what they miss.
    const ROWS: &[u8] =
        b"a,b,l\n1,2,x\n1,2,x\n1,2,y\n1,3,x\n0,5,x\n-0,5,x\n,6,x\n,6,x\n9,9,y\n9,9,x\n";

    #[test]
    fn repeated_rows_are_counted_or_dropped() {
        for threads in [1, 2, 3] {
            let (dataset, report) = read(ROWS, &[], threads);
            assert_eq!((dataset.rows(), report.count(Defect::Duplicate)), (10, 3));
            let facts = report.defects.iter().find(|facts| facts.defect == Defect::Duplicate);
            let lines: Vec<u64> = facts.unwrap().places.iter().map(|place| place.line).collect();
            assert_eq!(lines, [3, 7, 9]);
            let (dataset, report) = read(ROWS, &[(Defect::Duplicate, Policy::Drop)], threads);
            assert_eq!((dataset.rows(), report.dropped(Defect::Duplicate)), (7, 3));
        }
        let reader = TableReader::new().on(Defect::Duplicate, Policy::Refuse);
        assert_eq!(reader.read(ROWS).unwrap_err().to_string(), "the table, line 3: duplicate");
    }

    #[test]
    fn contradicting_rows_are_counted_dropped_or_outvoted() {
        for threads in [1, 2] {
            let (_, report) = read(ROWS, &[], threads);
            assert_eq!((report.count(Defect::Conflict), report.contradictions), (2, 2));
            let (dataset, report) = read(ROWS, &[(Defect::Conflict, Policy::Drop)], threads);
            assert_eq!((dataset.rows(), report.dropped(Defect::Conflict)), (5, 5));
            assert_eq!(dataset.labels().unwrap().classes().names().collect::<Vec<_>>(), ["x"]);
            let (dataset, report) = read(ROWS, &[(Defect::Conflict, Policy::Majority)], threads);
            assert_eq!((dataset.rows(), report.dropped(Defect::Conflict)), (8, 2));
            // Of the last two, the label that came first stays.
            let labels = dataset.labels().unwrap();
            assert_eq!((labels.counts(), first(&dataset)[7]), (vec![7, 1], 9.0));
            let both = [(Defect::Conflict, Policy::Majority), (Defect::Duplicate, Policy::Drop)];
            let (dataset, report) = read(ROWS, &both, threads);
            assert_eq!((dataset.rows(), report.rows_dropped()), (5, 5));
        }
    }

    #[test]
    fn other_groups_and_times_are_other_rows() {
        let csv = b"a,g,t\n1,x,5\n1,x,5\n1,y,5\n1,x,6\n";
        let (_, report) = TableReader::new().group("g").time("t").read(&csv[..]).unwrap();
        assert_eq!(report.count(Defect::Duplicate), 1);
        let (_, report) = TableReader::new().drop(["g", "t"]).read(&csv[..]).unwrap();
        assert_eq!(report.count(Defect::Duplicate), 3);
    }
}
