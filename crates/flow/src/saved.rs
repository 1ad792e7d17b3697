//! Open flows in a file, so that the next capture goes on where the last one ended.
//!
//! The file holds what a flow is made of, the clock, and the ties of fragments. Timeouts and caps are not in it:
//! they are the next configuration's. Its entries are sorted, so that the same open flows give the same bytes
//! whatever the number of workers; and each is small, so that neither side needs the whole in memory.

use std::io::{BufReader, BufWriter, Read, Write};

use netsift_container::{ContainerError, Kind, Reader, Writer};
use serde::{Deserialize, Serialize};

use crate::intake::Intake;
use crate::state::Wants;
use crate::table::Clock;
use crate::ties::{Datagram, Tie, Ties};
use crate::workers::{share, tables};
use crate::{Finished, Flow, FlowConfig, FlowError, FlowTable, Meter, Profile, Sink};

/// A flow takes some 2 KiB, unfinished hellos some 50 more, and a list of segments 64.
const MAX_ENTRY: u32 = 1 << 18;
/// As many flows as a table can be told to hold, of usual size.
const MAX_TOTAL: u64 = 1 << 42;
const KIND: Kind = Kind {
    tag: *b"FLOW",
    version: 3,
    name: "open flows",
    max_entry: MAX_ENTRY,
    max_total: MAX_TOTAL,
};
/// How many segments an entry holds: 64 KiB of them.
const SEGMENTS: usize = 1 << 12;

/// The first entry: what all flows have in common.
#[derive(Serialize, Deserialize)]
struct Head {
    profile: Profile,
    wants: Wants,
    clock: Clock,
}

/// Every further entry: ties, the oldest first, then flows.
#[derive(Serialize, Deserialize)]
enum Entry<F, S> {
    Tie(Datagram, Tie),
    Flow(F),
    /// Segments that the flow before it has seen.
    Segments(S),
}

type Written<'a> = Entry<&'a Flow, &'a [u128]>;
type Loaded = Entry<Box<Flow>, Vec<u128>>;

impl<S: Sink> Meter<S> {
    /// No more frames come for now: open flows are not told but written to a file, for
    /// [`resume`](Meter::resume) to go on with.
    ///
    /// # Errors
    /// [`FlowError::NotSaved`] if the file cannot be written; the open flows are lost then.
    pub fn save(self, out: impl Write) -> Result<Finished<S>, FlowError> {
        let (tables, intake, clock) = self.stop();
        let kept = Kept { tables: &tables, intake: &intake, clock };
        kept.write(out).map_err(|source| FlowError::NotSaved { source })?;
        Ok(Finished::of(tables, &intake))
    }

    /// As [`new`](Meter::new), going on with flows that [`save`](Meter::save) left open, with as many workers as
    /// before or another number. Captures cut anywhere give the rows of the whole, with the same `config`; under
    /// another one its timeouts and caps hold, and flows that it has no room for are evicted: told, and counted.
    /// Counters begin anew: those of all parts add up to those of the whole.
    ///
    /// # Errors
    /// [`FlowError::NotLoaded`] and [`FlowError::Unsound`] for a file that is none or damaged,
    /// [`FlowError::OtherVersion`] for one of an older program, [`FlowError::OtherProfile`] and [`FlowError::OtherGroups`] for one that was made with others than those
    /// of `config`, [`FlowError::Setting`] for no worker or more than 256.
    pub fn resume(
        config: FlowConfig,
        workers: usize,
        sink: impl FnMut() -> S,
        input: impl Read,
    ) -> Result<Self, FlowError> {
        let mut tables = tables(config, workers, sink)?;
        let mut reader = Reader::new(BufReader::new(input), &KIND).map_err(not_loaded)?;
        // Open flows are gone after a day: nobody brings those of an older program over to a newer one.
        let (saved, wanted) = (reader.version(), KIND.version);
        if saved != wanted {
            return Err(FlowError::OtherVersion { saved, wanted });
        }
        let clock = head(&mut reader, &config)?;
        for (table, sink) in &mut tables {
            table.advance_to(clock.now(), |flow| sink.take(flow));
        }
        let mut loading = Loading { config, clock, tables, ties: Ties::default(), last: None };
        loop {
            let entry = reader.entries();
            match reader.next().map_err(not_loaded)? {
                Some(next) => {
                    loading.take(next).map_err(|what| FlowError::Unsound { entry, what })?;
                }
                None => return Ok(loading.started()),
            }
        }
    }
}

/// The clock out of the first entry, if that is of flows such as are asked for.
fn head<R: Read>(reader: &mut Reader<R>, config: &FlowConfig) -> Result<Clock, FlowError> {
    let unsound = |what| FlowError::Unsound { entry: 0, what };
    let head: Option<Head> = reader.next().map_err(not_loaded)?;
    let Head { profile, wants, clock } = head.ok_or(unsound("settings"))?;
    if profile != config.profile() {
        return Err(FlowError::OtherProfile { saved: profile, wanted: config.profile() });
    }
    if wants != config.wants() {
        let (saved, wanted) = (wants.names(), config.wants().names());
        return Err(FlowError::OtherGroups { saved, wanted });
    }
    if !clock.is_sound() {
        return Err(unsound("time"));
    }
    Ok(clock.stepping(config.idle_timeout_nanos()))
}

fn not_loaded(source: ContainerError) -> FlowError {
    FlowError::NotLoaded { source }
}

/// What is left of a meter that has stopped.
struct Kept<'a, S> {
    tables: &'a [(FlowTable, S)],
    intake: &'a Intake,
    clock: Clock,
}

impl<S> Kept<'_, S> {
    fn write(&self, out: impl Write) -> Result<(), ContainerError> {
        let mut writer = Writer::new(BufWriter::new(out), &KIND)?;
        if let Some((table, _)) = self.tables.first() {
            let (profile, wants) = (table.config().profile(), table.config().wants());
            writer.put(&Head { profile, wants, clock: self.clock })?;
        }
        for (datagram, tie) in self.intake.ties.entries() {
            writer.put(&Written::Tie(datagram, tie))?;
        }
        for flow in self.sorted() {
            write_flow(&mut writer, flow)?;
        }
        writer.finish()?;
        Ok(())
    }

    /// The open flows of all tables, those silent for longest first: so they are evicted in that order again.
    fn sorted(&self) -> impl Iterator<Item = &Flow> {
        let tables = self.tables.iter().enumerate();
        let mut places: Vec<(i64, u32, u32)> = tables
            .flat_map(|(at, (table, _))| table.numbers().map(move |number| (at as u32, number)))
            .filter_map(|(at, number)| Some((self.flow(at, number)?.touched, at, number)))
            .collect();
        places.sort_unstable_by(|one, other| {
            let key = |&(_, at, number): &(i64, u32, u32)| self.flow(at, number).map(|f| f.key);
            one.0.cmp(&other.0).then_with(|| key(one).cmp(&key(other)))
        });
        places.into_iter().filter_map(|(_, at, number)| self.flow(at, number))
    }

    fn flow(&self, table: u32, number: u32) -> Option<&Flow> {
        self.tables.get(table as usize)?.0.flow(number)
    }
}

fn write_flow<W: Write>(writer: &mut Writer<W>, flow: &Flow) -> Result<(), ContainerError> {
    writer.put(&Written::Flow(flow))?;
    let Some(fork) = &flow.fork else { return Ok(()) };
    let mut seen: Vec<u128> = fork.seen.iter().copied().collect();
    seen.sort_unstable();
    seen.chunks(SEGMENTS).try_for_each(|segments| writer.put(&Written::Segments(segments)))
}

/// A meter to be.
struct Loading<S: Sink> {
    config: FlowConfig,
    clock: Clock,
    tables: Vec<(FlowTable, S)>,
    ties: Ties,
    /// The key of the flow that was read last.
    last: Option<crate::key::Key>,
}

impl<S: Sink> Loading<S> {
    /// Takes an entry to where it belongs, or says what about it cannot be.
    fn take(&mut self, entry: Loaded) -> Result<(), &'static str> {
        match entry {
            Loaded::Tie(datagram, tie) => self.ties.restore(datagram, tie),
            Loaded::Flow(flow) => return self.take_flow(*flow),
            Loaded::Segments(segments) => {
                let key = self.last.ok_or("order")?;
                if self.config.profile() != Profile::CicFixed {
                    return Err("segments");
                }
                let share = share(&key, self.tables.len());
                if let Some((table, sink)) = self.tables.get_mut(share) {
                    table.take_in_segments(&key, segments, |flow| sink.take(flow));
                }
            }
        }
        Ok(())
    }

    fn take_flow(&mut self, flow: Flow) -> Result<(), &'static str> {
        let keeps_own = !self.config.wants().nothing();
        if flow.profile != self.config.profile() || flow.own.is_some() != keeps_own {
            return Err("kind of flow");
        }
        if let Some(flaw) = flow.flaw() {
            return Err(flaw);
        }
        let (key, share) = (flow.key, share(&flow.key, self.tables.len()));
        self.last = Some(key);
        let Some((table, sink)) = self.tables.get_mut(share) else { return Ok(()) };
        match table.take_in(flow, self.clock.now(), |flow| sink.take(flow)) {
            true => Ok(()),
            false => Err("ends, those of a flow before it"),
        }
    }

    fn started(self) -> Meter<S> {
        Meter::start(self.tables, Intake::new(&self.config).with_ties(self.ties), self.clock)
    }
}

#[cfg(test)]
mod tests {
    use netsift_packet::{Protocol, TcpFlags, Timestamp};

    use super::*;
    use crate::profile::MOST_PACKETS;
    use crate::table::Moment;
    use crate::{Columns, Early, End, Record};

    const NOW: i64 = 1_000_000_000_000;

    fn record(seq: u32) -> Record<'static> {
        let (src, dst) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let mut record = Record::new(Timestamp::from_nanos(NOW), src, dst, Protocol::TCP);
        (record.src_port, record.dst_port, record.payload_len) = (1_000, 80, 100);
        (record.tcp.seq, record.tcp.flags) = (seq, TcpFlags::ACK);
        record.payload = b"payload";
        record
    }

    fn config(profile: Profile) -> FlowConfig {
        Columns::all(profile).config()
    }

    /// An open flow of two packets.
    fn flow(profile: Profile) -> Flow {
        let mut table = FlowTable::new(config(profile));
        table.push(&record(0), |_| ());
        table.push(&record(100), |_| ());
        let number = table.numbers().next().unwrap();
        table.flow(number).unwrap().clone()
    }

    fn clock() -> Clock {
        let mut clock = Clock::new(1);
        clock.see(NOW);
        clock
    }

    /// A file whose checksums are right, whatever is in it.
    fn file(profile: Profile, clock: Clock, entries: &[Entry<Flow, Vec<u128>>]) -> Vec<u8> {
        file_of(&KIND, profile, clock, entries)
    }

    fn file_of(
        kind: &Kind,
        profile: Profile,
        clock: Clock,
        entries: &[Entry<Flow, Vec<u128>>],
    ) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), kind).unwrap();
        writer.put(&Head { profile, wants: config(profile).wants(), clock }).unwrap();
        entries.iter().for_each(|entry| writer.put(entry).unwrap());
        writer.finish().unwrap()
    }

    type Told = fn(&Flow);

    fn resumed(profile: Profile, file: &[u8]) -> Result<Meter<Told>, FlowError> {
        Meter::resume(config(profile), 2, || (|_: &Flow| ()) as Told, file)
    }

    fn unsound(profile: Profile, file: &[u8]) -> (u64, &'static str) {
        match resumed(profile, file).err().unwrap() {
            FlowError::Unsound { entry, what } => (entry, what),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn flows_of_an_older_program_are_refused_and_not_misread() {
        let older = Kind { version: KIND.version - 1, ..KIND };
        let file = file_of(&older, Profile::Native, clock(), &[Entry::Flow(flow(Profile::Native))]);
        let error = resumed(Profile::Native, &file).err().unwrap();
        assert!(matches!(error, FlowError::OtherVersion { saved: 2, wanted: 3 }), "{error}");
    }

    #[test]
    fn what_cannot_be_of_a_flow_is_refused_and_named() {
        type Change = fn(&mut Flow);
        let changes: [(&str, Change); 27] = [
            ("number of packets", |f| f.fwd.length = counted(u64::MAX)),
            ("number of packets", |f| f.fwd.length = counted(MOST_PACKETS + 1)),
            ("number of packets", |f| f.fwd.length = counted(0)),
            ("source", |f| f.fwd.gap = counted(3)),
            ("gaps", |f| f.gap = counted(u64::MAX)),
            ("times", |f| (f.first, f.last) = (i64::MAX, i64::MIN)),
            ("times", |f| f.fwd.last = NOW - 1),
            ("times", |f| f.fwd.last = i64::MAX),
            ("times", |f| f.bulk_lasts[0] = -1),
            ("times", |f| f.activity.touch(NOW - 1)),
            ("times", |f| f.gap.add(-1.0)),
            ("times", |f| f.fwd.gap.add(-1.0)),
            ("activity", |f| f.activity.idle.add(-1.0)),
            ("reason to be told", |f| f.end = End::Fin),
            ("kind of flow", |f| f.profile = Profile::Cic),
            ("kind of flow", |f| f.own = None),
            ("reading", |f| f.fork = Some(Box::default())),
            ("source", |f| (0..9).for_each(|_| f.fwd.flags.add(TcpFlags::PSH))),
            ("source", |f| f.fwd.header_bytes = u64::MAX),
            ("destination", |f| f.bwd.data_packets = 4),
            ("pauses", |f| f.pauses = u32::MAX),
            ("pauses", |f| f.hasty = u32::MAX),
            ("own features", |f| f.own.as_mut().unwrap().fwd.entropy = Some(f64::NAN)),
            ("own features", |f| f.own.as_mut().unwrap().fwd.entropy = Some(7.1)),
            ("own features", |f| f.own.as_mut().unwrap().bwd.wire_bytes = u64::MAX),
            ("own features", |f| f.own.as_mut().unwrap().fwd.network.min_ttl = 1),
            ("own features", |f| f.own.as_mut().unwrap().handshake.source.window_scale = Some(15)),
        ];
        for (expected, change) in changes {
            let mut flow = flow(Profile::Native);
            change(&mut flow);
            let file = file(Profile::Native, clock(), &[Entry::Flow(flow)]);
            assert_eq!(unsound(Profile::Native, &file), (1, expected));
        }
    }

    /// Lengths of so many packets.
    fn counted(packets: u64) -> crate::Moments {
        let mut words = words(&flow(Profile::Native).fwd.length);
        words[0] = packets;
        moments(words)
    }

    #[test]
    fn moments_that_no_numbers_have_are_refused() {
        for (at, value) in [
            (1, f64::NAN),
            (1, f64::INFINITY),
            (2, -1.0),
            (2, f64::MAX),
            (1, -1.0),
            (3, -1.0),
            (4, -1.0),
            (3, f64::NEG_INFINITY),
            (4, f64::NAN),
            (4, 101.0),
            (5, f64::INFINITY),
        ] {
            // Count, mean, squares, sum, least and largest, each of eight bytes.
            let mut words = words(&flow(Profile::Native).fwd.length);
            words[at] = value.to_bits();
            let mut flow = flow(Profile::Native);
            flow.fwd.length = moments(words);
            let file = file(Profile::Native, clock(), &[Entry::Flow(flow)]);
            assert_eq!(unsound(Profile::Native, &file), (1, "source"), "{at}: {value}");
        }
    }

    const WORDS: Kind =
        Kind { tag: *b"TEST", version: 1, name: "words", max_entry: 100, max_total: 200 };

    fn words(moments: &crate::Moments) -> [u64; 6] {
        let mut writer = Writer::new(Vec::new(), &WORDS).unwrap();
        writer.put(moments).unwrap();
        let bytes = writer.finish().unwrap();
        Reader::new(&bytes[..], &WORDS).unwrap().next().unwrap().unwrap()
    }

    fn moments(words: [u64; 6]) -> crate::Moments {
        let mut writer = Writer::new(Vec::new(), &WORDS).unwrap();
        writer.put(&words).unwrap();
        let bytes = writer.finish().unwrap();
        Reader::new(&bytes[..], &WORDS).unwrap().next().unwrap().unwrap()
    }

    #[test]
    fn files_that_are_put_together_wrongly_are_refused() {
        let cut = Writer::new(Vec::new(), &KIND).unwrap().finish().unwrap();
        assert_eq!(unsound(Profile::Native, &cut), (0, "settings"));
        let native = || Entry::Flow(flow(Profile::Native));
        let segments = || Entry::Segments(vec![1, 2]);
        let of = |entries: &[_]| unsound(Profile::Native, &file(Profile::Native, clock(), entries));
        assert_eq!(of(&[native(), native()]), (2, "ends, those of a flow before it"));
        assert_eq!(of(&[segments()]), (1, "order"));
        assert_eq!(of(&[native(), segments()]), (2, "segments"));
    }

    /// Counters of 32 bits never end: the flow does before.
    #[test]
    fn a_flow_of_as_many_packets_as_there_can_be_goes_on_as_another() {
        for profile in Profile::ALL {
            let mut flow = flow(profile);
            flow.fwd.length = counted(MOST_PACKETS - 1);
            flow.fwd.data_packets = u32::MAX - 1;
            let mut table = FlowTable::new(config(profile));
            table.advance_to(NOW, |_| ());
            assert!(table.take_in(flow, NOW, |_| ()));
            let mut told = Vec::new();
            for seq in 2..4 {
                let take = |flow: &Flow| told.push((flow.packets(), flow.fwd.data_packets));
                table.push_at(&record(seq * 100), Moment { now: NOW, touched: NOW }, take);
            }
            assert_eq!(told, [(MOST_PACKETS, u32::MAX)], "{profile}");
        }
    }

    #[test]
    fn flows_that_were_not_told_early_are_told_where_they_go_on() {
        let config =
            config(Profile::Native).early(Early { packets: None, nanos: Some(10) }).unwrap();
        for (is_told, first) in [(false, NOW), (true, NOW), (false, NOW - 5), (false, NOW + 5)] {
            let mut flow = flow(Profile::Native);
            (flow.snapped, flow.first, flow.last) = (is_told, first, first.max(NOW));
            let mut table = FlowTable::new(config);
            table.advance_to(NOW, |_| ());
            assert!(table.take_in(flow, NOW, |_| ()));
            let mut told = 0;
            let mut late = |now| {
                table.advance(Timestamp::from_nanos(now), |flow| {
                    assert_eq!(flow.end(), End::Early);
                    told += 1;
                });
                told
            };
            let due = first.min(NOW) + 10;
            let ever = u64::from(!is_told);
            assert_eq!([late(due - 1), late(due), late(due + 1)], [0, ever, ever], "{first}");
        }
    }

    #[test]
    fn one_flow_cannot_fill_the_memory_while_it_is_loaded() {
        let mut writer = Writer::new(Vec::new(), &KIND).unwrap();
        let profile = Profile::CicFixed;
        writer.put(&Head { profile, wants: config(profile).wants(), clock: clock() }).unwrap();
        writer.put(&Written::Flow(&flow(profile))).unwrap();
        for part in 0..100u128 {
            let segments: Vec<u128> = (0..SEGMENTS as u128).map(|at| part << 20 | at).collect();
            writer.put(&Written::Segments(&segments)).unwrap();
        }
        let file = writer.finish().unwrap();
        let config = config(profile).max_bytes(1 << 20).unwrap();
        let meter = Meter::resume(config, 1, || (|_: &Flow| ()) as Told, &file[..]).unwrap();
        let counts = meter.finish().counts;
        assert_eq!((counts.evictions.settled, counts.flows), (1, 1));
    }
}
