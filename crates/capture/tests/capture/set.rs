//! Lists and folders of captures, read in time order.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use netsift_capture::{CaptureError, CaptureSet, Format, SetOptions};
use tempfile::TempDir;

use crate::bytes::{Order, drain};

/// A pcap of one-byte frames at these seconds, each holding `mark`.
fn pcap(mark: u8, seconds: &[u32]) -> Vec<u8> {
    let order = Order::Little;
    let records = seconds.iter().flat_map(|&second| order.record(second, 0, &[mark]));
    [order.pcap(0xa1b2_c3d4, 0, 1), records.collect()].concat()
}

fn pcapng(mark: u8, seconds: &[u32]) -> Vec<u8> {
    let order = Order::Big;
    let packets = seconds
        .iter()
        .flat_map(|&second| order.enhanced(0, u64::from(second) * 1_000_000, &[mark]));
    [order.section(), order.interface(1, 0, &[]), packets.collect()].concat()
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Marks and seconds in the order they come out.
fn told(set: &mut CaptureSet) -> (String, Vec<i64>, Option<CaptureError>) {
    let (frames, error) = drain(set);
    let marks = frames.iter().map(|frame| char::from(frame.data[0])).collect();
    (marks, frames.iter().map(|frame| frame.nanos / 1_000_000_000).collect(), error)
}

#[test]
fn a_folder_is_read_in_time_order_and_what_is_no_capture_is_skipped() {
    let folder = Folder::new();
    folder.put("1-late.pcap", &pcap(b'l', &[100, 101]));
    folder.put("2-early.pcapng", &pcapng(b'e', &[1, 3, 5]));
    folder.put("3-between", &pcap(b'b', &[2, 4, 100]));
    folder.put("4-without-frames.pcap", &pcap(b'x', &[]));
    folder.put("notes.txt", b"not a capture");
    folder.put("empty.pcap", b"");
    fs::create_dir(folder.path().join("inner")).unwrap();
    let mut set = CaptureSet::open([folder.path()]).unwrap();
    assert_eq!((set.captures(), set.skipped().len()), (4, 3));
    let (marks, seconds, error) = told(&mut set);
    assert_eq!((marks.as_str(), error.is_none()), ("ebebelbl", true));
    assert_eq!(seconds, [1, 2, 3, 4, 5, 100, 100, 101]);
    assert_eq!((set.stats().frames(), set.late()), (8, 0));
    assert_eq!(set.bytes_read(), set.bytes_total());
}

#[test]
fn at_equal_times_the_order_of_the_list_decides() {
    let folder = Folder::new();
    let a = folder.put("a", &pcap(b'a', &[7, 7, 8]));
    let b = folder.put("b", &pcap(b'b', &[7, 8]));
    assert_eq!(told(&mut CaptureSet::open([&a, &b]).unwrap()).0, "aabab");
    assert_eq!(told(&mut CaptureSet::open([&b, &a]).unwrap()).0, "baaba");
}

#[test]
fn frames_of_one_capture_keep_their_order_even_where_its_time_goes_back() {
    let folder = Folder::new();
    let wild = folder.put("wild", &pcap(b'w', &[10, 2, 30, 1]));
    let tame = folder.put("tame", &pcap(b't', &[5, 20, 40]));
    let (marks, seconds, _) = told(&mut CaptureSet::open([wild, tame]).unwrap());
    assert_eq!((marks.as_str(), seconds), ("twwtwwt", vec![5, 10, 2, 20, 30, 1, 40]));
}

#[test]
fn captures_that_follow_each_other_are_open_one_at_a_time() {
    let folder = Folder::new();
    for i in 0..40_u32 {
        folder.put(&format!("{:02}", 39 - i), &pcap(b'a', &[i * 2, i * 2 + 1]));
    }
    let mut set = CaptureSet::with_options([folder.path()], SetOptions::new().max_open(1)).unwrap();
    let (_, seconds, error) = told(&mut set);
    assert!(error.is_none() && seconds == (0..80).collect::<Vec<i64>>());
    assert_eq!(set.late(), 0);
}

#[test]
fn a_capture_that_ended_makes_room_for_the_next() {
    let folder = Folder::new();
    folder.put("long", &pcap(b'l', &[0, 100]));
    for i in 1..10_u32 {
        folder.put(&format!("{i}"), &pcap(b'a', &[i * 2, i * 2 + 1]));
    }
    let mut set = CaptureSet::with_options([folder.path()], SetOptions::new().max_open(2)).unwrap();
    assert!(told(&mut set).1.is_sorted());
    assert_eq!((set.stats().frames(), set.late()), (20, 0));
}

#[test]
fn where_more_overlap_than_may_be_open_nothing_is_lost_and_lateness_is_told() {
    let folder = Folder::new();
    for i in 0..5_u32 {
        folder.put(&format!("{i}"), &pcap(b'a' + i as u8, &[i, 50 + i]));
    }
    let mut set = CaptureSet::with_options([folder.path()], SetOptions::new().max_open(2)).unwrap();
    let (marks, _, error) = told(&mut set);
    assert!(error.is_none());
    assert_eq!((marks.len(), set.late()), (10, 3));
}

#[test]
fn a_broken_capture_costs_nothing_of_the_others_and_is_told_at_the_end() {
    let folder = Folder::new();
    let mut cut = pcap(b'c', &[1, 3, 5]);
    cut.pop();
    folder.put("cut", &cut);
    folder.put("good", &pcap(b'g', &[2, 4, 6]));
    let mut set = CaptureSet::open([folder.path()]).unwrap();
    let (marks, _, error) = told(&mut set);
    assert_eq!(marks, "cgcgg");
    let error = error.unwrap().to_string();
    assert!(error.contains("cut: the packet record is cut") && error.ends_with("after 2 packets"));

    folder.put("header-cut", &pcap(b'h', &[])[..9]);
    folder.put("first-cut", &pcap(b'f', &[1])[..30]);
    let mut set = CaptureSet::open([folder.path()]).unwrap();
    assert_eq!(set.errors().len(), 2);
    let (marks, _, error) = told(&mut set);
    assert_eq!(marks, "cgcgg");
    let Some(CaptureError::Several { captures: 4, errors }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(errors.len(), 3);
}

#[test]
fn files_are_read_once_through_what_is_made_of_them() {
    /// Counts the bytes that were read, by file, once it is at an end.
    struct Counted(PathBuf, fs::File, u64, mpsc::Sender<(PathBuf, u64)>);
    impl Read for Counted {
        fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
            let read = self.1.read(room)?;
            self.2 += read as u64;
            if read == 0 {
                self.3.send((self.0.clone(), self.2)).unwrap();
            }
            Ok(read)
        }
    }
    let folder = TempDir::new().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    put("a.pcap", &pcap(1, &[5, 6]));
    put("b.pcap", &pcap(2, &[1]));
    put("c.pcap", &pcap(3, &[]));
    put("notes.txt", b"no capture");
    let (sender, counts) = mpsc::channel();
    let set = CaptureSet::open([folder.path()]).unwrap();
    let names = ["a.pcap", "b.pcap", "c.pcap"].map(|name| folder.path().join(name));
    assert_eq!(set.files(), names);
    let mut set = set.read_through(move |path, file| {
        Box::new(Counted(path.to_owned(), file, 0, sender.clone()))
    });
    assert_eq!(told(&mut set).0.len(), 3);
    drop(set);
    let len = |path: &PathBuf| (path.clone(), fs::metadata(path).unwrap().len());
    let counts: BTreeSet<_> = counts.iter().collect();
    assert_eq!(counts, names[..2].iter().map(len).collect(), "the third had no packet to come");
}

#[test]
fn a_named_file_must_be_a_capture() {
    let folder = Folder::new();
    let good = folder.put("good", &pcap(b'g', &[1]));
    let notes = folder.put("notes.txt", b"not a capture");
    let empty = folder.put("empty", b"");
    let open = |path: &Path| CaptureSet::open([&good, path]).err().unwrap();
    assert!(matches!(open(&notes), CaptureError::NotACapture { .. }));
    assert!(matches!(open(&empty), CaptureError::Empty { .. }));
    assert!(matches!(open(Path::new("/no/such/file")), CaptureError::Open { .. }));
    let broken = folder.put("broken", &pcap(b'b', &[])[..9]);
    let (marks, _, error) = told(&mut CaptureSet::open([&good, &broken]).unwrap());
    assert_eq!((marks.as_str(), error.is_some()), ("g", true));
}

#[test]
fn nothing_to_read_is_an_error() {
    let folder = Folder::new();
    folder.put("notes.txt", b"not a capture");
    let error = CaptureSet::open([folder.path()]).err().unwrap();
    assert!(matches!(error, CaptureError::NoCaptures { skipped: 1, .. }));
    assert!(matches!(
        CaptureSet::open(Vec::<PathBuf>::new()).err().unwrap(),
        CaptureError::NoCaptures { skipped: 0, .. }
    ));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_opened_once_and_merged_with_files() {
    let folder = Folder::new();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let file = folder.put("file", &pcap(b'f', &[2, 4]));
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::write(pipe, pcap(b'p', &[1, 3, 5])).unwrap()
    });
    let (marks, _, error) = told(&mut CaptureSet::open([&pipe, &file]).unwrap());
    writer.join().unwrap();
    assert_eq!((marks.as_str(), error.is_none()), ("pfpfp", true));
}

#[test]
fn the_formats_of_its_captures_are_told() {
    let folder = Folder::new();
    let first = folder.put("1", &pcap(b'a', &[1]));
    let second = folder.put("2", &pcapng(b'b', &[2]));
    let third = folder.put("3", &pcap(b'c', &[]));
    let set = CaptureSet::open([first, second, third]).unwrap();
    let formats: Vec<_> = set.formats().collect();
    assert_eq!(formats, [(Format::Pcap, None, 2), (Format::PcapNg, None, 1)]);
}
