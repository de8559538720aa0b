//! TLS: who may certify a server, and what is wrong with a certificate.

use domain::{CaCertificates, CaError};
use rustls::crypto::aws_lc_rs;
use rustls::{AlertDescription, CertificateError};
use rustls_native_certs::load_native_certs;
use std::error::Error;
use std::io;
use std::sync::Arc;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The settings of every connection. Without own authorities, those that the machine trusts.
///
/// # Errors
/// [`CaError`] if a certificate cannot be read.
pub fn config(authorities: Option<&CaCertificates>) -> Result<TlsConfig, CaError> {
    let roots: Vec<_> = match authorities.map(CaCertificates::read).transpose()? {
        Some(own) => own.iter().map(|authority| Certificate::from_der(&authority.der).to_owned()).collect(),
        None => load_native_certs().certs.iter().map(|one| Certificate::from_der(one).to_owned()).collect(),
    };
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::from(roots))
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .build())
}

/// What an error says about TLS; `None` if it has another cause.
pub fn reason(error: &(dyn Error + 'static)) -> Option<String> {
    Some(match rustls_error(error)? {
        rustls::Error::InvalidCertificate(error) => match error {
            // The second if another CA has the same name.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "its certificate is signed by a CA that this machine does not trust; set ca_file to the certificate of that CA".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "its certificate is for another name; use the name that it is for".to_owned()
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired, or the clock of this machine is wrong".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet, or the clock of this machine is wrong".to_owned()
            }
            error => format!("its certificate cannot be used ({error})"),
        },
        rustls::Error::InvalidMessage(_) => {
            "it does not speak TLS; use http, if this network may read a token".to_owned()
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "it demands a client certificate, which Portolan does not".to_owned()
        }
        error => format!("TLS failed ({error})"),
    })
}

/// Finds the rustls error among the causes of another error.
fn rustls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(found) = error.downcast_ref::<rustls::Error>() {
        return Some(found);
    }
    match error.downcast_ref::<ureq::Error>() {
        Some(ureq::Error::Rustls(found)) => Some(found),
        Some(ureq::Error::Io(io)) => rustls_error(io),
        // An I/O error does not name the error that it wraps as its source.
        _ => rustls_error(error.downcast_ref::<io::Error>()?.get_ref()?),
    }
}
