//! Configurations: those to begin with, some of one's own, and what must not be shown.

use netsift::watch::Config;

use super::Seed;

const CONFIGS: [&str; 9] = [
    "",
    "[source]\ninterface = 'eth0'\nbackend = 'pnet'\nno_promiscuous = true\nfilter = 'not port 22'\nuser = 'nobody'\nspeed = 2.5\n[packets]\nfolder = 'p'\nring_mib = 8\nsaved_mib = 16\n",
    "[knowledge]\nmodel = 'a'\nanomaly = 'b'\npolicy = 'c'\nlists = [{ path = 'd', level = 'high' }, { path = 'e' }]\n[grouping]\nwindow = 60.0\nfew = 9\n[log]\nform = 'json'\n[queues]\nfolder = 'q'\npatience = 0.5\n",
    "[history]\npath = 'h'\ncommit_seconds = 1.0\nkeep = { flows = true, hosts = false }\nretention = { alert_days = 3, most_megabytes = 9 }\nroom = { alerts = 5 }\n",
    "[sinks.a.csv]\npath = 'a.csv'\n[sinks.b.terminal]\nto = 'stderr'\ncolour = 'never'\n[sinks.c.prometheus]\npath = 'c'\n[sinks.d.program]\nprogram = 'cat'\narguments = ['-u']\n[sinks.e.json_lines]\npath = 'e'\nform = 'ecs'\nrotation = { bytes = 9, keep = 2 }\n[[routes]]\nwhich = { at_least = 'low', what = ['*scan'], source = ['10.0.0.0/8'] }\nto = ['a']\nlast = true\n",
    "[sinks.s.syslog]\nhost = 'h'\ntransport = 'tls'\nform = 'cef'\n[sinks.m.mail]\nhost = 'h'\nfrom = 'a@b'\nto = ['c@d']\nuser = 'u'\npassword = { file = 'p' }\n[sinks.m.delivery]\nat_least = 'high'\nwhat = ['a*']\ndigest = 60.0\nlimit = { alerts = 2, seconds = 3.0 }\nretry = { first = 1.0 }\n[sinks.w.webhook]\nurl = { env = 'U' }\nform = 'teams'\nheaders = { A = { env = 'B' } }\n",
    "[[silences]]\nwhich = { what = ['beacon'], target = ['192.0.2.0/24', '2001:db8::1'] }\nuntil = '2030-01-01T00:00:00Z'\ncomment = 'c'\n",
    "[sinks.a]\nwebhook = 'https://hooks.example/hunter2'\n",
    "[sinks.a.mail]\nhost = 'a'\nfrom = 'a@b'\nto = ['c@d']\npassword = 'hunter2'\n[sinks.b.webhook]\nurl = ['hunter2']\nheaders = 'Bearer hunter2'\n[sinks.b.csv]\n",
];

pub(super) fn all() -> Vec<Seed> {
    let is_setting = |line: &&str| line.contains(" = ") || line.starts_with('[');
    let bare = |line| str::strip_prefix(line, "# ").filter(is_setting).unwrap_or(line);
    let whole: Vec<&str> = Config::EXAMPLE.lines().map(bare).collect();
    let texts = CONFIGS.into_iter().map(str::to_owned);
    let texts = texts.chain([Config::EXAMPLE.to_owned(), whole.join("\n")]);
    texts.enumerate().map(|(place, it)| (format!("config-{place}"), it.into_bytes())).collect()
}
