//! Rows that are there twice, and rows that contradict each other.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::thread;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::assembly::Part;
use super::plan::Plan;
use crate::{Defect, Policy};

/// What was found of all rows, numbered over all parts.
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
    /// Of rows whose texts have common numbers.
    pub(crate) fn of(parts: &[Part], plan: &Plan<'_>, threads: usize) -> Self {
        let rows = Rows::new(parts, plan, threads);
        let shares = threads.max(1) as u64;
        let mut all = Self::default();
        let found = each_thread(threads, |share| rows.repeats_of(share as u64, shares));
        for found in found {
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

/// Rows with what they are found by.
struct Rows<'a> {
    parts: &'a [Part],
    plan: &'a Plan<'a>,
    /// The number of each part's first row.
    starts: Vec<u32>,
    /// Of each row: of the cells of the matrix, and of all of it.
    hashes: Vec<Vec<(u64, u64)>>,
}

/// Rows of equal cells.
struct Group {
    first: u32,
    label: f64,
    /// Where its labels are told, once there are several.
    labels: Option<usize>,
}

impl<'a> Rows<'a> {
    fn new(parts: &'a [Part], plan: &'a Plan<'a>, threads: usize) -> Self {
        let mut start = 0;
        let starts = parts.iter().map(|part| {
            start += part.rows() as u32;
            start - part.rows() as u32
        });
        let starts = starts.collect();
        let hasher = RandomState::default();
        let share = parts.len().div_ceil(threads.max(1)).max(1);
        let hashes = each_thread(threads, |thread| {
            let own = parts.chunks(share).nth(thread).unwrap_or_default();
            own.iter().map(|part| hashes(part, plan, &hasher)).collect::<Vec<_>>()
        });
        Self { parts, plan, starts, hashes: hashes.into_iter().flatten().collect() }
    }

    /// What is found among the rows of a share of all hashes.
    fn repeats_of(&self, share: u64, shares: u64) -> Repeats {
        let mut repeats = Repeats::default();
        let mut whole: HashTable<(u64, u32)> = HashTable::new();
        let mut groups: HashTable<(u64, Group)> = HashTable::new();
        let mut labels: Vec<Labels> = Vec::new();
        for (row, cells_hash, hash) in self.of_share(share, shares) {
            let same = |&(other_hash, other): &(u64, u32)| {
                other_hash == hash && self.are_equal(row, other, true)
            };
            if whole.find(hash, same).is_some() {
                repeats.duplicates.push(row);
            } else {
                whole.insert_unique(hash, (hash, row), |(hash, _)| *hash);
            }
            let Some(label) = self.label(row) else { continue };
            let same = |(other_hash, group): &(u64, Group)| {
                *other_hash == cells_hash && self.are_equal(row, group.first, false)
            };
            match groups.find_mut(cells_hash, same) {
                None => {
                    let group = Group { first: row, label, labels: None };
                    groups.insert_unique(cells_hash, (cells_hash, group), |(hash, _)| *hash);
                }
                Some((_, group)) if group.label != label => {
                    repeats.conflicts.push(row);
                    repeats.contradictions += u64::from(group.labels.is_none());
                    group.labels.get_or_insert_with(|| {
                        labels.push(Labels::default());
                        labels.len() - 1
                    });
                }
                Some(_) => {}
            }
        }
        self.judge(share, shares, &groups, &mut labels, &mut repeats);
        repeats
    }

    /// Which rows of contradicting groups are dropped.
    fn judge(
        &self,
        share: u64,
        shares: u64,
        groups: &HashTable<(u64, Group)>,
        labels: &mut [Labels],
        repeats: &mut Repeats,
    ) {
        let policy = self.plan.settings.policies.of(Defect::Conflict);
        if labels.is_empty() || !matches!(policy, Policy::Drop | Policy::Majority) {
            return;
        }
        let mut involved = Vec::new();
        for (row, cells_hash, _) in self.of_share(share, shares) {
            let same = |(other_hash, group): &(u64, Group)| {
                *other_hash == cells_hash && self.are_equal(row, group.first, false)
            };
            let group = groups.find(cells_hash, same).and_then(|(_, group)| group.labels);
            if let (Some(group), Some(label)) = (group, self.label(row)) {
                involved.push((row, group, label));
                labels.get_mut(group).into_iter().for_each(|labels| count(labels, label, row));
            }
        }
        let winners: Vec<Option<u64>> = labels.iter().map(winner).collect();
        let is_dropped = |&(_, group, label): &(u32, usize, f64)| {
            policy == Policy::Drop || winners.get(group).copied().flatten() != Some(label.to_bits())
        };
        repeats.dropped.extend(involved.iter().filter(|row| is_dropped(row)).map(|row| row.0));
    }

    /// The rows whose cells belong to a share, with both hashes.
    fn of_share(&self, share: u64, shares: u64) -> impl Iterator<Item = (u32, u64, u64)> {
        let hashes = self.hashes.iter().flatten();
        let rows = (0..).zip(hashes).map(|(row, &(cells, all))| (row, cells, all));
        // The upper bits: tables use the others.
        rows.filter(move |(_, cells, _)| shares == 1 || (cells >> 32) % shares == share)
    }

    fn label(&self, row: u32) -> Option<f64> {
        self.cells(row)?.get(self.plan.label?).copied()
    }

    fn place(&self, row: u32) -> Option<(&'a Part, usize)> {
        let part = self.starts.partition_point(|start| *start <= row).checked_sub(1)?;
        let place = row - self.starts.get(part)?;
        Some((self.parts.get(part)?, place as usize))
    }

    fn cells(&self, row: u32) -> Option<&'a [f64]> {
        let (part, place) = self.place(row)?;
        let start = place * self.plan.stride;
        part.cells.get(start..start + self.plan.stride)
    }

    /// Whether two rows are the same, in all or in the cells of the matrix.
    fn are_equal(&self, one: u32, other: u32, in_all: bool) -> bool {
        let width = if in_all { self.plan.stride } else { self.plan.width };
        let cells = |row| self.cells(row).and_then(|cells| cells.get(..width));
        let time = |row| self.place(row).and_then(|(part, place)| part.times.get(place));
        let same = |(one, other): (&f64, &f64)| one == other || (one.is_nan() && other.is_nan());
        match (cells(one), cells(other)) {
            (Some(a), Some(b)) => {
                a.iter().zip(b).all(same) && (!in_all || time(one) == time(other))
            }
            _ => false,
        }
    }
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

/// Of each row of a part: of the cells of the matrix, and of all of it.
fn hashes(part: &Part, plan: &Plan<'_>, hasher: &RandomState) -> Vec<(u64, u64)> {
    let rows = (0..part.rows()).map(|row| {
        let start = row * plan.stride;
        let cells = part.cells.get(start..start + plan.stride).unwrap_or_default();
        let (matrix, rest) = cells.split_at_checked(plan.width).unwrap_or((cells, &[]));
        let mut hash = hasher.build_hasher();
        matrix.iter().for_each(|cell| hash.write_u64(same_bits(*cell)));
        let of_matrix = hash.finish();
        rest.iter().for_each(|cell| hash.write_u64(same_bits(*cell)));
        part.times.get(row).into_iter().for_each(|time| hash.write_i64(*time));
        (of_matrix, hash.finish())
    });
    rows.collect()
}

/// The same for what is equal: both zeros, and all that is not a number.
#[inline]
fn same_bits(cell: f64) -> u64 {
    if cell.is_nan() { f64::NAN.to_bits() } else { (cell + 0.0).to_bits() }
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
