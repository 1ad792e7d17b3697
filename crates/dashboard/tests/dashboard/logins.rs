//! Who may come in, and what they may do then.

use serde_json::{Value, json};

use crate::made::{Running, alert};
use crate::raw::{Answer, Ask, ask, get, post};
use netsift_dashboard::{Role, User, hash_password};

const SESSION: &str = "/api/v1/session";

/// A browser that has logged in.
pub(crate) struct Browser {
    cookie: String,
    csrf: String,
}

impl Browser {
    pub(crate) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let cookie = answer.header("set-cookie").unwrap();
        for part in ["netsift_session=", "; HttpOnly", "; SameSite=Strict", "; Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { cookie, csrf: answer.json()["csrf"].as_str().unwrap().to_owned() }
    }

    pub(crate) fn asks(&self, ask: Ask) -> Ask {
        self.asks_from_anywhere(ask).header("Sec-Fetch-Site", "same-origin")
    }

    fn asks_from_anywhere(&self, ask: Ask) -> Ask {
        ask.header("Cookie", &format!("a=b; {}", self.cookie)).header("X-Netsift-Csrf", &self.csrf)
    }
}

/// Everything of the API but what is open, by the document: verbs and paths that name something.
pub(crate) fn operations(
    running: &Running,
    ask: impl Fn(Ask) -> Ask,
) -> Vec<(String, String, Value)> {
    let document = ask(get("/api/v1/openapi.json")).send(running.address()).json();
    let mut all = Vec::new();
    for (path, verbs) in document["paths"].as_object().unwrap() {
        let id = if path.contains("alerts") { alert(3).id.to_string() } else { "1".into() };
        let path = path.replace("reports/{id}", "reports/00c0ffee00c0ffee").replace("{id}", &id);
        let path = path.replace("{address}", "192.0.2.3").replace("{name}", "mail");
        for (verb, operation) in verbs.as_object().unwrap() {
            all.push((verb.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    all
}

#[test]
fn nobody_sees_anything_without_a_login() {
    let (running, token) = Running::guarded();
    let to = running.address();
    let bearer = format!("Bearer {token}");
    let all = operations(&running, |ask| ask.header("Authorization", &bearer));
    assert!(all.len() > 30);
    for (verb, path, operation) in all {
        let is_open = operation["security"] == json!([]);
        let answer = ask(&verb, &path).send(to);
        match is_open {
            true => assert_ne!(answer.status, 403, "{verb} {path}"),
            false => {
                assert_eq!((answer.status, &*answer.code()), (401, "needs_login"), "{verb} {path}");
                assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            }
        }
    }
    assert_eq!(running.refused().iter().filter(|it| it.1 == "needs_login").count(), 1, "told once");
    let session = get(SESSION).send(to).json();
    let facts = json!([session["role"], session["csrf"], session["needs_login"], session["by"]]);
    assert_eq!(facts, json!([null, null, true, ["token"]]));
    assert_eq!(get("/").send(to).status, 200, "the page asks for the login");
}

#[test]
fn tokens_let_programs_and_browsers_in() {
    let (mut running, token) = Running::guarded();
    let path = format!("/api/v1/alerts/{}/acknowledge", alert(3).id);
    let bearer =
        |token: &str| ask("POST", &path).header("Authorization", &format!("Bearer {token}"));
    assert_eq!(bearer(&token).send(running.address()).status, 200);
    let foreign = bearer(&token).header("Origin", "http://evil.example").send(running.address());
    assert_eq!(foreign.status, 403);
    running.restart();
    assert!(running.dashboard.as_ref().unwrap().new_token().is_none(), "shown once");
    let to = running.address();
    let browser = Browser::of(&post(SESSION, &json!({ "token": token })).send(to));
    let session = browser.asks(get(SESSION)).send(to).json();
    assert_eq!((&session["role"], &session["user"]), (&json!("operator"), &json!("token")));
    let from_anywhere = browser.asks_from_anywhere(ask("DELETE", &path));
    let unsaid = from_anywhere.send(to);
    assert_eq!((unsaid.status, &*unsaid.code()), (403, "foreign_origin"));
    let own = from_anywhere.header("Origin", &format!("http://{to}"));
    assert_eq!(own.send(to).status, 200);
    let kept = get("/api/v1/alerts").header("Authorization", &format!("Bearer {token}")).send(to);
    assert!(!kept.text().contains(&token));
    let left = browser.asks(ask("DELETE", SESSION)).send(to);
    assert!(left.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(browser.asks(get("/api/v1/alerts")).send(to).status, 401, "and it is over");
}

#[test]
fn guesses_are_few() {
    let (running, token) = Running::guarded();
    let to = running.address();
    let guess = |token: &str| {
        let answer = post(SESSION, &json!({ "token": token })).send(to);
        (answer.status, answer.code())
    };
    for _ in 0..3 {
        assert_eq!(guess("guess"), (401, "wrong_login".into()));
        let bearer = get("/api/v1/alerts").header("Authorization", "Bearer guess").send(to);
        assert_eq!((bearer.status, &*bearer.code()), (401, "wrong_login"));
    }
    assert_eq!(guess("guess"), (429, "too_many".into()));
    let bearer = |token: &str| {
        let bearer = format!("Bearer {token}");
        get("/api/v1/alerts").header("Authorization", &bearer).send(to).status
    };
    assert_eq!(bearer("guess"), 429);
    assert_eq!((guess(&token).0, bearer(&token)), (200, 200), "nobody guesses the right one");
    assert_eq!(running.refused(), [(401, "wrong_login"), (429, "too_many")], "each told once");
}

#[test]
fn a_login_of_another_scheme_is_somebody_elses() {
    let (running, token) = Running::guarded();
    let to = running.address();
    let basic = |ask: Ask| ask.header("Authorization", "Basic YW5uOmh1bnRlcjI=");
    for path in ["/", "/assets/app.js", "/healthz", SESSION] {
        assert_eq!(basic(get(path)).send(to).status, 200, "{path}");
    }
    assert_eq!(basic(get("/api/v1/alerts")).send(to).code(), "needs_login");
    let browser = Browser::of(&basic(post(SESSION, &json!({ "token": token }))).send(to));
    assert_eq!(basic(browser.asks(get("/api/v1/alerts"))).send(to).status, 200);
    // Whose token it is, nobody asks where no login is needed.
    let strange = |path: &str| get(path).header("Authorization", "Bearer strange").send(to);
    assert!((0..20).all(|_| strange("/").status == 200 && strange("/healthz").status == 200));
    assert_eq!(strange(SESSION).status, 200);
    assert_eq!(strange("/api/v1/alerts").code(), "wrong_login", "and none was counted");
}

#[test]
fn viewers_look_and_operators_change() {
    let user = |name: &str, role| {
        let password_hash = hash_password(&format!("password of {name}")).unwrap();
        let user = json!({ "name": name, "role": role, "password_hash": password_hash });
        serde_json::from_value::<User>(user).unwrap()
    };
    let running = Running::with(|mut settings| {
        settings.login = Some(true);
        settings.user(user("ann", Role::Operator)).user(user("bob", Role::Viewer))
    });
    let to = running.address();
    let enter = |name: &str| {
        let sent = json!({ "user": name, "password": format!("password of {name}") });
        Browser::of(&post(SESSION, &sent).send(to))
    };
    let (ann, bob) = (enter("ann"), enter("bob"));
    let mut changes = 0;
    for (verb, path, _) in operations(&running, |ask| bob.asks(ask)) {
        if verb == "GET" || path == SESSION {
            continue;
        }
        let answer = bob.asks(ask(&verb, &path)).send(to);
        assert_eq!((answer.status, &*answer.code()), (403, "needs_operator"), "{verb} {path}");
        changes += 1;
    }
    assert!(changes >= 10, "{changes}");
    let told = running.house.refused.lock().unwrap()[0].clone();
    assert_eq!((told.who.as_deref(), told.code), (Some("bob"), "needs_operator"));
    assert_eq!(running.refused(), [(403, "needs_operator")], "told once");
    assert_eq!(bob.asks(get("/api/v1/alerts")).send(to).status, 200);
    let path = format!("/api/v1/alerts/{}/acknowledge", alert(3).id);
    // What somebody else's session told is of no use.
    let mixed =
        ask("POST", &path).header("Cookie", &ann.cookie).header("X-Netsift-Csrf", &bob.csrf);
    assert_eq!(mixed.send(to).code(), "csrf");
    assert_eq!(ann.asks(ask("POST", &path)).send(to).status, 200);
    let row = bob.asks(get("/api/v1/changes")).send(to).json()["rows"][0].clone();
    assert_eq!((&row["who"], &row["what"]), (&json!("ann"), &json!("acknowledged")));
    for sent in [
        json!({ "user": "ann" }),
        json!({ "token": 1 }),
        json!([]),
        json!({ "token": "a", "user": "b" }),
    ] {
        assert_eq!(post(SESSION, &sent).send(to).status, 400, "{sent}");
    }
}
