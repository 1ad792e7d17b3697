//! Real answers fit what the document says of them.

use serde_json::{Value, json};

use crate::logins::operations;
use crate::made::{Running, alert};
use crate::raw::{Answer, ask, get};
use crate::schema::flaw;
use netsift_dashboard::{Keeping, Vitals};

/// Whether an answer is one that the document tells of.
fn fits(document: &Value, operation: &Value, answer: &Answer, asked: &str) {
    let told = &operation["responses"][answer.status.to_string()];
    assert!(told.is_object(), "{asked}: {} is not told of: {}", answer.status, answer.text());
    let kind = answer.header("content-type").unwrap().split(';').next().unwrap();
    let schema = &told["content"][kind]["schema"];
    assert!(schema.is_object(), "{asked}: {kind} is not told of at {}", answer.status);
    if kind == "application/json" {
        let flaw = flaw(document, schema, &answer.json());
        assert_eq!(flaw, None, "{asked}: {}", answer.text());
    }
}

/// What is sent, where something has to be.
fn body(path: &str) -> Value {
    match path.rsplit('/').next().unwrap() {
        "comments" => json!({ "text": "a" }),
        "silences" => json!({ "which": { "what": ["scan"] }, "seconds": 60 }),
        "allowances" => json!({ "entry": { "network": "192.0.2.7" } }),
        "session" => json!({ "token": "a" }),
        _ => json!({}),
    }
}

#[test]
fn answers_fit_the_document() {
    let running = Running::start();
    let to = running.address();
    let board = running.dashboard.as_ref().unwrap().board();
    let keeping = Keeping { lost: 7, waiting: 5, trouble: Some("the disk is full".into()) };
    let vitals = Vitals { history: Some(keeping), ..Vitals::default() };
    (0..3).for_each(|second| board.vitals(Vitals { at: second, ..vitals.clone() }));
    let metrics = get("/metrics").send(to).text();
    for line in ["history_lost_total 7\n", "history_waiting 5\n", "history_failing 1\n"] {
        assert!(metrics.contains(&format!("\nnetsift_{line}")), "{metrics}");
    }
    let told = get("/api/v1/vitals").send(to).json();
    let expected = json!({ "lost": 7, "waiting": 5, "trouble": "the disk is full" });
    assert_eq!(told["totals"]["history"], expected);
    let document = get("/api/v1/openapi.json").send(to).json();
    let id = alert(0).id.to_string();
    let mut went_well = 0;
    for (verb, path, operation) in operations(&running, |ask| ask) {
        if path.ends_with("/events") {
            continue;
        }
        let path = path.replace(&alert(3).id.to_string(), &id);
        let mut asked = ask(&verb, &path);
        if operation["requestBody"].is_object() {
            let body = body(&path).to_string().into_bytes();
            asked = asked.header("Content-Type", "application/json").body(body);
        }
        let answer = running.as_page(asked).send(to);
        fits(&document, &operation, &answer, &format!("{verb} {path}"));
        went_well += u32::from(answer.status < 300);
        // And what is refused.
        let strange =
            ask(&verb, &format!("{path}?nothing=1")).header("Sec-Fetch-Site", "same-origin");
        let refused = strange.header("X-Netsift-Csrf", &running.csrf()).send(to);
        assert!(refused.status >= 400, "{verb} {path}?nothing");
        fits(&document, &operation, &refused, &path);
    }
    assert!(went_well > 28, "{went_well}");
}

#[test]
fn parameters_hold_what_the_document_says() {
    let running = Running::start();
    let to = running.address();
    let document = get("/api/v1/openapi.json").send(to).json();
    let samples = |parameter: &Value| -> (Vec<String>, &[&str]) {
        let schema = &parameter["schema"];
        let words = schema["enum"].as_array().into_iter().flatten();
        let words: Vec<String> = words.map(|it| it.as_str().unwrap().to_owned()).collect();
        match (schema["type"].as_str(), parameter["name"].as_str().unwrap()) {
            (Some("integer"), _) => {
                let ends = ["minimum", "maximum"].map(|end| schema[end].to_string());
                (ends.to_vec(), &["-1", "1.5", "x", "99999999999999999999999"])
            }
            (Some("number"), _) => {
                (["0", "1.5", "1e2"].map(String::from).to_vec(), &["x", "NaN", "inf"])
            }
            (Some("boolean"), _) => {
                (["true", "false"].map(String::from).to_vec(), &["1", "yes", "True"])
            }
            (_, "after") => {
                (vec!["1-1".into(), "ffffffffffffffff-ffffffffffffffff".into()], &["1", "x-y"])
            }
            (_, "network" | "address") => (
                ["192.0.2.1", "2001:db8::1"].map(String::from).to_vec(),
                &["x", "192.0.2.1/8", "1.2.3"],
            ),
            _ if !words.is_empty() => (words, &["x", "Newest"]),
            _ => (["a", "%3Cscript%3E", "%25_", "%00", "%27"].map(String::from).to_vec(), &["%ff"]),
        }
    };
    let mut tried = 0;
    for (verb, path, operation) in operations(&running, |ask| ask) {
        let parameters = operation["parameters"].as_array().unwrap();
        for parameter in parameters.iter().filter(|it| verb == "GET" && it["in"] == "query") {
            let (good, bad) = samples(parameter);
            let send = |value: &str| {
                get(&format!("{path}?{}={value}", parameter["name"].as_str().unwrap())).send(to)
            };
            for value in &good {
                let answer = send(value);
                assert_eq!(
                    answer.status,
                    200,
                    "{path} {} {value}: {}",
                    parameter["name"],
                    answer.text()
                );
                fits(&document, &operation, &answer, &path);
            }
            for value in bad {
                assert_eq!(send(value).status, 400, "{path} {} {value}", parameter["name"]);
            }
            tried += good.len() + bad.len();
        }
    }
    assert!(tried > 150, "{tried}");
}

#[test]
fn pages_of_rows_go_on_behind_each_other() {
    let running = Running::start();
    let to = running.address();
    for path in
        ["/api/v1/alerts?limit=5", "/api/v1/flows?limit=5", "/api/v1/alerts?limit=5&sort=worst"]
    {
        let (mut ids, mut next) = (Vec::new(), String::new());
        loop {
            let page = get(&format!("{path}{next}")).send(to).json();
            assert_eq!(page["total"], json!({ "counted": 12, "is_more": false }));
            ids.extend(page["rows"].as_array().unwrap().iter().map(|row| row["id"].to_string()));
            let Some(key) = page["next"].as_str() else { break };
            next = format!("&after={key}");
        }
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!((all, ids.len()), (12, 12), "{path}");
    }
    let packets = |row: &Value| row["packets"].clone();
    let rows = get("/api/v1/alerts?sort=oldest").send(to).json();
    let told: Vec<Value> = rows["rows"].as_array().unwrap().iter().take(3).map(packets).collect();
    assert_eq!(told, [true, false, false], "those alone that are found");
    let list = get("/api/v1/alerts.json?level=high&sort=oldest").send(to).json();
    assert_eq!((list.as_array().unwrap().len(), &list[0]["id"]), (12, &json!(alert(0).id)));
    assert_eq!(get("/api/v1/alerts.json?level=critical").send(to).json(), json!([]));
}

#[test]
fn files_of_the_page_are_kept_by_browsers_until_they_change() {
    let running = Running::start();
    let to = running.address();
    for path in ["/", "/assets/app.js", "/assets/style.css"] {
        let first = get(path).send(to);
        let tag = first.header("etag").unwrap();
        assert_eq!((first.status, first.header("cache-control")), (200, Some("no-cache")));
        let again = get(path).header("If-None-Match", tag).send(to);
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        assert_eq!(get(path).header("If-None-Match", "\"x\"").send(to).status, 200);
    }
    let script = get("/assets/app.js").send(to);
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    let index = get("/").send(to).body;
    for view in ["/alerts", "/alerts/x", "/hosts/::1", "/quiet", "/login", "/flows?port=22&x=y"] {
        assert_eq!(get(view).send(to).body, index, "{view}");
    }
    let metrics = get("/metrics").send(to);
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert!(metrics.text().contains("netsift_sink_failing{sink=\"mail\"} 0\n"));
}
