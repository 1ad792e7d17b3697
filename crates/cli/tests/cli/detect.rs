//! `netsift train` without labels, and what comes of it: traffic in which an attack is planted, tables and captures.

use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};
use std::{fs, thread};

use serde_json::Value;

use crate::models::{Place, line};
use crate::program;

/// What traffic of good faith is made of.
const BENIGN: &str = "dns=6,chat,ssh,video";
/// The first rows of what `predict` writes of flows, up to the class.
const IDENTITY: usize = 7;

impl Place {
    /// A capture of traffic that nobody has labelled, and one in which an attack is planted, with its labels.
    fn traffic(&self) {
        let seed = |seed| ["--seed", seed, "--packets", "20000"];
        self.fine(&[&["synth", "-o", "usual.pcap", "--mix", BENIGN][..], &seed("1")].concat());
        let mix = format!("{BENIGN},syn-scan=1");
        let words = ["synth", "-o", "new.pcap", "--labels", "rules.csv", "--mix", &mix];
        self.fine(&[&words[..], &seed("2")].concat());
        let words = ["extract", "new.pcap", "--label-file", "rules.csv", "-o", "new.csv", "-q"];
        self.fine(&words);
    }
}

/// A row that predict wrote of a detector.
struct Told {
    flow: String,
    class: String,
    score: f64,
    quantile: f64,
}

/// What `predict` wrote of flows, the strangest first.
fn told(csv: &str) -> Vec<Told> {
    let mut lines = csv.lines();
    let heading = "Flow ID,Src IP,Src Port,Dst IP,Dst Port,Protocol,Timestamp,Class,Score,Quantile";
    assert_eq!(lines.next(), Some(heading));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        Told {
            flow: cells[0].to_owned(),
            class: cells[IDENTITY].to_owned(),
            score: cells[IDENTITY + 1].parse().unwrap(),
            quantile: cells[IDENTITY + 2].parse().unwrap(),
        }
    };
    let mut rows: Vec<Told> = lines.map(row).collect();
    rows.sort_by(|one, other| other.score.total_cmp(&one.score));
    rows
}

#[test]
fn a_planted_attack_stands_at_the_top() {
    let place = Place::new();
    place.traffic();
    let run = place.fine(&["train", "usual.pcap", "-o", "m.nsm"]);
    assert!(run.errors.contains("flows to learn from"), "{}", run.errors);
    assert!(run.errors.contains("which find attacks best (--all-columns"), "{}", run.errors);
    assert!(run.errors.contains("it takes captures, read with the profile native"));
    let heading = line(&run.out, "On ");
    assert_eq!(
        heading[3..],
        ["fit", "score", "threshold", "told", "told", "of", "held", "order", "overlap"]
    );
    assert!(run.out.contains("told is what is above the threshold: 1.00 %"), "{}", run.out);

    let run = place.fine(&["predict", "m.nsm", "new.pcap"]);
    let rows = told(&run.out);
    let attacks: Vec<&str> = {
        let table = fs::read_to_string(place.path("new.csv")).unwrap();
        let attacks = table.lines().filter(|line| line.ends_with(",syn-scan"));
        let ids = attacks.map(|line| line.split(',').next().unwrap().to_owned());
        let ids: Vec<String> = ids.collect();
        assert!(ids.len() > 20, "{} attacks", ids.len());
        rows.iter()
            .map(|row| row.flow.as_str())
            .filter(|id| ids.iter().any(|it| it == id))
            .collect()
    };
    let top = &rows[..attacks.len()];
    let found = top.iter().filter(|row| attacks.contains(&row.flow.as_str())).count();
    assert!(found * 10 >= attacks.len() * 8, "{found} of {} at the top", attacks.len());
    // Scores, quantiles and classes say the same.
    assert!(rows.is_sorted_by(|one, other| one.quantile >= other.quantile));
    let threshold = rows.iter().take_while(|row| row.class == "anomaly").count();
    assert!(rows.iter().skip(threshold).all(|row| row.class == "usual"));
    assert_eq!(line(&run.errors, "anomaly")[1], threshold.to_string());

    // A table of the same flows gets the same answers.
    let of_table = told(&place.fine(&["predict", "m.nsm", "new.csv"]).out);
    let scores = |rows: &[Told]| rows.iter().map(|row| row.score).collect::<Vec<_>>();
    assert_eq!(scores(&of_table), scores(&rows));

    let words = ["evaluate", "m.nsm", "new.csv", "--label", "Label", "--json"];
    let benign = ["--usual", "dns,chat,ssh,video"];
    let json = place.fine(&[&words[..], &benign].concat()).out;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert!(json["roc_area"].as_f64().unwrap() > 0.95, "{json}");
    assert_eq!(json["classes"], serde_json::json!(["usual", "anomaly"]));
    assert_eq!(json["rows"], rows.len());
    let alarms: f64 =
        json["confusion"].as_array().unwrap().iter().map(|row| row[1].as_f64().unwrap()).sum();
    assert_eq!(alarms, threshold as f64);
    let said = place.refused(&words, 1);
    assert!(said.contains("none of the labels means usual") && said.contains("--usual"), "{said}");
}

/// Rows around 0, and behind every 20th one far away.
fn planted(rows: usize) -> String {
    let mut csv = String::from("a,b,kind,minute,attack\n");
    for row in 0..rows {
        let is_attack = row % 20 == 19;
        let far = if is_attack { 500 } else { 0 };
        let cells = (row * 7 % 31 + far, row * 13 % 29 + far, ["tcp", "udp"][row % 2]);
        csv +=
            &format!("{},{},{},{},{}\n", cells.0, cells.1, cells.2, row * 60, u8::from(is_attack));
    }
    csv
}

fn with_rows(rows: usize) -> Place {
    let place = Place::new();
    fs::write(place.path("rows.csv"), planted(rows)).unwrap();
    place
}

/// How many rows of a table are told.
fn alarms(place: &Place, options: &[&str]) -> usize {
    let told = place.fine(&[&["predict", "m.nsm", "rows.csv"], options].concat()).out;
    assert!(told.starts_with("Class,Score,Quantile\n"), "{told}");
    told.lines().filter(|line| line.starts_with("anomaly,")).count()
}

/// By numbers as they are: logarithms of small whole numbers would leave many rows equally strange.
const TRAIN: [&str; 10] = [
    "train",
    "rows.csv",
    "--drop",
    "minute,attack",
    "-o",
    "m.nsm",
    "--model",
    "pca",
    "--scale",
    "standard",
];

#[test]
fn thresholds_do_what_they_say() {
    let place = with_rows(1_000);
    let all = ["--test-size", "0"];
    place.fine(&[&TRAIN[..], &all, &["--contamination", "0.03"]].concat());
    assert!((28..=31).contains(&alarms(&place, &[])), "{}", alarms(&place, &[]));
    assert!((95..=101).contains(&alarms(&place, &["--contamination", "0.1"])));
    assert_eq!(alarms(&place, &["--threshold", "1e9"]), 0);
    assert_eq!(alarms(&place, &["--threshold", "-1e9"]), 1_000);
    let asked = ["predict", "m.nsm", "rows.csv"];
    let said = place.refused(&[&asked[..], &["--alerts-per-day", "3"]].concat(), 2);
    assert!(said.contains("the rows of the training had no times"), "{said}");
    let said = place.refused(&[&TRAIN[..], &["--alerts-per-day", "3"]].concat(), 2);
    assert!(said.contains("they have no times; name the column of times with --time"), "{said}");

    // A row a minute: 1,440 a day.
    let words = ["train", "rows.csv", "--drop", "attack", "-o", "m.nsm", "--model", "pca"];
    let words = [&words[..], &["--scale", "standard"]].concat();
    let timed = ["--time", "minute", "--alerts-per-day", "14.4"];
    let run = place.fine(&[&words[..], &timed, &all].concat());
    assert!(run.out.contains("14.4 a day, of 1441 rows a day"), "{}", run.out);
    assert!((9..=11).contains(&alarms(&place, &[])), "{}", alarms(&place, &[]));
    assert!((49..=51).contains(&alarms(&place, &["--alerts-per-day", "72"])));
    // Less than one of the rows that were learned is nothing that they can tell.
    for few in ["1.4", "0.1"] {
        let said = place.refused(&[&asked[..], &["--alerts-per-day", few]].concat(), 2);
        let expected = format!("{few} alerts a day are fewer than 1000 rows can tell");
        assert!(said.contains(&expected) && said.contains("1.45 or more, or 0"), "{said}");
    }
    assert!((1..=2).contains(&alarms(&place, &["--alerts-per-day", "1.45"])));
    assert_eq!(alarms(&place, &["--alerts-per-day", "0"]), 0);
    let few = ["--time", "minute", "--alerts-per-day", "0.1"];
    let run = place.run(&[&words[..], &few, &all].concat());
    assert!(run.code == 2 && run.errors.contains("fewer than 1000 rows"), "{}", run.errors);
    let run = place.fine(&[&asked[..], &["--contamination", "0.0005"]].concat());
    assert!(run.errors.contains("0.05 % of 1,000 rows is less than one"), "{}", run.errors);
    let run =
        place.run(&[&TRAIN[..], &["--contamination", "0.1", "--alerts-per-day", "1"]].concat());
    assert!(run.code == 2 && run.errors.contains("cannot be used with"), "{}", run.errors);
}

#[test]
fn known_anomalies_choose_the_threshold() {
    let place = with_rows(1_000);
    let words = ["train", "rows.csv", "--drop", "minute", "--anomalies", "attack", "-o", "m.nsm"];
    let run = place.fine(&[&words[..], &["--model", "ecod", "--card", "card.md"]].concat());
    let cells = line(&run.out, "ecod");
    assert_eq!(cells[cells.len() - 2..], ["1.0000", "1.0000"]);
    let heading = line(&run.out, "On ");
    assert_eq!(heading[heading.len() - 5..], ["ROC", "area", "precision", "at", "n"]);
    assert_eq!(alarms(&place, &[]), 50);
    let card = fs::read_to_string(place.path("card.md")).unwrap();
    assert!(card.contains("which were not learned") && card.contains("best F1"), "{card}");
    let words = ["evaluate", "m.nsm", "rows.csv", "--label", "attack"];
    let told = place.fine(&words).out;
    assert!(told.starts_with("ROC area 1.0000, average precision 1.0000, precision at 50 1.0000"));
    assert_eq!(line(&told, "2 anomaly"), ["2", "anomaly", "0", "50"]);
    let said = place.refused(&[&words[..], &["--unknown-below", "0.5"]].concat(), 2);
    assert!(said.contains("is of models of classes, and ecod tells"), "{said}");
}

#[test]
fn a_rate_of_usual_rows_chooses_the_threshold() {
    let place = with_rows(1_000);
    let words = ["train", "rows.csv", "--drop", "minute", "--anomalies", "attack", "-o", "m.nsm"];
    let run = place.fine(&[&words[..], &["--false-positive-rate", "0.02"]].concat());
    let expected = "as many known anomalies as can be with 2.00 % of the usual rows: ";
    assert!(run.out.contains(expected), "{}", run.out);
    assert!(!run.errors.contains("above the threshold"), "{}", run.errors);
    let run = place.run(&[&words[..], &["--false-positive-rate", "1.5"]].concat());
    assert!(run.code == 2 && run.errors.contains("false-positive rate is 1.5"), "{}", run.errors);
    let run = place.run(&["train", "rows.csv", "-o", "m.nsm", "--false-positive-rate", "0.1"]);
    assert!(run.code == 2 && run.errors.contains("--anomalies"), "{}", run.errors);
}

#[test]
fn anomalies_that_no_threshold_tells_apart_are_told_of() {
    let place = Place::new();
    // What is called an attack is like everything else, and nine of ten rows are called so.
    let row = |row: usize| {
        let is_attack = u8::from(!row.is_multiple_of(10));
        format!("{},{},{is_attack}\n", row * 7 % 31, row * 13 % 29)
    };
    let rows = (0..600).fold(String::from("a,b,attack\n"), |csv, number| csv + &row(number));
    fs::write(place.path("rows.csv"), rows).unwrap();
    let words = ["train", "rows.csv", "--anomalies", "attack", "-o", "m.nsm"];
    let run = place.run(&words);
    let is_told = run.errors.contains("would be to tell every row")
        || run.errors.contains("of the usual rows are above the threshold, too");
    assert!(is_told && run.errors.contains("--false-positive-rate"), "{}", run.errors);
    assert!(run.errors.contains("ROC area 0."), "{}", run.errors);
}

#[test]
fn rows_that_tell_nothing_are_refused() {
    let place = Place::new();
    fs::write(place.path("same.csv"), format!("a,b,Label\n{}", "1,2,x\n".repeat(50))).unwrap();
    let refused = |words: &[&str], expected: &str| {
        let run = place.run(words);
        assert!(run.code == 1 && run.errors.contains(expected), "{words:?}: {}", run.errors);
        assert!(!place.path("m.nsm").exists());
    };
    let train = ["train", "same.csv", "-o", "m.nsm"];
    refused(&[&train[..], &["--drop", "Label"]].concat(), "are the same in every column");
    let expected = "all rows to learn from are labelled \"x\", and there is nothing to tell apart";
    refused(&[&train[..], &["--label", "Label"]].concat(), expected);
    let rows = "1,2,x\n1,2,y\n".repeat(25);
    fs::write(place.path("same.csv"), format!("a,b,Label\n{rows}")).unwrap();
    refused(&[&train[..], &["--label", "Label"]].concat(), "are the same in every column");
}

#[test]
fn tables_of_flows_have_the_times_and_columns_of_their_capture() {
    let place = Place::new();
    place.fine(&["synth", "-o", "usual.pcap", "--mix", BENIGN, "--packets", "20000"]);
    place.fine(&["extract", "usual.pcap", "-o", "usual.csv", "-q"]);
    let limit = ["--alerts-per-day", "2000", "--cv", "0"];
    let train = |input: &str, options: &[&str]| {
        let words = ["train", input, "-o", "m.nsm", "--export", "m.json"];
        let run = place.fine(&[&words[..], &limit, options].concat());
        let json: Value = serde_json::from_slice(&fs::read(place.path("m.json")).unwrap()).unwrap();
        let names = json["facts"]["columns"].as_array().unwrap().iter();
        let names: Vec<String> = names.map(|it| it["name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(json["facts"]["split"]["how"], "by time", "{json}");
        (line(&run.out, "told is"), names)
    };
    let of_capture = train("usual.pcap", &[]);
    assert!(of_capture.0.join(" ").contains("2000 a day, of "), "{:?}", of_capture.0);
    assert_eq!(train("usual.csv", &[]), of_capture);
    assert!(!of_capture.1.iter().any(|name| name.contains("TTL") || name.starts_with("Packet 1 ")));
    let all = train("usual.pcap", &["--all-columns"]);
    assert_eq!(train("usual.csv", &["--all-columns"]), all);
    assert!(all.1.contains(&"Packet 1 Length".to_owned()), "{:?}", all.1);
    assert!(!all.1.iter().any(|name| name.contains("TTL")), "{:?}", all.1);
    let kept = train("usual.pcap", &["--keep", "Fwd TTL Max,Flow Duration"]).1;
    assert_eq!(kept, ["Fwd TTL Max", "Flow Duration"]);
}

#[test]
fn of_all_detectors_one_is_kept_and_the_rule_is_told() {
    let place = with_rows(300);
    let words = ["train", "rows.csv", "--drop", "minute,attack", "-o", "m.nsm", "--model", "all"];
    let run = place.fine(&[&words[..], &["--cv", "3"]].concat());
    assert!(run.out.contains("kept is the one that depends least on which rows"), "{}", run.out);
    assert_eq!(run.out.matches("(kept)").count(), 1);
    let names: Vec<&str> =
        run.out.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    for name in ["lof", "knn-distance", "hbos", "ecod", "pca", "one-class-svm", "half-space-trees"]
    {
        assert!(names.contains(&name), "{name}\n{}", run.out);
    }
    let words = ["train", "rows.csv", "--drop", "minute", "--anomalies", "attack", "-o", "m.nsm"];
    let run = place.fine(&[&words[..], &["--model", "hbos,ecod"]].concat());
    assert!(run.out.contains("kept is the one that finds the known anomalies best"), "{}", run.out);
    let run = place.fine(&[&TRAIN[..], &["--cv", "0"]].concat());
    assert!(!run.out.contains("overlap"), "{}", run.out);
    assert!((1..=6).contains(&alarms(&place, &["-q"])));
}

#[test]
fn the_first_minutes_of_a_capture_are_learned() {
    let place = Place::new();
    let synth = ["synth", "-o", "usual.pcap", "--mix", BENIGN, "--duration", "60"];
    place.fine(&[&synth[..], &["--flows-per-second", "20", "--packets", "60000"]].concat());
    let rows = |options: &[&str]| {
        let words = ["train", "usual.pcap", "-o", "m.nsm", "--export", "m.json"];
        let run = place.fine(&[&words[..], options].concat());
        let json: Value = serde_json::from_slice(&fs::read(place.path("m.json")).unwrap()).unwrap();
        let split = &json["facts"]["split"];
        let rows = split["train_rows"].as_u64().unwrap() + split["test_rows"].as_u64().unwrap();
        (rows, run.errors)
    };
    let (all, said) = rows(&[]);
    assert!(all > 500 && said.contains("flows to learn from"), "{all} {said}");
    let (half, _) = rows(&["--for", "30s"]);
    assert!(half * 10 > all * 3 && half * 10 < all * 7, "{half} of {all}");
    let (same, _) = rows(&["--for", "0.5"]);
    assert_eq!(same, half);
    let (few, said) = rows(&["--most-rows", "100"]);
    assert_eq!(few, 100);
    assert!(said.contains("100 of ") && said.contains("drawn by chance"), "{said}");
}

#[test]
fn what_comes_behind_the_first_minutes_is_not_waited_for() {
    let place = Place::new();
    place.fine(&["synth", "-o", "usual.pcap", "--mix", BENIGN, "--duration", "60"]);
    let words = ["train", "-", "-o", "m.nsm", "--for", "10s", "-q"];
    let mut command = program();
    let command = command.args(words).current_dir(place.path(""));
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut open = child.stdin.take().unwrap();
    // Whoever has read enough closes the pipe.
    let _ = open.write_all(&fs::read(place.path("usual.pcap")).unwrap());
    let _ = open.flush();
    let began = Instant::now();
    let ended = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if began.elapsed() > Duration::from_secs(60) => break None,
            None => thread::sleep(Duration::from_millis(20)),
        }
    };
    drop(open);
    let _ = child.kill();
    assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
    assert!(place.path("m.nsm").exists());
}

#[test]
fn importance_is_of_models_of_classes() {
    let place = Place::new();
    place.fine(&["synth", "-o", "usual.pcap", "--packets", "2000"]);
    place.fine(&["train", "usual.pcap", "-o", "m.nsm", "-q"]);
    fs::write(place.path("t.csv"), "Label\nbenign\n").unwrap();
    let run = place.run(&["evaluate", "m.nsm", "t.csv", "--label", "Label", "--importance"]);
    assert_eq!(run.code, 2);
    assert!(run.errors.contains("--importance is of models of classes"), "{}", run.errors);
}

#[test]
fn what_was_read_of_a_broken_capture_is_learned_and_told() {
    let place = Place::new();
    place.fine(&["synth", "-o", "usual.pcap", "--packets", "4000"]);
    let whole = fs::read(place.path("usual.pcap")).unwrap();
    fs::write(place.path("cut.pcap"), &whole[..whole.len() - 7]).unwrap();
    let run = place.run(&["train", "cut.pcap", "-o", "m.nsm"]);
    assert_eq!(run.code, 1, "{}", run.errors);
    assert!(run.errors.contains("not whole: ") && !place.path("m.nsm").exists(), "{}", run.errors);
    place.fine(&["predict", "m.nsm.partial", "usual.pcap", "-q"]);
}

#[test]
fn what_cannot_be_learned_without_labels_is_told_in_a_line() {
    let place = with_rows(60);
    place.fine(&["synth", "-o", "a.pcap", "--packets", "2000"]);
    let train = |words: &[&str]| {
        let said = place.refused(&[&["train", "-o", "m.nsm"], words].concat(), 2);
        assert!(!place.path("m.nsm").exists(), "{said}");
        said
    };
    for (words, expected) in [
        (&["rows.csv", "a.pcap"][..], "cannot be learned from together"),
        (&["rows.csv", "--model", "knn"], "knn learns from labels; name their column with --label"),
        (&["rows.csv", "--model", "hbso"], "did you mean hbos?"),
        (&["rows.csv", "--label", "attack", "--model", "hbos"], "hbos learns without labels"),
        (&["rows.csv", "--weigh-classes"], "--weigh-classes needs labels"),
        (&["rows.csv", "--map-label", "a=b"], "--map-label needs labels"),
        (&["rows.csv", "--calibrate", "sigmoid"], "--calibrate needs labels"),
        (&["rows.csv", "--rules", "tree.txt"], "--rules is of --model decision-tree alone"),
        (&["rows.csv", "--for", "5"], "--for is of captures, and these are tables"),
        (&["a.pcap", "--time", "Timestamp"], "--time is of tables, and these are captures"),
        (&["a.pcap", "--anomalies", "Label"], "--anomalies is of tables, and these are captures"),
        (&["a.pcap", "--profile", "none"], "--profile none is of tables"),
        (&["rows.csv", "--contamination", "1.5"], "contamination is 1.5, but must be"),
        (&["rows.csv", "--cv", "1"], "resamples is 1, but must be"),
    ] {
        let said = train(words);
        assert!(said.contains(expected), "{words:?}: {said}");
    }
    let said = place.refused(&["train", "rows.csv", "-o", "m.nsm", "--anomalies", "kind"], 1);
    assert!(said.contains("none of the labels means usual; they are tcp, udp"), "{said}");
    place.trained(&["--model", "knn"]);
    let said = place.refused(&["predict", "m.nsm", "flows.csv", "--threshold", "1"], 2);
    assert!(said.contains("knn tells classes, and not how strange rows are"), "{said}");
    let words = ["evaluate", "m.nsm", "flows.csv", "--label", "Label", "--usual", "benign"];
    assert!(place.refused(&words, 2).contains("knn tells classes"));
}

#[test]
fn probabilities_are_calibrated() {
    let place = Place::new();
    fs::write(place.path("flows.csv"), crate::models::flows(400)).unwrap();
    for curves in ["isotonic", "sigmoid"] {
        place.trained(&["--model", "naive-bayes", "--calibrate", curves, "--card", "card.md"]);
        let card = fs::read_to_string(place.path("card.md")).unwrap();
        assert!(card.contains(&format!("calibrated**: by {curves} curves")), "{card}");
        let told = place.fine(&["predict", "m.nsm", "flows.csv", "-q"]).out;
        assert!(told.starts_with("Class,P(benign),P(scan)\n"), "{told}");
    }
}
