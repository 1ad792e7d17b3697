//! Columns on all cores: each is a work of its own, so that what comes out does not depend on how many there are.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Below so many cells, threads cost more than they bring.
const MIN_CELLS: usize = 1 << 16;
/// More threads wait for memory.
const MAX_THREADS: usize = 16;

/// What `one` makes of each number below `count`, in their order. `cells` says how much work it is in all.
pub(crate) fn each<T: Send>(count: usize, cells: usize, one: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = threads(count, cells);
    let share = count.div_ceil(threads).max(1);
    let part = |start: usize| (start..(start + share).min(count)).map(&one).collect::<Vec<T>>();
    if threads == 1 {
        return part(0);
    }
    thread::scope(|scope| {
        let later: Vec<_> = (share..count)
            .step_by(share)
            .map(|start| (start, spawned(scope, start, &part)))
            .collect();
        let mut made = part(0);
        for (start, handle) in later {
            match handle.map(thread::ScopedJoinHandle::join) {
                Some(Ok(more)) => made.extend(more),
                Some(Err(cause)) => std::panic::resume_unwind(cause),
                None => made.extend(part(start)),
            }
        }
        made
    })
}

/// Changes every column of a matrix that lies column by column, each `rows` long.
pub(crate) fn each_column(
    matrix: &mut [f64],
    rows: usize,
    change: impl Fn(usize, &mut [f64]) + Sync,
) {
    if rows == 0 {
        return;
    }
    let threads = threads(matrix.len() / rows, matrix.len());
    // Whoever is free takes the next: a thread that the system refuses is not missed.
    let queue = Mutex::new(matrix.chunks_exact_mut(rows).enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some((place, cells)) = next() {
            change(place, cells);
        }
    };
    thread::scope(|scope| {
        (1..threads).for_each(|_| drop(thread::Builder::new().spawn_scoped(scope, work)));
        work();
    });
}

/// What `one` makes of each number below `count`, in their order, by so many workers: whoever is free takes the next.
pub(crate) fn each_on<T: Send>(
    workers: NonZero<usize>,
    count: usize,
    one: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let queue = AtomicUsize::new(0);
    let next = || Some(queue.fetch_add(1, Ordering::Relaxed)).filter(|&number| number < count);
    let work = || std::iter::from_fn(next).map(|number| (number, one(number))).collect();
    let workers = workers.get().min(MAX_THREADS).min(count);
    let mut made: Vec<(usize, T)> = thread::scope(|scope| {
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..workers).filter_map(spawn).collect();
        let mut made: Vec<(usize, T)> = work();
        for other in others {
            match other.join() {
                Ok(more) => made.extend(more),
                Err(cause) => std::panic::resume_unwind(cause),
            }
        }
        made
    });
    made.sort_unstable_by_key(|(number, _)| *number);
    made.into_iter().map(|(_, made)| made).collect()
}

/// As many workers as the machine has cores, up to a sensible number.
pub(crate) fn all_cores() -> NonZero<usize> {
    thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

fn threads(count: usize, cells: usize) -> usize {
    if cells < MIN_CELLS {
        return 1;
    }
    all_cores().get().min(MAX_THREADS).min(count).max(1)
}

/// A thread, unless the system has none left.
fn spawned<'scope, T: Send + 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    start: usize,
    part: &'scope (impl Fn(usize) -> T + Sync),
) -> Option<thread::ScopedJoinHandle<'scope, T>> {
    thread::Builder::new().spawn_scoped(scope, move || part(start)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_numbers() {
        for count in [0, 1, 2, 3, 7, 100] {
            for cells in [0, MIN_CELLS] {
                let expected: Vec<_> = (0..count).map(|number| number * 3).collect();
                assert_eq!(each(count, cells, |number| number * 3), expected);
            }
        }
    }

    #[test]
    fn workers_put_what_they_made_in_order() {
        for (workers, count) in [(1, 5), (3, 0), (3, 1), (2, 100), (1000, 50)] {
            let made = each_on(NonZero::new(workers).unwrap(), count, |number| number * 3);
            assert!(made.into_iter().eq((0..count).map(|number| number * 3)));
        }
    }

    #[test]
    fn every_column_is_changed_once() {
        for (rows, columns) in [(0, 3), (3, 0), (1, 1), (MIN_CELLS, 5), (2, 7)] {
            let mut matrix = vec![1.0; rows * columns];
            each_column(&mut matrix, rows, |place, cells| {
                assert_eq!(cells.len(), rows);
                cells.iter_mut().for_each(|cell| *cell += place as f64);
            });
            let expected = (0..columns).flat_map(|place| vec![1.0 + place as f64; rows]);
            assert!(matrix.into_iter().eq(expected));
        }
    }
}
