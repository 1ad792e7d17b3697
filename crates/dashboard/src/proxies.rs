//! Who asks through a proxy: only proxies that the settings name are believed.

use std::net::{IpAddr, SocketAddr};

use hyper::HeaderMap;
use hyper::header::{FORWARDED, HeaderName, VIA};
use netsift_alert::Network;

use crate::gate::Caller;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// What proxies say: nobody's browser does.
const PASSED_ON: [HeaderName; 6] = [
    FORWARDED_FOR,
    FORWARDED_PROTO,
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-real-ip"),
    FORWARDED,
    VIA,
];

/// Who asks. What a stranger says of himself is worth nothing: only what a trusted proxy says of who called it counts, and
/// of what that one says, if it is a proxy of ours as well, the same. But that he was passed on at all is believed of
/// anybody: whoever was is not of this machine, however near his proxy is.
pub(crate) fn behind(trusted: &[Network], caller: Caller, headers: &HeaderMap) -> Caller {
    let is_passed_on = PASSED_ON.iter().any(|name| headers.contains_key(name));
    let caller = Caller { is_local: caller.is_local && !is_passed_on, ..caller };
    if !is_trusted(trusted, caller.client) {
        return caller;
    }
    let said: Vec<&str> = parts(headers, &FORWARDED_FOR).collect();
    let mut client = caller.client;
    for hop in said.into_iter().rev() {
        let Some(before) = address(hop) else { break };
        client = before;
        if !is_trusted(trusted, client) {
            break;
        }
    }
    let is_tls = match parts(headers, &FORWARDED_PROTO).last() {
        Some(scheme) => scheme.eq_ignore_ascii_case("https"),
        None => caller.is_tls,
    };
    Caller { client, is_tls, ..caller }
}

/// Whether a proxy of ours has this address.
pub(crate) fn is_trusted(trusted: &[Network], client: IpAddr) -> bool {
    trusted.iter().any(|network| network.contains(client))
}

/// What all headers of a name say, from the first to the last: each proxy adds to the end.
fn parts<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).into_iter().map(|line| line.to_str().unwrap_or_default());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

/// An address, which some proxies write with its port.
fn address(hop: &str) -> Option<IpAddr> {
    let with_port = || hop.parse::<SocketAddr>().ok().map(|it| it.ip());
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    bare.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    fn seen(peer: IpAddr, lines: &[(&'static str, &str)]) -> (String, bool) {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "2001:db8::1".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for (name, line) in lines {
            headers.append(*name, line.parse().unwrap());
        }
        let caller = Caller { client: peer, here: PEER, is_tls: false, is_local: false };
        let caller = behind(&trusted, caller, &headers);
        (caller.client.to_string(), caller.is_tls)
    }

    #[test]
    fn the_last_that_no_proxy_of_ours_is_asks() {
        let said = |line: &str| seen(PEER, &[("x-forwarded-for", line)]).0;
        for (line, client) in [
            ("192.0.2.7", "192.0.2.7"),
            ("198.51.100.1, 192.0.2.7", "192.0.2.7"),
            ("192.0.2.7, 10.9.9.9", "192.0.2.7"),
            ("192.0.2.7, 2001:db8::1 ,10.9.9.9", "192.0.2.7"),
            ("192.0.2.7:4711", "192.0.2.7"),
            ("[2001:db8::2]:4711", "2001:db8::2"),
            ("[2001:db8::2]", "2001:db8::2"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("192.0.2.7, unknown", "10.0.0.1"),
            ("192.0.2.7, unknown, 10.9.9.9", "10.9.9.9"),
            ("", "10.0.0.1"),
            (",,,", "10.0.0.1"),
        ] {
            assert_eq!(said(line), client, "{line:?}");
        }
        let lines = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "192.0.2.2")];
        assert_eq!(seen(PEER, &lines).0, "192.0.2.2", "the last line is the last proxy's");
        assert_eq!(seen(PEER, &[]).0, "10.0.0.1");
    }

    #[test]
    fn whether_there_was_tls_says_the_last_proxy() {
        let said = |line: &str| seen(PEER, &[("x-forwarded-proto", line)]).1;
        assert!(said("https") && said("HTTPS") && said("http, https"));
        assert!(!said("http") && !said("https, http") && !said("") && !seen(PEER, &[]).1);
    }

    #[test]
    fn whoever_was_passed_on_is_not_of_this_machine() {
        let here = IpAddr::from([127, 0, 0, 1]);
        let is_local = |trusted: &[Network], name: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, "127.0.0.1".parse().unwrap());
            let caller = Caller { client: here, here, is_tls: false, is_local: true };
            behind(trusted, caller, &headers).is_local
        };
        for trusted in [&[][..], &[Network::from(here)]] {
            assert!(is_local(trusted, "accept"));
            for name in ["x-forwarded-for", "forwarded", "via", "x-real-ip", "x-forwarded-proto"] {
                assert!(!is_local(trusted, name), "{name}");
            }
        }
    }

    #[test]
    fn strangers_are_who_they_are_whatever_they_say() {
        let forged = [("x-forwarded-for", "192.0.2.7"), ("x-forwarded-proto", "https")];
        for stranger in ["203.0.113.5", "2001:db8::2", "127.0.0.1"] {
            let seen = seen(stranger.parse().unwrap(), &forged);
            assert_eq!(seen, (stranger.to_owned(), false));
        }
    }
}
