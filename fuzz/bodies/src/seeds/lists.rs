//! Lists of every form, made up.

use super::Seed;

/// Told by itself, as plain lines, as a hosts file, as a table, as JSON lines, and with a column asked for.
const LISTS: [(u8, &str); 16] = [
    (
        0,
        "# netset\n192.0.2.0/24\n192.0.2.7\n10.0.0.0/8\n198.51.100.3-198.51.100.77\n203.0.113.9/24\n",
    ),
    (16, "0.0.0.0/8\n192.0.2.1:80\n192.0.2.1\n224.0.0.0/4\nprinter\n0.0.0.0/0\n"),
    (
        0,
        "; drop\n192.0.2.0/24 ; SBL1\r\n2001:db8::/32 ; SBL2\n2001:db8:0:1::5\n::ffff:192.0.2.0/120\n",
    ),
    (
        0,
        "evil.example\n*.Evil.example.\n.b.evil.example\nxn--bcher-kva.example\nwww.b.evil.example\n",
    ),
    (8, "evil.example\nb.evil.example\na_b.c-d.example\n"),
    (0, "# hosts\n127.0.0.1\tlocalhost\n0.0.0.0 a.example b.example # x\n::1 ip6-localhost\n"),
    (2, "0.0.0.0 a.example\n0.0.0.0\nb.example\n"),
    (
        0,
        "# \"a\",\"ioc_value\",\"ioc_type\"\n\"1\", \"192.0.2.7:80\", \"ip:port\"\n\"2\", \"https://a.b/\", \"url\"\n",
    ),
    (
        0,
        "\"first_seen_utc\",\"dst_ip\",\"dst_port\"\n\"x\",\"192.0.2.7\",\"443\"\n# END (1 entries)\n",
    ),
    (0, "# ja3_md5,Firstseen\n0123456789abcdef0123456789ABCDEF,x\n"),
    (0, "t13d1516h2_8daaf6152771_b186095e22b6\n0123456789abcdef0123456789abcdef\n"),
    (
        0,
        "{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"SBL1\"}\n{\"type\":\"metadata\",\"records\":1}\n{\"asn\":64496}\n",
    ),
    (5, "a;b;type\n1;192.0.2.1;x\n2;\"evil.example\";md5\n3;\"a\"\"b\"\n"),
    (6, "{\"b\":\"192.0.2.1\"}\n{\"b\":\"evil.example\",\"type\":\"domain\"}\n"),
    (1, "\u{feff}192.0.2.1\n192.0.2.1 17\n192.0.2.1 x\nAS64496\n// a\n\u{e9}\nhttp://a.b\n"),
    (16, "2001:db8::/64\n2001:db8::3-2001:db8::9\n2001:db8::ffff:0:0:0/80\nffff::/16\nfe80::1\n"),
];

pub(super) fn all() -> Vec<Seed> {
    let seed = |(place, (choice, list)): (usize, &(u8, &str))| {
        (format!("list-{place:02}"), [&[*choice], list.as_bytes()].concat())
    };
    LISTS.iter().enumerate().map(seed).collect()
}
