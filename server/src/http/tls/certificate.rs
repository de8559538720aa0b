//! The files with the console's certificate and its key.

use jiff::Timestamp;
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{Error as TlsLibraryError, InconsistentKeys, RootCertStore};
use sha2::{Digest, Sha256};
use std::fmt;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use x509_parser::certificate::X509Certificate;
use x509_parser::parse_x509_certificate;
use zeroize::Zeroizing;

/// Files in PEM. Both may be the same file.
#[derive(Clone, Debug)]
pub struct CertificateFiles {
    /// The certificate, followed by those of the intermediate authorities.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// Why nothing can be served with these files.
#[derive(Debug, Error)]
pub enum CertificateError {
    #[error("The file {path} cannot be read: {1}.", path = .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    #[error(
        "There is no certificate in {path}. Put the certificate there in PEM (BEGIN CERTIFICATE), followed by those of the intermediate authorities.",
        path = .0.display()
    )]
    NoCertificate(PathBuf),
    #[error("Certificate {position} in {path} is damaged.", path = path.display())]
    Damaged {
        path: PathBuf,
        /// From 1.
        position: usize,
    },
    #[error("There is no private key in {path}. Put the key there in PEM (BEGIN PRIVATE KEY).", path = .0.display())]
    NoKey(PathBuf),
    #[error(
        "The key in {path} is encrypted, and a server cannot ask for its password. Write it to a file that only Portolan's user can read: openssl pkey -in {path} -out <file>",
        path = .0.display()
    )]
    EncryptedKey(PathBuf),
    #[error(
        "The key in {path} cannot be used. Use ECDSA on P-256, P-384 or P-521, Ed25519, or RSA of 2,048 to 8,192 bits.",
        path = .0.display()
    )]
    UnusableKey(PathBuf),
    #[error(
        "The key in {key} does not belong to the first certificate in {certificate}. Name two files that belong together; the certificate of the console comes first, its issuers follow.",
        key = key.display(), certificate = certificate.display()
    )]
    OtherKey { certificate: PathBuf, key: PathBuf },
}

/// What was in the files.
pub struct Contents<'a> {
    files: &'a CertificateFiles,
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

/// What browsers or clients will complain about. Displayed as a sentence without its full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateWarning {
    /// When it expired. Seconds since 1970.
    Expired(PathBuf, i64),
    /// When it begins. Seconds since 1970.
    NotYetValid(PathBuf, i64),
    /// The first certificate, counted from 1, that was not issued by the one after it.
    Gap(PathBuf, usize),
    PublicKey(PathBuf),
}

impl fmt::Display for CertificateWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired(path, at) => {
                write!(f, "the certificate in {} expired on {}; browsers reject it", path.display(), date(*at))
            }
            Self::NotYetValid(path, at) => {
                write!(f, "the certificate in {} is not valid before {}", path.display(), date(*at))
            }
            Self::Gap(path, position) => write!(
                f,
                "certificate {position} in {} was not issued by the one after it; clients may find no path to an \
                 authority that they trust",
                path.display()
            ),
            Self::PublicKey(path) => write!(f, "everybody on this machine can read the key in {}", path.display()),
        }
    }
}

/// A time as people read it.
pub fn date(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}

/// A certificate with its chain and its key.
pub struct Certificate {
    pub key: Arc<CertifiedKey>,
    /// Seconds since 1970.
    pub not_before: i64,
    /// Seconds since 1970.
    pub not_after: i64,
    /// The first certificate, counted from 1, that was not issued by the one after it.
    pub gap: Option<usize>,
}

impl CertificateFiles {
    /// # Errors
    /// If one of the files cannot be read.
    pub fn read(&self) -> Result<Contents<'_>, CertificateError> {
        let read =
            |path: &Path| std::fs::read(path).map_err(|error| CertificateError::Unreadable(path.to_owned(), error));
        Ok(Contents { files: self, certificate: read(&self.certificate)?, key: read(&self.key)?.into() })
    }

    /// A hash of both files, which changes with them.
    ///
    /// # Errors
    /// If one of the files cannot be read.
    pub fn fingerprint(&self) -> Result<[u8; 32], CertificateError> {
        let contents = self.read()?;
        let hash = Sha256::new().chain_update(Sha256::digest(&contents.certificate));
        Ok(hash.chain_update(Sha256::digest(&*contents.key)).finalize().into())
    }

    /// Reads the certificate with its key.
    ///
    /// # Errors
    /// If they cannot be read, or do not belong together.
    pub fn certificate(&self) -> Result<Certificate, CertificateError> {
        self.read()?.certificate()
    }

    /// What browsers or clients will complain about. `now` in seconds since 1970.
    pub fn warnings(&self, certificate: &Certificate, now: i64) -> Vec<CertificateWarning> {
        let path = || self.certificate.clone();
        let mut warnings = Vec::new();
        if certificate.not_after < now {
            warnings.push(CertificateWarning::Expired(path(), certificate.not_after));
        }
        if certificate.not_before > now {
            warnings.push(CertificateWarning::NotYetValid(path(), certificate.not_before));
        }
        if let Some(position) = certificate.gap {
            warnings.push(CertificateWarning::Gap(path(), position));
        }
        if self.is_key_public() {
            warnings.push(CertificateWarning::PublicKey(self.key.clone()));
        }
        warnings
    }

    /// Whether any user of this machine may read the key.
    fn is_key_public(&self) -> bool {
        std::fs::metadata(&self.key).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
    }
}

impl Certificate {
    /// Whether browsers accept it under this host name or address.
    pub fn is_for(&self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let (Some(first), Ok(name)) = (self.key.cert.first(), ServerName::try_from(host)) else { return false };
        ParsedCertificate::try_from(first).is_ok_and(|first| verify_server_name(&first, &name).is_ok())
    }

    /// Whether one of these authorities has issued it, and it is valid now. `now` in seconds since 1970.
    pub fn is_issued_by(&self, roots: &RootCertStore, now: i64) -> bool {
        let Some((first, others)) = self.key.cert.split_first() else { return false };
        let Ok(parsed) = ParsedCertificate::try_from(first) else { return false };
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now.unsigned_abs()));
        let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, roots, others, now, algorithms).is_ok()
    }
}

impl Contents<'_> {
    /// # Errors
    /// If they are not a certificate and its key.
    pub fn certificate(&self) -> Result<Certificate, CertificateError> {
        let CertificateFiles { certificate: path, key: key_path } = self.files;
        let chain = self.chain()?;
        let parsed: Vec<_> = chain.iter().map_while(|certificate| parsed(certificate)).collect();
        if parsed.len() < chain.len() {
            return Err(CertificateError::Damaged { path: path.clone(), position: parsed.len() + 1 });
        }
        let (not_before, not_after) = parsed.first().map_or((0, 0), |first| {
            let validity = first.validity();
            (validity.not_before.timestamp(), validity.not_after.timestamp())
        });
        let gap = parsed.windows(2).position(|pair| pair[0].issuer().as_raw() != pair[1].subject().as_raw());
        let gap = gap.map(|index| index + 1);
        drop(parsed);
        let key = CertifiedKey::from_der(chain, self.private_key()?, &aws_lc_rs::default_provider());
        let key = key.map_err(|error| match error {
            TlsLibraryError::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                CertificateError::OtherKey { certificate: path.clone(), key: key_path.clone() }
            }
            TlsLibraryError::InvalidCertificate(_) => CertificateError::Damaged { path: path.clone(), position: 1 },
            _ => CertificateError::UnusableKey(key_path.clone()),
        })?;
        Ok(Certificate { key: Arc::new(key), not_before, not_after, gap })
    }

    fn chain(&self) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
        let path = &self.files.certificate;
        let mut chain = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(&self.certificate) {
            let damaged = |_| CertificateError::Damaged { path: path.clone(), position: chain.len() + 1 };
            let certificate = certificate.map_err(damaged)?;
            chain.push(certificate);
        }
        if chain.is_empty() { Err(CertificateError::NoCertificate(path.clone())) } else { Ok(chain) }
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, CertificateError> {
        let path = &self.files.key;
        match PrivateKeyDer::from_pem_slice(&self.key) {
            Ok(key) => Ok(key),
            // PKCS #8 (RFC 5958) and the older form of OpenSSL (RFC 1421 4.6.1.1) both have this word in the head.
            Err(_) if self.key.windows(9).any(|word| word == b"ENCRYPTED") => {
                Err(CertificateError::EncryptedKey(path.clone()))
            }
            Err(pem::Error::NoItemsFound) => Err(CertificateError::NoKey(path.clone())),
            Err(_) => Err(CertificateError::UnusableKey(path.clone())),
        }
    }
}

fn parsed<'a>(certificate: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    parse_x509_certificate(certificate).ok().map(|(_, certificate)| certificate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    use std::fs;

    /// What is said about these two files.
    fn said(certificate: &str, key: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let files =
            CertificateFiles { certificate: folder.path().join("chain.pem"), key: folder.path().join("key.pem") };
        fs::write(&files.certificate, certificate).unwrap();
        fs::write(&files.key, key).unwrap();
        match files.read().unwrap().certificate() {
            Ok(certificate) => format!("{} certificates, gap {:?}", certificate.key.cert.len(), certificate.gap),
            Err(error) => error.to_string(),
        }
    }

    fn authority() -> CertifiedIssuer<'static, KeyPair> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "authority");
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    #[test]
    fn a_chain_is_read_as_a_whole_and_a_gap_in_it_is_found() {
        let (authority, key) = (authority(), KeyPair::generate().unwrap());
        let params = CertificateParams::new(["console.test".to_owned()]).unwrap();
        let leaf = params.signed_by(&key, &authority).unwrap();
        let other = params.self_signed(&key).unwrap();
        let (leaf, key) = (leaf.pem(), key.serialize_pem());
        assert_eq!(said(&(leaf.clone() + &authority.pem()), &key), "2 certificates, gap None");
        assert_eq!(said(&(leaf + &other.pem()), &key), "2 certificates, gap Some(1)");
    }

    #[test]
    fn files_that_cannot_be_served_with_say_what_is_wrong_and_what_to_do() {
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let certificate = CertificateParams::default().self_signed(&key).unwrap().pem();
        let (key, other) = (key.serialize_pem(), other.serialize_pem());
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let older = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n\
                     -----END RSA PRIVATE KEY-----\n";
        let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for (certificate, key, expected) in [
            (certificate.as_str(), key.as_str(), "1 certificates"),
            ("", &key, "no certificate"),
            (&key, &key, "no certificate"),
            (damaged, &key, "Certificate 1"),
            (&(certificate.clone() + damaged), &key, "Certificate 2"),
            (&certificate, "", "no private key"),
            (&certificate, &certificate, "no private key"),
            (&certificate, encrypted, "openssl pkey"),
            (&certificate, older, "openssl pkey"),
            (&certificate, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "cannot be used"),
            (&certificate, &other, "does not belong to the first certificate"),
        ] {
            let said = said(certificate, key);
            assert!(said.contains(expected), "{expected}: {said}");
        }
    }
}
