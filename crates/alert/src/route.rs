//! Where alerts go.

use serde::{Deserialize, Serialize};

use crate::{Group, SinkError, Which};

/// Which alerts go to which sinks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Route {
    /// Which alerts. Default: all.
    #[serde(default)]
    pub which: Which,
    /// The names of the sinks they go to; none for nowhere.
    pub to: Vec<String>,
    /// Whether routes further below are not asked about them. Default: no.
    #[serde(default)]
    pub last: bool,
}

/// The routes of a configuration, resolved: alerts to places of sinks. Without any, all goes to all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Routes {
    routes: Vec<(Which, Vec<usize>, bool)>,
    sinks: usize,
}

impl Routes {
    /// # Errors
    /// [`SinkError::Setting`] of a route to a sink that there is not.
    pub(crate) fn new(routes: &[Route], sinks: &[String]) -> Result<Self, SinkError> {
        let place = |number: usize, name: &String| {
            sinks.iter().position(|sink| sink == name).ok_or_else(|| SinkError::Setting {
                setting: format!("routes.{number}.to"),
                value: name.clone(),
                rule: "names of sinks",
            })
        };
        let resolve = |(number, route): (usize, &Route)| {
            let places: Result<_, _> = route.to.iter().map(|name| place(number, name)).collect();
            places.map(|places| (route.which.clone(), places, route.last))
        };
        let routes = routes.iter().enumerate().map(resolve).collect::<Result<_, _>>()?;
        Ok(Self { routes, sinks: sinks.len() })
    }

    /// Tells each sink that a group goes to, once.
    pub(crate) fn of(&self, group: &Group, mut goes_to: impl FnMut(usize)) {
        if self.routes.is_empty() {
            return (0..self.sinks).for_each(goes_to);
        }
        let mut seen = vec![false; self.sinks];
        for (which, places, last) in &self.routes {
            if !which.matches(group) {
                continue;
            }
            for &place in places {
                if !std::mem::replace(&mut seen[place], true) {
                    goes_to(place);
                }
            }
            if *last {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[derive(Deserialize)]
    struct File {
        routes: Vec<Route>,
    }

    const FILE: &str = "
        [[routes]]
        which = { what = [\"scan\"], at_most = \"high\" }
        to = [\"file\"]
        last = true
        [[routes]]
        to = [\"file\", \"mail\"]
        [[routes]]
        which = { at_least = \"high\" }
        to = [\"mail\", \"sms\"]
    ";

    fn sinks() -> Vec<String> {
        ["file", "mail", "sms"].map(str::to_owned).into()
    }

    fn told(routes: &Routes, what: &str) -> Vec<usize> {
        let mut places = Vec::new();
        routes.of(&example(what, 1).into(), |place| places.push(place));
        places
    }

    #[test]
    fn routes_add_up_until_the_last_one() {
        let file: File = toml::from_str(FILE).unwrap();
        let routes = Routes::new(&file.routes, &sinks()).unwrap();
        assert_eq!(told(&routes, "scan"), [0]);
        assert_eq!(told(&routes, "flood"), [0, 1, 2]);
    }

    #[test]
    fn without_routes_all_goes_to_all() {
        let routes = Routes::new(&[], &sinks()).unwrap();
        assert_eq!(told(&routes, "scan"), [0, 1, 2]);
    }

    #[test]
    fn routes_to_nobody_known_are_refused() {
        let route = Route { to: vec!["fax".into()], ..Route::default() };
        let error = Routes::new(&[route], &sinks()).unwrap_err().to_string();
        assert_eq!(error, "routes.0.to is \"fax\", and must be names of sinks");
    }
}
