//! How flows are cut and bounded: every setting with its default and the reason for it.

use std::ops::RangeInclusive;

use crate::state::Wants;
use crate::{FlowError, Profile};

const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MILLISECOND;
const DAY: i64 = 86_400 * SECOND;

/// Settings of a flow table. Setters take and give the configuration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlowConfig {
    profile: Profile,
    idle: i64,
    active: i64,
    linger: i64,
    max_flows: usize,
    max_bytes: usize,
    early: Early,
    wants: Wants,
}

/// When a row is told of a flow that goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Early {
    /// Once it has had so many packets.
    pub packets: Option<u64>,
    /// With the first packet so many nanoseconds after its start.
    pub nanos: Option<i64>,
}

impl FlowConfig {
    /// The defaults of a profile, with every feature of it.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self {
            profile,
            idle: 120 * SECOND,
            active: 1_800 * SECOND,
            linger: 5 * SECOND,
            max_flows: 1_000_000,
            max_bytes: 2 << 30,
            early: Early::default(),
            wants: if profile == Profile::Native { Wants::ALL } else { Wants::NOTHING },
        }
    }

    /// A silence longer than this ends a flow. Default 120 s, as in the tools whose features these are.
    /// The profiles `cic` and `cic-fixed` have no such end.
    ///
    /// # Errors
    /// [`FlowError::Setting`] unless it is 1 ms to 1 day.
    pub fn idle_timeout(self, nanos: i64) -> Result<Self, FlowError> {
        let idle = time_within("idle timeout", nanos, MILLISECOND..=DAY, "1 ms to 1 day")?;
        Ok(Self { idle, ..self })
    }

    /// A flow that lasts longer than this is told and goes on as another. Default 1,800 s, as with NetFlow.
    /// The profiles `cic` and `cic-fixed` always cut at 120 s.
    ///
    /// # Errors
    /// [`FlowError::Setting`] unless it is 1 ms to 100 days.
    pub fn active_timeout(self, nanos: i64) -> Result<Self, FlowError> {
        let (limits, rule) = (MILLISECOND..=100 * DAY, "1 ms to 100 days");
        Ok(Self { active: time_within("active timeout", nanos, limits, rule)?, ..self })
    }

    /// How long a connection that is over waits for what trails behind it before it is told. Default 5 s: last
    /// segments that are sent again come within it, and rows are not late.
    ///
    /// # Errors
    /// [`FlowError::Setting`] unless it is 0 to 1 day.
    pub fn linger(self, nanos: i64) -> Result<Self, FlowError> {
        let linger = time_within("linger", nanos, 0..=DAY, "0 to 1 day")?;
        Ok(Self { linger, ..self })
    }

    /// How many flows are kept; one more evicts one. Default a million: with every feature they take
    /// less than 1.5 GiB.
    ///
    /// # Errors
    /// [`FlowError::Setting`] unless it is 1 to 2^31.
    pub fn max_flows(self, flows: usize) -> Result<Self, FlowError> {
        let rule = "1 to 2147483648";
        let value = i64::try_from(flows).unwrap_or(i64::MAX);
        within("largest number of flows", value, 1..=1 << 31, rule)?;
        Ok(Self { max_flows: flows, ..self })
    }

    /// How many bytes flows may take; more evicts some. Default 2 GiB: flows whose sizes are usual reach
    /// the cap on their number first.
    ///
    /// # Errors
    /// [`FlowError::Setting`] if it is below 1 MiB.
    pub fn max_bytes(self, bytes: usize) -> Result<Self, FlowError> {
        let value = i64::try_from(bytes).unwrap_or(i64::MAX);
        within("largest size of flows", value, 1 << 20..=i64::MAX, "1048576 bytes or more")?;
        Ok(Self { max_bytes: bytes, ..self })
    }

    /// Rows of flows that go on: one each, at the first of the two. Default: none.
    ///
    /// # Errors
    /// [`FlowError::Setting`] if either is not positive.
    pub fn early(self, early: Early) -> Result<Self, FlowError> {
        let packets = early.packets.map_or(1, |packets| i64::try_from(packets).unwrap_or(i64::MAX));
        within("packets of an early row", packets, 1..=i64::MAX, "1 or more")?;
        let nanos = early.nanos.unwrap_or(1);
        time_within("time of an early row", nanos, 1..=i64::MAX, "above 0")?;
        Ok(Self { early, ..self })
    }

    /// The profile it is of.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// How long a silence does not end a flow, in nanoseconds.
    #[must_use]
    pub fn idle_timeout_nanos(&self) -> i64 {
        self.idle
    }

    /// How long a flow lasts before it is told and goes on as another, in nanoseconds.
    #[must_use]
    pub fn active_timeout_nanos(&self) -> i64 {
        self.active
    }

    /// The groups of columns that `wanted` keeps of flows and this does not, as users name them; nothing if there are none.
    #[must_use]
    pub fn lacks(&self, wanted: &Self) -> Option<String> {
        let lacking = wanted.wants.without(self.wants);
        (!lacking.nothing()).then(|| lacking.names())
    }

    pub(crate) fn linger_nanos(&self) -> i64 {
        self.linger.min(self.idle)
    }

    pub(crate) fn flows(&self) -> usize {
        self.max_flows
    }

    pub(crate) fn bytes(&self) -> usize {
        self.max_bytes
    }

    pub(crate) fn early_rows(&self) -> Early {
        self.early
    }

    #[inline]
    pub(crate) fn wants(&self) -> Wants {
        self.wants
    }

    pub(crate) fn with_wants(self, wants: Wants) -> Self {
        Self { wants, ..self }
    }

    /// A share of the caps, for one of so many tables.
    pub(crate) fn share(self, of: usize) -> Self {
        Self { max_flows: (self.max_flows / of).max(1), max_bytes: self.max_bytes / of, ..self }
    }
}

fn within(
    setting: &'static str,
    value: i64,
    limits: RangeInclusive<i64>,
    rule: &'static str,
) -> Result<(), FlowError> {
    if limits.contains(&value) {
        return Ok(());
    }
    Err(FlowError::Setting { setting, value: value.to_string(), rule })
}

/// The same of a time, which is told in seconds: few people write nanoseconds.
fn time_within(
    setting: &'static str,
    nanos: i64,
    limits: RangeInclusive<i64>,
    rule: &'static str,
) -> Result<i64, FlowError> {
    if limits.contains(&nanos) {
        return Ok(nanos);
    }
    Err(FlowError::Setting { setting, value: seconds(nanos), rule })
}

fn seconds(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let whole = SECOND.unsigned_abs();
    let text = format!("{sign}{}.{:09}", nanos / whole, nanos % whole);
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_refused_is_told_in_seconds() {
        for (nanos, told) in [
            (0, "0 s"),
            (999_999, "0.000999999 s"),
            (-1_500_000_000, "-1.5 s"),
            (DAY + 1, "86400.000000001 s"),
            (i64::MIN, "-9223372036.854775808 s"),
        ] {
            let refused = FlowConfig::new(Profile::Native).idle_timeout(nanos);
            assert!(
                matches!(&refused, Err(FlowError::Setting { value, .. }) if value == told),
                "{refused:?}"
            );
        }
    }
}
