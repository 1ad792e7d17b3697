//! What happens to a source that is no failure, and that its user should hear of.

use std::fmt;
use std::time::Duration;

use crate::Shortcoming;

/// Something that happened to a source. The source goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An interface can no longer be captured on; it is waited for.
    Lost {
        /// The interface.
        interface: String,
        /// What became of it.
        loss: Loss,
    },
    /// The interface is captured on again.
    Back {
        /// The interface.
        interface: String,
        /// How long it could not be captured on, at least.
        after: Duration,
        /// What is not told of its frames from now on, or not as it should, and was before.
        shortcomings: Vec<Shortcoming>,
    },
    /// An interface that is up brings no packet: the wrong one, or a filter that takes none. Told again each time
    /// that the silence has doubled.
    Silent {
        /// The interface.
        interface: String,
        /// How long there was no packet.
        lasting: Duration,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { interface, loss } => {
                write!(f, "{interface} {loss}; waiting for it to come back")
            }
            Self::Back { interface, after, shortcomings } => {
                write!(f, "{interface} is back after {:.1} s", after.as_secs_f64())?;
                shortcomings.iter().try_for_each(|it| write!(f, "; {it}"))
            }
            Self::Silent { interface, lasting } => {
                write!(f, "0 packets on {interface} for {} s", lasting.as_secs())
            }
        }
    }
}

/// What became of an interface that can no longer be captured on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// It is there and down.
    Down,
    /// It is not there any more.
    Gone,
    /// Another interface has its name now.
    Replaced,
    /// It is there and up, but reading from it failed.
    Failed {
        /// What the system said.
        said: String,
    },
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Down => f.write_str("is down"),
            Self::Gone => f.write_str("is gone"),
            Self::Replaced => f.write_str("was replaced by another of its name"),
            Self::Failed { said } => write!(f, "cannot be read ({said})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_sentences() {
        let interface = || "eth0".to_owned();
        let after = Duration::from_millis(1_540);
        let back = |shortcomings| Event::Back { interface: interface(), after, shortcomings };
        let events = [
            Event::Lost { interface: interface(), loss: Loss::Down },
            back(Vec::new()),
            back(vec![Shortcoming::TimesOfReading, Shortcoming::VlanTagsLost]),
            Event::Silent { interface: interface(), lasting: Duration::from_millis(10_020) },
        ];
        assert_eq!(
            events.map(|event| event.to_string()),
            [
                "eth0 is down; waiting for it to come back",
                "eth0 is back after 1.5 s",
                "eth0 is back after 1.5 s; times are those of the reading, not the kernel's; VLAN tags are taken off by \
                 the kernel",
                "0 packets on eth0 for 10 s",
            ]
        );
    }
}
