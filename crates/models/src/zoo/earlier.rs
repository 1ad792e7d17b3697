//! Models as earlier files hold them: what a number of the list stands for is never changed, so a model that is held
//! differently now has another number now.

use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, VariantAccess};

use super::{DetectorModel, DetectorRecipe, Member, MemberModel, Model, Recipe};

/// What earlier files hold in another shape.
pub(crate) trait Earlier: Sized {
    /// Reads it as they hold it.
    fn earlier<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// A list of which some lines had other numbers.
pub(super) trait Renumbered: Sized {
    /// Reads what stands behind a number that the list does not have any more.
    fn renumbered<'de, A: VariantAccess<'de>>(number: u32, content: A) -> Result<Self, A::Error> {
        let _ = (number, content);
        Err(A::Error::custom("a learner that this build does not know"))
    }
}

// No file holds settings.
impl Renumbered for Recipe {}
impl Renumbered for Member {}
impl Renumbered for DetectorRecipe {}
// No file of version 1 holds detectors.
impl Renumbered for DetectorModel {}

macro_rules! renumbered {
    ($($model:ident),*) => {$(
        impl Renumbered for $model {
            fn renumbered<'de, A: VariantAccess<'de>>(
                number: u32,
                content: A,
            ) -> Result<Self, A::Error> {
                // Trees without what the rows of their nodes weighed: version 1.
                match number {
                    1 => content.newtype_variant_seed(Seed(PhantomData)).map(Self::DecisionTree),
                    2 => content.newtype_variant_seed(Seed(PhantomData)).map(Self::RandomForest),
                    3 => content.newtype_variant_seed(Seed(PhantomData)).map(Self::ExtraTrees),
                    4 => content.newtype_variant_seed(Seed(PhantomData)).map(Self::GradientBoosting),
                    _ => Err(A::Error::custom("a learner that this build does not know")),
                }
            }
        }
    )*};
}

renumbered!(Model, MemberModel);

/// Reads a model as earlier files hold it.
struct Seed<M>(PhantomData<M>);

impl<'de, M: Earlier> DeserializeSeed<'de> for Seed<M> {
    type Value = M;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<M, D::Error> {
        M::earlier(deserializer)
    }
}
