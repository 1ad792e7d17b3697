//! Secrets that nobody can guess, by the generator that TLS uses.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::DashboardError;

/// So many bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], DashboardError> {
    let mut bytes = [0; N];
    let provider = rustls::crypto::ring::default_provider();
    provider.secure_random.fill(&mut bytes).map_err(|_| DashboardError::Randomness)?;
    Ok(bytes)
}

/// 256 bits as text that is fit for headers, cookies and addresses.
pub(crate) fn word() -> Result<String, DashboardError> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes::<32>()?))
}
