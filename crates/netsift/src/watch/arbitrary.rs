//! Configurations made of any bytes, for fuzz harnesses of others.
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! use netsift::watch::Config;
//!
//! let bytes: Vec<u8> = (0..200).collect();
//! let config = Config::arbitrary_take_rest(Unstructured::new(&bytes))?;
//! assert!(config.check().is_ok());
//! # Ok::<(), arbitrary::Error>(())
//! ```

use std::fmt::{self, Write as _};

use arbitrary::{Arbitrary, Error, Result, Unstructured};

use super::Config;

/// More than these find nothing that fewer do not.
const SINKS: usize = 4;
const MORE: usize = 3;
const LEVELS: [&str; 4] = ["low", "medium", "high", "critical"];
/// What not all alerts are.
const WHICH: [&str; 4] = [
    "at_least = 'high'",
    "what = ['beacon', '*-scan']",
    "source = ['10.0.0.0/8', '2001:db8::/32']",
    "at_most = 'medium', network = ['192.0.2.0/24']",
];

/// Sound ones: values are within their rules, routes lead to sinks that there are, and no two write one file. Nobody is
/// called and nothing is started: sinks are files and the terminal, and names of files are plain, in the program's folder.
impl<'a> Arbitrary<'a> for Config {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut text = String::new();
        let sinks = u.int_in_range(0..=SINKS)?;
        settings(u, &mut text)?;
        (0..sinks).try_for_each(|place| sink(u, &mut text, place))?;
        for _ in 0..u.int_in_range(0..=MORE)? {
            silence(u, &mut text)?;
        }
        for _ in 0..u.int_in_range(0..=MORE)? {
            route(u, &mut text, sinks)?;
        }
        Self::from_toml(&text).map_err(|_| Error::IncorrectFormat)
    }
}

fn settings(u: &mut Unstructured<'_>, text: &mut String) -> Result<()> {
    let source = u.choose(&["interface = 'lo'", "captures = ['a.pcap', 'b.pcap']"])?;
    let [window, quiet] = [seconds(u)?, seconds(u)?];
    let (few, most) = (u.int_in_range(1..=64_u8)?, u.int_in_range(1..=64_u8)?);
    let patience = u.int_in_range(0..=60_u8)?;
    let form = u.choose(&["text", "json"])?;
    put(text, format_args!("[source]\n{source}\n"))?;
    put(text, format_args!("[grouping]\nwindow = {window}.0\nquiet = {quiet}.0\n"))?;
    put(text, format_args!("few = {few}\nmost = {most}\n"))?;
    put(text, format_args!("[queues]\npatience = {patience}.0\n[log]\nform = '{form}'\n"))?;
    if u.arbitrary()? {
        let (flows, talkers) = (bool::arbitrary(u)?, bool::arbitrary(u)?);
        put(text, format_args!("[history]\npath = 'kept.db'\n"))?;
        put(text, format_args!("keep = {{ flows = {flows}, talkers = {talkers} }}\n"))?;
    }
    Ok(())
}

/// One with a name and a file of its own.
fn sink(u: &mut Unstructured<'_>, text: &mut String, place: usize) -> Result<()> {
    let kind = *u.choose(&["terminal", "json_lines", "csv", "prometheus"])?;
    put(text, format_args!("[sinks.sink-{place}.{kind}]\n"))?;
    match kind {
        "terminal" => put(text, format_args!("to = '{}'\n", u.choose(&["stdout", "stderr"])?))?,
        _ => put(text, format_args!("path = 'sink-{place}'\n"))?,
    }
    if u.arbitrary()? {
        let (least, digest) = (u.choose(&LEVELS)?, u.int_in_range(0..=600_u16)?);
        let (waiting, alerts, limit) = (u.int_in_range(1..=64_u8)?, u8::arbitrary(u)?, seconds(u)?);
        put(text, format_args!("[sinks.sink-{place}.delivery]\nat_least = '{least}'\n"))?;
        put(text, format_args!("digest = {digest}.0\nwaiting = {waiting}\n"))?;
        put(text, format_args!("limit = {{ alerts = {alerts}, seconds = {limit}.0 }}\n"))?;
    }
    Ok(())
}

fn silence(u: &mut Unstructured<'_>, text: &mut String) -> Result<()> {
    let (which, year) = (u.choose(&WHICH)?, u.int_in_range(2026..=2099_u16)?);
    put(text, format_args!("[[silences]]\nwhich = {{ {which} }}\n"))?;
    put(text, format_args!("until = '{year}-01-31T18:00:00Z'\n"))
}

fn route(u: &mut Unstructured<'_>, text: &mut String, sinks: usize) -> Result<()> {
    let (which, last) = (u.choose(&WHICH)?, bool::arbitrary(u)?);
    let to = match sinks.checked_sub(1) {
        Some(most) => format!("'sink-{}'", u.int_in_range(0..=most)?),
        None => String::new(),
    };
    put(text, format_args!("[[routes]]\nwhich = {{ {which} }}\nto = [{to}]\nlast = {last}\n"))
}

fn seconds(u: &mut Unstructured<'_>) -> Result<u16> {
    u.int_in_range(1..=3_600)
}

fn put(text: &mut String, lines: fmt::Arguments<'_>) -> Result<()> {
    text.write_fmt(lines).map_err(|_| Error::IncorrectFormat)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arbitrary_configurations_are_sound_and_written_as_they_are() {
        let (mut sinks, mut routes) = (0, 0);
        for seed in 0..300_u64 {
            let next =
                |number: &u64| Some(number.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1));
            let bytes = std::iter::successors(Some(seed << 32), next).map(|it| it.to_be_bytes()[0]);
            let bytes: Vec<u8> = bytes.skip(1).take(300).collect();
            let config = Config::arbitrary_take_rest(Unstructured::new(&bytes)).unwrap();
            assert_eq!(Config::from_toml(&config.to_toml().unwrap()).unwrap(), config);
            sinks += config.sinks.len();
            routes += config.routes.len();
            config.check().unwrap();
        }
        assert!(sinks > 0 && routes > 0, "{sinks} sinks, {routes} routes");
    }
}
