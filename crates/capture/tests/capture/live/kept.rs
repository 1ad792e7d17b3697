//! An interface that goes away is waited for.

use std::time::Duration;

use caps::{CapSet, Capability};
use netsift_capture::{
    Backend, Batch, BatchSource, CaptureError, Event, Fill, Live, LiveFault, LiveOptions, Loss,
    Shortcoming,
};

use super::wire::{HERE, Wire};
use super::{Watch, on_a_wire, options};

/// Loses the interface, has it back, and sends before and after.
fn lost_and_back(
    backend: Backend,
    wire: &mut Wire,
    lose: fn(&mut Wire),
    bring_back: fn(&mut Wire),
) -> Loss {
    let mut watch = Watch::on(HERE, options(backend));
    wire.send(0..10, 60);
    watch.until(|watch| watch.frames.len() == 10);
    lose(wire);
    watch.until(|watch| watch.events.len() == 1);
    bring_back(wire);
    watch.until(|watch| watch.events.len() == 2);
    wire.send(10..20, 60);
    watch.until(|watch| watch.frames.len() == 20);
    assert!(watch.numbers().into_iter().eq(0..20), "{backend}");
    watch.end();
    let stats = watch.live.stats();
    assert_eq!((stats.frames, stats.reconnects, stats.drops()), (20, 1, 0));
    let [Event::Lost { interface, loss }, Event::Back { .. }] = &watch.events[..] else {
        panic!("{watch:?}")
    };
    assert_eq!(interface, HERE);
    loss.clone()
}

#[test]
fn an_interface_that_is_switched_off_and_on_again() {
    on_a_wire(|backend, wire| {
        let loss = lost_and_back(backend, wire, |wire| wire.set("down"), |wire| wire.set("up"));
        assert_eq!(loss, Loss::Down, "{backend}");
    });
}

#[test]
fn an_interface_that_is_taken_away_and_made_anew() {
    on_a_wire(|backend, wire| {
        let loss = lost_and_back(backend, wire, Wire::unplug, |wire| wire.plug_in().unwrap());
        assert_eq!(loss, Loss::Gone, "{backend}");
    });
}

#[test]
fn another_interface_of_the_same_name() {
    on_a_wire(|backend, wire| {
        let replace = |wire: &mut Wire| {
            wire.unplug();
            wire.plug_in().unwrap();
        };
        let loss = lost_and_back(backend, wire, replace, |_| {});
        assert!(matches!(loss, Loss::Replaced), "{backend}: {loss}");
    });
}

/// Programs that the test starts have the privilege again.
#[test]
fn what_takes_a_privilege_is_told_once_it_is_gone() {
    on_a_wire(|backend, wire| {
        let is_small = |it: &Shortcoming| matches!(it, Shortcoming::SmallBuffer { .. });
        // More than systems give to everybody.
        let options = options(backend).buffer_len(LiveOptions::MAX_BUFFER_LEN);
        let mut watch = Watch::on(HERE, options);
        if backend != Backend::Pnet || watch.live.shortcomings().iter().any(is_small) {
            return;
        }
        let flap = |watch: &mut Watch, wire: &mut Wire| {
            let before = watch.events.len();
            wire.set("down");
            watch.until(|watch| watch.events.len() == before + 1);
            wire.set("up");
            watch.until(|watch| watch.events.len() == before + 2);
            match watch.events.pop() {
                Some(Event::Back { shortcomings, .. }) => shortcomings,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(flap(&mut watch, wire), [], "what was told at the start is not told again");
        caps::drop(None, CapSet::Effective, Capability::CAP_NET_ADMIN).unwrap();
        let told = flap(&mut watch, wire);
        assert!(matches!(told[..], [Shortcoming::SmallBuffer { .. }]), "{told:?}");
    });
}

#[test]
fn what_came_before_the_loss_is_read() {
    on_a_wire(|backend, wire| {
        let mut watch = Watch::on(HERE, options(backend));
        wire.send(0..5_000, 60);
        wire.set("down");
        watch.until(|watch| !watch.events.is_empty());
        assert!(watch.numbers().into_iter().eq(0..5_000), "{backend}: {watch:?}");
    });
}

#[test]
fn drops_before_a_loss_and_after_it_are_added_up() {
    on_a_wire(|backend, wire| {
        if backend != Backend::Libpcap {
            return;
        }
        let mut watch = Watch::on(HERE, options(backend).buffer_len(256 * 1024));
        wire.send(0..20_000, 200);
        watch.until_quiet();
        wire.set("down");
        watch.until(|watch| watch.events.len() == 1);
        wire.set("up");
        watch.until(|watch| watch.events.len() == 2);
        wire.send(20_000..40_000, 200);
        watch.until_quiet();
        watch.end();
        let stats = watch.live.stats();
        assert!(stats.kernel_drops > Some(20_000), "{stats:?}");
        assert_eq!(stats.frames + stats.drops(), 40_000);
    });
}

#[test]
fn one_that_is_not_waited_for_is_the_end() {
    on_a_wire(|backend, wire| {
        let mut live = Live::open(HERE, options(backend).reconnects(false)).unwrap();
        wire.set("down");
        let mut batch = Batch::new();
        let error = loop {
            match live.fill(&mut batch) {
                Ok(fill) => assert_eq!(fill, Fill::More),
                Err(error) => break error,
            }
        };
        let CaptureError::Live { source: LiveFault::Lost { loss }, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(loss, Loss::Down);
        assert_eq!(live.fill(&mut batch).unwrap(), Fill::Ended);
    });
}

#[test]
fn a_stop_is_heard_while_it_is_waited_for() {
    on_a_wire(|backend, wire| {
        let mut watch = Watch::on(HERE, options(backend).patience(Duration::from_secs(5)));
        wire.unplug();
        watch.until(|watch| watch.events.len() == 1);
        watch.end();
    });
}

#[test]
fn an_interface_that_is_not_there_is_told_with_those_that_are() {
    on_a_wire(|backend, _| {
        let error = Live::open("hero0", LiveOptions::new().backend(backend)).unwrap_err();
        let CaptureError::Live {
            interface,
            source: LiveFault::NoSuchInterface { nearest, mut known },
        } = error
        else {
            panic!("{error}")
        };
        known.sort();
        assert_eq!((interface.as_str(), nearest.as_deref()), ("hero0", Some(HERE)));
        assert!(known.contains(&HERE.to_owned()) && known.contains(&"lo".to_owned()), "{known:?}");
    });
}

#[test]
fn an_interface_that_is_down_is_told() {
    on_a_wire(|backend, wire| {
        wire.set("down");
        let error = Live::open(HERE, LiveOptions::new().backend(backend)).unwrap_err();
        let is_down = matches!(&error, CaptureError::Live { source: LiveFault::Down { .. }, .. });
        assert!(is_down, "{backend}: {error}");
    });
}

#[test]
fn names_from_strangers_are_names_that_are_not_there() {
    on_a_wire(|backend, _| {
        for name in ["", "\0", "a\nb", "../../etc", "eth0; reboot", &"x".repeat(100_000)] {
            let error = Live::open(name, LiveOptions::new().backend(backend)).unwrap_err();
            let is_told = matches!(
                &error,
                CaptureError::Live { source: LiveFault::NoSuchInterface { .. }, .. }
            );
            assert!(is_told, "{backend}: {name:?}: {error}");
        }
    });
}
