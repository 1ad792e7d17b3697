//! What strangers try: each is refused with the right status, and the house hears of it once.

use serde_json::json;

use crate::made::{HOSTILE, Running, alert, awaits};
use crate::raw::{Ask, ask, exchange, get, post};

const ACKNOWLEDGED: &str = "/api/v1/alerts?acknowledged=true";

fn acknowledge(number: i64) -> Ask {
    post(&format!("/api/v1/alerts/{}/acknowledge", alert(number).id), &json!({}))
}

#[test]
fn a_strangers_name_that_leads_here_is_none_of_ours() {
    let running = Running::with(|settings| settings.host("sift.example"));
    let (to, port) = (running.address(), running.address().port());
    let ours = ["localhost", "LOCALHOST:1", "127.0.0.1", "sift.example", "[::ffff:127.0.0.1]:80"];
    for host in ours {
        assert_eq!(get("/healthz").host(host).send(to).status, 200, "{host}");
    }
    assert_eq!(running.refused(), []);
    let stranger = format!("evil.example:{port}");
    let strangers = [
        &*stranger,
        "evil.example",
        "192.0.2.1",
        "[::1]",
        "localhost.evil.example",
        "127.0.0.1.evil",
        "127.0.0.1@evil",
        "",
        ":80",
        "sift.example.",
    ];
    for host in strangers {
        for path in ["/", "/api/v1/session", "/nothing", "/assets/app.js"] {
            let answer = get(path).host(host).send(to);
            assert_eq!((answer.status, &*answer.code()), (421, "foreign_host"), "{host} {path}");
        }
    }
    assert_eq!(running.refused(), [(421, "foreign_host")], "told once");
    for (head, status) in [
        ("GET / HTTP/1.1\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n", 400),
        ("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n", 421),
        ("GET http://localhost/ HTTP/1.1\r\nHost: evil.example\r\n", 421),
        ("GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n", 200),
        ("GET / HTTP/1.0\r\n", 400),
    ] {
        let answer = exchange(to, format!("{head}Connection: close\r\n\r\n").as_bytes()).unwrap();
        assert_eq!(answer.status, status, "{head}");
    }
}

#[test]
fn pages_of_others_change_nothing_and_read_nothing() {
    let running = Running::start();
    let (to, csrf) = (running.address(), running.csrf());
    let with_csrf = || acknowledge(2).header("X-Netsift-Csrf", &csrf);
    let own = format!("http://{to}");
    let foreign = [
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
        ("Origin", ""),
        ("Origin", &format!("http://{to}.evil.example")),
        ("Origin", "http://127.0.0.1:1"),
        ("Origin", &format!("ftp://{to}")),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "none"),
        ("Sec-Fetch-Site", "x"),
    ];
    for (name, value) in foreign {
        let answer = with_csrf().header(name, value).send(to);
        assert_eq!((answer.status, &*answer.code()), (403, "foreign_origin"), "{name}: {value}");
    }
    let twice = with_csrf().header("Origin", &own).header("Origin", "http://evil.example").send(to);
    assert_eq!(twice.status, 403);
    let unsaid = with_csrf().send(to);
    assert_eq!((unsaid.status, &*unsaid.code()), (403, "foreign_origin"), "neither is said");
    assert_eq!(running.refused(), [(403, "foreign_origin")], "told once");
    let read = get("/api/v1/alerts").header("Sec-Fetch-Site", "cross-site").send(to);
    assert_eq!(read.status, 403);
    assert_eq!(get("/api/v1/events").header("Sec-Fetch-Site", "cross-site").send(to).status, 403);
    // A link in a mail leads to the page: by itself it holds nothing.
    assert_eq!(get("/alerts").header("Sec-Fetch-Site", "cross-site").send(to).status, 200);
    assert_eq!(get(ACKNOWLEDGED).send(to).json()["rows"], json!([]));
    assert_eq!(with_csrf().header("Origin", &own).send(to).status, 200);
    assert_eq!(get(ACKNOWLEDGED).send(to).json()["total"]["counted"], 1);
}

#[test]
fn changes_need_what_the_session_told() {
    let running = Running::start();
    let other = Running::start();
    let to = running.address();
    for csrf in [None, Some(""), Some("x"), Some(&*other.csrf())] {
        let ask =
            csrf.map_or_else(|| acknowledge(2), |it| acknowledge(2).header("X-Netsift-Csrf", it));
        let answer = ask.send(to);
        assert_eq!((answer.status, &*answer.code()), (403, "csrf"), "{csrf:?}");
    }
    assert_eq!(running.refused(), [(403, "csrf")], "told once");
    let forms = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""];
    for kind in forms {
        let comment = format!("/api/v1/alerts/{}/comments", alert(2).id);
        let form =
            ask("POST", &comment).header("Content-Type", kind).body(b"{\"text\":\"a\"}".to_vec());
        let answer = running.as_page(form).send(to);
        assert_eq!((answer.status, &*answer.code()), (415, "media_type"), "{kind}");
    }
    assert_eq!(running.refused(), [(415, "media_type")], "told once");
    assert_eq!(get("/api/v1/changes").send(to).json()["rows"], json!([]));
}

#[test]
fn no_path_leads_out() {
    let running = Running::start();
    let to = running.address();
    for path in [
        "/../../etc/passwd",
        "/assets/../Cargo.toml",
        "/assets/..%2f..%2fCargo.toml",
        "/assets/%2e%2e",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/..\\..\\x",
        "/assets/app.js%00.png",
        "/assets/",
        "/assets",
        "/assets/style.css/",
        "//etc/passwd",
        "/page/index.html",
        "/.git/config",
        "/api/v1/../../etc/passwd",
        "/api/v2/alerts",
        "/api/v1",
        "/api",
        "/alerts/a/b",
        "/API/V1/ALERTS",
        "/%61pi/v1/alerts",
        "/*",
        "/{name}",
    ] {
        let answer = get(path).send(to);
        assert_eq!((answer.status, &*answer.code()), (404, "not_found"), "{path}");
    }
    assert_eq!(running.refused(), [(404, "not_found")], "told once");
    for path in [
        "/api/v1/reports/..%2f..%2fsecret",
        "/api/v1/reports/%2e%2e",
        "/api/v1/alerts/%00/packets",
        "/api/v1/alerts/..%2fx",
        "/api/v1/hosts/..",
        "/api/v1/hosts/a%ff",
    ] {
        assert_eq!(get(path).send(to).status, 400, "{path}");
    }
    let packets = |number| get(&format!("/api/v1/alerts/{}/packets", alert(number).id)).send(to);
    let own = packets(0);
    assert_eq!((own.status, own.text()), (200, "packets".to_owned()));
    assert_eq!(own.header("content-disposition"), Some("attachment; filename=\"a.pcap\""));
    // The alert itself names a file outside of the folder.
    assert_eq!((packets(1).status, packets(2).status), (404, 404));
    #[cfg(unix)]
    {
        let link = running.house.packets.join("secret");
        std::os::unix::fs::symlink(running.folder().join("secret"), link).unwrap();
        assert_eq!(packets(1).status, 404, "nor through a link");
    }
}

#[test]
fn what_attackers_wrote_stays_text() {
    let running = Running::start();
    let to = running.address();
    let paths = [
        "/api/v1/alerts?limit=50",
        "/api/v1/alerts/groups",
        "/api/v1/flows",
        "/api/v1/sinks",
        "/api/v1/knowledge",
        "/api/v1/top?of=classes",
        "/api/v1/alerts.json",
        &format!("/api/v1/alerts/{}", alert(3).id),
        "/api/v1/hosts/192.0.2.3",
        "/api/v1/nothing?%3Cscript%3Ealert(1)%3C/script%3E",
        "/%3Cscript%3Ealert(1)",
        "/api/v1/alerts?sort=%3Cscript%3E",
        "/api/v1/alerts?%3Cscript%3E=1",
        "/api/v1/hosts/%3Cscript%3E",
    ];
    for path in paths {
        let answer = get(path).send(to);
        let kind = answer.header("content-type").unwrap();
        assert_eq!(kind, "application/json", "{path}");
        answer.json();
    }
    for path in
        ["/", "/alerts", "/assets/app.js", "/healthz", "/metrics", "/nothing", "/api/v1/alerts"]
    {
        let answer = get(path).send(to);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"), "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{path}");
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    // The page itself holds no script and no style, and nothing of what was recorded.
    let page = get("/alerts").send(to).text();
    assert!(!page.contains("<script>") && !page.contains(" style=") && !page.contains("onerror"));
    let rows = get("/api/v1/alerts?sort=oldest").send(to).json();
    for (place, text) in HOSTILE.iter().enumerate() {
        assert_eq!(rows["rows"][place]["what"], json!(text), "whole, as text");
    }
    let table = get("/api/v1/alerts.csv").send(to);
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(table.header("content-disposition"), Some("attachment; filename=\"alerts.csv\""));
    assert_eq!(table.text().lines().count(), 13, "a row is a line");
    assert_eq!(table.header("x-netsift-cut"), None, "these are all");
    for bad in ["\u{1b}", "\u{202e}", "\u{0}", ",=cmd", "\n=cmd", ",\"=cmd"] {
        assert!(!table.text().contains(bad), "{bad:?}");
    }
    assert!(table.text().contains("'=cmd"));
}

#[test]
fn the_end_of_an_attack_is_told() {
    let running = Running::start();
    (0..3).for_each(|_| drop(get("/nothing").send(running.address())));
    let told = || running.house.refused.lock().unwrap().clone();
    awaits(|| told().len() == 2, "what was only counted");
    let (first, last) = (told()[0].clone(), told()[1].clone());
    assert_eq!((first.repeated, last.repeated), (0, 1));
    assert_eq!((last.code, &*last.asked), ("not_found", "GET /nothing"));
}

#[test]
fn methods_are_what_they_say() {
    let running = Running::start();
    let to = running.address();
    for method in ["PUT", "PATCH", "OPTIONS", "TRACE", "DELETE", "POST", "CONNECT", "BREW", "get"] {
        let answer = running.as_page(ask(method, "/api/v1/alerts")).send(to);
        assert_eq!((answer.status, &*answer.code()), (405, "method"), "{method}");
        assert_eq!(answer.header("allow"), Some("GET, HEAD"), "{method}");
    }
    assert_eq!(running.refused(), [(405, "method")], "told once");
    let silences = ask("PUT", "/api/v1/silences").send(to);
    assert_eq!(silences.header("allow"), Some("GET, HEAD, POST"));
    let head = ask("HEAD", "/api/v1/alerts").send(to);
    assert_eq!((head.status, head.body.len()), (200, 0));
    // What asks by a header or the query is asked as it came.
    let path = format!("/api/v1/alerts/{}/acknowledge", alert(2).id);
    let sly = get(&path).header("X-HTTP-Method-Override", "POST").header("X-HTTP-Method", "POST");
    assert_eq!(running.as_page(sly).send(to).status, 405);
    assert_eq!(get(&format!("{path}?_method=POST")).send(to).status, 405);
    let star = exchange(
        to,
        format!("OPTIONS * HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n\r\n").as_bytes(),
    );
    assert!(matches!(star.unwrap().status, 400 | 404));
    let far =
        exchange(to, format!("CONNECT evil.example:443 HTTP/1.1\r\nHost: {to}\r\n\r\n").as_bytes());
    assert!(matches!(far.unwrap().status, 400..=499));
    assert_eq!(get(ACKNOWLEDGED).send(to).json()["total"]["counted"], 0);
}
