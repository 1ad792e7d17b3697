//! One engine for trees: binning, growing, flat storage and prediction.

pub(crate) mod bins;
pub(crate) mod flat;
pub(crate) mod forest;
pub(crate) mod grow;
pub(crate) mod growth;
mod impurity;
pub(crate) mod print;
mod prune;
mod split;
pub(crate) mod table;
mod together;
mod walk;

pub use forest::ForestModel;
pub use growth::{Columns, Criterion, Growth};
pub(crate) use split::{anywhere, ends};

/// What all threads together have done, in no order.
fn on_threads<T: Send>(threads: usize, work: impl Fn() -> Vec<T> + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(&work)).collect();
        let mut done = work();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    })
}
