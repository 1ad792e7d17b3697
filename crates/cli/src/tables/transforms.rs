//! Transforms by name, one behind the other in any order.

use std::str::FromStr;

use netsift::data::prepare::{Columns, ConstantColumns, Finite, Plan};

use super::asked::{Encoded, Names, Scaled, parse_fill, parse_quantiles};
use super::plans::{clip, correlated, impute, informative, log};

/// Transforms between commas, in the order in which they are done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Transforms(Vec<Plan>);

impl Transforms {
    /// The transforms of an option that may be given several times.
    pub(crate) fn of(lists: &[Self]) -> impl Iterator<Item = &Plan> {
        lists.iter().flat_map(|transforms| &transforms.0)
    }
}

impl FromStr for Transforms {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names = [text.parse::<Names>()?];
        Names::of(&names).map(|text| plan(text.trim())).collect::<Result<_, _>>().map(Self)
    }
}

/// A transform that can be asked for.
struct Named {
    name: &'static str,
    /// What is said of it behind a colon; nothing if there is nothing to say.
    setting: &'static str,
    plan: fn(&str) -> Result<Plan, String>,
}

/// All of them. Each is what the option of that name, or of that value, asks for.
const TRANSFORMS: [Named; 12] = [
    Named { name: "finite", setting: "", plan: |_| Ok(Finite::new().into()) },
    Named { name: "clip", setting: "LOW:HIGH", plan: |text| parse_quantiles(text).map(clip) },
    Named { name: "log", setting: "all|COLUMN", plan: |text| Ok(log(columns(text))) },
    Named { name: "impute", setting: "WITH", plan: |text| parse_fill(text).map(impute) },
    Named { name: "one-hot", setting: "", plan: |_| Ok(Encoded::OneHot.plan()) },
    Named { name: "ordinal", setting: "", plan: |_| Ok(Encoded::Ordinal.plan()) },
    Named { name: "drop-constant", setting: "", plan: |_| Ok(ConstantColumns::new().into()) },
    Named {
        name: "drop-correlated",
        setting: "COEFFICIENT",
        plan: |text| text.parse().map(correlated).map_err(|_| "expected a number".to_owned()),
    },
    Named {
        name: "select",
        setting: "K",
        plan: |text| text.parse().map(informative).map_err(|_| "expected a number".to_owned()),
    },
    Named { name: "standard", setting: "", plan: |_| Ok(Scaled::Standard.plan()) },
    Named { name: "min-max", setting: "", plan: |_| Ok(Scaled::MinMax.plan()) },
    Named { name: "robust", setting: "", plan: |_| Ok(Scaled::Robust.plan()) },
];

impl Named {
    /// How it is written.
    fn form(&self) -> String {
        match self.setting {
            "" => self.name.to_owned(),
            setting => format!("{}:{setting}", self.name),
        }
    }
}

/// What the option says of itself.
pub(crate) fn help() -> String {
    format!(
        "These steps in this order, in place of the options below: \"finite,log:all,standard,one-hot\"; may be given \
         several times. A step with a comma in it stands in quotes. There are {}",
        forms()
    )
}

fn forms() -> String {
    TRANSFORMS.iter().map(Named::form).collect::<Vec<_>>().join(", ")
}

/// `NAME` or `NAME:SETTING`.
fn plan(text: &str) -> Result<Plan, String> {
    let (name, setting) = text.split_once(':').unwrap_or((text, ""));
    let Some(named) = TRANSFORMS.iter().find(|named| named.name == name) else {
        return Err(format!("no step is named {name:?}; there are {}", forms()));
    };
    if setting.is_empty() != named.setting.is_empty() {
        return Err(format!("expected {}", named.form()));
    }
    (named.plan)(setting).map_err(|error| format!("{name}: {error}"))
}

fn columns(name: &str) -> Columns {
    if name == "all" { Columns::All } else { Columns::named([name]) }
}

#[cfg(test)]
mod tests {
    use netsift::data::prepare::{Clip, Fill, Impute, Log, Scale};

    use super::*;

    #[test]
    fn steps_are_done_in_the_order_given() {
        let parsed = |text: &str| text.parse::<Transforms>().map(|transforms| transforms.0);
        let expected: [Plan; 4] = [
            Scale::standard().into(),
            Log::new().columns(Columns::named(["a,b"])).into(),
            Impute::new(Fill::Number(-1.0)).when_empty(0.0).into(),
            Clip::to_quantiles(0.1, 0.9).into(),
        ];
        let text = r#"standard, "log:a,b",impute:-1,clip:0.1:0.9"#;
        assert_eq!(
            parsed(text),
            Err("no step is named \"\\\"log\"; there are ".to_owned() + &forms())
        );
        assert_eq!(parsed(&text.replace(", ", ",")), Ok(expected.to_vec()));
    }

    #[test]
    fn what_is_no_step_says_what_there_is() {
        let said = |text: &str| text.parse::<Transforms>().unwrap_err();
        assert!(said("scale").contains("\"scale\"; there are finite, clip:LOW:HIGH, "));
        assert_eq!(said("select"), "expected select:K");
        assert_eq!(said("standard:2"), "expected standard");
        assert_eq!(said("select:many"), "select: expected a number");
        assert!(said("clip:0.9:0.1").starts_with("clip: expected two quantiles"));
        assert!(said("standard,").contains("no step is named \"\""));
    }

    #[test]
    fn every_step_can_be_asked_for() {
        let settings = ["", "0.1:0.9", "all", "median", "", "", "", "0.9", "3", "", "", ""];
        for (named, setting) in TRANSFORMS.iter().zip(settings) {
            let text = if setting.is_empty() {
                named.name.to_owned()
            } else {
                format!("{}:{setting}", named.name)
            };
            assert!(plan(&text).is_ok(), "{text}");
        }
    }
}
