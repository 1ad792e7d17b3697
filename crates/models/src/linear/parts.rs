//! Work in parts, on any number of threads, with answers in order.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::ModelError;

/// Does every part and tells the answers in the order of parts, whichever thread did which.
pub(crate) fn in_parts<T: Send>(
    threads: usize,
    parts: usize,
    work: impl Fn(usize) -> Result<T, ModelError> + Sync,
) -> Result<Vec<T>, ModelError> {
    if threads.min(parts) <= 1 {
        return (0..parts).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::with_capacity(parts));
    let at_work = || {
        loop {
            let part = next.fetch_add(1, Ordering::Relaxed);
            if part >= parts {
                return;
            }
            let answer = work(part);
            if answer.is_err() {
                next.store(parts, Ordering::Relaxed);
            }
            // A thread that panicked takes the others with it when the scope ends.
            answers.lock().unwrap_or_else(PoisonError::into_inner).push((part, answer));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(parts) {
            scope.spawn(at_work);
        }
        at_work();
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_unstable_by_key(|(part, _)| *part);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_in_order_with_any_number_of_threads() {
        for threads in [0, 1, 3, 50] {
            let answers = in_parts(threads, 20, |part| Ok(part * part)).unwrap();
            assert!(answers.into_iter().eq((0..20).map(|part| part * part)), "{threads} threads");
        }
        assert!(in_parts(2, 0, Ok).unwrap().is_empty());
    }

    #[test]
    fn what_goes_wrong_is_told() {
        let work = |part| if part == 7 { Err(ModelError::Cancelled) } else { Ok(part) };
        for threads in [1, 3] {
            assert!(matches!(in_parts(threads, 20, work), Err(ModelError::Cancelled)));
        }
    }
}
