//! A bundle as a file, and back.
//!
//! A container of seven entries: a preface (which learner, and a hash of what goes in and comes out), the facts, the
//! fingerprint, how the rows of the training were spread (which version 1 has not), the preparation, the model. Files of
//! older versions are read for ever: a change of what is written is
//! another version of [`KIND`], and what the older one says is made into what the newer one holds.

use std::io::{Read, Write};

use netsift_container::{Kind, Reader, Writer};
use netsift_data::Preparation;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::fingerprint::{hash_of, joined};
use super::{AlarmFacts, Bundle, Facts, Fingerprint};
use crate::check::sound;
use crate::drift::Reference;
use crate::{Checked, DetectorRecipe, Mind, Model, ModelError, Predictor, Recipe};

/// The largest bundle: what holds all rows of its training (a million of eighty columns) is within.
pub const MAX_BUNDLE: u64 = 1 << 30;

/// How many times the bytes of its file a bundle takes in memory while it is loaded, at most. Lists of small values take
/// most: of members of a composite 12 times was measured, of class names 15. The rest is what lists may hold for a moment as
/// they grow, on machines that copy them.
pub const MAX_GROWTH: u64 = 40;

const KIND: Kind = Kind {
    tag: *b"BNDL",
    version: 2,
    name: "model",
    max_entry: MAX_BUNDLE as u32,
    max_total: MAX_BUNDLE,
};

/// The first version that holds how rows were spread, and more than models of classes.
const WITH_MINDS: u16 = 2;

/// What can be told of a file before the rest of it is read.
#[derive(Serialize, Deserialize)]
struct Preface {
    learner: String,
    interface: u64,
}

impl Bundle {
    /// Writes it, and gives the output back. The same bundle gives the same bytes.
    ///
    /// # Errors
    /// [`ModelError::File`] if writing fails, or it is larger than [`MAX_BUNDLE`].
    pub fn save<W: Write>(&self, out: W) -> Result<W, ModelError> {
        let mut writer = Writer::new(out, &KIND)?;
        let learner = self.mind().name().to_owned();
        writer.put(&Preface { learner, interface: self.interface() })?;
        writer.put(&self.facts)?;
        writer.put(&self.fingerprint)?;
        writer.put(&self.reference)?;
        writer.put(&self.alarm)?;
        writer.put(self.preparation())?;
        writer.put(self.mind())?;
        Ok(writer.finish()?)
    }

    /// Whether what starts so was written by this program to be loaded: a bundle, or something else of its own that
    /// [`load`](Self::load) calls by its kind. A dozen bytes tell.
    #[must_use]
    pub fn is_told_by(start: &[u8]) -> bool {
        netsift_container::is_container(start)
    }

    /// Reads and checks one, of [`MAX_BUNDLE`] at most. Up to [`MAX_GROWTH`] times as many bytes of memory are taken: for
    /// files of strangers, [`load_within`](Self::load_within) takes a lower bound.
    ///
    /// # Errors
    /// [`ModelError::File`] for a file that is none, newer, cut or damaged; [`ModelError::UnknownLearner`] for a model
    /// of a learner that this build does not have; [`ModelError::Unsound`] for what training cannot have made.
    pub fn load(input: impl Read) -> Result<Self, ModelError> {
        Self::load_within(input, MAX_BUNDLE)
    }

    /// The same of so many bytes at most: for files of strangers. Of 64 MiB, which hold any forest of flows and a million
    /// rows of eight columns, up to 2.5 GiB of memory are taken ([`MAX_GROWTH`]).
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_within(input: impl Read, most: u64) -> Result<Self, ModelError> {
        let kind = Kind { max_total: most.min(MAX_BUNDLE), ..KIND };
        let mut reader = Reader::new(input, &kind)?;
        let preface: Preface = next(&mut reader)?;
        known(&preface.learner)?;
        let facts: Facts = next(&mut reader)?;
        let fingerprint: Fingerprint = next(&mut reader)?;
        let has_minds = reader.version() >= WITH_MINDS;
        let reference: Option<Reference> = if has_minds { next(&mut reader)? } else { None };
        let alarm: Option<AlarmFacts> = if has_minds { next(&mut reader)? } else { None };
        let preparation: Preparation = next(&mut reader)?;
        let mind: Mind =
            if has_minds { next(&mut reader)? } else { next::<Model>(&mut reader)?.into() };
        sound(reader.next::<()>()?.is_none(), "a file of all entries")?;
        let predictor = Predictor::new(preparation, mind)?;
        let bundle = Self { facts, fingerprint, reference, alarm, predictor };
        bundle.check()?;
        sound(preface.learner == bundle.mind().name(), "the preface names the model's learner")?;
        sound(preface.interface == bundle.interface(), "the preface has the hash of what goes in")?;
        Ok(bundle)
    }

    /// A hash of what goes in and comes out: columns with their kinds, classes, and how flows are read. Two bundles of
    /// one hash can stand in for each other.
    #[must_use]
    pub fn interface(&self) -> u64 {
        let kind = |is_text: bool| if is_text { "text" } else { "number" };
        let fields = self.input().fields().iter();
        let columns = fields.flat_map(|field| [field.name.as_str(), kind(field.texts().is_some())]);
        let flows = self.facts.about.flows.as_ref();
        let profile = flows.map(|flows| flows.profile.as_str());
        let timeouts = flows.into_iter().flat_map(|flows| {
            flows.timeouts.iter().map(|(name, nanos)| joined(hash_of(name), *nanos as u64))
        });
        let texts = columns.chain([""]).chain(self.classes().names()).chain([""]).chain(profile);
        texts.map(hash_of).chain(timeouts).fold(0, joined)
    }
}

/// Refuses what this build has not learned with.
fn known(learner: &str) -> Result<(), ModelError> {
    let is_detector = DetectorRecipe::names().contains(&learner);
    if is_detector { Ok(()) } else { Recipe::named(learner).map(drop) }
}

fn next<T: DeserializeOwned>(reader: &mut Reader<impl Read>) -> Result<T, ModelError> {
    reader.next()?.ok_or(ModelError::Unsound { what: "a file of all entries" })
}

#[cfg(test)]
mod tests {
    use netsift_data::Step;

    use super::*;
    use crate::MemberModel;

    /// How many bytes a file has for this value.
    fn bytes(value: &impl Serialize) -> u64 {
        let mut writer = Writer::new(Vec::new(), &KIND).unwrap();
        let empty = Writer::new(Vec::new(), &KIND).unwrap().finish().unwrap().len() + 8;
        writer.put(value).unwrap();
        (writer.finish().unwrap().len() - empty) as u64
    }

    /// The elements of lists that are largest beside the least that a file can say of them.
    #[test]
    fn lists_of_small_values_do_not_grow_beyond_what_is_said() {
        let (dummy, width, none) = ((0_u32, (0_u32, 0_u64)), 0_u64, 0_u64);
        let member = bytes(&(dummy, none, width, none));
        let step = bytes(&(0_u32, none));
        assert_eq!((member, step), (40, 12));
        // As a list grows, it is held as it was and twice as long.
        for (held, written) in [(size_of::<MemberModel>(), member), (size_of::<Step>(), step)] {
            assert!(3 * held as u64 <= MAX_GROWTH * written, "{held} for {written} bytes");
        }
    }
}
