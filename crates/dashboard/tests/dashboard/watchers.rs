//! Many who watch at once.

use std::time::{Duration, Instant};

use netsift_dashboard::Vitals;

use crate::events::Listener;
use crate::made::{BEGAN, Running};

const WATCHERS: usize = 200;
const SECONDS: i64 = 5;

/// For longer, with the numbers: `cargo run --profile dist -p netsift-benches --bin watchers`.
#[test]
fn two_hundred_hear_of_every_second() {
    let running = Running::start();
    let board = running.dashboard.as_ref().unwrap().board();
    let to = running.address();
    let watchers: Vec<_> = (0..WATCHERS).map(|_| Listener::open(to)).collect();
    let listens = |mut watcher: Listener| {
        std::thread::spawn(move || {
            (0..SECONDS).map(|_| watcher.next_of("vitals").id).collect::<Vec<_>>()
        })
    };
    let watching: Vec<_> = watchers.into_iter().map(listens).collect();
    let began = Instant::now();
    let mut longest = Duration::ZERO;
    for second in 0..=SECONDS {
        let at = BEGAN + second * 1_000_000_000;
        let told = Instant::now();
        board.vitals(Vitals { at, packets: 5 * second.unsigned_abs(), ..Vitals::default() });
        longest = longest.max(told.elapsed());
        std::thread::sleep(Duration::from_millis(100));
    }
    let heard: Vec<_> = watching.into_iter().map(|it| it.join().unwrap()).collect();
    assert!(heard.iter().all(|ids| ids == &heard[0]), "all of them, the same");
    assert!(began.elapsed() < Duration::from_secs(20));
    assert!(longest < Duration::from_millis(200), "telling waits for nobody: {longest:?}");
}
