//! Chunks in their order, whoever has made them: their texts get common numbers, their defects common lines.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::chunk::Chunk;
use super::gather::Settled;
use super::limits::MAX_PLACES;
use super::plan::{Plan, Slot};
use super::store::Room;
use super::tally::{ChunkPlace, Tally, UnknownKeys};
use super::texts::Texts;
use crate::{
    ColumnFacts, ColumnFate, DataError, Defect, DefectFacts, Place, Policy, ReadReport, TableFacts,
};

/// What is delivered for a piece of a table.
pub(crate) enum Delivery {
    Chunk(usize, Chunk),
    Failed(DataError),
}

/// Rows of one chunk, whose texts have common numbers.
#[derive(Debug)]
pub(crate) struct Part {
    /// Row by row.
    pub(crate) cells: Vec<f64>,
    pub(crate) times: Vec<i64>,
    rows: usize,
}

impl Part {
    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }
}

/// Where the rows of a part stand.
#[derive(Debug)]
struct Origin {
    table: usize,
    /// The first line, from 1, and that of each row behind it.
    line: u64,
    lines: Vec<u32>,
    /// The number of the first row.
    row: usize,
}

/// All that was read so far.
pub(crate) struct Assembly<'p, 's> {
    plan: &'p Plan<'p>,
    next: u64,
    /// What came before its turn.
    waiting: BTreeMap<u64, Delivery>,
    /// Where the next rows go, while there is room.
    room: Room<'s>,
    /// Rows that were given room, and how many.
    pub(crate) stored: usize,
    /// Parts for which there was none.
    pub(crate) parts: Vec<Part>,
    origins: Vec<Origin>,
    rows: usize,
    pub(crate) texts: Vec<Texts>,
    /// How many cells each text of each dictionary has.
    pub(crate) uses: Vec<Vec<u32>>,
    pub(crate) tables: Vec<TableFacts>,
    pub(crate) tally: Tally,
    places: Vec<Vec<Place>>,
    unknown_keys: UnknownKeys,
    failure: Option<DataError>,
}

impl<'p, 's> Assembly<'p, 's> {
    /// Of tables whose lines count from behind their headers; rows go to that room.
    pub(crate) fn new(plan: &'p Plan<'p>, tables: Vec<TableFacts>, room: Room<'s>) -> Self {
        let mut assembly = Self {
            plan,
            next: 0,
            waiting: BTreeMap::new(),
            room,
            stored: 0,
            parts: Vec::new(),
            origins: Vec::new(),
            rows: 0,
            texts: Vec::new(),
            uses: Vec::new(),
            tables,
            tally: Tally::new(plan.columns.len()),
            places: vec![Vec::new(); Defect::COUNT],
            unknown_keys: UnknownKeys::default(),
            failure: None,
        };
        for dictionary in &plan.dictionaries {
            let mut texts = Texts::default();
            for text in dictionary.listed.iter().flatten() {
                texts.number(text.as_bytes());
            }
            assembly.uses.push(vec![0; texts.len()]);
            assembly.texts.push(texts);
        }
        for &(defect, table, column, line) in &plan.flaws {
            assembly.tally.count(defect, column);
            assembly.note(defect, table, column, line..=line);
        }
        assembly
    }

    /// Takes what was made of a piece, and hands out what is to be put into its room.
    pub(crate) fn take(&mut self, number: u64, delivery: Delivery) -> Vec<(Room<'s>, Part)> {
        let mut ready = Vec::new();
        self.waiting.insert(number, delivery);
        while let Some(delivery) = self.waiting.remove(&self.next) {
            self.next += 1;
            if self.failure.is_some() {
                continue;
            }
            let taken = match delivery {
                Delivery::Failed(error) => Err(error),
                Delivery::Chunk(table, chunk) => self.add(table, chunk),
            };
            match taken {
                Ok(None) => {}
                Ok(Some(part)) => ready.extend(self.placed(part)),
                Err(error) => self.failure = Some(error),
            }
        }
        ready
    }

    /// The room of a part, if there is any: behind a part without room none gets any.
    fn placed(&mut self, part: Part) -> Option<(Room<'s>, Part)> {
        if self.parts.is_empty() && part.rows() <= self.room.rows() {
            self.stored += part.rows();
            return Some((self.room.cut_off(part.rows()), part));
        }
        self.parts.push(part);
        None
    }

    pub(crate) const fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// All but the room, which is somebody else's memory.
    pub(crate) fn without_room<'t>(self) -> Assembly<'p, 't> {
        Assembly { room: Room::default(), ..self }
    }

    /// The first thing that went wrong.
    pub(crate) fn take_failure(&mut self) -> Result<(), DataError> {
        self.failure.take().map_or(Ok(()), Err)
    }

    fn add(&mut self, table: usize, mut chunk: Chunk) -> Result<Option<Part>, DataError> {
        let Some(facts) = self.tables.get_mut(table) else { return Ok(None) };
        let line = facts.lines + 1;
        facts.lines += chunk.line_count;
        facts.rows += chunk.found;
        let name: Box<str> = facts.name.as_str().into();
        for &ChunkPlace { defect, column, line: below, lines } in &chunk.places {
            let first = line + below;
            self.note(defect, table, column, first..=first + (lines - 1));
        }
        chunk.unknown_keys.iter().for_each(|keys| self.unknown_keys.add(keys));
        if let Some(refused) = chunk.refused {
            let ChunkPlace { defect, column, line: below, .. } = refused.place;
            let column = column.and_then(|column| self.plan.columns.get(column));
            let column = column.map(|column| column.name.as_str().into());
            let (line, text) = (line + below, refused.text);
            return Err(DataError::Refused { table: name, line, column, defect, text });
        }
        if let Some((what, limit)) = chunk.exceeded {
            return Err(DataError::Limit { table: name, what, limit });
        }
        self.unite_texts(&name, &mut chunk)?;
        let Chunk { cells, times, lines, .. } = chunk;
        if lines.is_empty() {
            return Ok(None);
        }
        let rows = lines.len();
        self.origins.push(Origin { table, line, lines, row: self.rows });
        self.rows += rows;
        Ok(Some(Part { cells, times, rows }))
    }

    /// Gives the chunk's texts their common numbers.
    fn unite_texts(&mut self, table: &str, chunk: &mut Chunk) -> Result<(), DataError> {
        let mut common: Vec<Vec<u32>> = Vec::with_capacity(chunk.texts.len());
        for ((own, all), uses) in chunk.texts.iter().zip(&mut self.texts).zip(&mut self.uses) {
            common.push(own.iter().map(|text| all.number(text.as_bytes()).0).collect());
            uses.resize(all.len(), 0);
        }
        self.check_texts(table)?;
        let stride = self.plan.stride.max(1);
        for (target, dictionary) in self.plan.texts() {
            let (Some(common), Some(uses)) =
                (common.get(dictionary), self.uses.get_mut(dictionary))
            else {
                continue;
            };
            for cell in chunk.cells.iter_mut().skip(target).step_by(stride) {
                // Numbers of texts have 32 bits; a missing one is none.
                let number = if cell.is_nan() { None } else { common.get(*cell as usize) };
                if let Some(&number) = number {
                    *cell = number.into();
                    uses.iter_mut().skip(number as usize).take(1).for_each(|uses| *uses += 1);
                }
            }
        }
        Ok(())
    }

    fn check_texts(&self, table: &str) -> Result<(), DataError> {
        let limits = &self.plan.settings.limits;
        let most = self.texts.iter().map(Texts::len).max().unwrap_or(0);
        let bytes: usize = self.texts.iter().map(Texts::len_bytes).sum();
        let exceeded = [
            ("different texts of a column", most, limits.texts),
            ("bytes of different texts", bytes, limits.text_bytes),
        ];
        let exceeded = exceeded.into_iter().find(|(_, found, limit)| found > limit);
        exceeded.map_or(Ok(()), |(what, _, limit)| {
            Err(DataError::Limit { table: table.into(), what, limit: limit as u64 })
        })
    }

    /// Counts a defect of a row that was found once all rows were there.
    pub(crate) fn find(&mut self, defect: Defect, row: usize) -> Result<(), DataError> {
        let origin = self.origins.partition_point(|origin| origin.row <= row).checked_sub(1);
        let Some(origin) = origin.and_then(|place| self.origins.get(place)) else { return Ok(()) };
        let line = origin.lines.get(row - origin.row).copied().unwrap_or(0);
        let (table, line) = (origin.table, origin.line + u64::from(line));
        if self.plan.settings.policies.refuses(defect) {
            let table = self.tables.get(table).map_or("", |table| &table.name).into();
            let text = Box::default();
            return Err(DataError::Refused { table, line, column: None, defect, text });
        }
        self.tally.count(defect, None);
        self.note(defect, table, None, line..=line);
        Ok(())
    }

    pub(crate) fn policy(&self, defect: Defect) -> Policy {
        self.plan.settings.policies.of(defect)
    }

    fn note(
        &mut self,
        defect: Defect,
        table: usize,
        column: Option<usize>,
        lines: RangeInclusive<u64>,
    ) {
        let column = column.and_then(|column| self.plan.columns.get(column));
        let column = column.map(|column| column.name.clone());
        if let Some(places) = self.places.get_mut(defect as usize)
            && places.len() < MAX_PLACES
        {
            let (line, last_line) = lines.into_inner();
            places.push(Place { table, line, last_line, column });
        }
    }

    /// The report of so many rows.
    pub(crate) fn report(self, rows: u64, contradictions: u64, settled: &Settled) -> ReadReport {
        let Self { plan, tally, places, tables, unknown_keys, .. } = self;
        let columns =
            plan.columns.iter().zip(tally.counts.iter().skip(1)).map(|(column, counts)| {
                let counted = Defect::all().zip(counts).filter(|(_, count)| **count > 0);
                let fate = fate(column.slot, plan, settled);
                let is_feature = matches!(fate, ColumnFate::Numbers | ColumnFate::Texts);
                ColumnFacts {
                    name: column.name.clone(),
                    fate,
                    origin: is_feature.then_some(column.origin),
                    defects: counted.map(|(defect, count)| (defect, *count)).collect(),
                }
            });
        let columns = columns.collect();
        let defects = Defect::all().zip(places).map(|(defect, places)| DefectFacts {
            defect,
            policy: plan.settings.policies.of(defect),
            count: tally.counts.iter().map(|counts| counts[defect as usize]).sum(),
            rows_dropped: tally.dropped[defect as usize],
            places,
        });
        let defects = defects.filter(|facts| facts.count > 0 || facts.rows_dropped > 0).collect();
        let rows_found = tables.iter().map(|table| table.rows).sum();
        let unknown_keys = unknown_keys.facts();
        ReadReport { tables, rows_found, rows, contradictions, columns, defects, unknown_keys }
    }
}

fn fate(slot: Slot, plan: &Plan<'_>, settled: &Settled) -> ColumnFate {
    match slot {
        Slot::Skip => ColumnFate::Dropped,
        Slot::Time { .. } => ColumnFate::Time,
        Slot::Label { .. } => ColumnFate::Label,
        Slot::Number { target, .. } | Slot::Text { target, .. } if settled.is_gone(target) => {
            ColumnFate::Repeated
        }
        Slot::Text { target, .. } if plan.group == Some(target) => ColumnFate::Group,
        Slot::Text { target, .. } if !settled.is_number(target) => ColumnFate::Texts,
        Slot::Text { .. } | Slot::Number { .. } => ColumnFate::Numbers,
    }
}
