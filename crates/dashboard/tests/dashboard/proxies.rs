//! Who asks through a proxy, and who says so without one.

use netsift_dashboard::Settings;
use serde_json::json;

use crate::made::Running;
use crate::raw::{Answer, Ask, get, post};

/// Where everybody logs in, and the proxy of this machine is believed or not.
fn running(is_believed: bool) -> (Running, String) {
    let running = Running::with(|mut settings: Settings| {
        settings.login = Some(true);
        settings.limits.logins_a_minute = 2;
        let settings = settings.host("sift.example");
        if is_believed { settings.proxy("127.0.0.0/8".parse().unwrap()) } else { settings }
    });
    let token = running.dashboard.as_ref().unwrap().new_token().unwrap().to_owned();
    (running, token)
}

fn enters(running: &Running, token: &str, change: impl Fn(Ask) -> Ask) -> Answer {
    let login = post("/api/v1/session", &json!({ "token": token })).host("sift.example");
    change(login.header("Origin", "https://sift.example")).send(running.address())
}

#[test]
fn behind_a_proxy_that_is_believed_everybody_has_limits_of_his_own() {
    let (running, token) = running(true);
    let from = |client: &'static str, token: &str| {
        enters(&running, token, |ask| ask.header("X-Forwarded-For", client)).status
    };
    for _ in 0..2 {
        assert_eq!(from("192.0.2.7", "guess"), 401);
    }
    assert_eq!(from("192.0.2.7", "guess"), 429);
    assert_eq!(
        from("203.0.113.9, 192.0.2.7", "guess"),
        429,
        "what he says himself changes nothing"
    );
    assert_eq!(from("192.0.2.8", &token), 200);
    let refused = running.house.refused.lock().unwrap();
    assert!(refused.iter().all(|it| it.client.to_string() == "192.0.2.7"), "{refused:?}");
}

#[test]
fn cookies_and_pages_stay_inside_of_the_tls_of_a_proxy_that_is_believed() {
    let (running, token) = running(true);
    for (scheme, is_tls) in [("https", true), ("http", false)] {
        let answer = enters(&running, &token, |ask| ask.header("X-Forwarded-Proto", scheme));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("set-cookie").unwrap().contains("; Secure"), is_tls, "{scheme}");
        assert_eq!(answer.header("strict-transport-security").is_some(), is_tls, "{scheme}");
    }
}

#[test]
fn nobody_else_is_believed() {
    let (running, token) = running(false);
    let forged = |number: u8, token: &str| {
        enters(&running, token, |ask| {
            let ask = ask.header("X-Forwarded-Proto", "https").header("X-Real-IP", "192.0.2.1");
            let ask = ask.header("Forwarded", "for=192.0.2.1;proto=https");
            ask.header("X-Forwarded-For", &format!("192.0.2.{number}"))
        })
    };
    let answer = forged(1, &token);
    assert_eq!(answer.status, 200);
    assert!(!answer.header("set-cookie").unwrap().contains("Secure"));
    assert_eq!(answer.header("strict-transport-security"), None);
    let guesses: Vec<u16> = (1..5).map(|number| forged(number, "guess").status).collect();
    assert_eq!(guesses, [401, 401, 429, 429], "another header is no other guesser");
    let refused = running.house.refused.lock().unwrap();
    assert!(refused.iter().all(|it| it.client.is_loopback()), "{refused:?}");
}

/// A proxy on this machine makes everybody seem to be of this machine: what it says beside tells that they are not.
#[test]
fn whoever_was_passed_on_has_to_log_in() {
    let running = Running::start();
    let to = running.address();
    assert_eq!(get("/api/v1/alerts").send(to).status, 200);
    let said = [("X-Forwarded-For", "127.0.0.1"), ("Forwarded", "for=_x"), ("Via", "1.1 sift")];
    for (name, value) in said {
        let passed_on = |path| get(path).header(name, value).send(to);
        let answer = passed_on("/api/v1/alerts");
        assert_eq!((answer.status, &*answer.code()), (401, "needs_login"), "{name}");
        assert!(answer.text().contains("`login` of the settings"), "{}", answer.text());
        let session = passed_on("/api/v1/session").json();
        let facts = json!([session["role"], session["csrf"], session["needs_login"]]);
        assert_eq!(facts, json!([null, null, true]), "{name}");
        assert_eq!(passed_on("/").status, 200, "the page asks for the login");
    }
}

#[test]
fn where_others_are_expected_everybody_logs_in_unless_it_is_said() {
    let proxied = |settings: Settings| settings.proxy("127.0.0.1".parse().unwrap());
    let named = |settings: Settings| settings.host("sift.example");
    for expects in [proxied as fn(Settings) -> Settings, named] {
        for login in [None, Some(false)] {
            let running = Running::with(|settings| {
                let mut settings = expects(settings);
                settings.login = login;
                settings
            });
            let token = running.dashboard.as_ref().unwrap().new_token().unwrap().to_owned();
            let alerts = || get("/api/v1/alerts");
            let status = |ask: Ask| ask.send(running.address()).status;
            assert_eq!(status(alerts()), if login.is_some() { 200 } else { 401 }, "{login:?}");
            let other = || alerts().header("X-Forwarded-For", "192.0.2.7");
            assert_eq!(status(other()), 401, "{login:?}");
            assert_eq!(status(other().header("Authorization", &format!("Bearer {token}"))), 200);
        }
    }
}

#[test]
fn streams_of_clients_of_a_proxy_are_shared_among_them() {
    let running = Running::with(|mut settings| {
        settings.limits.streams = 64;
        settings.proxy("127.0.0.1".parse().unwrap())
    });
    let bearer = format!("Bearer {}", running.dashboard.as_ref().unwrap().new_token().unwrap());
    let stream = |client: &str| {
        let ask = get("/api/v1/events").header("X-Forwarded-For", client);
        let ask = ask.header("Authorization", &bearer);
        let mut stream = crate::raw::connect(running.address());
        std::io::Write::write_all(&mut stream, &ask.bytes(running.address())).unwrap();
        let mut first = [0; 12];
        std::io::Read::read_exact(&mut stream, &mut first).unwrap();
        (stream, String::from_utf8(first.to_vec()).unwrap())
    };
    let mut held: Vec<_> = (0..8).map(|_| stream("192.0.2.7")).collect();
    assert!(held.iter().all(|(_, said)| said.ends_with("200")), "{held:?}");
    assert!(!stream("192.0.2.7").1.ends_with("200"), "one has an eighth");
    held.push(stream("192.0.2.8"));
    assert!(held.iter().all(|(_, said)| said.ends_with("200")), "{held:?}");
}
