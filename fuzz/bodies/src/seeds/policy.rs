//! Policies: the default, and some of one's own.

use netsift_detect::Policy;

use super::Seed;

const POLICIES: [&str; 8] = [
    "",
    "[levels]\nlow = 10\nmedium = 30.5\nhigh = 60\ncritical = 100\n",
    "[classes]\ndefault = 0.5\nunknown_below = 0.3\n[classes.severity]\nPortScan = 0.4\nbenign = 0.0\n[behaviour.severity]\nbeacon = 1\n",
    "[[allow]]\nnetwork = \"192.0.2.0/28\"\nclass = \"port-scan\"\nnote = \"our own scanner\"\n[[allow]]\ndomain = \"*.example\"\nport = 53\nprotocol = \"udp\"\n",
    "[actions]\ninside = [\"10.0.0.0/8\", \"2001:db8::/32\"]\n[[actions.rules]]\nname = \"a\"\naction = \"isolate\"\nwhen = { at_least = \"high\", of = [\"list\"], source = \"inside\", host = 50 }\n[early]\npackets = 9\nseconds = 1.5\nmodels = true\n[hosts]\nmost = 7\n",
    "[behaviour.thresholds]\ngrowth = 2\n[behaviour.thresholds.beacon]\nenabled = false\n[anomaly]\nfrom = 0.5\nweight = 1.0\n",
    "[levels]\nlow = 101\n",
    "[lists]\nlow = 0\nno_such = 1\n",
];

pub(super) fn all() -> Vec<Seed> {
    let default = Policy::default().to_toml().unwrap_or_default();
    let texts = POLICIES.into_iter().map(str::to_owned).chain([default]);
    texts.enumerate().map(|(place, it)| (format!("policy-{place}"), it.into_bytes())).collect()
}
