//! From an empty folder to a mail in a mailbox and a message at a web address: three commands, against servers of this
//! machine.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

#[cfg(unix)]
use crate::mail_server::{mail_server, python, skipped};
use crate::readme::{blocks, is_first_steps};
use crate::watching::posted;
use crate::{Run, program, run};

/// What a server was sent.
type Taken = Arc<Mutex<Vec<String>>>;

/// Traffic with a flood in it.
fn capture(folder: &Path) {
    let path = folder.join("made.pcap");
    let made = [
        "synth",
        "-o",
        path.to_str().unwrap(),
        "--mix",
        "web=9,syn-flood=3",
        "--seed",
        "2",
        "-n",
        "10000",
    ];
    assert_eq!(run(&made).code, 0);
}

/// A server whose every conversation is one of these.
fn server(talk: impl Fn(&TcpStream) -> String + Send + 'static) -> (u16, Taken) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, taken) = (listener.local_addr().unwrap().port(), Taken::default());
    let kept = Arc::clone(&taken);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let said = talk(&stream.unwrap());
            kept.lock().unwrap().push(said);
        }
    });
    (port, taken)
}

/// A receiver of messages; answers their bodies.
fn hook(stream: &TcpStream) -> String {
    posted(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
}

/// A server of mail that takes all; answers recipients and mails.
fn mailbox(mut stream: &TcpStream) -> String {
    let (mut said, mut is_data) = (String::new(), false);
    stream.write_all(b"220 here\r\n").unwrap();
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        if is_data && line != "." {
            said += &(line + "\n");
            continue;
        }
        is_data = line == "DATA";
        let answer = match line.get(..4).unwrap_or_default() {
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            "RCPT" => {
                said += &(line + "\n");
                "250 fine"
            }
            _ => "250 fine",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).unwrap();
    }
    said
}

/// Waits until a server was told of a test and of the capture's flood: it says so a moment after it has answered.
fn both(taken: &Taken) -> [String; 2] {
    let end = Instant::now() + Duration::from_secs(10);
    while taken.lock().unwrap().len() < 2 {
        assert!(Instant::now() < end, "something is missing: {:?}", taken.lock().unwrap());
        std::thread::sleep(Duration::from_millis(20));
    }
    std::mem::take(&mut *taken.lock().unwrap()).try_into().unwrap()
}

#[test]
fn three_commands_lead_to_a_mail_and_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    capture(at);
    let ((smtp, mails), (http, messages)) = (server(mailbox), server(hook));
    let run_in = |words: &str| {
        let mut command = program();
        let url = format!("http://127.0.0.1:{http}/in?key=geheim");
        command.args(words.split(' ')).current_dir(at).env("NETSIFT_WEBHOOK_URL", url);
        let told = Run::of(&command.stdin(Stdio::null()).output().unwrap());
        assert_eq!(told.code, 0, "{words}: {}", told.errors);
        assert!(!told.errors.contains("geheim"), "{}", told.errors);
        told
    };
    run_in(&format!(
        "config init netsift.toml --mail ann@example.org --mail-server 127.0.0.1:{smtp} --mail-security open \
         --webhook json --webhook-private"
    ));
    let told = run_in("alerts test --config netsift.toml");
    assert_eq!(told.errors.matches("took it").count(), 4, "{}", told.errors);
    run_in("detect --config netsift.toml made.pcap");
    let alerts = both(&messages).map(|message| {
        let message: Value = serde_json::from_str(&message).unwrap();
        let text = |key| message["alerts"][0][key].as_str().unwrap().to_owned();
        (text("what"), text("id"))
    });
    assert_eq!((alerts[0].0.as_str(), alerts[1].0.as_str()), ("test", "syn-flood"));
    let mails = both(&mails);
    assert!(mails.iter().all(|mail| mail.contains("RCPT TO:<ann@example.org>")), "{mails:?}");
    assert!(mails[1].contains(&alerts[1].1), "{mails:?}");
    assert!(!fs::read_to_string(at.join("netsift.toml")).unwrap().contains("geheim"));
}

/// As the README has them: with STARTTLS, a password, and a message of Slack's. What stands for servers elsewhere is replaced
/// by those here.
#[cfg(unix)]
#[test]
fn the_commands_of_the_readme_do_so() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (Some(python), true) = (python(), certificate(at)) else { return };
    capture(at);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let _server = mail_server(python, at, port, &at.join("cert.pem"), &at.join("key.pem"));
    let (http, messages) = server(hook);
    let commands: Vec<String> = blocks().into_iter().map(|(commands, _)| commands).collect();
    let mut steps = commands.into_iter().filter(|commands| is_first_steps(commands));
    let steps = steps.next().expect("the README shows them");
    assert_eq!(steps.trim().lines().count(), 3, "{steps}");
    let here = steps
        .replace("netsift@mail.example.org", &format!("me@localhost:{port}"))
        .replace("--webhook slack", "--webhook slack --webhook-private");
    let mut shell = Command::new("sh");
    shell.args(["-ec", &here]).current_dir(at).stdin(Stdio::null());
    shell.env("NETSIFT_WEBHOOK_URL", format!("http://127.0.0.1:{http}/services/geheim"));
    shell.env("NETSIFT_MAIL_PASSWORD", "hunter2").env("SSL_CERT_FILE", at.join("cert.pem"));
    let told = Run::of(&shell.output().unwrap());
    assert_eq!(told.code, 0, "{}", told.errors);
    assert!(!told.errors.contains("hunter2") && !told.errors.contains("geheim"), "{}", told.errors);
    let mails = fs::read_to_string(at.join("mails")).unwrap();
    let mails: Vec<Value> = mails.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(mails.len() == 2 && mails.iter().all(|mail| mail["tls"] == true), "{mails:?}");
    let messages = both(&messages);
    for (place, what) in ["test", "syn-flood"].into_iter().enumerate() {
        assert!(mails[place]["text"].as_str().unwrap().contains(what), "{mails:?}");
        assert!(messages[place].contains(what), "{messages:?}");
    }
}

/// Whether there is one now: of this machine, by nobody else.
fn certificate(folder: &Path) -> bool {
    let mut command = Command::new("openssl");
    command.args([
        "req",
        "-x509",
        "-nodes",
        "-newkey",
        "ec",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]);
    command.args(["-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", "key.pem"]);
    command.args(["-out", "cert.pem", "-addext", "subjectAltName=DNS:localhost"]);
    command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    let is_made = command.current_dir(folder).output().is_ok_and(|it| it.status.success());
    if !is_made {
        skipped("openssl");
    }
    is_made
}
