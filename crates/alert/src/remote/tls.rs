//! Whose certificates are believed.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde::{Deserialize, Serialize};

use crate::SinkError;

/// Whose certificates are believed. That a server's certificate bears the name by which it is called is always checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TlsSettings {
    /// A file of certificates (PEM) that are believed, and no others. Default: those that the system trusts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

impl TlsSettings {
    /// The certificates that are believed.
    pub(crate) fn roots(&self, setting: &str) -> Result<Vec<CertificateDer<'static>>, SinkError> {
        let Some(path) = &self.ca_file else {
            let found = rustls_native_certs::load_native_certs().certs;
            let rule = "a file of certificates, since the system trusts none";
            return Some(found)
                .filter(|found| !found.is_empty())
                .ok_or_else(|| SinkError::setting(&format!("{setting}.ca_file"), "not set", rule));
        };
        let shown = path.display().to_string();
        let refuse = || {
            let rule = "a file of certificates in PEM";
            SinkError::setting(&format!("{setting}.ca_file"), &shown, rule)
        };
        let text = std::fs::read(path).map_err(|source| SinkError::File {
            path: shown.clone(),
            what: "read",
            source,
        })?;
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        found.ok().filter(|found| !found.is_empty()).ok_or_else(refuse)
    }

    /// How connections are made that believe them.
    pub(crate) fn config(&self, setting: &str) -> Result<Arc<ClientConfig>, SinkError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.roots(setting)?);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| SinkError::setting(setting, error, "usable with TLS 1.2 or 1.3"))?;
        Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
    }
}

/// The name that a server's certificate has to bear.
pub(crate) fn server_name(setting: &str, host: &str) -> Result<ServerName<'static>, SinkError> {
    let name = ServerName::try_from(host.to_owned());
    name.map_err(|_| SinkError::setting(setting, host, "the name or the address of a host"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_without_certificates_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let settings = TlsSettings { ca_file: Some(path.clone()) };
        assert!(matches!(settings.roots("a"), Err(SinkError::File { .. })));
        let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        for text in ["", "no certificate", broken] {
            std::fs::write(&path, text).unwrap();
            let error = settings.config("syslog.tls").unwrap_err().to_string();
            assert!(error.starts_with("syslog.tls.ca_file is "), "{error}");
        }
    }
}
