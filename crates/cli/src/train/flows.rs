//! How flows were read, or are to be, for models that are asked about captures.

use clap::{Args, ValueEnum};
use netsift::data::{DataError, Dataset, ReadReport};
use netsift::detect::flow_rows;
use netsift::flow::{Columns, FlowConfig, Profile};
use netsift::models::About;

use crate::failure::{Failure, tell};
use crate::time;

/// How flows were read, for models that are to be asked about captures.
#[derive(Args)]
#[command(next_help_heading = "Flows")]
pub(super) struct FlowChoice {
    /// The profile that the flows of the tables were read with, or that captures are to be [default: of tables, told by
    /// their columns, if all are there; of captures, native]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<FlowProfile>,

    /// How long a flow could be silent, with the profile native [default: 120s]
    #[arg(long, value_name = "TIME", value_parser = time::parse_duration)]
    idle_timeout: Option<i64>,

    /// How long a flow could last, with the profile native [default: 30m]
    #[arg(long, value_name = "TIME", value_parser = time::parse_duration)]
    active_timeout: Option<i64>,
}

/// A profile, or none.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FlowProfile {
    /// As netsift extract reads flows
    Native,
    /// As CICFlowMeter
    Cic,
    /// As CICFlowMeter's corrected fork
    CicFixed,
    /// Rows are no flows, whatever their columns are called
    None,
}

impl FlowProfile {
    const fn profile(self) -> Option<Profile> {
        match self {
            Self::Native => Some(Profile::Native),
            Self::Cic => Some(Profile::Cic),
            Self::CicFixed => Some(Profile::CicFixed),
            Self::None => None,
        }
    }
}

impl FlowChoice {
    /// How the flows of tables were read: as was said, or as all columns of a profile tell. Timeouts of flows that have
    /// none, or are none, are refused.
    pub(super) fn of_tables(&self, read: &ReadReport) -> Result<Option<Profile>, Failure> {
        let profile = match self.profile {
            Some(profile) => profile.profile(),
            None => flow_rows::profile_of(read.columns.iter().map(|column| column.name.as_str())),
        };
        self.check_timeouts(profile)?;
        Ok(profile)
    }

    /// Whether the rows of a table are flows, with all columns of a profile or a part of them.
    pub(super) fn are_flows(&self, read: &ReadReport) -> bool {
        let names = || read.columns.iter().map(|column| column.name.as_str());
        match self.profile {
            Some(profile) => profile.profile().is_some(),
            None => flow_rows::are_flows(names()) || flow_rows::profile_of(names()).is_some(),
        }
    }

    /// How the flows of captures are to be read.
    pub(super) fn of_captures(&self) -> Result<Profile, Failure> {
        let profile = match self.profile {
            Some(profile) => profile.profile().ok_or(Failure::OtherInput {
                option: "--profile none",
                of: "tables",
                found: "captures",
            })?,
            None => Profile::Native,
        };
        self.check_timeouts(Some(profile))?;
        Ok(profile)
    }

    fn check_timeouts(&self, profile: Option<Profile>) -> Result<(), Failure> {
        let options = [
            ("--idle-timeout", self.idle_timeout.is_some()),
            ("--active-timeout", self.active_timeout.is_some()),
        ];
        let Some((option, _)) = options.into_iter().find(|(_, is_given)| *is_given) else {
            return Ok(());
        };
        match profile {
            Some(Profile::Native) => Ok(()),
            Some(profile) => Err(Failure::NotOfProfile { option, profile: profile.name() }),
            None => Err(Failure::NoProfile { option }),
        }
    }

    /// How flows were read, if flows of a capture can be asked about: they have all that is learned from.
    pub(super) fn takes_captures(
        &self,
        data: &Dataset,
        profile: Option<Profile>,
        quiet: bool,
    ) -> Result<Option<Profile>, Failure> {
        let Some(profile) = profile else { return Ok(None) };
        let lacking = flow_rows::lacking(profile, data.schema().names());
        if lacking.is_empty() {
            return Ok(Some(profile));
        }
        let names = lacking.into_iter().map(Box::from).collect();
        let missing = DataError::MissingColumns { names };
        let missing = Failure::NoCaptures { profile, missing };
        if self.profile.is_some() {
            return Err(missing);
        }
        if !quiet {
            tell(&missing.to_string());
        }
        Ok(None)
    }

    /// The timeouts that were asked for, in place of those that these columns come with.
    pub(super) fn config(&self, columns: &Columns) -> Result<FlowConfig, Failure> {
        let config = columns.config();
        let config = match self.idle_timeout {
            Some(idle) => config.idle_timeout(idle).map_err(Failure::Flows)?,
            None => config,
        };
        match self.active_timeout {
            Some(active) => config.active_timeout(active).map_err(Failure::Flows),
            None => Ok(config),
        }
    }

    /// What is to be remembered of flows of this profile.
    pub(super) fn about(&self, about: About, profile: Option<Profile>) -> Result<About, Failure> {
        let Some(profile) = profile else { return Ok(about) };
        let config = self.config(&Columns::all(profile))?;
        let units = flow_rows::units(profile);
        let about = units.fold(about, |about, (name, unit)| about.unit(name, unit));
        Ok(about.flows(flow_rows::facts_of(&config)))
    }
}

/// Whether a model takes captures, for people.
pub(super) fn told(about: &About) -> String {
    match &about.flows {
        Some(flows) => format!("it takes captures, read with the profile {}", flows.profile),
        None => "it takes tables, and no captures: no flow profile is known of its rows".to_owned(),
    }
}
