//! The same through TLS.

use std::io::Write;
use std::sync::Arc;

use netsift_dashboard::{Dashboard, DashboardError, Settings};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;

use crate::made::Running;
use crate::raw::{Answer, connect, get, post, rest};

#[test]
fn a_certificate_is_shown_and_cookies_stay_inside() {
    let made = rcgen::generate_simple_self_signed(["sift.example".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let running = Running::with(|mut settings| {
        settings.login = Some(true);
        settings.host("sift.example").tls(&certificate, &key)
    });
    let token = running.dashboard.as_ref().unwrap().new_token().unwrap().to_owned();
    let to = running.address();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = Arc::new(config.unwrap().with_root_certificates(roots).with_no_client_auth());
    let name = ServerName::try_from("sift.example").unwrap();
    let client = ClientConnection::new(config, name).unwrap();
    let mut stream = StreamOwned::new(client, connect(to));
    let login = post("/api/v1/session", &json!({ "token": token })).host("sift.example");
    let login = login.header("Origin", "https://sift.example");
    stream.write_all(&login.bytes(to)).unwrap();
    let answer = Answer::read(&rest(&mut stream)).unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.header("set-cookie").unwrap().contains("; Secure"));
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"));
    // Who speaks without it is not understood.
    let mut plain = connect(to);
    plain.write_all(&get("/").bytes(to)).unwrap();
    assert!(Answer::read(&rest(&mut plain)).is_none());
    running.awaits("bad_request");
}

#[test]
fn files_that_are_no_certificates_are_refused() {
    let running = Running::start();
    let [none, text] = ["none.pem", "secret"].map(|name| running.folder().join(name));
    let start = |certificate, key| {
        let settings = Settings::default().listen(([127, 0, 0, 1], 0).into()).tls(certificate, key);
        Dashboard::start(&settings, running.folder().join("h.db"), running.house.clone()).err()
    };
    assert!(matches!(start(&none, &none), Some(DashboardError::File { .. })));
    assert!(matches!(start(&text, &text), Some(DashboardError::Content { .. })));
}
