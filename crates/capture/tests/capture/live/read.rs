//! What is sent at one end is read at the other.

use std::fs::File;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use netsift_capture::{
    ANY, Backend, Batch, BatchSource, CaptureError, Event, Fill, FrameSource, Frames,
    InterfaceKind, Live, LiveFault, LiveOptions, QueueOptions, Queued, Shortcoming, WhenFull,
    interfaces,
};
use netsift_packet::{Filter, LinkType};

use super::wire::{self, EXPERIMENTAL, HERE};
use super::{Watch, on_a_wire, options};

#[test]
fn every_frame_is_seen_whole_in_order_and_in_its_time() {
    on_a_wire(|backend, wire| {
        let mut watch = Watch::on(HERE, options(backend));
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        wire.send(0..2_000, 600);
        watch.until(|watch| watch.frames.len() == 2_000);
        let ended = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        assert!(watch.numbers().into_iter().eq(0..2_000), "{backend}");
        for frame in watch.frames.iter() {
            assert_eq!(
                (frame.wire_len, frame.data.len(), frame.link),
                (600, 600, LinkType::ETHERNET)
            );
            let time = frame.time.as_nanos().cast_unsigned();
            assert!((began..=ended).contains(&time.into()), "{backend}: {time}");
        }
        watch.end();
        let stats = watch.live.stats();
        assert_eq!((stats.frames, stats.captured_bytes, stats.cut), (2_000, 1_200_000, 0));
        assert_eq!(stats.kernel_drops, (backend == Backend::Libpcap).then_some(0));
    });
}

#[test]
fn a_snap_length_cuts_and_the_length_on_the_wire_stays() {
    on_a_wire(|backend, wire| {
        let mut watch = Watch::on(HERE, options(backend).snap_len(60));
        wire.send(0..1, 1_000);
        wire.send(1..2, 60);
        watch.until(|watch| watch.frames.len() == 2);
        let lengths = watch.frames.iter().map(|frame| (frame.data.len(), frame.wire_len));
        assert_eq!(lengths.collect::<Vec<_>>(), [(60, 1_000), (60, 60)], "{backend}");
        watch.end();
        assert_eq!(watch.live.stats().cut, 1);
    });
}

#[test]
fn only_what_the_filter_takes_is_seen() {
    on_a_wire(|backend, wire| {
        let filter = format!("ether proto {EXPERIMENTAL} and greater 500");
        let mut watch = Watch::on(HERE, options(backend).filter(filter));
        wire.send(0..3, 499);
        wire.send(3..5, 500);
        watch.until(|watch| watch.frames.len() == 2);
        watch.end();
        assert_eq!(watch.numbers(), [3, 4], "{backend}");
        let filtered = watch.live.stats().filtered;
        assert!(if backend == Backend::Pnet { filtered >= 3 } else { filtered == 0 });
    });
}

#[test]
fn a_filter_that_is_none_is_refused_with_its_text() {
    on_a_wire(|backend, _| {
        let refused = Live::open(HERE, options(backend).filter("tcp prot 80")).unwrap_err();
        let CaptureError::Live { interface, source } = refused else { panic!("{refused}") };
        let is_told = match (backend, &source) {
            (Backend::Pnet, LiveFault::Filter { filter, source }) => {
                assert_eq!(*source, Filter::compile("tcp prot 80").unwrap_err());
                filter == "tcp prot 80"
            }
            (Backend::Libpcap, LiveFault::KernelFilter { filter, .. }) => filter == "tcp prot 80",
            _ => false,
        };
        assert!(is_told && interface == HERE, "{backend}: {source}");
    });
}

#[test]
fn vlan_tags_are_seen_or_their_loss_is_told() {
    on_a_wire(|backend, wire| {
        let mut tagged = wire::frame(7, 100);
        tagged.splice(12..12, [0x81, 0, 0, 42]);
        let mut watch = Watch::on(HERE, LiveOptions::new().backend(backend).filter("greater 90"));
        wire.send_bytes(tagged.clone());
        watch.until(|watch| watch.frames.len() == 1);
        let seen = watch.frames.get(0).unwrap().data.to_vec();
        let is_lost = watch.live.shortcomings().contains(&Shortcoming::VlanTagsLost);
        assert_eq!(is_lost, backend == Backend::Pnet);
        let expected = if is_lost { wire::frame(7, 100) } else { tagged };
        assert_eq!(seen, expected, "{backend}");
    });
}

#[test]
fn all_interfaces_are_captured_on_at_once() {
    on_a_wire(|backend, wire| {
        // Behind the cooked header of libpcap, the number stands two bytes later.
        let mut watch = Watch::on(ANY, LiveOptions::new().backend(backend).filter("greater 900"));
        assert!(watch.live.shortcomings().contains(&Shortcoming::NotPromiscuous));
        let is_guessed = watch.live.shortcomings().contains(&Shortcoming::LinkTypesGuessed);
        assert_eq!(is_guessed, backend == Backend::Pnet, "a tunnel may come");
        wire.send(0..3, 1_000);
        watch.until(|watch| watch.frames.len() == 3);
        for frame in watch.frames.iter() {
            let expected = match backend {
                Backend::Pnet => (LinkType::ETHERNET, 1_000),
                _ => (LinkType::LINUX_SLL, 1_002),
            };
            assert_eq!((frame.link, frame.wire_len), expected);
        }
    });
}

#[test]
fn interfaces_are_listed_with_what_they_are() {
    on_a_wire(|_, wire| {
        let here = || interfaces().unwrap().into_iter().find(|interface| interface.name == HERE);
        let before = here().unwrap();
        assert_eq!((before.kind, before.is_up), (InterfaceKind::Ethernet, true));
        assert!(before.mac.is_some() && before.addresses.is_empty());
        wire.address("10.9.8.7/20");
        assert_eq!(here().unwrap().addresses, [("10.9.8.7".parse().unwrap(), 20)]);
        wire.set("down");
        assert!(!here().unwrap().is_up);
    });
}

#[test]
fn with_nothing_there_it_says_so_in_time_and_stops_at_once() {
    on_a_wire(|backend, _| {
        let patience = Duration::from_millis(200);
        let mut live = Live::open(HERE, options(backend).patience(patience)).unwrap();
        let (mut batch, began) = (Batch::new(), Instant::now());
        assert_eq!(live.fill(&mut batch).unwrap(), Fill::More);
        let waited = began.elapsed();
        assert!(batch.is_empty() && waited >= patience && waited < patience * 50, "{waited:?}");
        live.stopper().stop();
        assert_eq!(live.fill(&mut batch).unwrap(), Fill::Ended);
        assert_eq!(live.fill(&mut batch).unwrap(), Fill::Ended);
    });
}

#[test]
fn stopped_it_hands_over_what_the_kernel_holds_and_no_more_than_that() {
    on_a_wire(|backend, wire| {
        let mut live = Live::open(HERE, options(backend)).unwrap();
        wire.send(0..5_000, 100);
        live.stopper().stop();
        let (mut batch, mut numbers) = (Batch::new(), Vec::new());
        loop {
            batch.clear();
            let fill = live.fill(&mut batch).unwrap();
            numbers.extend(batch.iter().map(|frame| wire::number(frame.data)));
            if fill == Fill::Ended {
                break;
            }
        }
        assert!(numbers.into_iter().eq(0..5_000), "{backend}: {:?}", live.stats());
        // What comes later is left.
        wire.send(5_000..5_010, 100);
        batch.clear();
        assert_eq!((live.fill(&mut batch).unwrap(), batch.len()), (Fill::Ended, 0));
        assert_eq!((live.stats().frames, live.stats().drops()), (5_000, 0));
    });
}

/// Of all that the kernel holds, a filter takes the last alone.
#[test]
fn stopped_it_looks_behind_what_a_filter_refuses() {
    on_a_wire(|backend, wire| {
        let filter = format!("ether proto {EXPERIMENTAL} and greater 500");
        let mut watch = Watch::on(HERE, options(backend).filter(filter));
        wire.send(0..4_999, 60);
        wire.send(4_999..5_000, 600);
        watch.end();
        assert_eq!(watch.numbers(), [4_999], "{backend}: {watch:?}");
    });
}

#[test]
fn a_silent_interface_is_told_of() {
    on_a_wire(|backend, wire| {
        let silence = Some(Duration::from_millis(100));
        let mut watch = Watch::on(HERE, options(backend).silence(silence));
        watch.until(|watch| watch.events.len() == 2);
        let lasting = watch.events.iter().map(|event| match event {
            Event::Silent { interface, lasting } if interface == HERE => lasting.as_millis(),
            other => panic!("{other}"),
        });
        let lasting: Vec<_> = lasting.collect();
        assert!((100..2_000).contains(&lasting[0]) && lasting[1] >= 2 * lasting[0], "{lasting:?}");
        wire.send(0..1, 60);
        watch.until(|watch| watch.frames.len() == 1);
        watch.until(|watch| watch.events.len() == 3);
    });
}

#[test]
fn more_open_files_than_an_old_way_to_wait_knows_do_no_harm() {
    on_a_wire(|backend, wire| {
        let files: Vec<_> = (0..1_100).map_while(|_| File::open("/dev/null").ok()).collect();
        if files.len() < 1_100 {
            return wire::skip("no 1,100 files can be open");
        }
        let mut watch = Watch::on(HERE, options(backend));
        wire.send(0..10, 60);
        watch.until(|watch| watch.frames.len() == 10);
    });
}

#[test]
fn read_in_a_thread_of_its_own_it_tells_the_same() {
    on_a_wire(|backend, wire| {
        let live = Live::open(HERE, options(backend)).unwrap();
        let stop = live.stopper();
        let queued = Queued::start(live, QueueOptions::new(WhenFull::Drop)).unwrap();
        wire.send(0..5_000, 100);
        let mut frames = Frames::new(queued, |event| panic!("{event}"));
        for number in 0..5_000 {
            let frame = frames.next_frame().unwrap().unwrap();
            assert_eq!(wire::number(frame.data), number, "{backend}");
        }
        stop.stop();
        assert!(frames.next_frame().unwrap().is_none());
        let stats = frames.source().stats();
        assert_eq!((stats.frames, stats.drops()), (5_000, 0));
    });
}
